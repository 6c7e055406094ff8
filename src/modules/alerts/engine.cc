#include "modules/alerts/engine.h"

#include <algorithm>
#include <set>

namespace klarsyn::alerts {
namespace {

constexpr std::string_view kAll = "all";

class Step {
public:
    Step(EngineState& state, const EngineInput& input) : state_(state), in_(input) {
        for (auto& [number, episode] : state_.episodes) {
            if (episode.is_storm()) continue;
            if (episode.burning()) burning_[{episode.rule, episode.group}] = number;
            if (episode.fired_at > in_.now - kFlap_s) ++lately_[{episode.rule, episode.group}];
        }
    }

    std::vector<Act> run() {
        for (const AlertRule& rule : in_.rules.rules) judge_rule(rule);
        clear_orphans();
        forget();
        announce();
        clear_storms();
        return std::move(acts_);
    }

private:
    using Kind = Act::Kind;

    Episode* burning_of(const Watched& what) {
        const auto found = burning_.find(what);
        return found == burning_.end() ? nullptr : &state_.episodes.at(found->second);
    }

    void act(Kind kind, std::int64_t episode, const Judged* judged = nullptr) {
        Act done;
        done.kind = kind;
        done.episode = episode;
        done.judged = judged;
        acts_.push_back(std::move(done));
    }

    // Judgements of one rule, and what was watched and is judged no more.
    void judge_rule(const AlertRule& rule) {
        std::map<Group, const Judged*> of;
        for (const Judged& one : in_.judged)
            if (one.rule == &rule) of[one.group] = &one;
        if (in_.all) {
            for (auto at = state_.watches.lower_bound({rule.name, Group()});
                 at != state_.watches.end() && at->first.first == rule.name; ++at)
                of.try_emplace(at->first.second, nullptr);
        }
        for (const auto& [group, judged] : of) {
            const Watched what{rule.name, group};
            const Level level = judged != nullptr ? judged->level : Level::unknown;
            count(rule, what, level);
            settle(rule, what, level, judged);
        }
    }

    int clear_after(const AlertRule& rule, const Episode* episode) const {
        return rule.clear_after * (episode != nullptr && episode->flapping ? kFlapFactor : 1);
    }

    void count(const AlertRule& rule, const Watched& what, Level level) {
        Watch& watch = state_.watches[what];
        if (watch.level != level || watch.since == 0) watch.since = in_.now;
        watch.level = level;
        if (level == Level::unknown) return;  // grey: neither better nor worse
        Episode* const episode = burning_of(what);
        const bool well = level == Level::well;
        const int most = std::max(rule.fire_after, clear_after(rule, episode));
        watch.good = well ? std::min(watch.good + 1, most) : 0;
        watch.bad = level == Level::bad ? std::min(watch.bad + 1, most) : 0;
    }

    void settle(const AlertRule& rule, const Watched& what, Level level, const Judged* judged) {
        const Watch& watch = state_.watches[what];
        Episode* episode = burning_of(what);
        if (episode == nullptr) {
            if (level == Level::bad && watch.bad >= rule.fire_after) fire(what, judged);
            return;
        }
        if (level == Level::well && watch.good >= clear_after(rule, episode))
            clear(*episode, judged);
    }

    void fire(const Watched& what, const Judged* judged) {
        Episode episode;
        episode.number = state_.next_number++;
        episode.rule = what.first;
        episode.group = what.second;
        episode.fired_at = in_.now;
        const int lately = ++lately_[what];
        episode.flapping = lately >= kFlapFires;
        const std::int64_t number = episode.number;
        const bool flapping = episode.flapping;
        state_.episodes[number] = std::move(episode);
        burning_[what] = number;
        act(Kind::fire, number, judged);
        if (flapping) act(Kind::flap, number);
    }

    void clear(Episode& episode, const Judged* judged) {
        episode.cleared_at = in_.now;
        cleared_now_.emplace_back(episode.rule, episode.group);
        burning_.erase({episode.rule, episode.group});
        act(Kind::clear, episode.number, judged);
    }

    // Burns for a rule that there is no more: nobody would ever clear it.
    void clear_orphans() {
        std::vector<std::int64_t> gone;
        for (const auto& [what, number] : burning_)
            if (in_.rules.find(what.first) == nullptr) gone.push_back(number);
        for (const std::int64_t number : gone) clear(state_.episodes.at(number), nullptr);
    }

    // What nobody has known of for a day, and what rules there are no more watched.
    void forget() {
        std::erase_if(state_.watches, [&](const auto& one) {
            const bool old = one.second.level == Level::unknown &&
                             one.second.since < in_.now - kForgotten_s &&
                             !burning_.contains(one.first);
            return old || in_.rules.find(one.first.first) == nullptr;
        });
    }

    // The rule whose burning explains this one, or that may be about to; empty: none.
    std::string explained_by(const AlertRule& rule, const Group& group) {
        for (const std::string& name : rule.depends) {
            const AlertRule* parent = in_.rules.find(name);
            for (auto at = state_.watches.lower_bound({name, Group()});
                 at != state_.watches.end() && at->first.first == name; ++at) {
                if (!explains(at->first.second, group)) continue;
                const bool burns = burning_of(at->first) != nullptr;
                // Soon known: whoever fires first must not be told first.
                const bool may = at->second.level == Level::bad && at->second.bad > 0;
                if (burns || may) return name;
            }
            // What was measured while it burned says nothing of the group itself.
            for (const Watched& cleared : cleared_now_)
                if (cleared.first == name && explains(cleared.second, group)) return name;
            if (parent == nullptr) continue;
            const std::string above = explained_by(*parent, group);
            if (!above.empty()) return above;
        }
        return {};
    }

    const PlannedWindow* window_of(const Group& group) const {
        for (const PlannedWindow& window : in_.windows)
            if (window.from <= in_.now && in_.now < window.to && covers(window, group))
                return &window;
        return nullptr;
    }

    // Why not to tell now.
    std::pair<Held, std::string> why_held(const AlertRule& rule, const Episode& episode) {
        if (const auto* window = window_of(episode.group); window != nullptr)
            return {Held::window, iso_utc(window->to)};
        if (const std::string parent = explained_by(rule, episode.group); !parent.empty())
            return {Held::dependency, parent};
        if (rule.kind == RuleKind::external && in_.now < episode.fired_at + in_.rules.wait_s)
            return {Held::waiting, ""};
        // It was held, and what is known now may be from that time: only news tells it.
        const Watch& watch = state_.watches[{episode.rule, episode.group}];
        if (watch.level != Level::bad && episode.held != Held::none)
            return {episode.held, episode.held_by};
        return {Held::none, ""};
    }

    void announce() {
        std::vector<std::int64_t> candidates;
        for (const auto& [what, number] : burning_) {
            Episode& episode = state_.episodes.at(number);
            const AlertRule* rule = in_.rules.find(episode.rule);
            if (rule == nullptr) continue;
            // Told are only those that were judged just now.
            if (!in_.all && rule->kind != RuleKind::external) continue;
            if (episode.told_at) {
                follow_window(episode);
                continue;
            }
            if (episode.storm != 0) continue;
            auto [held, by] = why_held(*rule, episode);
            if (held == Held::none) {
                candidates.push_back(number);
                continue;
            }
            if (held == episode.held && by == episode.held_by) continue;
            episode.held = held;
            episode.held_by = by;
            act(Kind::hold, number);
        }
        std::sort(candidates.begin(), candidates.end());
        tell(candidates);
    }

    // What was told before a window and still burns when it ends is told again.
    void follow_window(Episode& episode) {
        const bool inside = window_of(episode.group) != nullptr;
        const Watch& watch = state_.watches[{episode.rule, episode.group}];
        if (inside == episode.in_window) return;
        if (!inside && watch.level != Level::bad) return;  // not before it is known to burn
        episode.in_window = inside;
        act(Kind::note, episode.number, judged_of(episode));
        acts_.back().note = inside ? "window_began" : "window_over";
    }

    const Judged* judged_of(const Episode& episode) const {
        for (const Judged& one : in_.judged)
            if (one.rule->name == episode.rule && one.group == episode.group) return &one;
        return nullptr;
    }

    std::string key_of(const Episode& episode, std::string_view kind) const {
        if (kind == kAll) return std::string(kAll);
        if (kind == "rule") return "rule=" + episode.rule;
        return episode.group.system.empty() ? std::string() : "system=" + episode.group.system;
    }

    bool told_lately(const Episode& episode) const {
        return episode.told_at && *episode.told_at > in_.now - kStorm_s && episode.burning() &&
               !episode.is_storm() && episode.storm == 0;
    }

    void tell(std::vector<std::int64_t> candidates) {
        // First what belongs to a storm that still gathers, then what is one, then each for itself.
        for (const std::string_view kind :
             {kAll, std::string_view("system"), std::string_view("rule")}) {
            std::map<std::string, std::vector<std::int64_t>> by_key;
            for (const std::int64_t number : candidates) {
                const std::string key = key_of(state_.episodes.at(number), kind);
                if (!key.empty()) by_key[key].push_back(number);
            }
            for (const auto& [key, list] : by_key) gather(key, kind, list, candidates);
        }
        for (const std::int64_t number : candidates) tell_one(number);
        grow();
    }

    void gather(const std::string& key, std::string_view kind,
                const std::vector<std::int64_t>& list, std::vector<std::int64_t>& candidates) {
        Episode* storm = nullptr;
        for (auto& [number, episode] : state_.episodes)
            if (episode.storm_of == key && episode.burning() &&
                episode.joined_at > in_.now - kStormJoins_s)
                storm = &episode;
        std::vector<std::int64_t> lately;
        if (storm == nullptr) {
            for (const auto& [number, episode] : state_.episodes)
                if (told_lately(episode) && key_of(episode, kind) == key) lately.push_back(number);
            const auto together = static_cast<std::int64_t>(list.size() + lately.size());
            if (together <= (kind == kAll ? in_.rules.storm_all : in_.rules.storm)) return;
            storm = begin_storm(key, list, lately);
        }
        for (const std::int64_t number : lately) join(*storm, number);
        for (const std::int64_t number : list) join(*storm, number);
        const std::set<std::int64_t> gathered(list.begin(), list.end());
        std::erase_if(candidates, [&](std::int64_t number) { return gathered.contains(number); });
    }

    Episode* begin_storm(const std::string& key, const std::vector<std::int64_t>& list,
                         const std::vector<std::int64_t>& lately) {
        Episode storm;
        storm.number = state_.next_number++;
        storm.storm_of = key;
        storm.fired_at = in_.now;
        storm.told_at = in_.now;
        storm.group = state_.episodes.at(list.front()).group;
        storm.group.key.clear();
        const auto share = [&](const std::vector<std::int64_t>& numbers) {
            for (const std::int64_t number : numbers) {
                const Group& other = state_.episodes.at(number).group;
                for (const char* dim : {"system", "action", "site", "seat", "place"})
                    if (storm.group.*group_field(dim) != other.*group_field(dim))
                        (storm.group.*group_field(dim)).clear();
            }
        };
        share(list);
        share(lately);
        Act begun;
        begun.kind = Kind::storm;
        begun.episode = storm.number;
        for (const std::int64_t number : lately) {
            const std::string& other = state_.episodes.at(number).case_number;
            if (other.empty()) continue;
            if (begun.takes_case.empty())
                begun.takes_case = other;
            else if (other != begun.takes_case)
                begun.merges.push_back(other);
        }
        const std::size_t members = list.size() + lately.size();
        storm.noted = static_cast<std::int64_t>(members);
        storm.noted_at = in_.now;
        acts_.push_back(std::move(begun));
        return &(state_.episodes[storm.number] = std::move(storm));
    }

    void join(Episode& storm, std::int64_t number) {
        Episode& episode = state_.episodes.at(number);
        episode.storm = storm.number;
        episode.held = Held::none;
        episode.held_by.clear();
        ++storm.members;
        storm.joined_at = in_.now;
        act(Kind::join, number);
        acts_.back().storm = storm.number;
    }

    void tell_one(std::int64_t number) {
        Episode& episode = state_.episodes.at(number);
        episode.told_at = in_.now;
        episode.held = Held::none;
        episode.held_by.clear();
        act(Kind::tell, number, judged_of(episode));
    }

    // A storm that grows says so when it has doubled, or after a while; never for each member.
    void grow() {
        for (auto& [number, storm] : state_.episodes) {
            if (!storm.is_storm() || !storm.burning() || storm.members == storm.noted) continue;
            const bool much =
                storm.members >= 2 * storm.noted && in_.now >= storm.noted_at + kStorm_s;
            if (!much && in_.now < storm.noted_at + kGrow_s) continue;
            storm.noted = storm.members;
            storm.noted_at = in_.now;
            act(Kind::grow, number);
        }
    }

    void clear_storms() {
        std::map<std::int64_t, std::int64_t> burns;
        for (const auto& [what, number] : burning_) ++burns[state_.episodes.at(number).storm];
        for (auto& [number, storm] : state_.episodes) {
            if (!storm.is_storm() || !storm.burning() || burns.contains(number)) continue;
            storm.cleared_at = in_.now;
            act(Kind::clear, number);
        }
    }

    EngineState& state_;
    const EngineInput& in_;
    std::map<Watched, std::int64_t> burning_;
    std::map<Watched, int> lately_;     // firings within the hour
    std::vector<Watched> cleared_now_;  // in this step
    std::vector<Act> acts_;
};

}  // namespace

std::string_view held_name(Held held) {
    constexpr std::string_view kNames[] = {"", "dependency", "window", "waiting"};
    return kNames[static_cast<std::size_t>(held)];
}

std::optional<Held> held_named(std::string_view word) {
    for (const Held held : {Held::none, Held::dependency, Held::window, Held::waiting})
        if (held_name(held) == word) return held;
    return std::nullopt;
}

std::vector<Act> step(EngineState& state, const EngineInput& input) {
    return Step(state, input).run();
}

FreshFrom fresh_after(const EngineState& state, UtcSecond now) {
    return [&state, now](const AlertRule& rule, const Group& group) {
        UtcSecond from = 0;
        for (const auto& [number, episode] : state.episodes) {
            const bool parent = std::find(rule.depends.begin(), rule.depends.end(), episode.rule) !=
                                rule.depends.end();
            if (!parent || !episode.cleared_at || *episode.cleared_at > now) continue;
            if (explains(episode.group, group)) from = std::max(from, *episode.cleared_at);
        }
        return from;
    };
}

}  // namespace klarsyn::alerts
