#include "web/json_body.h"

#include <boost/json/stream_parser.hpp>
#include <boost/json/serialize.hpp>

#include <algorithm>

#include "indicators/figures_json.h"
#include "web/problem.h"

namespace klarsyn {
namespace {

namespace json = boost::json;

constexpr std::size_t kDepthMax = 32;

bool is_blank(char c) { return c == ' ' || c == '\t' || c == '\r' || c == '\n'; }

std::string trimmed(std::string_view text) {
    while (!text.empty() && is_blank(text.front())) text.remove_prefix(1);
    while (!text.empty() && is_blank(text.back())) text.remove_suffix(1);
    return std::string(text);
}

std::size_t characters(std::string_view text) {
    return static_cast<std::size_t>(std::count_if(text.begin(), text.end(), [](char c) {
        return (static_cast<unsigned char>(c) & 0xC0) != 0x80;
    }));
}

// What no person types: it breaks logs, terminals and exports.
bool has_control(std::string_view text, bool lines_allowed) {
    return std::any_of(text.begin(), text.end(), [&](char c) {
        const auto byte = static_cast<unsigned char>(c);
        if (byte == 0x7f) return true;
        return byte < 0x20 && !(lines_allowed && (c == '\n' || c == '\t' || c == '\r'));
    });
}

std::string pointer_of(std::string_view name) {
    std::string pointer = "/";
    for (const char c : name) {
        if (c == '~') pointer += "~0";
        else if (c == '/') pointer += "~1";
        else pointer += c;
    }
    return pointer;
}

// Where reading stopped, as an editor counts: lines and characters from 1.
Error broken_at(std::string_view text, std::size_t offset) {
    const std::string_view before = text.substr(0, std::min(offset, text.size()));
    const auto line = std::count(before.begin(), before.end(), '\n') + 1;
    const std::size_t begin = before.rfind('\n') == before.npos ? 0 : before.rfind('\n') + 1;
    return make_error(ErrorCode::invalid_input, "web.body.broken",
                      {{"line", std::to_string(line)},
                       {"column", std::to_string(characters(before.substr(begin)) + 1)}});
}

}  // namespace

Response faults_problem(const Context& context, const std::vector<BodyFault>& faults) {
    Response response;
    response.status = 400;
    response.type = "application/problem+json";
    json::array errors;
    std::string detail;
    for (const BodyFault& fault : faults) {
        const std::string words = context.text(fault.key, fault.args);
        if (detail.empty()) detail = words;
        errors.push_back({{"pointer", fault.pointer}, {"detail", words}, {"code", fault.key}});
    }
    response.body = json::serialize(json::object{
        {"type", "urn:klarsyn:problem:invalid_input"},
        {"title", context.text("web.problem.title_invalid_input")},
        {"status", 400},
        {"detail", detail},
        {"errors", std::move(errors)}}) + "\n";
    return response;
}

Result<JsonBody> JsonBody::parse(const Request& request) {
    JsonBody body;
    if (request.body.empty()) return body;
    json::parse_options options;
    options.max_depth = kDepthMax;
    json::error_code error;
    json::stream_parser parser({}, options);
    const std::size_t read = parser.write(request.body.data(), request.body.size(), error);
    if (!error) parser.finish(error);
    if (error) return broken_at(request.body, read);
    json::value value = parser.release();
    if (!value.is_object()) return make_error(ErrorCode::invalid_input, "web.body.no_object");
    body.object_ = std::move(value.as_object());
    return body;
}

JsonBody JsonBody::of(json::object object) {
    JsonBody body;
    body.object_ = std::move(object);
    return body;
}

const json::value* JsonBody::find(std::string_view name) const {
    const json::value* value = object_.if_contains(name);
    return value == nullptr || value->is_null() ? nullptr : value;
}

bool JsonBody::is_null(std::string_view name) const {
    const json::value* value = object_.if_contains(name);
    return value != nullptr && value->is_null();
}

void JsonBody::fault(std::string_view name, std::string key, TextArgs args) {
    args.emplace_back("field", std::string(name));
    faults_.push_back({pointer_of(name), std::move(key), std::move(args)});
}

std::optional<std::string> JsonBody::text(std::string_view name, TextRule rule) {
    const json::value* value = find(name);
    if (value == nullptr) {
        if (rule.need == Need::required) fault(name, "web.body.required");
        return std::nullopt;
    }
    if (!value->is_string()) {
        fault(name, "web.body.not_text");
        return std::nullopt;
    }
    std::string text = trimmed(value->as_string());
    if (text.empty() && rule.need == Need::required) fault(name, "web.body.required");
    if (characters(text) > rule.characters_max) {
        fault(name, "web.body.too_long", {{"maximum", std::to_string(rule.characters_max)}});
        return std::nullopt;
    }
    if (has_control(text, rule.lines == TextRule::Lines::many)) {
        fault(name, "web.body.control");
        return std::nullopt;
    }
    return text;
}

std::optional<std::int64_t> JsonBody::integer(std::string_view name, std::int64_t min,
                                              std::int64_t max) {
    const json::value* value = find(name);
    if (value == nullptr) return std::nullopt;
    json::error_code error;
    const auto number = value->to_number<std::int64_t>(error);
    if (!error && number >= min && number <= max) return number;
    fault(name, "web.body.number",
          {{"minimum", std::to_string(min)}, {"maximum", std::to_string(max)}});
    return std::nullopt;
}

std::optional<bool> JsonBody::flag(std::string_view name) {
    const json::value* value = find(name);
    if (value == nullptr) return std::nullopt;
    if (value->is_bool()) return value->as_bool();
    fault(name, "web.body.not_flag");
    return std::nullopt;
}

std::optional<UtcSecond> JsonBody::time(std::string_view name) {
    const json::value* value = find(name);
    if (value == nullptr) return std::nullopt;
    if (value->is_string()) {
        if (const auto parsed = parse_iso_utc(value->as_string()); parsed.ok()) return *parsed;
    }
    fault(name, "web.body.time");
    return std::nullopt;
}

std::optional<std::string> JsonBody::word(std::string_view name,
                                          std::initializer_list<std::string_view> words) {
    const json::value* value = find(name);
    if (value == nullptr) return std::nullopt;
    std::string all;
    for (const std::string_view word : words) {
        if (value->is_string() && std::string_view(value->as_string()) == word)
            return std::string(word);
        all += (all.empty() ? "" : ", ") + std::string(word);
    }
    fault(name, "web.body.word", {{"words", all}});
    return std::nullopt;
}

std::optional<std::vector<std::string>> JsonBody::texts(std::string_view name, std::size_t max) {
    const json::value* value = find(name);
    if (value == nullptr) return std::nullopt;
    std::vector<std::string> list;
    const bool fits = value->is_array() && value->as_array().size() <= max;
    if (fits) {
        for (const json::value& item : value->as_array())
            if (item.is_string()) list.push_back(trimmed(item.as_string()));
    }
    if (fits && list.size() == value->as_array().size()) return list;
    fault(name, "web.body.texts", {{"maximum", std::to_string(max)}});
    return std::nullopt;
}

void JsonBody::allow_only(std::initializer_list<std::string_view> names) {
    for (const auto& [name, value] : object_) {
        const std::string_view given = name;
        if (std::find(names.begin(), names.end(), given) == names.end())
            fault(given, "web.body.unknown_field");
    }
}

}  // namespace klarsyn
