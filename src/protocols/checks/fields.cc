#include "protocols/checks/fields.h"

#include <boost/json.hpp>

#include <algorithm>

#include "core/utf8.h"

namespace klarsyn {
namespace {

constexpr std::size_t kTextBytesMax = 8192;
constexpr std::size_t kHostBytesMax = 253;
constexpr std::size_t kListMax = 1000;

bool plain_text(std::string_view text) {
    const bool control = std::any_of(text.begin(), text.end(), [](char c) {
        const auto byte = static_cast<unsigned char>(c);
        return (byte < ' ' && c != '\t' && c != '\n') || byte == 0x7F;
    });
    return !control && text.size() <= kTextBytesMax;
}

}  // namespace

const boost::json::value* Fields::find(std::string_view name) {
    read_.emplace(name);
    const auto* value = object_.if_contains(name);
    return value == nullptr || value->is_null() ? nullptr : value;
}

void Fields::fault(std::string_view name, std::string_view key) {
    if (fault_) return;
    fault_ = make_error(ErrorCode::invalid_input, std::string(key));
    fault_->field = within_ + std::string(name);
}

bool Fields::has(std::string_view name) { return find(name) != nullptr; }

std::string Fields::text(std::string_view name) {
    std::string found = text(name, "");
    if (found.empty()) fault(name, "checks.field.needed");
    return found;
}

std::string Fields::text(std::string_view name, std::string_view otherwise) {
    const auto* value = find(name);
    if (value == nullptr) return std::string(otherwise);
    if (!value->is_string() || !plain_text(value->get_string())) {
        fault(name, "checks.field.text");
        return {};
    }
    return std::string(value->get_string());
}

std::string Fields::word(std::string_view name, const std::vector<std::string_view>& words) {
    std::string found = text(name, words.front());
    if (std::find(words.begin(), words.end(), found) == words.end()) {
        std::string all;
        for (const auto word : words) all += (all.empty() ? "" : ", ") + std::string(word);
        if (!fault_) {
            fault(name, "checks.field.word");
            fault_->args = {{"words", all}};
        }
        return std::string(words.front());
    }
    return found;
}

std::string Fields::host(std::string_view name) {
    std::string found = text(name);
    if (found.size() > kHostBytesMax || found.find_first_of(" \t\n/@") != std::string::npos)
        fault(name, "checks.field.host");
    return found;
}

int Fields::port(std::string_view name, int otherwise) {
    const auto given = otherwise == 0 ? std::nullopt : std::optional<std::int64_t>(otherwise);
    return static_cast<int>(number(name, 1, 65535, given));
}

std::int64_t Fields::number(std::string_view name, std::int64_t least, std::int64_t most,
                            std::optional<std::int64_t> otherwise) {
    const auto* value = find(name);
    if (value == nullptr) {
        if (!otherwise) fault(name, "checks.field.needed");
        return otherwise.value_or(least);
    }
    std::int64_t found = least - 1;
    if (value->is_int64()) found = value->get_int64();
    if (found < least || found > most || !value->is_int64()) {
        if (!fault_) {
            fault(name, "checks.field.number");
            fault_->args = {{"least", std::to_string(least)}, {"most", std::to_string(most)}};
        }
        return otherwise.value_or(least);
    }
    return found;
}

std::vector<std::int64_t> Fields::numbers(std::string_view name, std::int64_t least,
                                          std::int64_t most) {
    std::vector<std::int64_t> list;
    const auto* value = find(name);
    if (value == nullptr) return list;
    const auto* items = value->if_array();
    if (items == nullptr || items->empty() || items->size() > kListMax) {
        fault(name, "checks.field.numbers");
        return list;
    }
    for (const auto& one : *items) {
        const std::int64_t found = one.is_int64() ? one.get_int64() : least - 1;
        if (found < least || found > most) {
            fault(name, "checks.field.numbers");
            return {};
        }
        list.push_back(found);
    }
    return list;
}

bool Fields::flag(std::string_view name, bool otherwise) {
    const auto* value = find(name);
    if (value == nullptr) return otherwise;
    if (!value->is_bool()) {
        fault(name, "checks.field.flag");
        return otherwise;
    }
    return value->get_bool();
}

std::vector<std::string> Fields::texts(std::string_view name) {
    std::vector<std::string> list;
    const auto* value = find(name);
    if (value == nullptr) return list;
    if (!value->is_array() || value->get_array().size() > kListMax) {
        fault(name, "checks.field.texts");
        return list;
    }
    for (const auto& one : value->get_array()) {
        if (!one.is_string() || !plain_text(one.get_string())) {
            fault(name, "checks.field.texts");
            return {};
        }
        list.emplace_back(one.get_string());
    }
    return list;
}

std::map<std::string, std::string> Fields::table(std::string_view name) {
    std::map<std::string, std::string> found;
    const auto* inner = object(name);
    if (inner == nullptr) return found;
    for (const auto& [key, value] : *inner) {
        if (!value.is_string() || !plain_text(value.get_string()) || !plain_text(key)) {
            fault(name, "checks.field.table");
            return {};
        }
        found.emplace(std::string(key), std::string(value.get_string()));
    }
    return found;
}

const boost::json::object* Fields::object(std::string_view name) {
    const auto* value = find(name);
    if (value == nullptr) return nullptr;
    if (!value->is_object()) fault(name, "checks.field.table");
    return value->if_object();
}

std::vector<const boost::json::object*> Fields::objects(std::string_view name) {
    std::vector<const boost::json::object*> list;
    const auto* value = find(name);
    if (value == nullptr) return list;
    if (!value->is_array() || value->get_array().size() > kListMax) {
        fault(name, "checks.field.objects");
        return list;
    }
    for (const auto& one : value->get_array()) {
        if (!one.is_object()) {
            fault(name, "checks.field.objects");
            return {};
        }
        list.push_back(&one.get_object());
    }
    return list;
}

Result<void> Fields::finish() {
    if (fault_) return *fault_;
    for (const auto& [key, value] : object_) {
        if (read_.find(std::string_view(key)) != read_.end()) continue;
        fault(key, "checks.field.unknown");
        return *fault_;
    }
    return {};
}

}  // namespace klarsyn
