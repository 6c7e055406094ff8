// Scans: indicators over the same table with the same dimensions share one pass over the records
// and one row of cells. Built from the catalogue; pure. Internal to indicators.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "indicators/question.h"

namespace klarsyn {

enum class ScanKind {
    sums,          // n, num, den (and extremes) per day and month
    values,        // exact value counts per day and month
    stock,         // spans begun and ended per day and month
    stock_values,  // value counts of the spans open at the end of each month
};

// One indicator's share of a scan, in SQL.
struct ScanPart {
    std::string condition;  // beside the period; empty = every row
    std::string num, den;   // expressions; den may be empty
    enum class Extremes { none, kept } extremes = Extremes::none;
    std::vector<std::string> indicators;
    bool may_lack = false;  // num can be null: such records are counted apart
};

struct Scan {
    std::string name;        // "telephony_visit sums 1"
    std::string definition;  // hash: cells of another definition are worthless
    ScanKind kind = ScanKind::sums;
    std::string table;
    std::string from;        // the FROM of its SELECT
    std::string period;      // the conjunct with :from and :to; empty for stocks
    std::vector<SelectColumn> dims;
    std::vector<ScanPart> parts;
    std::vector<std::vector<int>> cuts;  // positions in dims; at most two each
    std::string sample_sql;  // one indicator's own text, for shadowing
    // Of the parts, where the records are measurements in blocks: then no SQL above means anything.
    std::vector<std::shared_ptr<const SeriesProgram>> programs;
};

struct ScanPlace {  // where an indicator's components stand
    int scan = -1;
    int part = 0;
};

struct ScanSet {
    std::vector<Scan> scans;
    std::unordered_map<std::string, ScanPlace> places;  // by indicator id
};

ScanSet make_scans(const Catalogue& catalogue);

// The cut that keeps exactly these dimensions; positions of `dims` within the cut's order.
std::optional<int> find_cut(const Scan& scan, const std::vector<std::string>& dims);

// Two dimension values as one number; unused ones are 0.
std::int64_t make_combo(std::int64_t first, std::int64_t second);
std::int64_t combo_value(std::int64_t combo, std::size_t dims_in_cut, std::size_t position);

// One cell: the components of every part of its scan. Encoding is canonical: equal cells are equal
// bytes.
using Cell = std::vector<Components>;
std::string encode_cell(const Scan& scan, const Cell& cell);
// internal for damaged bytes.
Result<Cell> decode_cell(const Scan& scan, std::string_view bytes);
// Only one part, without building the others. For values: n is the number of values.
Result<Components> decode_part(const Scan& scan, std::string_view bytes, int part);
bool empty_cell(const Cell& cell);

// Months count from year 0: year * 12 + month - 1.
std::int64_t month_of(Day day);
Day month_first(std::int64_t month);
Day month_last(std::int64_t month);

}  // namespace klarsyn
