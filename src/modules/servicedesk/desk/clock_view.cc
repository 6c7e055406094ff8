#include "modules/servicedesk/desk/clock_view.h"

#include <boost/json/array.hpp>

#include <array>

#include "modules/servicedesk/desk/case_clock_told.h"
#include "modules/servicedesk/desk/live_facts.h"
#include "modules/servicedesk/desk/rules.h"

namespace klarsyn::servicedesk {
namespace {

namespace json = boost::json;

// What counts at `now`: a breach that lies ahead has not happened.
CaseTarget target_of(TargetClock clock, UtcSecond now) {
    CaseTarget target;
    const TargetResult& result = clock.result;
    target.target = result.target;
    target.limit_s = result.net.limit_s;
    target.rule = result.net.rule;
    target.due_at = result.due_at;
    target.fulfilled_at = result.fulfilled_at;
    target.lack = result.lack;
    const bool counts = result.net.outcome != Outcome::open && result.net.at <= now;
    if (counts && result.net.outcome == Outcome::kept) target.state = TargetState::kept;
    if (counts && result.net.outcome == Outcome::lacking) target.state = TargetState::lacking;
    if (counts && result.net.outcome == Outcome::breached) {
        target.state = TargetState::breached;
        target.breached_at = result.net.at;
    }
    for (const Stretch& stretch : clock.stretches) {
        const std::int64_t seconds = stretch.to - stretch.from;
        switch (stretch.stretch) {
            case StretchClass::running: target.running_s += seconds; break;
            case StretchClass::outside: target.outside_s += seconds; break;
            case StretchClass::paused: target.paused_s += seconds; break;
            case StretchClass::resolved: target.resolved_s += seconds; break;
        }
    }
    target.stretches = std::move(clock.stretches);
    return target;
}

std::string calendar_text(const Context& context, const std::string& name) {
    const std::string key = "servicedesk.calendar." + name;
    return has_text(context.language, key) ? context.text(key) : name;
}

json::value positive(std::int64_t number) {
    return number > 0 ? json::value(number) : json::value();
}

json::object target_json(const Context& context, const CaseClock& clock, const CaseTarget& target) {
    json::array stretches;
    for (const Stretch& stretch : target.stretches)
        stretches.push_back({{"from", iso_utc(stretch.from)},
                             {"to", iso_utc(stretch.to)},
                             {"seconds", stretch.to - stretch.from},
                             {"class", stretch_name(stretch.stretch)},
                             {"rule", stretch_text(context, stretch)}});
    const std::string name(target_name(target.target));
    return {{"target", name},
            {"title", context.text("servicedesk.target." + name)},
            {"outcome", target_state_name(target.state)},
            {"lacks", text_json(std::string(lack_name(target.lack)))},
            {"limit_s", positive(target.limit_s)},
            {"rule", text_json(rule_text(context, clock, target))},
            {"running_s", target.running_s},
            {"outside_s", target.outside_s},
            {"paused_s", target.paused_s},
            {"resolved_s", target.resolved_s},
            {"due_at", time_json(target.due_at)},
            {"breached_at", time_json(target.breached_at)},
            {"fulfilled_at", time_json(target.fulfilled_at)},
            {"stretches", std::move(stretches)}};
}

}  // namespace

std::string_view target_state_name(TargetState state) {
    static constexpr std::array<std::string_view, 4> kNames{"open", "kept", "breached", "lacking"};
    return kNames[static_cast<std::size_t>(state)];
}

Result<CaseClock> clock_of(Context& context, const ReadCase& read, UtcSecond now) {
    CaseClock clock;
    clock.until = now;
    if (read.records.empty()) return clock;
    const Day today = Zone::copenhagen().to_local(now).day;
    KL_TRY(const auto rules, desk_rules(context.db(), context.memory(), today));
    std::vector<TargetClock> targets;
    if (read.item.source != kOwnSource) {
        const RuleVersion& version = rules->service->at(read.item.opened_at);
        const std::string case_no = read.item.number.substr(read.item.source.size() + 1);
        KL_TRY(ImportedClock told, imported_clock(context.db(), version, read.item.source, case_no,
                                                  read.item.opened_at, now));
        clock.joined = told.joined;
        clock.exact = told.exact;
        clock.rules_from = version.from;
        targets = std::move(told.targets);
    } else {
        const LiveCase live(read.records, *rules);
        const SlaInput input = live.history().sla_input();
        const RuleVersion& version = rules->service->at(input.opened_at);
        clock.joined = input.joined;
        clock.rules_from = version.from;
        targets = explain(input, version, now);
    }
    for (TargetClock& target : targets) clock.targets.push_back(target_of(std::move(target), now));
    return clock;
}

bool is_over(const CaseClock& clock) {
    for (const CaseTarget& target : clock.targets)
        if (target.state == TargetState::breached) return true;
    return false;
}

std::string stretch_text(const Context& context, const Stretch& stretch) {
    TextArgs args = stretch.args;
    bool own_wait = false;  // a reason of our own: the rule says it already
    for (auto& [name, value] : args) {
        if (name == "calendar") value = calendar_text(context, value);
        if (name == "day")
            if (const auto day = parse_iso_date(value)) value = format_date(*day, context.language);
        const std::string hold = "servicedesk.word.hold." + value;
        if (name == "state" && has_text(context.language, hold)) {
            value = context.text(hold);
            own_wait = true;
        }
    }
    const std::string own = "servicedesk.sla.own." + stretch.rule.substr(stretch.rule.rfind('.') + 1);
    if (own_wait && has_text(context.language, own)) return context.text(own, args);
    return context.text(stretch.rule, args);
}

std::string rule_text(const Context& context, const CaseClock& clock, const CaseTarget& target) {
    if (target.rule == 0) return "";
    const std::string from = clock.rules_from > 0
                                 ? format_timestamp(clock.rules_from, context.language)
                                 : std::string();
    return context.text(from.empty() ? "servicedesk.clock.rule" : "servicedesk.clock.rule_from",
                        {{"rule", std::to_string(target.rule)},
                         {"limit", format_duration(target.limit_s)},
                         {"from", from}});
}

json::object clock_json(const Context& context, const ReadCase& read, const CaseClock& clock) {
    json::array targets;
    for (const CaseTarget& target : clock.targets)
        targets.push_back(target_json(context, clock, target));
    return {{"number", read.item.number},
            {"version", read.item.version},
            {"until", iso_utc(clock.until)},
            {"joined", clock.joined},
            {"exact", clock.exact},
            {"targets", std::move(targets)}};
}

}  // namespace klarsyn::servicedesk
