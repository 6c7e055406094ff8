#include "modules/servicedesk/desk/masking.h"

#include <boost/json/array.hpp>
#include <boost/json/value.hpp>

#include <algorithm>
#include <array>

#include "core/cpr.h"
#include "store/attachments.h"

namespace klarsyn::servicedesk {
namespace {

namespace json = boost::json;

void mask_value(json::value& value, const std::string& pointer, std::vector<MaskedNumbers>& found);

void mask_text(json::value& value, const std::string& pointer, std::vector<MaskedNumbers>& found) {
    const std::string_view text(value.as_string());
    // No digit, no number: most texts cost one look.
    if (std::none_of(text.begin(), text.end(), [](char c) {
            return (c >= '0' && c <= '9') || static_cast<unsigned char>(c) >= 0x80;
        }))
        return;
    MaskedText masked = mask_cprs(text);
    if (masked.numbers.empty()) return;
    value = json::string(masked.text);
    found.push_back({pointer, std::move(masked.numbers)});
}

void mask_members(json::object& object, const std::string& pointer,
                  std::vector<MaskedNumbers>& found) {
    json::object kept;
    for (auto& [name, value] : object) {
        MaskedText masked = mask_cprs(name);
        const std::string inner = pointer + "/" + masked.text;
        if (!masked.numbers.empty()) found.push_back({inner, std::move(masked.numbers)});
        mask_value(value, inner, found);
        kept[masked.text] = std::move(value);
    }
    object = std::move(kept);
}

void mask_value(json::value& value, const std::string& pointer, std::vector<MaskedNumbers>& found) {
    if (value.is_string()) return mask_text(value, pointer, found);
    if (value.is_object()) return mask_members(value.as_object(), pointer, found);
    if (!value.is_array()) return;
    std::size_t at = 0;
    for (json::value& item : value.as_array())
        mask_value(item, pointer + "/" + std::to_string(at++), found);
}

// The number that the phone system gave a call. It may be any ten digits; nobody writes it by hand,
// and with another value the case would lose its call.
bool is_call_number(std::string_view text) {
    return std::all_of(text.begin(), text.end(), [](char c) {
        return (c >= '0' && c <= '9') || c == '.' || c == ':' || c == '@' || c == '_' ||
               (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
    });
}

// What the store named a file by, and the hash of its content: among so many digits of base 16 some
// ten are a date by accident, and with another value the case would lose its file.
template <std::size_t kLength>
bool is_hex(std::string_view text) {
    return text.size() == kLength && std::all_of(text.begin(), text.end(), [](char c) {
        return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'f');
    });
}

struct Identifier {
    std::string_view member;  // of the body itself
    bool (*fits)(std::string_view);
};

constexpr std::size_t kSha256 = 64;

constexpr std::array kIdentifiers{Identifier{"call", is_call_number},
                                  Identifier{"file", is_hex<kAttachmentToken>},
                                  Identifier{"sha256", is_hex<kSha256>}};

}  // namespace

std::vector<MaskedNumbers> mask_body(json::object& body) {
    json::object kept;
    for (const Identifier& identifier : kIdentifiers) {
        json::value* value = body.if_contains(identifier.member);
        if (value == nullptr || !value->is_string() || !identifier.fits(value->as_string()))
            continue;
        kept[identifier.member] = std::move(*value);
        *value = nullptr;  // stays in its place among the members
    }
    std::vector<MaskedNumbers> found;
    mask_members(body, "", found);
    for (auto& [member, value] : kept) body[member] = std::move(value);
    return found;
}

}  // namespace klarsyn::servicedesk
