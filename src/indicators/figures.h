// Figures: evaluate an indicator, and open the records it counts. Both run the indicator's one
// query, so they cannot disagree. A Figures object belongs to one thread and one connection.
#pragma once

#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <variant>
#include <vector>

#include "core/result.h"
#include "core/time.h"
#include "indicators/catalogue.h"
#include "indicators/share_interval.h"
#include "store/database.h"

namespace klarsyn {

struct Coverage;
struct ModelRows;

// A dimension's value: text ("servicedesk", "unknown") or a number (hour 0..23, weekday 1..7).
using DimValue = std::variant<std::int64_t, std::string>;
std::string dim_text(const DimValue& value);

struct DimFilter {
    std::string dim;
    std::string value;
};

struct FigureQuestion {
    std::string id;                   // "telephony.abandoned"
    Period period;
    std::vector<std::string> by;      // the indicator's dimensions and day/week/month/quarter/year
    std::vector<DimFilter> where;     // same dim: or; different dims: and
    std::optional<std::int64_t> as_of;  // journal seq; none = now
    // Of no meaning to evaluate: what records, each_record, batches and refs_hash give.
    bool gap = false;                   // the records that lack something (FigureRow::gap_records)
    // Organisations (core_name ids) whose records the reader may see, where the fact table has the
    // column `org`; none = all of them.
    std::optional<std::vector<std::int64_t>> orgs = std::nullopt;
    // Judged as if these facts of the measurements' source had always been so: {"limit_ms", 2000}.
    std::vector<std::pair<std::string, std::int64_t>> assume = {};
};

struct FigureRow {
    std::vector<std::pair<std::string, DimValue>> key;  // one entry per `by`, in its order
    Period period;                      // the row's bucket cut to the question's period
    std::optional<double> value;        // none: no day covered, or a denominator of 0
    std::optional<std::int64_t> num;    // exact integers: count, sum, or the percentile itself
    std::optional<std::int64_t> den;    // only for mean and ratio
    std::int64_t records = 0;           // how many records `records` gives for this row
    // Records of the row that lack what they should be counted by (no target, no event): they are in
    // neither num, den nor records.
    std::int64_t gap_records = 0;
    std::string status;                 // "green", "yellow", "red" or empty
    std::optional<double> target;       // in the value's unit; of the row's own time
    std::optional<ShareInterval> interval = std::nullopt;  // only of a share of measurements
    // Where the indicator says how many different things (PCs) must stand behind a number: how many
    // do, and whether they were too few; then there is neither value, num nor den.
    std::optional<std::int64_t> behind = std::nullopt;
    bool too_few = false;
    std::vector<Day> gap;               // covered days of the row without any line from a source
    int days_covered = 0;               // days of the row's period inside some source's coverage
};

struct FigureAnswer {
    std::string id;
    std::string definition;  // hash of the indicator's text, 16 hex digits
    std::int64_t as_of = 0;  // the journal entry it answers for
    std::string unit;        // "count", "seconds", "fraction"
    Period period;
    std::vector<FigureRow> rows;  // ordered by key, calendar first to last, text by code point
};

struct RecordField {
    std::string name;
    std::variant<std::monostate, std::int64_t, std::string> value;
};
struct RecordItem {
    std::string ref;                  // stable over re-imports: "telephony_visit:src:callid:queue:entry"
    Day day = 0;
    std::int64_t seq = 0;             // the journal entry (batch) that brought this version of it
    std::vector<RecordField> fields;  // without ref; times as RFC 3339 UTC, durations in seconds
};
struct RecordPage {
    std::vector<std::string> columns;
    std::vector<RecordItem> items;
    std::int64_t total = 0;           // all records of the question that the reader may see
    std::int64_t hidden = 0;          // those that the reader may not see
    std::int64_t offset = 0;
};

struct BatchShare {
    std::int64_t seq = 0;
    std::int64_t records = 0;
};

// What `assume` may name for an indicator: numbers without which its measurements cannot be judged
// ("limit_ms"). Empty for indicators over other records.
std::vector<std::string> assumable_facts(const Indicator& indicator);

// What the records of an indicator show, in order; `table` is the indicator's.
std::vector<std::string> record_columns(const Indicator& indicator, const FactTable& table);

class Figures {
public:
    // Cells are a cache: what is to be frozen for ever is asked of the records themselves.
    enum class Source { cells_and_records, records };
    Figures(Connection& db, const Catalogue& catalogue, Source source = Source::cells_and_records)
        : db_(db), catalogue_(catalogue), source_(source) {}

    // invalid_input: unknown dimension, period beyond the calendar; not_found: unknown indicator;
    // refused: withheld indicator. An empty answer is no error.
    Result<FigureAnswer> evaluate(const FigureQuestion& question);
    // `by` is ignored. Order: day, then record. limit 0 = all.
    Result<RecordPage> records(const FigureQuestion& question, std::int64_t offset,
                               std::int64_t limit);
    // Streams all records in order without holding them.
    Result<void> each_record(const FigureQuestion& question,
                             const std::function<Result<void>(const RecordItem&)>& sink);
    // The batches that brought the records, with how many of them each; by batch.
    Result<std::vector<BatchShare>> batches(const FigureQuestion& question);
    // SHA-256 over the sorted record refs, hex: what an edition freezes.
    Result<std::string> refs_hash(const FigureQuestion& question);

private:
    struct CachedCoverage {
        std::int64_t as_of = -1;
        std::shared_ptr<const Coverage> coverage;  // shared: the type is only declared here
    };
    Result<const Coverage*> coverage_of(const Indicator& indicator, std::int64_t as_of);

    Connection& db_;
    const Catalogue& catalogue_;
    Source source_;
    std::shared_ptr<ModelRows> model_rows_;
    std::map<std::string, CachedCoverage> coverage_;  // by feeds, for the last entry asked
};

}  // namespace klarsyn
