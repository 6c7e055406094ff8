// Reads a file of rules that people write in TOML: what cannot be read is told by file, line and field.
// For files that know toml++.
#pragma once

#include <toml++/toml.h>

#include <algorithm>
#include <span>
#include <string>
#include <string_view>

#include "core/result.h"
#include "core/text.h"

namespace klarsyn {

// `texts`: where the words of the faults stand, "alerts.rules". They are unreadable (with {reason}),
// unknown, missing, no_text, and those that the reader itself adds.
class TomlReader {
public:
    TomlReader(std::string_view file, std::string_view texts)
        : file_(file), texts_(std::string(texts) + ".") {}

    Result<toml::table> parse(std::string_view text) const {
        try {
            return toml::parse(text);
        } catch (const toml::parse_error& broken) {  // the parser knows no other way to say so
            Error error = make_error(ErrorCode::invalid_input, texts_ + "unreadable",
                                     {{"reason", std::string(broken.description())}});
            error.file = file_;
            error.line = broken.source().begin.line;
            return error;
        }
    }

    Error fault(const toml::node& node, std::string_view field, std::string_view what,
                TextArgs args = {}) const {
        Error error = make_error(ErrorCode::invalid_input, texts_ + std::string(what),
                                 std::move(args));
        error.file = file_;
        error.line = node.source().begin.line;
        error.field = field;
        return error;
    }

    // Fields beside those that are known are a fault.
    Result<void> only(const toml::table& table, std::span<const std::string_view> known) const {
        for (const auto& [key, node] : table)
            if (std::find(known.begin(), known.end(), key.str()) == known.end())
                return fault(node, key.str(), "unknown");
        return {};
    }

    // Empty where it is not given and need not be.
    Result<std::string> text(const toml::table& table, std::string_view key, bool needed) const {
        const toml::node* node = table.get(key);
        if (node == nullptr) {
            if (needed) return fault(table, key, "missing");
            return std::string();
        }
        const auto value = node->value_exact<std::string>();
        if (!value || (needed && value->empty())) return fault(*node, key, "no_text");
        return *value;
    }

protected:
    const std::string& file() const { return file_; }

private:
    std::string file_, texts_;
};

}  // namespace klarsyn
