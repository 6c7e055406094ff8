#include "modules/alerts/task.h"

#include <algorithm>

#include "modules/alerts/acting.h"
#include "modules/alerts/external.h"
#include "store/settings.h"

namespace klarsyn::alerts {
namespace {

constexpr int kBeat_s = 3;

MeasurementSource& source() {
    static MeasurementSource kept;
    return kept;
}

bool has_kind(const AlertRules& rules, RuleKind kind) {
    return std::any_of(rules.rules.begin(), rules.rules.end(),
                       [&](const AlertRule& rule) { return rule.kind == kind; });
}

// How far back episodes still matter: for cases of storms, flapping, and what cleared within reach.
UtcSecond since_of(const AlertRules& rules, UtcSecond now) {
    return now - std::max<std::int64_t>(kFlap_s, rules.reach_s());
}

// Windows that hold now, where nothing was measured: for other monitors' alerts.
Result<std::vector<PlannedWindow>> windows_now(Connection& db, UtcSecond now) {
    KL_TRY(MeasuredNow nothing, recent_measurements(db, now, now));
    return std::move(nothing.windows);
}

Result<bool> waits(Connection& db) {
    KL_TRY(const auto count, query_i64(db,
                                       "SELECT COUNT(*) FROM alerts_episode "
                                       "WHERE cleared_at IS NULL AND held = 'waiting'"));
    return count > 0;
}

void run(BackgroundTools& tools) {
    const auto reader = tools.open();
    if (!reader.ok()) return;
    Connection& db = *(*reader).db;
    const UtcSecond now = tools.site.clock.now();
    const auto clockwork = read_clockwork(db);
    const auto rules = rules_at(db, now);
    if (!clockwork.ok() || !rules.ok()) return;  // tried again at the next beat
    const bool due =
        now >= clockwork->evaluated_at + rules->every_s || now < clockwork->evaluated_at;
    const auto waiting = waits(db);
    const bool received = clockwork->received != clockwork->followed;
    if (!due && !received && !(waiting.ok() && *waiting)) return;
    Evaluation evaluation;
    if (due) {
        auto found = evaluate(db, *rules, now);
        if (!found.ok()) return;
        evaluation = found.take();
    }
    [[maybe_unused]] const auto followed =
        run_in_turn(tools.services, [&](WriteTurn& turn) -> Result<void> {
            return follow(turn, *rules, due ? &evaluation : nullptr, tools.site.public_url);
        });
}

}  // namespace

void set_measurements(const MeasurementSource& given) { source() = given; }
const MeasurementSource& measurements() { return source(); }

Result<AlertRules> rules_at(Connection& db, UtcSecond at) {
    KL_TRY(const auto versions, setting_versions(db, kRulesSetting));
    const SettingVersion* found = nullptr;
    for (const SettingVersion& version : versions)
        if (version.valid_from <= at) found = &version;
    return parse_alert_rules(
        found != nullptr ? std::string_view(found->text) : default_alert_rules(), kRulesSetting);
}

Result<MeasuredNow> recent_measurements(Connection& db, UtcSecond from, UtcSecond to) {
    if (source().recent == nullptr) return MeasuredNow();
    return source().recent(db, from, to);
}

Result<Clockwork> read_clockwork(Connection& db) {
    KL_TRY(const auto rows,
           db.query("SELECT evaluated_at, too_many, received, followed FROM alerts_clock"));
    KL_TRY(const bool found, rows->next());
    if (!found) return Clockwork();
    return Clockwork{rows->i64(0), rows->i64(1) == 1, rows->i64(2), rows->i64(3)};
}

Result<Evaluation> evaluate(Connection& db, const AlertRules& rules, UtcSecond now) {
    Evaluation evaluation;
    MeasuredNow measured;
    const std::int64_t reach = rules.reach_s();
    KL_TRY(measured, recent_measurements(db, now - reach, now));
    std::vector<CapacityOutlook> outlook;
    if (has_kind(rules, RuleKind::forecast) && source().outlook != nullptr) {
        KL_TRY(outlook, source().outlook(db, Zone::copenhagen().to_local(now).day));
    }
    std::vector<StoredReading> readings;
    if (has_kind(rules, RuleKind::expiry) && source().readings != nullptr) {
        KL_TRY(readings, source().readings(db, now - 7 * kReachMax_s));
    }
    KL_TRY(const EngineState state, load_state(db, since_of(rules, now)));
    const FreshFrom fresh = fresh_after(state, now);
    for (const AlertRule& rule : rules.rules) {
        auto judged = judge(rule, {measured, outlook, readings, now}, fresh);
        evaluation.judged.insert(evaluation.judged.end(), judged.begin(), judged.end());
    }
    evaluation.windows = std::move(measured.windows);
    evaluation.too_many = measured.too_many;
    return evaluation;
}

Result<void> follow(WriteTurn& turn, const AlertRules& rules, const Evaluation* evaluation,
                    const std::string& public_url) {
    KL_TRY(const Clockwork clockwork, read_clockwork(turn.db));
    KL_TRY(EngineState state, load_state(turn.db, since_of(rules, turn.now)));
    const std::map<Watched, Watch> before = state.watches;
    KL_TRY(std::vector<Judged> judged, judge_external(turn.db, rules));
    std::vector<PlannedWindow> windows;
    if (evaluation != nullptr) {
        judged.insert(judged.end(), evaluation->judged.begin(), evaluation->judged.end());
        windows = evaluation->windows;
        KL_CHECK(forget_external(turn.db, turn.now));
    } else {
        KL_TRY(windows, windows_now(turn.db, turn.now));
    }
    const std::vector<Act> acts =
        step(state, {rules, judged, windows, turn.now, evaluation != nullptr});
    KL_CHECK(act_on(turn, rules, state, acts, public_url));
    KL_CHECK(keep_watches(turn.db, before, state.watches));
    KL_TRY(
        [[maybe_unused]] const auto noted,
        turn.db.run(
            "UPDATE alerts_clock SET followed = :followed, evaluated_at = :at, "
            "too_many = :too_many",
            {{":followed", clockwork.received},
             {":at", evaluation != nullptr ? turn.now : clockwork.evaluated_at},
             {":too_many",
              std::int64_t{
                  (evaluation != nullptr ? evaluation->too_many : clockwork.too_many) ? 1 : 0}}}));
    return {};
}

Background alert_beat() { return {"alerts", kBeat_s, run}; }

}  // namespace klarsyn::alerts
