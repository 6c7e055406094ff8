#include "modules/servicedesk/sla.h"

#include <algorithm>
#include <limits>

namespace klarsyn::servicedesk {
namespace {

// Later than anything that happens, and safe to compute with.
constexpr UtcSecond kForever = std::numeric_limits<std::int32_t>::max() * std::int64_t{32};

// The stretches that explain a target, until a moment.
class Explanation {
public:
    explicit Explanation(UtcSecond until) : until_(until) {}

    void add(UtcSecond from, UtcSecond to, StretchClass stretch, std::string_view rule,
             std::vector<std::pair<std::string, std::string>> args) {
        to = std::min(to, until_);
        if (to <= from) return;
        if (!list_.empty() && list_.back().to == from && list_.back().stretch == stretch &&
            list_.back().rule == rule && list_.back().args == args) {
            list_.back().to = to;
            return;
        }
        list_.push_back({from, to, stretch, std::string(rule), std::move(args)});
    }
    UtcSecond until() const { return until_; }
    std::vector<Stretch> take() { return std::move(list_); }

private:
    UtcSecond until_;
    std::vector<Stretch> list_;
};

// One target's way through the marks of a case.
class Run {
public:
    Run(TargetKind target, const SlaInput& input, const RuleVersion& rules, Explanation* told)
        : input_(input), rules_(rules), told_(told), since_(input.opened_at) {
        result_.target = target;
        unknown_ = target == TargetKind::first_response && !input.tells_replies && !input.in_call;
    }

    TargetResult finish() {
        for (const SlaMark& mark : input_.marks) {
            if (answered_) break;
            advance(mark.at);
            take(mark);
        }
        result_.running_s = running_;
        result_.paused_s = paused_;
        if (fulfilled_) {
            result_.running_s = fulfilled_->running;
            result_.paused_s = fulfilled_->paused;
            result_.fulfilled_at = fulfilled_->at;
        }
        if (!answered_) look_ahead();
        result_.lack = lack();
        if (result_.lack != Lack::nothing)
            result_.ended_at = fulfilled_ ? fulfilled_->at : *ended_at_;
        result_.net = count(net_);
        result_.gross = count(gross_);
        return result_;
    }

private:
    struct Breach {
        std::optional<UtcSecond> at;
        std::int64_t limit_s = 0;
        std::int64_t rule = 0;
    };
    struct Fulfilment {
        UtcSecond at = 0;
        std::int64_t running = 0, paused = 0;
        std::int64_t limit_s = 0, rule = 0;
    };

    void take(const SlaMark& mark) {
        switch (mark.kind) {
            case MarkKind::values:
                rule_ = rules_.find(result_.target, mark.priority, mark.type, mark.system);
                if (answers_at_once(mark)) fulfil(mark.at);
                break;
            case MarkKind::held:
                wait_ = rules_.sla.wait_of(mark.text);
                wait_text_ = mark.text;
                break;
            case MarkKind::resumed: wait_.reset(); break;
            case MarkKind::replied:
                if (result_.target == TargetKind::first_response) fulfil(mark.at);
                break;
            case MarkKind::resolved: end(mark.at, true); break;
            case MarkKind::reopened:
                ended_at_.reset();
                fulfilled_.reset();
                break;
            case MarkKind::closed:
                if (!ended_at_) end(mark.at, false);
                break;
        }
    }

    bool answers_at_once(const SlaMark& mark) const {
        return result_.target == TargetKind::first_response && input_.in_call &&
               mark.at == input_.opened_at;
    }

    void fulfil(UtcSecond at) {
        if (rule_ && !unknown_) {
            exceed(net_, running_, 0);
            exceed(gross_, running_ + paused_, 0);
        }
        fulfilled_ =
            Fulfilment{at, running_, paused_, rule_ ? rule_->limit_s : 0, rule_ ? rule_->rule : 0};
        // A first answer stays the first answer, whatever becomes of the case.
        answered_ = result_.target == TargetKind::first_response;
    }

    void end(UtcSecond at, bool resolved) {
        ended_at_ = at;
        end_rule_ = resolved ? "servicedesk.sla.resolved" : "servicedesk.sla.closed";
        if (resolved && !unknown_) fulfil(at);
    }

    // Time passes until `to`, without anything happening.
    void advance(UtcSecond to) {
        if (to <= since_) return;
        if (ended_at_) {
            if (told_) told_->add(since_, to, StretchClass::resolved, end_rule_, {});
        } else if (!rule_) {
            if (told_)
                told_->add(since_, to, StretchClass::outside, "servicedesk.sla.no_target", {});
        } else {
            pass(to);
        }
        since_ = to;
    }

    bool pauses() const {
        return wait_ && ((rule_->pauses >> static_cast<unsigned>(*wait_)) & 1U) != 0;
    }

    void pass(UtcSecond to) {
        const std::int64_t open = rule_->calendar->open(since_, to);
        const bool paused = pauses();
        if (!unknown_) {
            exceed(net_, running_, paused ? 0 : open);
            exceed(gross_, running_ + paused_, open);
        }
        (paused ? paused_ : running_) += open;
        if (told_) tell(to, paused);
    }

    // Whether the limit is passed in the stretch that begins at since_ with `open` seconds to come.
    void exceed(Breach& breach, std::int64_t before, std::int64_t open) const {
        if (breach.at || before + open <= rule_->limit_s) return;
        if (before > rule_->limit_s)
            breach.at = since_;
        else
            breach.at = rule_->calendar->after(since_, rule_->limit_s - before);
        breach.limit_s = rule_->limit_s;
        breach.rule = rule_->rule;
    }

    // What will come if nothing more happens.
    void look_ahead() {
        if (told_) {
            const std::int64_t running = running_;
            const std::int64_t paused = paused_;
            const UtcSecond since = since_;
            const Breach net = net_;
            const Breach gross = gross_;
            advance(told_->until());
            running_ = running, paused_ = paused, since_ = since, net_ = net, gross_ = gross;
            told_ = nullptr;
        }
        if (ended_at_ || !rule_ || unknown_) return;
        const bool late = net_.at.has_value();
        if (late)
            result_.due_at = *net_.at;
        else if (!pauses())
            result_.due_at = rule_->calendar->passed(since_, rule_->limit_s - running_);
        const std::int64_t running = running_;
        const std::int64_t paused = paused_;
        advance(kForever);
        running_ = running, paused_ = paused;
    }

    Lack lack() const {
        if (input_.joined) return Lack::nothing;
        if (fulfilled_) return fulfilled_->rule == 0 ? Lack::target : Lack::nothing;
        if (!ended_at_) return Lack::nothing;
        if (!rule_) return Lack::target;
        return result_.target == TargetKind::resolution ? Lack::resolution : Lack::reply;
    }

    TargetCount count(const Breach& breach) const {
        if (input_.joined) return {};
        if (breach.at) return {Outcome::breached, *breach.at, breach.limit_s, breach.rule};
        if (result_.lack != Lack::nothing) {
            return {Outcome::lacking, result_.ended_at, 0, 0};
        }
        if (fulfilled_)
            return {Outcome::kept, fulfilled_->at, fulfilled_->limit_s, fulfilled_->rule};
        return {Outcome::open, 0, rule_ ? rule_->limit_s : 0, rule_ ? rule_->rule : 0};
    }

    void tell(UtcSecond to, bool paused) {
        const Calendar& calendar = *rule_->calendar;
        for (UtcSecond at = since_; at < to && at < told_->until();) {
            const OpenSpan* span = calendar.next(at);
            const UtcSecond opens = span ? std::min(span->from, to) : to;
            if (opens > at) {
                tell_outside(at, std::min(opens, told_->until()));
                at = opens;
                continue;
            }
            const UtcSecond closes = std::min(span->to, to);
            if (paused) {
                told_->add(at, closes, StretchClass::paused,
                           "servicedesk.sla.paused_" + std::string(wait_name(*wait_)),
                           {{"state", std::string(wait_text_)}});
            } else if (wait_) {
                told_->add(at, closes, StretchClass::running, "servicedesk.sla.running_waiting",
                           {{"calendar", calendar.name()}, {"state", std::string(wait_text_)}});
            } else {
                told_->add(at, closes, StretchClass::running, "servicedesk.sla.running",
                           {{"calendar", calendar.name()}});
            }
            at = closes;
        }
    }

    void tell_outside(UtcSecond from, UtcSecond to) {
        const Calendar& calendar = *rule_->calendar;
        if (const auto day = calendar.holiday(from, to)) {
            told_->add(from, to, StretchClass::outside, "servicedesk.sla.outside_holiday",
                       {{"calendar", calendar.name()}, {"day", iso_date(*day)}});
            return;
        }
        told_->add(from, to, StretchClass::outside, "servicedesk.sla.outside",
                   {{"calendar", calendar.name()}});
    }

    const SlaInput& input_;
    const RuleVersion& rules_;
    Explanation* told_;
    TargetResult result_;
    UtcSecond since_;  // up to which time has passed
    const TargetRule* rule_ = nullptr;
    std::optional<Wait> wait_;
    std::string_view wait_text_;
    std::int64_t running_ = 0;
    std::int64_t paused_ = 0;
    Breach net_, gross_;
    std::optional<Fulfilment> fulfilled_;
    std::optional<UtcSecond> ended_at_;
    std::string_view end_rule_;
    bool answered_ = false;
    bool unknown_ = false;  // nobody knows whether and when the case was answered
};

}  // namespace

std::string_view lack_name(Lack lack) {
    static constexpr std::array<std::string_view, 4> kNames{"", "target", "reply", "resolution"};
    return kNames[static_cast<std::size_t>(lack)];
}

std::string_view stretch_name(StretchClass stretch) {
    static constexpr std::array<std::string_view, 4> kNames{"running", "outside", "paused",
                                                            "resolved"};
    return kNames[static_cast<std::size_t>(stretch)];
}

std::array<TargetResult, kTargets> replay(const SlaInput& input, const RuleVersion& rules) {
    return {Run(TargetKind::first_response, input, rules, nullptr).finish(),
            Run(TargetKind::resolution, input, rules, nullptr).finish()};
}

std::optional<UtcSecond> next_due(std::span<const TargetResult> results, UtcSecond now) {
    std::optional<UtcSecond> next;
    for (const TargetResult& result : results) {
        if (result.due_at && *result.due_at >= now && (!next || *result.due_at < *next))
            next = result.due_at;
    }
    return next;
}

std::vector<TargetClock> explain(const SlaInput& input, const RuleVersion& rules, UtcSecond until) {
    std::vector<TargetClock> clocks;
    if (input.joined) return clocks;
    for (const TargetKind target : {TargetKind::first_response, TargetKind::resolution}) {
        Explanation told(until);
        TargetClock& clock = clocks.emplace_back();
        clock.result = Run(target, input, rules, &told).finish();
        clock.stretches = told.take();
    }
    return clocks;
}

}  // namespace klarsyn::servicedesk
