// The catalogue of indicators: each is one .sql file with a comment header (docs/guides). The SQL
// says only which records count; the engine aggregates. Parsed once at start; immutable after.
#pragma once

#include <array>
#include <cstdint>
#include <limits>
#include <map>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "core/result.h"
#include "core/time.h"
#include "store/database.h"

namespace klarsyn {

enum class Aggregate { count, sum, mean, min, max, ratio, balance, latest, distinct, percentile };
enum class IndicatorStatus { published, under_review, withheld };
enum class DimKind { name, number };  // name: the SQL yields a core_name id; number: the value itself

struct Dim {
    std::string name;       // "queue"
    DimKind kind = DimKind::name;
    std::string title_da;
    std::string title_en;
};

struct Bound {              // ">= 75": compared exactly, as integers over `scale`
    enum class Op { less, less_equal, greater, greater_equal } op = Op::greater_equal;
    std::int64_t value = 0;  // value / scale is in the indicator's unit (fractions of 1 for shares)
    std::int64_t scale = 1;
};
struct SeriesText;     // series_program.h: what a declarative indicator says of measurements
struct SeriesProgram;  // the same, made ready
struct SeriesSource;   // series_source.h

struct DatedTarget {
    Bound bound;
    Day from = 0;
};

struct Indicator {
    std::string id;                 // "telephony.abandoned_share"
    std::string module;             // "telephony"
    std::string title_da, title_en, definition_da, definition_en;
    std::string formula;            // short, printed beside the figure: "answered ≤ 300 s / offered"
    std::string formula_da;         // the same in Danish; `formula` where the file has none
    std::string owner;
    Aggregate aggregate = Aggregate::count;
    int percentile = 0;             // 1..100, for percentile
    bool of_balance = false;        // percentile over the records open on a day
    std::string unit;               // "count", "seconds", "fraction", ...: what the header may say
    std::vector<std::string> dims;
    std::vector<DatedTarget> targets;
    std::optional<Bound> green, yellow;
    IndicatorStatus status = IndicatorStatus::published;
    std::string caveat_da, caveat_en;
    std::string sql;                // without the header, without a trailing semicolon
    // A fact table of spans (from_day, to_day) that say where the figure can be known at all: without
    // one that touches the period, nothing counted is not 0 but unknown. Empty: every covered day.
    std::string known_by;
    std::string beside;             // a figure without which this one is never shown; or empty
    std::string table;              // the fact table whose rows are the records
    std::string definition;         // hash of the file's text, 16 hex digits
    std::string model;              // a function reckons the value from the records; or empty
    int least = 0;                  // so many different `least_of` must stand behind a number
    std::string least_of;           // "pc", a fact of the source
    bool live_only = false;         // imports cannot tell of it: only the running server's days cover it
    bool additive_over_time() const;
    bool divides() const;           // value = num / den
    bool has_den = false;           // the query yields a denominator
    // Set instead of sql where the records are measurements in blocks; the program once sealed.
    std::shared_ptr<const SeriesText> series_text;
    std::shared_ptr<const SeriesProgram> series;
};

// Whose days cover a table: those of the formats that write it.
struct TableFeeds {
    std::vector<std::string> formats;  // of imports
    bool live = false;                 // the running server writes it
};

// What the engine must know of a fact table to show its rows as records.
struct FactTable {
    std::string name;                          // "telephony_visit"
    std::string module;
    std::vector<std::string> columns;          // shown in drill-down, in order
    std::vector<std::string> name_columns;     // those of them that hold core_name ids
    std::vector<std::string> time_columns;     // UTC seconds, shown as RFC 3339
    std::vector<std::string> day_columns;      // days, shown as dates
    std::vector<std::string> text_columns;     // texts; all other columns are integers
    std::string key_column = "source_key";     // stable ref: "<name>:<source_key>"
    bool by_format = false;  // covered only by days of formats that write it; else by every feed
    std::optional<TableFeeds> feeds = std::nullopt;  // then: which; filled in from the formats
};

// What a module shows of its tables to the indicators of others: a SELECT kept as text. The engine
// writes it before an indicator that names it, behind the records as they were known then: a view
// of the database would bypass as-of.
struct PubView {
    std::string name;    // "pub_telephony_answered": pub_, the module, what it holds
    std::string module;  // "telephony"
    std::string sql;     // without leading comments, without a trailing semicolon
};

struct IdentityFilter {        // only the records of one term with this value count
    std::size_t term = 0;      // index into Identity::terms
    std::string dim;
    std::string value;
};

struct Identity {              // sum of coefficient * figure = 0, per `by` and bucket
    std::string id;            // "telephony.offered_parts"
    std::vector<std::pair<int, std::string>> terms;  // {+1, "telephony.answered"}, ...
    bool flow_of_balance = false;  // first term is the balance: closing - opening = sum of the rest
    std::string by;            // dimension, or empty
    Bucket bucket = Bucket::month;
    std::vector<IdentityFilter> where;
};

struct Cut {                   // which combinations of dimensions are kept as cells
    std::string table;
    std::vector<std::string> dims;
};

// A pure function that reckons a figure from all records of a bucket (docs/decisions/0020): the parts
// that it gives are chosen by the question's filters and groups, and added up or compared.
constexpr std::size_t kModelColumnsMax = 10;
constexpr std::int64_t kModelNull = std::numeric_limits<std::int64_t>::min();
// The indicator's dimensions in its order, then the model's columns; kModelNull for null.
using ModelRow = std::array<std::int64_t, kModelColumnsMax>;
struct ModelPart {
    std::array<std::int64_t, kModelColumnsMax> dims{};
    std::optional<std::int64_t> num;  // none: the records do not suffice to say it
};
struct Model {
    std::string name;                  // "telephony.agents"
    std::vector<std::string> columns;  // of the indicator's query, beside its dimensions
    std::string apart;  // a dimension whose values are reckoned each for itself; or empty
    std::vector<ModelPart> (*reckon)(std::span<const ModelRow> rows, Period period) = nullptr;
};

struct ScanSet;

class Catalogue {
public:
    // invalid_input with file, line and field for a malformed header or a forbidden construct.
    static Result<Indicator> parse(std::string_view file, std::string_view text);
    // The same for a view; its name is the file's.
    static Result<PubView> parse_view(std::string_view file, std::string_view text);

    void add(Indicator indicator);
    void add(PubView view);
    void add(FactTable table);
    void add(Dim dim);
    void add(Identity identity);
    void add(Cut cut);
    // The table of the same name says which of its columns drill-down shows.
    void add(SeriesSource source);
    void add(Model model);

    const std::vector<Indicator>& indicators() const { return indicators_; }
    const std::vector<Identity>& identities() const { return identities_; }
    const std::vector<Cut>& cuts() const { return cuts_; }
    const Indicator* find(std::string_view id) const;
    const FactTable* table(std::string_view name) const;
    const std::vector<FactTable>& tables() const { return tables_; }
    const std::vector<PubView>& views() const { return views_; }  // once sealed: the read before readers
    const Dim* dim(std::string_view name) const;
    const SeriesSource* source(std::string_view name) const;
    const Model* model(std::string_view name) const;

    // Call once after the last add: checks what indicators and views read, and plans the scans that
    // keep cells. Without it all answers come from the records. invalid_input where one of them reads
    // a table of another module, a table without history, or a qualified or quoted name, where a
    // declarative indicator names what its source does not have, or where a model is unknown or lacks
    // a column.
    Result<void> seal();
    const ScanSet& scans() const;

private:
    Result<void> make_ready(Indicator& indicator) const;

    std::vector<Indicator> indicators_;
    std::vector<FactTable> tables_;
    std::vector<PubView> views_;
    std::vector<Dim> dims_;
    std::vector<Identity> identities_;
    std::vector<Cut> cuts_;
    std::vector<std::shared_ptr<const SeriesSource>> sources_;  // shared: programs read them
    std::vector<Model> models_;
    std::shared_ptr<const ScanSet> scans_;  // shared: copies of a catalogue have the same scans
};

}  // namespace klarsyn
