#include "indicators/series_program.h"

#include <algorithm>

#include "indicators/figures.h"

namespace klarsyn {
namespace {

std::optional<std::size_t> place_of(const std::vector<std::string>& names, std::string_view name) {
    const auto found = std::find(names.begin(), names.end(), name);
    if (found == names.end()) return std::nullopt;
    return static_cast<std::size_t>(found - names.begin());
}

Error unknown(std::string_view what) {
    return make_error(ErrorCode::invalid_input, "indicators.series_expression",
                      {{"value", std::string(what)}});
}

Result<SeriesDim> find_dim(const SeriesSource& source, const std::string& name) {
    if (const auto place = place_of(source.table.dims, name)) {
        return SeriesDim{SeriesDim::From::series, *place};
    }
    if (const auto place = place_of(source.facts, name)) {
        return SeriesDim{SeriesDim::From::fact, *place};
    }
    if (name == "hour") return SeriesDim{SeriesDim::From::hour, 0};
    if (name == "weekday") return SeriesDim{SeriesDim::From::weekday, 0};
    return unknown(name);
}

}  // namespace

const SeriesDim* SeriesProgram::dim(std::string_view name) const {
    const auto place = place_of(dim_names, name);
    return place ? &dims[*place] : nullptr;
}

std::optional<std::size_t> SeriesProgram::fact(std::string_view name) const {
    return place_of(source->facts, name);
}

bool SeriesProgram::is_rare(std::string_view name) const {
    return place_of(source->rare_facts, name).has_value();
}

bool SeriesProgram::is_hidden(std::string_view name) const {
    return is_rare(name) && !place_of(dim_names, name);
}

std::vector<std::string> assumable_facts(const Indicator& indicator) {
    std::vector<std::string> names;
    if (!indicator.series) return names;
    const SeriesSource& source = *indicator.series->source;
    for (const std::size_t fact : indicator.series->needs_facts) {
        const std::string& name = source.facts[fact];
        const bool of_another_kind =
            place_of(source.name_facts, name) || place_of(source.rare_facts, name);
        if (!of_another_kind) names.push_back(name);
    }
    return names;
}

Result<SeriesProgram> make_program(const SeriesText& text, const std::vector<std::string>& dims,
                                   std::shared_ptr<const SeriesSource> source) {
    SeriesProgram program;
    if (!text.predicate.empty()) {
        KL_TRY(program.predicate, SeriesExpression::parse(text.predicate, *source));
        if (program.predicate->kind() != SeriesExpression::Kind::condition) {
            return unknown(text.predicate);
        }
    }
    KL_TRY(program.num, SeriesExpression::parse(text.num.empty() ? "1" : text.num, *source));
    if (!text.den.empty()) {
        KL_TRY(program.den, SeriesExpression::parse(text.den, *source));
    }
    for (const std::string& need : text.needs) {
        if (need == "ms") {
            program.needs_ms = true;
            continue;
        }
        const auto place = place_of(source->facts, need);
        if (!place) return unknown(need);
        program.needs_facts.push_back(*place);
    }
    if (!text.least_of.empty()) {
        program.least_of = place_of(source->facts, text.least_of);
        if (!program.least_of) return unknown(text.least_of);
    }
    for (const std::string& name : dims) {
        KL_TRY(const SeriesDim dim, find_dim(*source, name));
        program.dim_names.push_back(name);
        program.dims.push_back(dim);
    }
    program.source = std::move(source);
    return program;
}

}  // namespace klarsyn
