#include "modules/capacity/use.h"

#include <algorithm>

namespace klarsyn::capacity {
namespace {

constexpr int kCarriedDays = 31;  // a unit that is read more seldom is not followed by the day
constexpr std::int64_t kLimitPercent = 90;

struct PlaceState {
    std::map<std::int64_t, std::int64_t> used;  // by thing
    std::int64_t sum = 0;
};

}  // namespace

Result<UseByPlace> read_use(Connection& db, std::string_view kind, Period period) {
    KL_TRY(auto rows,
           db.query("SELECT r.day, p.text, r.thing, r.used FROM capacity_reading AS r "
                    "JOIN core_name AS p ON p.id = r.place WHERE r.retracted_seq IS NULL "
                    "AND r.kind = :kind AND r.day BETWEEN :from AND :to AND r.used IS NOT NULL "
                    "ORDER BY r.day, r.at, r.id",
                    {{":kind", Value(std::string(kind))},
                     {":from", Value(std::int64_t{period.from} - kCarriedDays)},
                     {":to", Value(std::int64_t{period.to})}}));
    UseByPlace use;
    std::map<std::string, PlaceState> places;
    while (true) {
        KL_TRY(const bool more, rows->next());
        if (!more) return use;
        const auto day = static_cast<Day>(rows->i64(0));
        const std::string place(rows->text(1));
        PlaceState& state = places[place];
        std::int64_t& thing = state.used[rows->i64(2)];
        state.sum += rows->i64(3) - thing;
        thing = rows->i64(3);
        if (day < period.from) continue;
        auto& days = use[place];
        if (days.empty() || days.back().day != day) days.push_back({day, 0});
        days.back().value = static_cast<double>(state.sum);
    }
}

bool above_limit(const Load& load) {
    __extension__ typedef __int128 Wide;
    return static_cast<Wide>(load.used) * 100 > static_cast<Wide>(load.total) * kLimitPercent;
}

std::int64_t limit_of(const Load& load) {
    return load.total / 100 * kLimitPercent + load.total % 100 * kLimitPercent / 100;
}

std::map<std::string, Load> after_move(std::map<std::string, Load> loads, const Move& move) {
    const auto from = loads.find(move.from), to = loads.find(move.to);
    if (from != loads.end())
        from->second.used = std::max<std::int64_t>(0, from->second.used - move.amount);
    if (to != loads.end()) to->second.used += move.amount;
    return loads;
}

}  // namespace klarsyn::capacity
