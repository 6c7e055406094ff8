#include "indicators/cell_compute.h"

#include <algorithm>
#include <charconv>

#include "indicators/cell_series.h"

namespace klarsyn {
namespace {

bool keeps_values(const Scan& scan) {
    return scan.kind == ScanKind::values || scan.kind == ScanKind::stock_values;
}

std::optional<std::int64_t> literal(const std::string& expression) {
    std::int64_t value = 0;
    const char* end = expression.data() + expression.size();
    const auto parsed = std::from_chars(expression.data(), end, value);
    if (parsed.ec != std::errc{} || parsed.ptr != end) return std::nullopt;
    return value;
}

// The SELECT of one pass: distinct expressions, each a column once; literals need none.
class PassSelect {
public:
    int column(const std::string& expression) {
        const auto found = std::find(columns_.begin(), columns_.end(), expression);
        if (found != columns_.end()) return static_cast<int>(found - columns_.begin());
        columns_.push_back(expression);
        return static_cast<int>(columns_.size()) - 1;
    }
    int flag(const std::string& condition) {
        return condition.empty() ? -1 : column("CASE WHEN " + condition + " THEN 1 ELSE 0 END");
    }
    std::string list() const {
        std::string text;
        for (const auto& expression : columns_) text += (text.empty() ? "" : ", ") + expression;
        return text;
    }

private:
    std::vector<std::string> columns_;
};

// Where a part's values stand in the row: a column, or a literal where column < 0.
struct Operand {
    int column = -1;
    std::int64_t constant = 0;
    std::int64_t of(const Rows& rows) const { return column < 0 ? constant : rows.i64(column); }
    bool is_null(const Rows& rows) const { return column >= 0 && rows.is_null(column); }
};

Operand operand(PassSelect& select, const std::string& expression) {
    if (expression.empty()) return {};
    if (const auto value = literal(expression)) return {-1, *value};
    return {select.column(expression), 0};
}

struct PassPart {
    int flag = -1;
    Operand num, den;
};

struct PlainHash {
    std::size_t operator()(std::int64_t value) const {
        auto x = static_cast<std::uint64_t>(value) * 0x9e3779b97f4a7c15ULL;
        return static_cast<std::size_t>(x ^ (x >> 32));
    }
};

// Sums of a day: per cut, combination -> components of every part, flat.
struct FlatPart {
    std::int64_t n = 0, num = 0, den = 0, min = 0, max = 0, gap = 0;
};
struct DaySums {
    std::vector<std::unordered_map<std::int64_t, std::size_t, PlainHash>> slots;  // per cut
    std::vector<FlatPart> parts;
    std::vector<std::vector<std::int64_t>> values;  // for values: one list per slot
    std::vector<std::int64_t> gaps;                 // beside them: records without a value
    std::size_t slot_count = 0;
};

class Accumulator {
public:
    explicit Accumulator(const Scan& scan) : scan_(scan), lists_(keeps_values(scan)) {}

    DaySums& day(Day day) {
        if (last_ && last_day_ == day) return *last_;
        DaySums& sums = days_[day];
        if (sums.slots.empty()) sums.slots.resize(scan_.cuts.size());
        last_ = &sums;
        last_day_ = day;
        return sums;
    }

    std::size_t slot(DaySums& sums, std::size_t cut, std::int64_t combo) {
        const auto [at, fresh] = sums.slots[cut].try_emplace(combo, sums.slot_count);
        if (fresh) {
            ++sums.slot_count;
            if (lists_) {
                sums.values.emplace_back();
                sums.gaps.push_back(0);
            } else sums.parts.resize(sums.slot_count * scan_.parts.size());
        }
        return at->second;
    }

    std::int64_t combo(std::size_t cut, const std::vector<std::int64_t>& dims) const {
        const auto& positions = scan_.cuts[cut];
        if (positions.empty()) return 0;
        const auto first = dims[static_cast<std::size_t>(positions[0])];
        return positions.size() == 1
                   ? first
                   : make_combo(first, dims[static_cast<std::size_t>(positions[1])]);
    }

    std::map<Day, DayCells> finish() {
        std::map<Day, DayCells> result;
        for (auto& [day, sums] : days_) {
            DayCells& cells = result[day];
            for (std::size_t cut = 0; cut < sums.slots.size(); ++cut) {
                for (const auto& [combo, slot] : sums.slots[cut]) {
                    Cell cell = cell_of(sums, slot);
                    if (!empty_cell(cell)) {
                        cells.emplace(CellKey{static_cast<int>(cut), combo}, std::move(cell));
                    }
                }
            }
        }
        return result;
    }

private:
    Cell cell_of(DaySums& sums, std::size_t slot) const {
        Cell cell(scan_.parts.size());
        if (lists_) {
            auto& list = sums.values[slot];
            std::sort(list.begin(), list.end());
            for (const auto value : list) cell[0].values.add(value, 1);
            cell[0].n = static_cast<std::int64_t>(list.size());
            cell[0].gap = sums.gaps[slot];
            return cell;
        }
        for (std::size_t p = 0; p < cell.size(); ++p) {
            const FlatPart& part = sums.parts[slot * scan_.parts.size() + p];
            cell[p].n = part.n;
            cell[p].num = part.num;
            cell[p].den = part.den;
            cell[p].min = part.min;
            cell[p].max = part.max;
            cell[p].gap = part.gap;
        }
        return cell;
    }

    const Scan& scan_;
    bool lists_;
    std::map<Day, DaySums> days_;
    DaySums* last_ = nullptr;
    Day last_day_ = 0;
};

void add_flat(FlatPart& target, std::int64_t num, std::int64_t den) {
    target.min = target.n == 0 ? num : std::min(target.min, num);
    target.max = target.n == 0 ? num : std::max(target.max, num);
    ++target.n;
    target.num += num;
    target.den += den;
}

void add_value(DaySums& sums, std::size_t slot, const Operand& num, const Rows& rows) {
    if (num.is_null(rows)) ++sums.gaps[slot];
    else sums.values[slot].push_back(num.of(rows));
}

struct Pass {
    std::string sql;
    std::vector<int> dims;  // columns
    std::vector<PassPart> parts;
    int day = 0;
};

Pass make_pass(const Scan& scan, const std::string& day_expression, const std::string& where) {
    Pass pass;
    PassSelect select;
    pass.day = select.column(day_expression);
    for (const auto& dim : scan.dims) pass.dims.push_back(select.column(dim.expression));
    for (const auto& part : scan.parts) {
        PassPart place;
        place.flag = select.flag(part.condition);
        place.num = operand(select, part.num);
        place.den = operand(select, part.den);
        pass.parts.push_back(place);
    }
    pass.sql = "SELECT " + select.list() + " FROM " + scan.from + " WHERE " + where;
    return pass;
}

// Runs one pass; `add` puts a flagged row's values into a slot.
template <typename Add>
Result<void> run_pass(Connection& db, const Catalogue& catalogue, const Scan& scan, const Pass& pass,
                      Params params, Accumulator& into, Add add) {
    const std::string sql = shadow_clause(catalogue, db.dialect(), scan.sample_sql) + pass.sql;
    KL_TRY(auto rows, db.query(sql, params));
    std::vector<std::int64_t> dims(scan.dims.size());
    std::vector<std::size_t> flagged;
    while (true) {
        KL_TRY(const bool more, rows->next());
        if (!more) return {};
        flagged.clear();
        for (std::size_t p = 0; p < pass.parts.size(); ++p) {
            if (pass.parts[p].flag < 0 || rows->i64(pass.parts[p].flag) != 0) flagged.push_back(p);
        }
        if (flagged.empty()) continue;
        for (std::size_t d = 0; d < dims.size(); ++d) dims[d] = rows->i64(pass.dims[d]);
        DaySums& day = into.day(static_cast<Day>(rows->i64(pass.day)));
        for (std::size_t cut = 0; cut < scan.cuts.size(); ++cut) {
            add(day, into.slot(day, cut, into.combo(cut, dims)), flagged, *rows);
        }
    }
}

Params bounds(Period period, std::int64_t as_of) {
    return {{":from", Value(std::int64_t{period.from})},
            {":to", Value(std::int64_t{period.to})},
            {":as_of", Value(as_of)}};
}

Result<void> add_sums(Connection& db, const Catalogue& catalogue, const Scan& scan, Period period,
                      std::int64_t as_of, Accumulator& into) {
    const Pass pass = make_pass(scan, "day", scan.period);
    const std::size_t width = scan.parts.size();
    return run_pass(db, catalogue, scan, pass, bounds(period, as_of), into,
                    [&](DaySums& day, std::size_t slot, const std::vector<std::size_t>& flagged,
                        const Rows& rows) {
                        for (const auto p : flagged) {
                            FlatPart& part = day.parts[slot * width + p];
                            const PassPart& place = pass.parts[p];
                            if (place.num.is_null(rows)) ++part.gap;
                            else add_flat(part, place.num.of(rows), place.den.of(rows));
                        }
                    });
}

Result<void> add_values(Connection& db, const Catalogue& catalogue, const Scan& scan, Period period,
                        std::int64_t as_of, Accumulator& into) {
    const Pass pass = make_pass(scan, "day", scan.period);
    return run_pass(db, catalogue, scan, pass, bounds(period, as_of), into,
                    [&](DaySums& day, std::size_t slot, const std::vector<std::size_t>&,
                        const Rows& rows) {
                        add_value(day, slot, pass.parts[0].num, rows);
                    });
}

// Spans of one length class that began (or ended) in the period. No index leads to the ends: those
// of class k began less than 2^k days before.
std::string stock_arm(int cls, bool begun) {
    const std::string of_class = "cls = " + std::to_string(cls) + " AND from_day BETWEEN ";
    if (begun) return of_class + ":from AND :to";
    const std::int64_t reach = cls == kSpanClassesMax ? 4'000'000 : (std::int64_t{1} << cls) - 1;
    return of_class + ":from - " + std::to_string(reach) + " AND :to AND to_day BETWEEN :from AND :to";
}

// Begun spans count in n, ended ones in num.
Result<void> add_stock(Connection& db, const Catalogue& catalogue, const Scan& scan, Period period,
                       std::int64_t as_of, Accumulator& into) {
    for (const bool begun : {true, false}) {
        for (int cls = begun ? -1 : 0; cls <= kSpanClassesMax; ++cls) {
            const Pass pass = make_pass(scan, begun ? "from_day" : "to_day", stock_arm(cls, begun));
            KL_CHECK(run_pass(db, catalogue, scan, pass, bounds(period, as_of), into,
                              [&](DaySums& day, std::size_t slot, const std::vector<std::size_t>&,
                                  const Rows&) {
                                  FlatPart& part = day.parts[slot];
                                  begun ? ++part.n : ++part.num;
                              }));
        }
    }
    return {};
}

}  // namespace

Result<std::map<Day, DayCells>> compute_days(Connection& db, const Catalogue& catalogue,
                                             const Scan& scan, Period period, std::int64_t as_of) {
    if (!scan.programs.empty()) return compute_series_days(db, scan, period, as_of);
    Accumulator into(scan);
    switch (scan.kind) {
        case ScanKind::sums: KL_CHECK(add_sums(db, catalogue, scan, period, as_of, into)); break;
        case ScanKind::values: KL_CHECK(add_values(db, catalogue, scan, period, as_of, into)); break;
        case ScanKind::stock: KL_CHECK(add_stock(db, catalogue, scan, period, as_of, into)); break;
        case ScanKind::stock_values: break;
    }
    return into.finish();
}

Result<DayCells> compute_open(Connection& db, const Catalogue& catalogue, const Scan& scan, Day day,
                              std::int64_t as_of) {
    Accumulator into(scan);
    const Params params = {{":day", Value(std::int64_t{day})}, {":as_of", Value(as_of)}};
    // One arm per length class reads only the spans that can reach the day.
    for (int cls = -1; cls <= kSpanClassesMax; ++cls) {
        const Pass pass = make_pass(scan, ":day", span_arm(cls, day));
        KL_CHECK(run_pass(db, catalogue, scan, pass, params, into,
                          [&](DaySums& sums, std::size_t slot, const std::vector<std::size_t>&,
                              const Rows& rows) {
                              add_value(sums, slot, pass.parts[0].num, rows);
                          }));
    }
    auto days = into.finish();
    return days.empty() ? DayCells{} : std::move(days.begin()->second);
}

bool apply_cell(const Scan& scan, Cell& target, const Cell& change, int sign) {
    bool exact = true;
    for (std::size_t p = 0; p < target.size(); ++p) {
        Components& into = target[p];
        const Components& part = change[p];
        if (sign > 0 && scan.kind != ScanKind::stock) {
            into.merge(part);
            continue;
        }
        into.n += sign * part.n;
        into.num += sign * part.num;
        into.den += sign * part.den;
        into.gap += sign * part.gap;
        into.values.merge(part.values, sign);
        if (sign < 0 && part.n > 0 && scan.parts[p].extremes == ScanPart::Extremes::kept) {
            exact = false;
        }
    }
    return exact;
}

}  // namespace klarsyn
