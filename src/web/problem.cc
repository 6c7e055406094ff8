#include "web/problem.h"

#include <fmt/format.h>

#include "indicators/figures_json.h"

namespace klarsyn {
namespace {

constexpr std::string_view kWebErrors = "web.problem.status_";

std::string_view type_word(int status) {
    switch (status) {
        case 400: return "invalid_input";
        case 401: return "login_required";
        case 403: return "refused";
        case 404: return "not_found";
        case 405: return "method_not_allowed";
        case 409: return "conflict";
        case 410: return "gone";
        case 412: return "changed_meanwhile";
        case 413: return "too_large";
        case 415: return "unsupported_type";
        case 428: return "version_required";
        case 429: return "too_many_requests";
        case 503: return "unavailable";
        case 507: return "storage_full";
        default: return "internal";
    }
}

std::string_view arg_of(const Error& error, std::string_view name) {
    for (const auto& [known, value] : error.args)
        if (known == name) return value;
    return {};
}

}  // namespace

int status_of(ErrorCode code) {
    switch (code) {
        case ErrorCode::invalid_input: return 400;
        case ErrorCode::not_found: return 404;
        case ErrorCode::conflict: return 409;
        case ErrorCode::refused: return 403;
        case ErrorCode::unavailable: return 503;
        case ErrorCode::internal: return 500;
    }
    return 500;
}

Error web_error(int status) {
    Error error;
    switch (status) {
        case 404: error.code = ErrorCode::not_found; break;
        case 403: error.code = ErrorCode::refused; break;
        case 503: error.code = ErrorCode::unavailable; break;
        case 500: error.code = ErrorCode::internal; break;
        default: error.code = ErrorCode::invalid_input; break;
    }
    error.key = fmt::format("{}{}", kWebErrors, status);
    return error;
}

int status_of(const Error& error) {
    if (error.key.starts_with(kWebErrors)) return std::stoi(error.key.substr(kWebErrors.size()));
    return status_of(error.code);
}

Response problem(const Error& error, Language language, std::string_view request_id) {
    Response response;
    response.status = status_of(error);
    response.type = "application/problem+json";
    const std::string title =
        text(language, fmt::format("web.problem.title_{}", type_word(response.status)));
    const bool ours = response.status == 500;
    std::string detail = ours ? text(language, "web.problem.status_500",
                                     {{"request", std::string(request_id)}})
                              : describe(error, language);
    response.body = fmt::format(
        R"({{"type":"urn:klarsyn:problem:{}","title":{},"status":{},"detail":{},"request":{})",
        type_word(response.status), json_string(title), response.status, json_string(detail),
        json_string(request_id));
    if (!ours) response.body += ",\"code\":" + json_string(error.key);
    if (!error.field.empty())
        response.body += fmt::format(R"(,"errors":[{{"parameter":{},"detail":{}}}])",
                                     json_string(error.field), json_string(detail));
    if (const auto line = arg_of(error, "line"), column = arg_of(error, "column");
        !line.empty() && !column.empty())
        response.body += fmt::format(R"(,"line":{},"column":{})", line, column);
    response.body += "}\n";
    if (response.status == 503) response.headers.emplace_back("Retry-After", "2");
    if (response.status == 401) response.headers.emplace_back("WWW-Authenticate", "Session");
    return response;
}

}  // namespace klarsyn
