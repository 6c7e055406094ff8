#include "modules/servicedesk/mapping.h"

#include <toml++/toml.h>

#include <algorithm>
#include <utility>
#include <vector>

#include "core/text.h"
#include "modules/servicedesk/case_time.h"
#include "modules/servicedesk/headings.h"
#include "protocols/time_text.h"

namespace klarsyn::servicedesk {
namespace {

struct KnownField {
    std::string_view name;
    std::vector<std::string_view> columns;  // folded names that exports use, best first
};

const std::array<KnownField, kCaseFieldCount>& known_fields() {
    static const std::array<KnownField, kCaseFieldCount> kFields{{
        {"number", {"number", "case", "case number", "sagsnummer", "sagsnr", "sagsnr.", "sag"}},
        {"opened",
         {"opened", "opened_at", "opened at", "created", "oprettet", "åbnet", "oprettelsesdato"}},
        {"updated",
         {"updated", "sys_updated_on", "updated_at", "last update", "opdateret",
          "sidst opdateret"}},
        {"resolved", {"resolved", "resolved_at", "resolved at", "solved", "løst", "løsningsdato"}},
        {"closed", {"closed", "closed_at", "closed at", "lukket", "afsluttet", "lukkedato"}},
        {"state", {"state", "status", "incident_state", "tilstand"}},
        {"group", {"group", "assignment_group", "assignment group", "gruppe", "tildelt gruppe"}},
        {"category", {"category", "kategori"}},
        {"priority", {"priority", "prioritet"}},
        {"contact", {"contact", "contact_type", "contact type", "henvendelsesform", "kanal"}},
        {"type", {"type", "sagstype", "sys_class_name"}},
        {"system", {"system", "cmdb_ci", "business_service", "it-system"}},
        {"moves", {"moves", "reassignment_count", "flytninger", "omvisiteringer"}},
        {"title",
         {"title", "short_description", "short description", "titel", "kort beskrivelse",
          "overskrift", "emne", "subject"}},
        {"text", {"text", "description", "beskrivelse", "tekst"}},
        {"caller",
         {"caller", "caller_id", "indmelder", "henvender", "rekvirent", "anmelder", "bruger"}},
    }};
    return kFields;
}

Error mapping_error(std::string_view file, std::int64_t line, std::string_view field,
                    std::string key, TextArgs args) {
    Error error = make_error(ErrorCode::invalid_input, std::move(key), std::move(args));
    error.file = std::string(file);
    error.line = line;
    error.field = std::string(field);
    return error;
}

Error unknown_key(std::string_view file, const toml::node& node, std::string_view key) {
    return mapping_error(file, node.source().begin.line, key,
                         "servicedesk.error.mapping_key_unknown", {{"key", std::string(key)}});
}

Result<std::string> text_of(std::string_view file, std::string_view key, const toml::node& node) {
    const auto value = node.value_exact<std::string>();
    if (value) return *value;
    return mapping_error(file, node.source().begin.line, key, "servicedesk.error.mapping_value",
                         {{"key", std::string(key)}});
}

std::optional<std::size_t> field_of(std::string_view name) {
    for (std::size_t i = 0; i < kCaseFieldCount; ++i) {
        if (known_fields()[i].name == name) return i;
    }
    return std::nullopt;
}

Result<void> read_columns(std::string_view file, const toml::table& table, Mapping& mapping) {
    for (const auto& [key, node] : table) {
        const auto field = field_of(key.str());
        if (!field) return unknown_key(file, node, key.str());
        KL_TRY(mapping.columns[*field], text_of(file, key.str(), node));
    }
    return {};
}

Result<void> read_time(std::string_view file, const toml::table& table, Mapping& mapping) {
    for (const auto& [key, node] : table) {
        if (key.str() != "format") return unknown_key(file, node, key.str());
        KL_TRY(mapping.time_format, text_of(file, key.str(), node));
        if (!valid_time_pattern(mapping.time_format)) {
            return mapping_error(file, node.source().begin.line, "format",
                                 "servicedesk.error.mapping_time",
                                 {{"value", mapping.time_format}});
        }
    }
    return {};
}

Result<void> read_states(std::string_view file, const toml::table& table, Mapping& mapping) {
    for (const auto& [key, node] : table) {
        KL_TRY(const std::string state, text_of(file, key.str(), node));
        static constexpr std::array<std::string_view, 5> kStates{"new", "active", "on_hold",
                                                                 "resolved", "closed"};
        if (std::find(kStates.begin(), kStates.end(), state) == kStates.end()) {
            return mapping_error(file, node.source().begin.line, key.str(),
                                 "servicedesk.error.mapping_state", {{"value", state}});
        }
        mapping.states.emplace(key.str(), state);
    }
    return {};
}

Result<void> read_groups(std::string_view file, const toml::table& table, Mapping& mapping) {
    for (const auto& [key, node] : table) {
        KL_TRY(mapping.groups[std::string(key.str())], text_of(file, key.str(), node));
    }
    return {};
}

std::optional<std::size_t> by_name(std::string_view name, const std::vector<std::string>& columns) {
    const auto found = std::find(columns.begin(), columns.end(), name);
    if (found == columns.end()) return std::nullopt;
    return static_cast<std::size_t>(found - columns.begin());
}

}  // namespace

std::string_view field_name(CaseField field) { return known_fields()[field].name; }

Result<Mapping> parse_mapping(std::string_view text, std::string_view file) {
    Mapping mapping;
    toml::table root;
    try {
        root = toml::parse(text);
    } catch (const toml::parse_error& broken) {  // the parser knows no other way to say so
        return mapping_error(file, broken.source().begin.line, "",
                             "servicedesk.error.mapping_unreadable",
                             {{"reason", std::string(broken.description())}});
    }
    for (const auto& [key, node] : root) {
        const toml::table* table = node.as_table();
        if (table && key.str() == "columns")
            KL_CHECK(read_columns(file, *table, mapping));
        else if (table && key.str() == "time")
            KL_CHECK(read_time(file, *table, mapping));
        else if (table && key.str() == "states")
            KL_CHECK(read_states(file, *table, mapping));
        else if (table && key.str() == "groups")
            KL_CHECK(read_groups(file, *table, mapping));
        else
            return unknown_key(file, node, key.str());
    }
    return mapping;
}

Result<FieldPlaces> find_fields(const Mapping& mapping, const std::vector<std::string>& columns) {
    FieldPlaces places;
    for (std::size_t i = 0; i < kCaseFieldCount; ++i) {
        const std::string& named = mapping.columns[i];
        places[i] = named.empty() ? find_heading(known_fields()[i].columns, columns)
                                  : by_name(named, columns);
        const bool required = i == kCaseNumber || i == kCaseOpened;
        if (places[i] || (named.empty() && !required)) continue;
        const std::string name(known_fields()[i].name);
        Error error =
            make_error(ErrorCode::invalid_input, "servicedesk.error.mapping_column_missing",
                       {{"column", named.empty() ? name : named}, {"field", name}});
        error.line = 1;
        error.field = name;
        return error;
    }
    return places;
}

}  // namespace klarsyn::servicedesk
