#include "modules/probes/rule_store.h"

#include <string>

namespace klarsyn::probes {
namespace {

// Id 0 stands for an empty text: all systems, all sites.
Result<std::string> text_of(Names& names, std::int64_t id) {
    if (id == 0) return std::string();
    return names.text(id);
}

Span span_of(const Rows& rows, int from) {
    Span span;
    if (!rows.is_null(from)) span.from = rows.i64(from);
    if (!rows.is_null(from + 1)) span.to = rows.i64(from + 1);
    return span;
}

constexpr std::string_view kKnown =
    "seq <= :as_of AND (retracted_seq IS NULL OR retracted_seq > :as_of)";

Result<void> add_limits(Connection& db, std::int64_t as_of, Rules& rules) {
    Names names(db);
    KL_TRY(auto rows, db.query("SELECT system, action, kind, limit_ms, source, from_at, to_at "
                               "FROM probes_action WHERE " +
                                   std::string(kKnown),
                               {{":as_of", Value(as_of)}}));
    while (true) {
        KL_TRY(const bool more, rows->next());
        if (!more) return {};
        LimitRule rule;
        rule.kind = rows->i64(2);
        rule.limit_ms = rows->i64(3);
        KL_TRY(rule.source, text_of(names, rows->i64(4)));
        rule.span = span_of(*rows, 5);
        rules.add_limit(rows->i64(0), rows->i64(1), std::move(rule));
    }
}

Result<void> add_windows(Connection& db, std::int64_t as_of, Rules& rules) {
    KL_TRY(auto rows, db.query("SELECT system, site, announced, from_at, to_at FROM probes_window "
                               "WHERE " +
                                   std::string(kKnown),
                               {{":as_of", Value(as_of)}}));
    while (true) {
        KL_TRY(const bool more, rows->next());
        if (!more) return {};
        WindowRule rule;
        if (!rows->is_null(2)) rule.announced = rows->i64(2);
        rule.span = span_of(*rows, 3);
        rules.add_window(rows->i64(0), rows->i64(1), rule);
    }
}

}  // namespace

Result<std::shared_ptr<const Rules>> load_rules(Connection& db, std::int64_t as_of) {
    auto rules = std::make_shared<Rules>();
    KL_CHECK(add_limits(db, as_of, *rules));
    KL_CHECK(add_windows(db, as_of, *rules));
    rules->seal();
    return std::shared_ptr<const Rules>(std::move(rules));
}

Result<std::map<SeriesIds, std::vector<Plan>>> load_plans(Connection& db) {
    std::map<SeriesIds, std::vector<ScheduleRule>> schedules;
    Names names(db);
    KL_TRY(auto rows, db.query("SELECT system, action, site, seat, every_s, source, from_at, to_at "
                               "FROM probes_schedule WHERE retracted_seq IS NULL"));
    while (true) {
        KL_TRY(const bool more, rows->next());
        if (!more) break;
        ScheduleRule rule;
        rule.every_s = rows->i64(4);
        KL_TRY(rule.source, text_of(names, rows->i64(5)));
        rule.span = span_of(*rows, 6);
        schedules[{rows->i64(0), rows->i64(1), rows->i64(2), rows->i64(3)}].push_back(
            std::move(rule));
    }
    std::map<SeriesIds, std::vector<Plan>> plans;
    for (auto& [series, rules] : schedules) plans[series] = plans_of(std::move(rules));
    return plans;
}

}  // namespace klarsyn::probes
