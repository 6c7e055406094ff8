#include "web/http.h"

#include <fmt/format.h>

#include "core/time.h"
#include "core/utf8.h"

namespace klarsyn {
namespace {

std::string_view find_in(const Pairs& pairs, std::string_view name) {
    for (const auto& [key, value] : pairs)
        if (key == name) return value;
    return {};
}

int hex_digit(char c) {
    if (c >= '0' && c <= '9') return c - '0';
    if (c >= 'a' && c <= 'f') return c - 'a' + 10;
    if (c >= 'A' && c <= 'F') return c - 'A' + 10;
    return -1;
}

// "Sun, 06 Nov 1994 08:49:37 GMT"
std::string http_date(std::int64_t utc) {
    static constexpr std::string_view kDays[] = {"Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun"};
    static constexpr std::string_view kMonths[] = {"Jan", "Feb", "Mar", "Apr", "May", "Jun",
                                                   "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"};
    const std::string iso = iso_utc(utc);  // 1994-11-06T08:49:37Z
    const Date date{std::stoi(iso.substr(0, 4)), std::stoi(iso.substr(5, 2)),
                    std::stoi(iso.substr(8, 2))};
    return fmt::format("{}, {} {} {} {} GMT", kDays[weekday_of(day_of(date)) - 1],
                       iso.substr(8, 2), kMonths[date.month - 1], iso.substr(0, 4),
                       iso.substr(11, 8));
}

std::string without_control_characters(std::string_view value) {
    std::string clean;
    for (const char c : value)
        if (static_cast<unsigned char>(c) >= 0x20 && c != 0x7F) clean += c;
    return clean;
}

}  // namespace

std::string_view Request::header(std::string_view name) const { return find_in(headers, name); }
std::string_view Request::param(std::string_view name) const { return find_in(params, name); }
std::string_view Request::field(std::string_view name) const { return find_in(form, name); }

std::optional<std::string> Request::find(std::string_view name) const {
    for (const auto& [key, value] : query)
        if (key == name) return value;
    return std::nullopt;
}

std::vector<std::string> Request::all(std::string_view name) const {
    std::vector<std::string> values;
    for (const auto& [key, value] : query)
        if (key == name) values.push_back(value);
    return values;
}

std::string Request::cookie(std::string_view name) const {
    std::string_view rest = header("cookie");
    while (!rest.empty()) {
        const std::size_t end = rest.find(';');
        std::string_view piece = rest.substr(0, end);
        rest = end == std::string_view::npos ? std::string_view() : rest.substr(end + 1);
        while (!piece.empty() && piece.front() == ' ') piece.remove_prefix(1);
        if (piece.size() > name.size() && piece.substr(0, name.size()) == name &&
            piece[name.size()] == '=')
            return std::string(piece.substr(name.size() + 1));
    }
    return "";
}

std::string_view reason_phrase(int status) {
    switch (status) {
        case 200: return "OK";
        case 201: return "Created";
        case 202: return "Accepted";
        case 204: return "No Content";
        case 303: return "See Other";
        case 304: return "Not Modified";
        case 400: return "Bad Request";
        case 401: return "Unauthorized";
        case 403: return "Forbidden";
        case 404: return "Not Found";
        case 405: return "Method Not Allowed";
        case 408: return "Request Timeout";
        case 409: return "Conflict";
        case 410: return "Gone";
        case 412: return "Precondition Failed";
        case 413: return "Content Too Large";
        case 415: return "Unsupported Media Type";
        case 428: return "Precondition Required";
        case 429: return "Too Many Requests";
        case 431: return "Request Header Fields Too Large";
        case 500: return "Internal Server Error";
        case 503: return "Service Unavailable";
        case 507: return "Insufficient Storage";
        default: return "Status";
    }
}

std::string response_head(const Response& response, AfterAnswer after, std::int64_t now_utc) {
    std::string head = fmt::format("HTTP/1.1 {} {}\r\nDate: {}\r\n", response.status,
                                   reason_phrase(response.status), http_date(now_utc));
    if (response.status != 304) head += "Content-Type: " + response.type + "\r\n";
    for (const auto& [name, value] : response.headers)
        head += name + ": " + without_control_characters(value) + "\r\n";
    if (!response.etag.empty()) head += "ETag: " + response.etag + "\r\n";
    if (response.next_piece || response.events)
        head += "Transfer-Encoding: chunked\r\n";
    else if (response.status != 304)
        head += fmt::format("Content-Length: {}\r\n", response.size());
    if (after == AfterAnswer::close) head += "Connection: close\r\n";
    return head + "\r\n";
}

std::optional<std::string> url_decode(std::string_view text, bool plus_is_space) {
    std::string out;
    for (std::size_t i = 0; i < text.size(); ++i) {
        char c = text[i];
        if (c == '+' && plus_is_space) c = ' ';
        if (c == '%') {
            if (i + 2 >= text.size()) return std::nullopt;
            const int high = hex_digit(text[i + 1]), low = hex_digit(text[i + 2]);
            if (high < 0 || low < 0) return std::nullopt;
            c = static_cast<char>(high * 16 + low);
            i += 2;
        }
        if (c == '\0') return std::nullopt;
        out += c;
    }
    if (!well_formed_utf8(out)) return std::nullopt;
    return out;
}

std::string url_encode(std::string_view text) {
    std::string out;
    for (const char c : text) {
        const bool plain = (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z') ||
                           (c >= '0' && c <= '9') || c == '-' || c == '.' || c == '_' || c == '~';
        if (plain)
            out += c;
        else
            out += fmt::format("%{:02X}", static_cast<unsigned char>(c));
    }
    return out;
}

std::optional<Pairs> parse_query(std::string_view text) {
    Pairs pairs;
    while (!text.empty()) {
        const std::size_t end = text.find('&');
        const std::string_view piece = text.substr(0, end);
        text = end == std::string_view::npos ? std::string_view() : text.substr(end + 1);
        if (piece.empty()) continue;
        const std::size_t equals = piece.find('=');
        const auto name = url_decode(piece.substr(0, equals), true);
        const auto value = equals == std::string_view::npos
                               ? std::optional<std::string>("")
                               : url_decode(piece.substr(equals + 1), true);
        if (!name || !value) return std::nullopt;
        pairs.emplace_back(*name, *value);
    }
    return pairs;
}

std::string build_query(const Pairs& pairs) {
    std::string out;
    for (const auto& [name, value] : pairs)
        out += (out.empty() ? "?" : "&") + url_encode(name) + "=" + url_encode(value);
    return out;
}

bool parse_target(Request& request) {
    const std::string_view target = request.target;
    if (target.empty() || target.front() != '/') return false;
    const std::size_t mark = target.find('?');
    const auto path = url_decode(target.substr(0, mark), false);
    if (!path) return false;
    request.path = *path;
    if (mark == std::string_view::npos) return true;
    auto query = parse_query(target.substr(mark + 1));
    if (!query) return false;
    request.query = std::move(*query);
    return true;
}

Response redirect(std::string location) {
    Response response;
    response.status = 303;
    response.headers.emplace_back("Location", std::move(location));
    return response;
}

}  // namespace klarsyn
