#include "protocols/multipart.h"

#include <algorithm>

#include "core/utf8.h"

namespace klarsyn {

namespace {

constexpr std::size_t kLongestBoundary = 70;

Error damaged() { return make_error(ErrorCode::invalid_input, "error.multipart.damaged"); }
Error too_much() { return make_error(ErrorCode::invalid_input, "error.multipart.too_much"); }

std::string lower(std::string_view text) {
    std::string out(text);
    for (char& c : out) {
        if (c >= 'A' && c <= 'Z') c = static_cast<char>(c - 'A' + 'a');
    }
    return out;
}

std::string_view trimmed(std::string_view text) {
    while (!text.empty() && (text.front() == ' ' || text.front() == '\t')) text.remove_prefix(1);
    while (!text.empty() && (text.back() == ' ' || text.back() == '\t')) text.remove_suffix(1);
    return text;
}

bool boundary_sign(char c) {
    constexpr std::string_view kSigns = "'()+_,-./:=? ";
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') ||
           kSigns.find(c) != kSigns.npos;
}

// A parameter of a header after its value: name=token or name="quoted". Browsers escape a quote
// inside as %22 (and older ones as \"), a line end as %0D%0A.
struct Parameter {
    std::string name, value;
};

Result<Parameter> take_parameter(std::string_view& rest) {
    const auto equals = rest.find('=');
    if (equals == rest.npos) return damaged();
    Parameter parameter{lower(trimmed(rest.substr(0, equals))), {}};
    rest = trimmed(rest.substr(equals + 1));
    if (!rest.starts_with('"')) {
        const auto end = std::min(rest.find(';'), rest.size());
        parameter.value = trimmed(rest.substr(0, end));
        rest.remove_prefix(end);
    } else {
        std::size_t at = 1;
        for (; at < rest.size() && rest[at] != '"'; ++at) {
            if (rest[at] == '\\' && at + 1 < rest.size() && (rest[at + 1] == '"')) ++at;
            parameter.value += rest[at];
        }
        if (at == rest.size()) return damaged();
        rest = trimmed(rest.substr(at + 1));
    }
    if (!rest.empty() && !rest.starts_with(';')) return damaged();
    if (!rest.empty()) rest = trimmed(rest.substr(1));
    if (parameter.name.empty()) return damaged();
    return parameter;
}

Result<std::vector<Parameter>> take_parameters(std::string_view rest) {
    std::vector<Parameter> all;
    while (!rest.empty()) {
        KL_TRY(Parameter parameter, take_parameter(rest));
        for (const Parameter& known : all) {
            if (known.name == parameter.name) return damaged();  // which of them is meant?
        }
        all.push_back(std::move(parameter));
    }
    return all;
}

bool is_plain_text(std::string_view text) {
    for (std::size_t at = 0; at < text.size();) {
        const CodePoint next = decode_utf8(text, at);
        if (next.code < 0x20 || next.code == 0x7f || (next.length == 1 && next.code >= 0x80))
            return false;
        at += next.length;
    }
    return true;
}

Result<void> read_disposition(std::string_view value, MultipartField& field) {
    const auto semicolon = value.find(';');
    if (lower(trimmed(value.substr(0, semicolon))) != "form-data" || semicolon == value.npos)
        return damaged();
    KL_TRY(const auto parameters, take_parameters(trimmed(value.substr(semicolon + 1))));
    for (const Parameter& parameter : parameters) {
        if (parameter.name == "name") {
            field.name = parameter.value;
        } else if (parameter.name == "filename") {
            field.is_file = true;
            field.file_name = parameter.value;
        }  // filename* must not be used in forms (RFC 7578, 4.2): not looked at
    }
    if (field.name.empty() || !is_plain_text(field.name)) return damaged();
    return {};
}

// The header lines of a part, without the empty line that ends them.
Result<void> read_headers(std::string_view lines, MultipartField& field) {
    bool disposition = false, type = false;
    while (!lines.empty()) {
        const auto end = std::min(lines.find("\r\n"), lines.size());
        const std::string_view line = lines.substr(0, end);
        lines.remove_prefix(std::min(lines.size(), end + 2));
        const auto colon = line.find(':');
        if (colon == line.npos || colon == 0 ||
            line.find_first_of(std::string_view("\r\n\0", 3)) != line.npos)
            return damaged();
        const std::string name = lower(line.substr(0, colon));
        const std::string_view value = trimmed(line.substr(colon + 1));
        if (name == "content-disposition") {
            if (disposition) return damaged();
            disposition = true;
            KL_CHECK(read_disposition(value, field));
        } else if (name == "content-type") {
            if (type) return damaged();
            type = true;
            field.type = is_plain_text(value) ? value : std::string_view();
        } else if (name == "content-transfer-encoding") {
            const std::string encoding = lower(value);
            if (encoding != "binary" && encoding != "8bit" && encoding != "7bit") return damaged();
        }
    }
    return disposition ? Result<void>() : damaged();
}

}  // namespace

Result<std::string> multipart_boundary(std::string_view content_type) {
    const Error wrong = make_error(ErrorCode::invalid_input, "error.multipart.type");
    const auto semicolon = content_type.find(';');
    if (semicolon == content_type.npos ||
        lower(trimmed(content_type.substr(0, semicolon))) != "multipart/form-data") {
        return wrong;
    }
    const auto parameters = take_parameters(trimmed(content_type.substr(semicolon + 1)));
    if (!parameters.ok()) return wrong;
    for (const Parameter& parameter : *parameters) {
        if (parameter.name != "boundary") continue;
        const std::string& boundary = parameter.value;
        if (boundary.empty() || boundary.size() > kLongestBoundary || boundary.back() == ' ' ||
            !std::all_of(boundary.begin(), boundary.end(), boundary_sign)) {
            return wrong;
        }
        return boundary;
    }
    return wrong;
}

Result<std::vector<MultipartField>> parse_multipart(std::string_view body,
                                                    std::string_view boundary,
                                                    const MultipartLimits& limits) {
    const std::string delimiter = "\r\n--" + std::string(boundary);
    const std::string_view first = std::string_view(delimiter).substr(2);
    if (!body.starts_with(first)) return damaged();  // a preamble is of mails, not of forms
    body.remove_prefix(first.size());
    std::vector<MultipartField> fields;
    for (;;) {
        if (body == "--" || body == "--\r\n") return fields;
        if (!body.starts_with("\r\n")) return damaged();
        if (fields.size() == limits.parts) return too_much();
        body.remove_prefix(2);
        const std::string_view head = body.substr(0, limits.header_bytes);
        const auto blank = head.find("\r\n\r\n");
        if (blank == head.npos) return body.size() > head.size() ? too_much() : damaged();
        MultipartField field;
        KL_CHECK(read_headers(body.substr(0, blank), field));
        body.remove_prefix(blank + 2);  // the line end may begin the delimiter of an empty part
        const auto end = body.find(delimiter);
        if (end == body.npos) return damaged();
        field.bytes = end < 2 ? std::string_view() : body.substr(2, end - 2);
        if (!field.is_file && field.bytes.size() > limits.field_bytes) return too_much();
        body.remove_prefix(end + delimiter.size());
        fields.push_back(std::move(field));
    }
}

}  // namespace klarsyn
