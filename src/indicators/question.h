// A figure question bound to the catalogue and the database: names resolved to ids, words checked.
// Shared by evaluation from records, evaluation from cells and drill-down. Internal to indicators.
#pragma once

#include <array>
#include <boost/unordered/unordered_flat_map.hpp>
#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "indicators/figures.h"
#include "indicators/select.h"
#include "indicators/shadow.h"
#include "store/database.h"

namespace klarsyn {

constexpr std::size_t kGroupsMax = 8;  // `by` words in one question

// One condition: the dimension's value is one of `values`. Empty values match nothing.
struct BoundFilter {
    std::string dim;
    std::vector<std::int64_t> values;
};

// One `by` word: either a calendar bucket or a dimension.
struct BoundGroup {
    std::string word;
    std::optional<Bucket> bucket;
    DimKind kind = DimKind::name;
};

struct BoundQuestion {
    const Indicator* indicator = nullptr;
    const FactTable* table = nullptr;
    SelectQuery select;
    Period period;
    std::vector<BoundGroup> groups;
    std::vector<BoundFilter> filters;
    std::int64_t as_of = 0;
    bool gap = false;                 // the records that lack something instead of those that count
    std::vector<std::pair<std::size_t, std::int64_t>> assumed;  // facts of a series source, by place
    std::optional<std::vector<std::int64_t>> orgs;  // whose records the reader may see
    bool now = true;                  // as_of is the head: cells may answer
    std::vector<std::string> dims() const;         // the dimensions among the groups, in order
    bool by_calendar() const;
};

// invalid_input: unknown word in by or where, a number expected; not_found: unknown indicator.
Result<BoundQuestion> bind_question(Connection& db, const Catalogue& catalogue,
                                    const FigureQuestion& question);

// The key of one output row: a bucket's first day or a dimension's value per group.
using GroupKey = std::array<std::int64_t, kGroupsMax>;

// Exact value counts, ordered by value. A sorted vector: lists of ten years hold millions of values.
class ValueCounts {
public:
    using Entry = std::pair<std::int64_t, std::int64_t>;
    void reserve(std::size_t size) { entries_.reserve(size); }
    // Any order; a value may come again. Reading needs settle() unless the values came ascending.
    void add(std::int64_t value, std::int64_t count) {
        if (!entries_.empty() && entries_.back().first == value) {
            entries_.back().second += count;
            return;
        }
        settled_ = settled_ && (entries_.empty() || entries_.back().first < value);
        entries_.emplace_back(value, count);
    }
    void settle();
    // Both settled. Entries that cancel out to 0 go; `sign` is +1 or -1.
    void merge(const ValueCounts& other, int sign = +1);
    // The same from the other end: value -> instant - value, as ages are counted.
    void mirror(std::int64_t instant);
    bool empty() const { return entries_.empty(); }
    std::size_t size() const { return entries_.size(); }
    std::vector<Entry>::const_iterator begin() const { return entries_.begin(); }
    std::vector<Entry>::const_iterator end() const { return entries_.end(); }

private:
    std::vector<Entry> entries_;
    bool settled_ = true;
};

// What merges: counts and sums add, extremes compare, value counts unite.
struct Components {
    std::int64_t n = 0;
    std::int64_t num = 0;
    std::int64_t den = 0;
    std::int64_t min = 0;
    std::int64_t max = 0;
    ValueCounts values;
    std::int64_t gap = 0;  // records whose num is null: they lack something and are not counted in n
    bool unknown = false;  // a model could not say it from the records
    ValueCounts things = {};  // that stand behind it, where the indicator says how many must
    void merge(const Components& other);
    void merge(Components&& other);  // takes the values over where there are none yet
};

struct GroupKeyHash {
    using is_avalanching = void;
    std::size_t operator()(const GroupKey& key) const {
        std::uint64_t hash = 0;
        for (const auto part : key) {
            hash = (hash ^ static_cast<std::uint64_t>(part)) * 0x9e3779b97f4a7c15ULL;
            hash ^= hash >> 32;
        }
        return static_cast<std::size_t>(hash);
    }
};
using Groups = boost::unordered_flat_map<GroupKey, Components, GroupKeyHash>;

// The bucket keys of every group for one day; dimension entries are left 0.
GroupKey calendar_key(const BoundQuestion& question, Day day);

// Every bucket tuple of the question's period with the days it spans.
std::map<GroupKey, Period> bucket_periods(const BoundQuestion& question);

// The last day of the question's period that has the same bucket keys as `day`.
Day last_day_of_key(const BoundQuestion& question, Day day);

// Which rows of the indicator's query are counted ("i.num IS NOT NULL"), or with question.gap which
// ones lack what they should be counted by.
std::string counted_clause(const BoundQuestion& question);

// True where an expression can be null: it is no number.
bool may_be_null(std::string_view expression);

// " AND i.\"queue\" IN (:w0_0, :w0_1)"; fills params. Keys live in `names`.
std::string filter_clause(const BoundQuestion& question, Params& params,
                          std::vector<std::string>& names);

// Spans carry a length class: class k holds those shorter than 2^k days, -1 those still open, the
// last class everything longer. The condition that spans of one class are open on :day; it lets the
// index skip spans that began too early to reach the day.
constexpr int kSpanClassesMax = 16;
std::string span_arm(int cls, Day day);

std::string quote_identifier(std::string_view name);

}  // namespace klarsyn
