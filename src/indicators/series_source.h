// What a module says of a table of measurements (store/series.h) so that declarative indicators can
// count it: the parts of its outcome byte, the facts that hold for a series at a time (limits,
// windows), and how a measurement is shown as a record. Values; immutable once in the catalogue.
#pragma once

#include <functional>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "store/series.h"

namespace klarsyn {

// Some bits of the outcome byte, with a word for each of their values.
struct SeriesField {
    std::string name;  // "outcome"
    int shift = 0;
    std::uint8_t mask = 0;           // after the shift
    std::vector<std::string> words;  // {"ok", "failed", "timeout"}
};

// From the end of the one before it up to `to`; the last one reaches as far as was asked.
struct SeriesSegment {
    UtcSecond to = 0;
    std::vector<std::optional<std::int64_t>> facts;  // in the source's order; none = not known
};

// The facts of a source as they were known at an entry. Thread-safe.
class SeriesFacts {
public:
    virtual ~SeriesFacts() = default;
    // At least one segment; together they cover from <= t < to.
    virtual std::vector<SeriesSegment> of(const SeriesDims& dims, UtcSecond from,
                                          UtcSecond to) const = 0;
};

// A column of drill-down that follows from the others: "met" = "outcome = ok and ms <= limit_ms".
struct SeriesDerived {
    std::string name;
    std::vector<std::string> needs;  // empty where one of these is not known
    std::string expression;
};

struct SeriesSource {
    SeriesTable table;
    std::string module;
    std::vector<SeriesField> fields;
    std::vector<std::string> facts;       // {"kind", "limit_ms", "net"}
    std::vector<std::string> name_facts;  // those of them that are core_name ids
    // Those that cost something to look up: known to indicators that name them, and a column of
    // their drill-down alone.
    std::vector<std::string> rare_facts;
    // Empty where there are no facts. `wanted`: by fact, false where a rare one may be left out.
    std::function<Result<std::shared_ptr<const SeriesFacts>>(
        Connection& db, std::int64_t as_of, const std::vector<bool>& wanted)>
        facts_of;
    std::vector<SeriesDerived> derived;
    // The stable name of a series, from the texts of its dimensions; it holds no '/' more or fewer
    // than another's. A record's ref is "TABLE:NAME/TIME", the time in RFC 3339.
    std::function<std::string(std::span<const std::string> dims)> key;
};

}  // namespace klarsyn
