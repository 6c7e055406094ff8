// What a module names of itself: a plain struct, listed in modules.cc. No registration elsewhere.
#pragma once

#include <cstdint>
#include <functional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "core/embedded.h"
#include "indicators/catalogue.h"
#include "indicators/series_source.h"
#include "ingest/erasure.h"
#include "ingest/format.h"
#include "store/store.h"
#include "web/background.h"
#include "web/routes.h"

namespace klarsyn {

class ReportLibrary;
struct DeriveReason;

// A file of rules that a region may replace (klarsyn settings); the binary carries a default.
struct SettingKind {
    std::string_view name;  // "sla"; of all modules
    // invalid_input with file, line and field for a text that cannot hold from then on.
    Result<void> (*check)(Connection& db, UtcSecond from, std::string_view text,
                          std::string_view file) = nullptr;
    bool derives = false;  // facts depend on it: they are derived again where it holds in the past
    bool dated = true;     // else its lines carry their own dates, and it holds at once
};

// What klarsyn verify asks a module beyond what it can see itself: does what was derived from
// records of the module's own still follow from them?
struct ModuleCheck {
    std::string_view name;                            // "calls"
    std::function<Result<std::int64_t>(Store&)> run;  // how many rows differ; 0 = intact
};

struct Module {
    std::string_view name;                      // folder, namespace, table and indicator prefix, URL
    std::vector<Migration> migrations;
    std::vector<EmbeddedFile> indicators;       // *.sql
    std::vector<EmbeddedFile> views;            // *.sql: what others' indicators may read
    std::vector<EmbeddedFile> sections;         // *.md
    std::vector<ModuleCheck> checks;            // run by klarsyn verify
    // Optional: derives the facts that no file brought again and writes the difference; returns how
    // many rows changed.
    Result<std::int64_t> (*derive_live)(Store& store, const Clock& clock,
                                        const DeriveReason& reason) = nullptr;
    std::vector<SettingKind> settings;
    // Optional: writes the module's part of the search index, which was reset; how many documents.
    Result<std::int64_t> (*reindex)(Store& store) = nullptr;
    // Optional: erases a person from the module's own tables, in an entry that was begun.
    Result<void> (*erase)(WriteTurn& turn, const ErasureOrder& order,
                          ErasureReport& report) = nullptr;
    std::vector<FactTable> tables;
    std::vector<SeriesSource> series;           // measurements in blocks; each has a FactTable too
    std::vector<Dim> dims;
    std::vector<Identity> identities;
    std::vector<Cut> cuts;
    std::vector<Model> models;
    std::vector<Format> formats;
    std::vector<Format> live_formats;  // facts that the running server brings: never imported
    std::vector<Route> routes;
    std::vector<Background> background;
};

// All modules, in the order of their migrations.
const std::vector<Module>& modules();

// The catalogue of all modules' indicators, tables and dimensions. Aborts on a malformed indicator:
// the unit tests parse every one.
const Catalogue& catalogue();
// The routes of the web layer and of all modules.
std::span<const Route> all_routes();
std::span<const Background> all_background();
const Format* find_format(std::string_view name);
std::string format_names();  // "queue-log, case-csv, ..."
std::vector<Migration> migrations();

// The plans and sections of the binary. The error names file and line; the unit tests load it.
Result<const ReportLibrary*> report_library();

}  // namespace klarsyn
