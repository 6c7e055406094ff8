// Reading cells. See cell_refresh.cc for how they are made.
#include "indicators/cells.h"

#include <fmt/format.h>

#include <algorithm>
#include <boost/unordered/unordered_flat_map.hpp>

#include "indicators/cell_days.h"
#include "indicators/cell_scan.h"
#include "indicators/from_records.h"
#include "indicators/scan_ids.h"

namespace klarsyn {
namespace {

// One question's way into the cells.
struct CellPath {
    const Scan* scan = nullptr;
    std::int64_t scan_id = 0;
    int part = 0;
    int cut = 0;
    std::vector<std::size_t> group_positions;  // per dimension group: position in the cut
    std::vector<std::vector<std::int64_t>> allowed;  // per cut position; empty = any value
    bool filtered(std::size_t position) const { return !allowed[position].empty(); }
};

std::vector<std::string> needed_dims(const BoundQuestion& question) {
    std::vector<std::string> dims = question.dims();
    for (const auto& filter : question.filters) {
        if (std::find(dims.begin(), dims.end(), filter.dim) == dims.end()) {
            dims.push_back(filter.dim);
        }
    }
    return dims;
}

Result<std::optional<CellPath>> find_path(Connection& db, const Catalogue& catalogue,
                                          const BoundQuestion& question) {
    std::optional<CellPath> none;
    if (!question.now || !question.assumed.empty()) return none;
    for (const auto& filter : question.filters) {
        if (filter.values.empty()) return none;
    }
    const ScanSet& set = catalogue.scans();
    const auto place = set.places.find(question.indicator->id);
    if (place == set.places.end()) return none;
    CellPath path;
    path.scan = &set.scans[static_cast<std::size_t>(place->second.scan)];
    path.part = place->second.part;
    const auto cut = find_cut(*path.scan, needed_dims(question));
    if (!cut) return none;
    path.cut = *cut;
    KL_TRY(const auto id, current_scan_id(db, *path.scan));
    if (!id) return none;
    path.scan_id = *id;
    const auto& positions = path.scan->cuts[static_cast<std::size_t>(*cut)];
    const auto position_of = [&](const std::string& dim) {
        for (std::size_t p = 0; p < positions.size(); ++p) {
            if (path.scan->dims[static_cast<std::size_t>(positions[p])].name == dim) return p;
        }
        return positions.size();
    };
    path.allowed.resize(positions.size());
    for (const auto& filter : question.filters) path.allowed[position_of(filter.dim)] = filter.values;
    for (const auto& dim : question.dims()) path.group_positions.push_back(position_of(dim));
    return std::optional(path);
}

// The exact combinations where every dimension of the cut is filtered; nullopt = read all.
std::optional<std::vector<std::int64_t>> exact_combos(const CellPath& path) {
    std::vector<std::int64_t> combos;
    const std::size_t dims = path.allowed.size();
    if (dims == 0) return std::vector<std::int64_t>{0};
    for (std::size_t p = 0; p < dims; ++p) {
        if (!path.filtered(p)) return std::nullopt;
    }
    for (const auto first : path.allowed[0]) {
        if (dims == 1) {
            combos.push_back(first);
            continue;
        }
        for (const auto second : path.allowed[1]) combos.push_back(make_combo(first, second));
    }
    return combos;
}

bool combo_allowed(const CellPath& path, std::int64_t combo) {
    for (std::size_t p = 0; p < path.allowed.size(); ++p) {
        if (!path.filtered(p)) continue;
        const auto& values = path.allowed[p];
        const auto value = combo_value(combo, path.allowed.size(), p);
        if (std::find(values.begin(), values.end(), value) == values.end()) return false;
    }
    return true;
}

// The keys of output rows. Every combination has the same days: their buckets are found once.
class RowKeys {
public:
    RowKeys(const BoundQuestion& question, const CellPath& path) : question_(question), path_(path) {}

    const GroupKey& of(std::int64_t combo, Day day) {
        const auto [at, fresh] = by_day_.try_emplace(day);
        GroupKey& key = at->second;
        if (fresh) key = calendar_key(question_, day);
        std::size_t dim = 0;
        for (std::size_t i = 0; i < question_.groups.size(); ++i) {
            if (question_.groups[i].bucket) continue;
            key[i] = combo_value(combo, path_.allowed.size(), path_.group_positions[dim++]);
        }
        return key;
    }

private:
    const BoundQuestion& question_;
    const CellPath& path_;
    boost::unordered_flat_map<Day, GroupKey> by_day_;
};

using CellSink = std::function<void(std::int64_t period, std::int64_t combo, Components&&)>;

Result<void> each_cell(Connection& db, const CellPath& path, std::string_view sql, Params params,
                       const CellSink& sink) {
    const auto combos = exact_combos(path);
    params.emplace_back(":scan", Value(path.scan_id));
    params.emplace_back(":cut", Value(std::int64_t{path.cut}));
    const std::size_t runs = combos ? combos->size() : 1;
    for (std::size_t run = 0; run < runs; ++run) {
        std::string text(sql);
        Params bound = params;
        if (combos) {
            text += " AND c.combo = :combo";
            bound.emplace_back(":combo", Value((*combos)[run]));
        }
        KL_TRY(auto rows, db.query(text, bound));
        while (true) {
            KL_TRY(const bool more, rows->next());
            if (!more) break;
            const std::int64_t combo = rows->i64(1);
            if (!combos && !combo_allowed(path, combo)) continue;
            KL_TRY(auto part, decode_part(*path.scan, rows->blob(2), path.part));
            sink(rows->i64(0), combo, std::move(part));
        }
    }
    return {};
}

Result<void> each_month_cell(Connection& db, const CellPath& path, std::int64_t first,
                             std::int64_t last, const CellSink& sink) {
    return each_cell(db, path,
                     "SELECT c.month, c.combo, c.parts FROM core_cell_month AS c WHERE "
                     "c.scan = :scan AND c.cut = :cut AND c.month BETWEEN :first AND :last",
                     {{":first", Value(first)}, {":last", Value(last)}}, sink);
}

Result<void> each_day_cell(Connection& db, const CellPath& path, Period days, const CellSink& sink) {
    return each_cell(db, path, fmt::format("SELECT c.day, c.combo, c.parts {}", kCellsOfDays),
                     {{":first", Value(std::int64_t{days.from})},
                      {":last", Value(std::int64_t{days.to})}},
                     sink);
}

Result<std::vector<Day>> dirty_days(Connection& db, const std::string& table, Period period) {
    KL_TRY(auto rows, db.query("SELECT day FROM core_dirty WHERE fact_table = :table AND day "
                               "BETWEEN :from AND :to ORDER BY day",
                               {{":table", Value(table)},
                                {":from", Value(std::int64_t{period.from})},
                                {":to", Value(std::int64_t{period.to})}}));
    std::vector<Day> days;
    while (true) {
        KL_TRY(const bool more, rows->next());
        if (!more) return days;
        days.push_back(static_cast<Day>(rows->i64(0)));
    }
}

// A stretch of the period that is read one way.
struct Stretch {
    enum class From { months, days, records } from = From::days;
    Period period;
};

bool months_suffice(const BoundQuestion& question) {
    return std::none_of(question.groups.begin(), question.groups.end(), [](const BoundGroup& group) {
        return group.bucket == Bucket::day || group.bucket == Bucket::week;
    });
}

void add_stretch(std::vector<Stretch>& stretches, Stretch next) {
    if (!stretches.empty() && stretches.back().from == next.from) {
        stretches.back().period.to = next.period.to;
    } else {
        stretches.push_back(next);
    }
}

// Whole clean months from month cells, clean days from day cells, dirty days from the records.
std::vector<Stretch> plan_stretches(const BoundQuestion& question, const std::vector<Day>& dirty) {
    std::vector<Stretch> stretches;
    const bool months = months_suffice(question);
    const Period period = question.period;
    for (Day day = period.from; day <= period.to;) {
        const Day last = month_last(month_of(day));
        const Day first = month_first(month_of(day));
        const auto at = std::lower_bound(dirty.begin(), dirty.end(), day);
        const bool clean = at == dirty.end() || *at > last;
        if (months && clean && day == first && last <= period.to) {
            add_stretch(stretches, {Stretch::From::months, {day, last}});
            day = last + 1;
        } else if (at != dirty.end() && *at == day) {
            add_stretch(stretches, {Stretch::From::records, {day, day}});
            ++day;
        } else {
            const Day until = std::min({last, period.to, clean ? last : *at - 1});
            add_stretch(stretches, {Stretch::From::days, {day, until}});
            day = until + 1;
        }
    }
    return stretches;
}

Result<bool> flow_from_cells(Connection& db, const Catalogue& catalogue,
                             const BoundQuestion& question, const CellPath& path, Groups& groups) {
    KL_TRY(const auto dirty, dirty_days(db, path.scan->table, question.period));
    if (dirty.size() * 2 > static_cast<std::size_t>(question.period.days())) return false;
    RowKeys keys(question, path);
    for (const auto& stretch : plan_stretches(question, dirty)) {
        if (stretch.from == Stretch::From::records) {
            KL_CHECK(add_from_records(db, catalogue, question, stretch.period, groups));
            continue;
        }
        const bool months = stretch.from == Stretch::From::months;
        boost::unordered_flat_map<std::int64_t, Day> first_days;
        const CellSink sink = [&](std::int64_t at, std::int64_t combo, Components&& part) {
            if (part.n == 0 && part.gap == 0) return;
            Day day = static_cast<Day>(at);
            if (months) {
                const auto [known, fresh] = first_days.try_emplace(at);
                if (fresh) known->second = month_first(at);
                day = known->second;
            }
            groups[keys.of(combo, day)].merge(std::move(part));
        };
        if (months) {
            KL_CHECK(each_month_cell(db, path, month_of(stretch.period.from),
                                     month_of(stretch.period.to), sink));
        } else {
            KL_CHECK(each_day_cell(db, path, stretch.period, sink));
        }
    }
    return true;
}

bool is_month_end(Day day) { return day == month_last(month_of(day)); }

constexpr Period kAllDays = {-1'000'000, 1'000'000};

// Stocks: what began less what ended, from the first month on.
Result<bool> stock_from_cells(Connection& db, const BoundQuestion& question, const CellPath& path,
                              Groups& groups) {
    std::vector<Day> days;
    for (const auto& [key, day] : balance_days(question)) days.push_back(day);
    std::sort(days.begin(), days.end());
    if (days.empty()) return true;
    KL_TRY(const auto dirty, dirty_days(db, path.scan->table, {kAllDays.from, days.back()}));
    if (!dirty.empty()) return false;
    const bool ends = std::all_of(days.begin(), days.end(), is_month_end);
    const std::int64_t first_month = month_of(days.front());
    std::map<std::int64_t, std::map<Day, std::int64_t>> changes;  // combo -> day -> net
    const auto last_whole = ends ? month_of(days.back()) : first_month - 1;
    KL_CHECK(each_month_cell(db, path, 0, last_whole,
                             [&](std::int64_t month, std::int64_t combo, Components&& part) {
                                 changes[combo][month_last(month)] += part.n - part.num;
                             }));
    if (!ends) {
        KL_CHECK(each_day_cell(db, path, {month_first(first_month), days.back()},
                               [&](std::int64_t day, std::int64_t combo, Components&& part) {
                                   changes[combo][static_cast<Day>(day)] += part.n - part.num;
                               }));
    }
    RowKeys keys(question, path);
    for (const auto& [combo, by_day] : changes) {
        std::int64_t stock = 0;
        auto at = by_day.begin();
        for (const Day day : days) {
            for (; at != by_day.end() && at->first <= day; ++at) stock += at->second;
            if (stock != 0) groups[keys.of(combo, day)].n += stock;
        }
    }
    return true;
}

Result<bool> stock_values_from_cells(Connection& db, const BoundQuestion& question,
                                     const CellPath& path, Groups& groups) {
    const auto days = balance_days(question);
    if (days.empty()) return true;
    Day last = days.begin()->second;
    for (const auto& [key, day] : days) {
        if (!is_month_end(day)) return false;
        last = std::max(last, day);
    }
    KL_TRY(const auto dirty, dirty_days(db, path.scan->table, {kAllDays.from, last}));
    KL_TRY(const auto known_until,
           query_i64(db, "SELECT MAX(month) FROM core_cell_month WHERE scan = :scan AND cut = 0",
                     {{":scan", Value(path.scan_id)}}));
    if (!dirty.empty() || month_of(last) > known_until) return false;
    std::map<std::int64_t, Day> months;
    for (const auto& [key, day] : days) months[month_of(day)] = day;
    RowKeys keys(question, path);
    // Months in a row are read in one query.
    for (auto first = months.begin(); first != months.end();) {
        auto end = std::next(first);
        while (end != months.end() && end->first == std::prev(end)->first + 1) ++end;
        KL_CHECK(each_month_cell(db, path, first->first, std::prev(end)->first,
                                 [&](std::int64_t month, std::int64_t combo, Components&& part) {
                                     const Day day = months.at(month);
                                     part.values.mirror(balance_instant(day));
                                     groups[keys.of(combo, day)].merge(std::move(part));
                                 }));
        first = end;
    }
    return true;
}

// A stretch of days of which only the number of records is known.
struct CountedDays {
    Period days;
    std::int64_t n = 0;
};

Result<std::vector<CountedDays>> counted_days(Connection& db, const CellPath& path, Period period) {
    std::map<Day, std::int64_t> counts;
    KL_CHECK(each_day_cell(db, path, period,
                           [&](std::int64_t day, std::int64_t, Components&& part) {
                               if (part.n) counts[static_cast<Day>(day)] += part.n;
                           }));
    std::vector<CountedDays> list;
    for (const auto& [day, n] : counts) list.push_back({{day, day}, n});
    return list;
}

// Months where they are whole, else days; in order.
Result<std::vector<CountedDays>> counted_stretches(Connection& db, const BoundQuestion& question,
                                                   const CellPath& path) {
    std::vector<CountedDays> list;
    for (const auto& stretch : plan_stretches(question, {})) {
        if (stretch.from == Stretch::From::days) {
            KL_TRY(const auto days, counted_days(db, path, stretch.period));
            list.insert(list.end(), days.begin(), days.end());
            continue;
        }
        std::map<std::int64_t, std::int64_t> counts;
        KL_CHECK(each_month_cell(db, path, month_of(stretch.period.from),
                                 month_of(stretch.period.to),
                                 [&](std::int64_t month, std::int64_t, Components&& part) {
                                     if (part.n) counts[month] += part.n;
                                 }));
        for (const auto& [month, n] : counts) {
            list.push_back({{month_first(month), month_last(month)}, n});
        }
    }
    return list;
}

}  // namespace

Result<bool> add_from_cells(Connection& db, const Catalogue& catalogue,
                            const BoundQuestion& question, Groups& groups) {
    KL_TRY(const auto path, find_path(db, catalogue, question));
    if (!path) return false;
    switch (path->scan->kind) {
        case ScanKind::sums:
        case ScanKind::values:
            return flow_from_cells(db, catalogue, question, *path, groups);
        case ScanKind::stock:
            return stock_from_cells(db, question, *path, groups);
        case ScanKind::stock_values:
            return stock_values_from_cells(db, question, *path, groups);
    }
    return false;
}

Result<std::optional<RecordPlace>> place_records(Connection& db, const Catalogue& catalogue,
                                                 const BoundQuestion& question, std::int64_t offset,
                                                 std::int64_t limit) {
    std::optional<RecordPlace> none;
    KL_TRY(const auto path, find_path(db, catalogue, question));
    if (!path || (path->scan->kind != ScanKind::sums && path->scan->kind != ScanKind::values)) {
        return none;
    }
    KL_TRY(const auto dirty, dirty_days(db, path->scan->table, question.period));
    if (!dirty.empty()) return none;
    RecordPlace place;
    KL_TRY(const auto stretches, counted_stretches(db, question, *path));
    for (const auto& stretch : stretches) {
        const std::int64_t first = place.total;
        place.total += stretch.n;
        if (place.total <= offset || first >= offset + limit) continue;
        if (place.days.empty()) place.before = first;
        if (stretch.days.from == stretch.days.to) {
            place.days.emplace_back(stretch.days.from, stretch.n);
            continue;
        }
        KL_TRY(const auto days, counted_days(db, *path, stretch.days));
        for (const auto& day : days) place.days.emplace_back(day.days.from, day.n);
    }
    return std::optional(std::move(place));
}

Result<void> mark_dirty(Connection& db, std::string_view table, const std::vector<Day>& days) {
    for (const Day day : days) {
        KL_TRY([[maybe_unused]] const auto marked,
               db.run("INSERT INTO core_dirty (fact_table, day, after_seq) VALUES (:table, :day, "
                      "(SELECT COALESCE(MAX(seq), 0) FROM core_journal)) "
                      "ON CONFLICT (fact_table, day) DO NOTHING",
                      {{":table", Value(std::string(table))}, {":day", Value(std::int64_t{day})}}));
    }
    return {};
}

}  // namespace klarsyn
