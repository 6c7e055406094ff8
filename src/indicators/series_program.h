// A declarative indicator made ready: its conditions over a source, and where its dimensions come
// from. Immutable. Internal to indicators.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "indicators/series_expression.h"

namespace klarsyn {

// The header of an indicator file with `source` instead of SQL.
struct SeriesText {
    std::string source;              // "probes_result"
    std::string predicate;           // which measurements belong to the figure; empty = all
    std::string num;                 // what is counted or added up; "1" where the file has none
    std::string den;                 // empty where there is none
    std::vector<std::string> needs;  // facts, or ms, without which a measurement is not counted
    std::string least_of;            // a fact; empty = Indicator::least is 0
};

struct SeriesDim {
    enum class From { series, fact, hour, weekday } from = From::series;
    std::size_t place = 0;  // among the series' dimensions or the facts
};

struct SeriesProgram {
    std::shared_ptr<const SeriesSource> source;  // shared: many indicators read one source
    std::optional<SeriesExpression> predicate;
    SeriesExpression num;  // parsed by make_program
    std::optional<SeriesExpression> den;
    std::vector<std::size_t> needs_facts;
    bool needs_ms = false;
    std::optional<std::size_t> least_of;  // the fact whose different values are counted
    std::vector<std::string> dim_names;
    std::vector<SeriesDim> dims;  // as dim_names

    const SeriesDim* dim(std::string_view name) const;
    std::optional<std::size_t> fact(std::string_view name) const;
    bool is_rare(std::string_view name) const;
    // A rare fact that is none of the dimensions: no column of the drill-down.
    bool is_hidden(std::string_view name) const;
};

// invalid_input: an unknown dimension, fact or word, or a condition where a number must stand.
Result<SeriesProgram> make_program(const SeriesText& text, const std::vector<std::string>& dims,
                                   std::shared_ptr<const SeriesSource> source);

}  // namespace klarsyn
