#include "indicators/catalogue.h"

#include <algorithm>
#include <charconv>
#include <cstdio>

#include "indicators/cell_scan.h"
#include "indicators/header_values.h"
#include "indicators/select.h"
#include "indicators/series_program.h"
#include "indicators/shadow.h"
#include "core/hash.h"

namespace klarsyn {
namespace {

struct HeaderLine {
    std::string_view key;
    std::string_view value;
    int line = 0;
};

struct SplitFile {
    std::vector<HeaderLine> header;
    std::string body;
};

SplitFile split_file(std::string_view text) {
    SplitFile result;
    int line_number = 0;
    bool in_header = true;
    while (!text.empty()) {
        ++line_number;
        const auto end = text.find('\n');
        std::string_view line = text.substr(0, end);
        text = end == std::string_view::npos ? std::string_view{} : text.substr(end + 1);
        if (in_header && line.starts_with("--")) {
            const auto content = trim(line.substr(2));
            const auto colon = content.find(':');
            if (colon == std::string_view::npos) continue;
            result.header.push_back(
                {trim(content.substr(0, colon)), trim(content.substr(colon + 1)), line_number});
            continue;
        }
        if (in_header && trim(line).empty()) continue;
        in_header = false;
        result.body.append(line);
        result.body.push_back('\n');
    }
    std::string_view body = trim(result.body);
    if (body.ends_with(';')) body.remove_suffix(1);
    result.body = std::string(trim(body));
    return result;
}

Error header_error(std::string_view file, int line, std::string_view field, std::string key,
                   std::string_view value = {}) {
    Error error = make_error(ErrorCode::invalid_input, std::move(key),
                             {{"value", std::string(value)}});
    error.file = std::string(file);
    error.line = line;
    error.field = std::string(field);
    return error;
}

std::optional<Aggregate> parse_aggregate(std::string_view word) {
    static constexpr std::pair<std::string_view, Aggregate> kWords[] = {
        {"count", Aggregate::count},       {"sum", Aggregate::sum},
        {"mean", Aggregate::mean},         {"min", Aggregate::min},
        {"max", Aggregate::max},           {"ratio", Aggregate::ratio},
        {"balance", Aggregate::balance},   {"latest", Aggregate::latest},
        {"distinct", Aggregate::distinct}, {"percentile", Aggregate::percentile}};
    for (const auto& [name, aggregate] : kWords) {
        if (name == word) return aggregate;
    }
    return std::nullopt;
}

// Applies one header line; false for a value that cannot be read, nullopt for an unknown key.
std::optional<bool> apply_text(Indicator& indicator, std::string_view key, std::string_view value) {
    const std::pair<std::string_view, std::string*> texts[] = {
        {"id", &indicator.id},
        {"title.da", &indicator.title_da},
        {"title.en", &indicator.title_en},
        {"definition.da", &indicator.definition_da},
        {"definition.en", &indicator.definition_en},
        {"formula", &indicator.formula},
        {"formula.da", &indicator.formula_da},
        {"owner", &indicator.owner},
        {"caveat.da", &indicator.caveat_da},
        {"caveat.en", &indicator.caveat_en},
        {"beside", &indicator.beside},
        {"known_by", &indicator.known_by},
        {"model", &indicator.model},
        {"table", &indicator.table}};
    for (const auto& [name, target] : texts) {
        if (name != key) continue;
        *target = std::string(value);
        return !value.empty();
    }
    return std::nullopt;
}

std::optional<bool> apply_rule(Indicator& indicator, std::string_view key, std::string_view value) {
    if (key == "aggregate") {
        const auto aggregate = parse_aggregate(value);
        if (aggregate) indicator.aggregate = *aggregate;
        return aggregate.has_value();
    }
    if (key == "percentile") {
        int percent = 0;
        std::from_chars(value.data(), value.data() + value.size(), percent);
        indicator.percentile = percent;
        return percent >= 1 && percent <= 100;
    }
    if (key == "of") {
        indicator.of_balance = value == "balance";
        return value == "balance";
    }
    if (key == "covered_by") return indicator.live_only = value == "live";
    if (key == "unit") {
        indicator.unit = value == "percent" ? "fraction" : std::string(value);
        static constexpr std::string_view kUnits[] = {"count",    "seconds", "milliseconds",
                                                      "fraction", "days",    "watts",
                                                      "bytes"};
        return std::find(std::begin(kUnits), std::end(kUnits), indicator.unit) != std::end(kUnits);
    }
    if (key == "dims") {
        indicator.dims = parse_words(value);
        return true;
    }
    if (key == "target") {
        const auto target = parse_target(value);
        if (target) indicator.targets.push_back(*target);
        return target.has_value();
    }
    if (key == "green" || key == "yellow") {
        const auto bound = parse_bound(value);
        (key == "green" ? indicator.green : indicator.yellow) = bound;
        return bound.has_value();
    }
    if (key == "status") {
        if (value == "published") indicator.status = IndicatorStatus::published;
        else if (value == "under_review") indicator.status = IndicatorStatus::under_review;
        else if (value == "withheld") indicator.status = IndicatorStatus::withheld;
        else return false;
        return true;
    }
    return std::nullopt;
}

// "5 pc": how many of what must stand behind a number.
bool apply_least(Indicator& indicator, SeriesText& text, std::string_view value) {
    const auto space = value.find(' ');
    if (space == std::string_view::npos) return false;
    const auto end = std::from_chars(value.data(), value.data() + space, indicator.least).ptr;
    indicator.least_of = std::string(trim(value.substr(space)));
    text.least_of = indicator.least_of;
    return end == value.data() + space && indicator.least > 1 && !indicator.least_of.empty();
}

// The lines of a declarative indicator: as text here, against their source when the catalogue is
// sealed.
std::optional<bool> apply_series(SeriesText& text, std::string_view key, std::string_view value) {
    const std::pair<std::string_view, std::string*> texts[] = {{"source", &text.source},
                                                               {"predicate", &text.predicate},
                                                               {"num", &text.num},
                                                               {"value", &text.num},
                                                               {"den", &text.den}};
    for (const auto& [name, target] : texts) {
        if (name != key) continue;
        if (!target->empty()) return false;  // said twice
        *target = std::string(value);
        return !value.empty();
    }
    if (key != "needs") return std::nullopt;
    text.needs = parse_words(value);
    return !text.needs.empty();
}

Result<void> check_complete(std::string_view file, const Indicator& indicator) {
    const std::pair<std::string_view, const std::string*> needed[] = {
        {"id", &indicator.id},
        {"title.da", &indicator.title_da},
        {"title.en", &indicator.title_en},
        {"definition.da", &indicator.definition_da},
        {"definition.en", &indicator.definition_en},
        {"owner", &indicator.owner},
        {"unit", &indicator.unit},
        {"table", &indicator.table}};
    for (const auto& [name, value] : needed) {
        if (value->empty()) return header_error(file, 0, name, "indicators.header_missing");
    }
    if (indicator.status != IndicatorStatus::published &&
        (indicator.caveat_da.empty() || indicator.caveat_en.empty())) {
        return header_error(file, 0, "caveat.da", "indicators.caveat_missing");
    }
    if (indicator.aggregate == Aggregate::percentile && indicator.percentile == 0) {
        return header_error(file, 0, "percentile", "indicators.header_missing");
    }
    return {};
}

// The columns that the engine reads must be there, whatever else the query does.
Result<void> check_columns(std::string_view file, const Indicator& indicator) {
    const auto select = parse_select(indicator.sql);
    if (!select) return header_error(file, 0, "sql", "indicators.not_one_select");
    std::vector<std::string> needed = {"ref"};
    const bool spans = indicator.aggregate == Aggregate::balance || indicator.of_balance;
    for (const char* name : {"from_day", "to_day", "cls"}) {
        if (spans) needed.emplace_back(name);
    }
    if (!spans) needed.emplace_back("day");
    const bool latest = indicator.aggregate == Aggregate::latest;
    for (const char* name : {"thing", "at"}) {
        if (latest) needed.emplace_back(name);
    }
    if (indicator.aggregate != Aggregate::balance) needed.emplace_back("num");
    needed.insert(needed.end(), indicator.dims.begin(), indicator.dims.end());
    for (const auto& name : needed) {
        if (!select->column(name)) {
            return header_error(file, 0, name, "indicators.column_missing", name);
        }
    }
    const bool bounded = indicator.sql.find(":from") != std::string::npos ||
                         indicator.sql.find(":to") != std::string::npos;
    if (latest && bounded) return header_error(file, 0, "sql", "indicators.period_superfluous");
    if (!spans && !latest && select->where.find(":from") == std::string::npos) {
        return header_error(file, 0, "sql", "indicators.period_missing");
    }
    return {};
}

// The parts of a model can only be added up or compared, and it reads what the query gives.
Result<void> check_model(const Catalogue& catalogue, const Indicator& indicator) {
    if (indicator.model.empty()) return {};
    const auto fault = [&](std::string_view value) {
        return make_error(ErrorCode::invalid_input, "indicators.model_unfit",
                          {{"id", indicator.id}, {"value", std::string(value)}});
    };
    const Model* model = catalogue.model(indicator.model);
    if (model == nullptr) return fault(indicator.model);
    const Aggregate how = indicator.aggregate;
    if (how != Aggregate::sum && how != Aggregate::max) return fault("aggregate");
    const auto select = parse_select(indicator.sql);
    for (const auto& column : model->columns) {
        if (!select->column(column)) return fault(column);
    }
    if (indicator.dims.size() + model->columns.size() > kModelColumnsMax) return fault("dims");
    return {};
}

}  // namespace

bool Indicator::additive_over_time() const {
    return model.empty() && (aggregate == Aggregate::count || aggregate == Aggregate::sum);
}

bool Indicator::divides() const {
    return aggregate == Aggregate::mean || aggregate == Aggregate::ratio ||
           (aggregate == Aggregate::latest && has_den);
}

namespace {

// Which measurements count, instead of SQL.
Result<void> take_series(std::string_view file, Indicator& indicator, SeriesText text) {
    if (!indicator.sql.empty()) return header_error(file, 0, "sql", "indicators.series_with_sql");
    const bool known = indicator.aggregate != Aggregate::balance && !indicator.of_balance &&
                       indicator.aggregate != Aggregate::latest;
    if (!known) return header_error(file, 0, "aggregate", "indicators.header_value");
    const bool divides =
        indicator.aggregate == Aggregate::mean || indicator.aggregate == Aggregate::ratio;
    if (divides && text.den.empty()) {
        return header_error(file, 0, "den", "indicators.header_missing");
    }
    indicator.has_den = !text.den.empty();
    indicator.series_text = std::make_shared<const SeriesText>(std::move(text));
    return {};
}

Result<void> take_sql(std::string_view file, Indicator& indicator) {
    KL_CHECK(check_columns(file, indicator));
    const auto select = parse_select(indicator.sql);
    const auto* den = select->column("den");
    indicator.has_den = den != nullptr && den->find("NULL") == std::string::npos;
    return {};
}

}  // namespace

Result<Indicator> Catalogue::parse(std::string_view file, std::string_view text) {
    const SplitFile split = split_file(text);
    Indicator indicator;
    SeriesText series;
    for (const auto& [key, value, line] : split.header) {
        auto applied = apply_text(indicator, key, value);
        if (!applied) applied = apply_rule(indicator, key, value);
        if (!applied && key == "least") applied = apply_least(indicator, series, value);
        if (!applied) applied = apply_series(series, key, value);
        if (!applied) return header_error(file, line, key, "indicators.header_unknown", key);
        if (!*applied) return header_error(file, line, key, "indicators.header_value", value);
    }
    if (split.body.find(';') != std::string::npos) {
        return header_error(file, 0, "sql", "indicators.not_one_select");
    }
    indicator.sql = split.body;
    indicator.module = indicator.id.substr(0, indicator.id.find('.'));
    const bool declared = !series.source.empty();
    if (!declared && !(series.num + series.predicate + series.den + series.least_of).empty()) {
        return header_error(file, 0, "source", "indicators.header_missing");
    }
    if (declared) indicator.table = series.source;
    KL_CHECK(check_complete(file, indicator));
    KL_CHECK(declared ? take_series(file, indicator, std::move(series)) : take_sql(file, indicator));
    if (indicator.formula_da.empty()) indicator.formula_da = indicator.formula;
    std::sort(indicator.targets.begin(), indicator.targets.end(),
              [](const DatedTarget& a, const DatedTarget& b) { return a.from < b.from; });
    indicator.definition = sha256_hex(text).substr(0, 16);
    return indicator;
}

Result<PubView> Catalogue::parse_view(std::string_view file, std::string_view text) {
    const SplitFile split = split_file(text);
    PubView view;
    view.name = std::string(file.substr(file.rfind('/') + 1));
    view.name = view.name.substr(0, view.name.rfind('.'));
    constexpr std::string_view kPrefix = "pub_";
    const auto end = view.name.find('_', kPrefix.size());
    if (!view.name.starts_with(kPrefix) || end == std::string::npos) {
        return header_error(file, 0, "name", "indicators.view_name", view.name);
    }
    view.module = view.name.substr(kPrefix.size(), end - kPrefix.size());
    view.sql = split.body;
    if (view.sql.empty() || view.sql.find_first_of(";:") != std::string::npos) {
        return header_error(file, 0, "sql", "indicators.view_plain", view.name);
    }
    return view;
}

void Catalogue::add(Indicator indicator) { indicators_.push_back(std::move(indicator)); }
void Catalogue::add(PubView view) { views_.push_back(std::move(view)); }
void Catalogue::add(FactTable table) { tables_.push_back(std::move(table)); }
void Catalogue::add(Dim dim) {
    if (!this->dim(dim.name)) dims_.push_back(std::move(dim));
}
void Catalogue::add(Identity identity) { identities_.push_back(std::move(identity)); }
void Catalogue::add(Cut cut) { cuts_.push_back(std::move(cut)); }
void Catalogue::add(Model model) { models_.push_back(std::move(model)); }

void Catalogue::add(SeriesSource source) {
    sources_.push_back(std::make_shared<const SeriesSource>(std::move(source)));
}

Result<void> Catalogue::seal() {
    KL_CHECK(order_views(*this, views_));
    for (auto& indicator : indicators_) {
        KL_CHECK(indicator.series_text ? make_ready(indicator) : check_relations(*this, indicator));
        KL_CHECK(check_model(*this, indicator));
        if (!indicator.beside.empty() && find(indicator.beside) == nullptr)
            return make_error(ErrorCode::invalid_input, "indicators.beside_unknown",
                              {{"id", indicator.id}, {"beside", indicator.beside}});
        // The words of the views that it reads are part of what an indicator says.
        const std::string read = view_clause(*this, indicator.sql);
        if (!read.empty()) {
            indicator.definition = sha256_hex(indicator.definition + read).substr(0, 16);
        }
    }
    scans_ = std::make_shared<const ScanSet>(make_scans(*this));
    return {};
}

Result<void> Catalogue::make_ready(Indicator& indicator) const {
    for (const auto& source : sources_) {
        if (source->table.name != indicator.table || source->module != indicator.module) continue;
        auto program = make_program(*indicator.series_text, indicator.dims, source);
        if (!program.ok()) {
            Error error = program.error();
            error.field = indicator.id;
            return error;
        }
        indicator.series = std::make_shared<const SeriesProgram>(program.take());
        return {};
    }
    return make_error(ErrorCode::invalid_input, "indicators.source_unknown",
                      {{"id", indicator.id}, {"value", indicator.table}});
}

const SeriesSource* Catalogue::source(std::string_view name) const {
    for (const auto& source : sources_) {
        if (source->table.name == name) return source.get();
    }
    return nullptr;
}

const ScanSet& Catalogue::scans() const {
    static const ScanSet kNone;
    return scans_ ? *scans_ : kNone;
}

const Indicator* Catalogue::find(std::string_view id) const {
    for (const auto& indicator : indicators_) {
        if (indicator.id == id) return &indicator;
    }
    return nullptr;
}

const FactTable* Catalogue::table(std::string_view name) const {
    for (const auto& table : tables_) {
        if (table.name == name) return &table;
    }
    return nullptr;
}

const Dim* Catalogue::dim(std::string_view name) const {
    for (const auto& dim : dims_) {
        if (dim.name == name) return &dim;
    }
    return nullptr;
}

const Model* Catalogue::model(std::string_view name) const {
    for (const auto& model : models_) {
        if (model.name == name) return &model;
    }
    return nullptr;
}

}  // namespace klarsyn
