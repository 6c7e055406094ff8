#include "ingest/table_mapping.h"

#include <toml++/toml.h>

#include <algorithm>

#include "core/text.h"
#include "protocols/time_text.h"

namespace klarsyn {
namespace {

using Fields = std::span<const TableField>;

Error mapping_error(std::string_view file, std::int64_t line, std::string_view field,
                    std::string key, TextArgs args) {
    Error error = make_error(ErrorCode::invalid_input, std::move(key), std::move(args));
    error.file = std::string(file);
    error.line = line;
    error.field = std::string(field);
    return error;
}

Error unknown_key(std::string_view file, const toml::node& node, std::string_view key) {
    return mapping_error(file, node.source().begin.line, key, "ingest.mapping.key_unknown",
                         {{"key", std::string(key)}});
}

Error no_text(std::string_view file, const toml::node& node, std::string_view key) {
    return mapping_error(file, node.source().begin.line, key, "ingest.mapping.value",
                         {{"key", std::string(key)}});
}

Result<std::string> text_of(std::string_view file, std::string_view key, const toml::node& node) {
    if (const auto value = node.value_exact<std::string>()) return *value;
    return no_text(file, node, key);
}

Result<std::size_t> field_of(std::string_view file, const toml::node& node, std::string_view name,
                             Fields fields) {
    for (std::size_t i = 0; i < fields.size(); ++i) {
        if (fields[i].name == name) return i;
    }
    return unknown_key(file, node, name);
}

Result<void> read_texts(std::string_view file, const toml::table& table, Fields fields,
                        std::map<std::size_t, std::string>& texts) {
    for (const auto& [key, node] : table) {
        KL_TRY(const std::size_t field, field_of(file, node, key.str(), fields));
        KL_TRY(texts[field], text_of(file, key.str(), node));
    }
    return {};
}

Result<void> read_values(std::string_view file, const toml::table& table, Fields fields,
                         TableMapping& mapping) {
    for (const auto& [key, node] : table) {
        KL_TRY(const std::size_t field, field_of(file, node, key.str(), fields));
        const toml::table* words = node.as_table();
        if (words == nullptr) return unknown_key(file, node, key.str());
        for (const auto& [written, meant] : *words) {
            KL_TRY(mapping.values[field][fold(written.str())], text_of(file, written.str(), meant));
        }
    }
    return {};
}

Result<void> read_known(std::string_view file, const toml::table& table, Fields fields,
                        TableMapping& mapping) {
    for (const auto& [key, node] : table) {
        KL_TRY(const std::size_t field, field_of(file, node, key.str(), fields));
        const toml::array* list = node.as_array();
        if (list == nullptr) return no_text(file, node, key.str());
        for (const toml::node& item : *list) {
            KL_TRY(const std::string value, text_of(file, key.str(), item));
            mapping.known[field].insert(fold(value));
        }
    }
    return {};
}

Result<void> read_time(std::string_view file, const toml::table& table, TableMapping& mapping) {
    for (const auto& [key, node] : table) {
        if (key.str() != "format") return unknown_key(file, node, key.str());
        KL_TRY(mapping.time_format, text_of(file, key.str(), node));
        if (valid_time_pattern(mapping.time_format)) continue;
        return mapping_error(file, node.source().begin.line, "format", "ingest.mapping.time",
                             {{"value", mapping.time_format}});
    }
    return {};
}

std::optional<std::size_t> find_column(const TableField& field,
                                       const std::vector<std::string>& columns) {
    std::vector<std::string_view> names{field.name};
    names.insert(names.end(), field.known.begin(), field.known.end());
    for (const std::string_view name : names) {
        for (std::size_t i = 0; i < columns.size(); ++i) {
            if (columns[i] == name || fold(columns[i]) == fold(name)) return i;
        }
    }
    return std::nullopt;
}

}  // namespace

Result<TableMapping> parse_table_mapping(std::string_view text, std::string_view file,
                                         Fields fields) {
    TableMapping mapping;
    toml::table root;
    try {
        root = toml::parse(text);
    } catch (const toml::parse_error& broken) {  // the parser knows no other way to say so
        return mapping_error(file, broken.source().begin.line, "", "ingest.mapping.unreadable",
                             {{"reason", std::string(broken.description())}});
    }
    for (const auto& [key, node] : root) {
        const toml::table* table = node.as_table();
        if (table && key.str() == "columns")
            KL_CHECK(read_texts(file, *table, fields, mapping.columns));
        else if (table && key.str() == "constants")
            KL_CHECK(read_texts(file, *table, fields, mapping.constants));
        else if (table && key.str() == "values")
            KL_CHECK(read_values(file, *table, fields, mapping));
        else if (table && key.str() == "known")
            KL_CHECK(read_known(file, *table, fields, mapping));
        else if (table && key.str() == "time")
            KL_CHECK(read_time(file, *table, mapping));
        else
            return unknown_key(file, node, key.str());
    }
    return mapping;
}

Result<std::vector<std::optional<std::size_t>>> find_fields(
    const TableMapping& mapping, Fields fields, const std::vector<std::string>& columns) {
    std::vector<std::optional<std::size_t>> places(fields.size());
    std::string missing, first;
    for (std::size_t i = 0; i < fields.size(); ++i) {
        if (mapping.constants.contains(i)) continue;
        const auto named = mapping.columns.find(i);
        if (named != mapping.columns.end()) {
            places[i] = find_column({named->second}, columns);
            if (places[i]) continue;
            return mapping_error(
                "", 1, fields[i].name, "ingest.mapping.column_missing",
                {{"column", named->second}, {"field", std::string(fields[i].name)}});
        }
        places[i] = find_column(fields[i], columns);
        if (places[i] || !fields[i].required) continue;
        if (!missing.empty()) missing += ", ";
        missing += fields[i].name;
        if (first.empty()) first = fields[i].name;
    }
    if (missing.empty()) return places;
    return mapping_error("", 1, first, "ingest.table.columns_missing", {{"columns", missing}});
}

}  // namespace klarsyn
