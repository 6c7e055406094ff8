#include "modules/alerts/acting.h"

#include <fmt/format.h>
#include <boost/json/serialize.hpp>

#include <algorithm>

#include "modules/alerts/words.h"

namespace klarsyn::alerts {
namespace {

namespace json = boost::json;

// Cases are written in the region's language, whoever reads them.
constexpr Language kLanguage = Language::da;
constexpr std::size_t kTitleBytes = 160, kWordBytes = 110;
constexpr int kMergesMax = 100;
constexpr std::size_t kMembersShown = 20;

CaseWriting& cases() {
    static CaseWriting kept;
    return kept;
}

// Cut between characters.
std::string shortened(std::string text, std::size_t most) {
    if (text.size() <= most) return text;
    while (most > 0 && (static_cast<unsigned char>(text[most]) & 0xC0U) == 0x80U) --most;
    return text.substr(0, most) + "…";
}

// One line of plain text.
std::string plain(std::string text) {
    for (char& c : text)
        if (static_cast<unsigned char>(c) < ' ' || c == 0x7F) c = ' ';
    return text;
}

class Acting {
public:
    Acting(WriteTurn& turn, const AlertRules& rules, const EngineState& state, std::string url)
        : turn_(turn), rules_(rules), state_(state), url_(std::move(url)) {}

    Result<void> run(const std::vector<Act>& acts) {
        for (const Act& act : acts)
            if (act.kind == Act::Kind::join) members_[act.storm].push_back(act.episode);
        for (const Act& act : acts) KL_CHECK(one(act));
        KL_CHECK(close_gatherings());
        if (records_.empty()) return {};
        turn_.announce(
            {"alert",
             json::serialize(json::object{{"changed", static_cast<std::int64_t>(records_.size())}}),
             "", ""});
        return keep_records(turn_, std::move(records_));
    }

private:
    using Kind = Act::Kind;

    const Episode& episode(std::int64_t number) const { return state_.episodes.at(number); }

    void record(std::int64_t number, std::string kind, json::object body) {
        records_.push_back({number, 0, turn_.now, std::move(kind), std::move(body)});
    }

    std::string say(std::string_view key, const TextArgs& args = {}) const {
        return text(kLanguage, fmt::format("alerts.case.{}", key), args);
    }

    Result<void> one(const Act& act) {
        const Episode& of = episode(act.episode);
        switch (act.kind) {
            case Kind::fire:
                record(of.number, "fired",
                       {{"rule", of.rule},
                        {"group", group_json(of.group)},
                        {"picture", picture_json(act.judged)}});
                return {};
            case Kind::hold:
                record(of.number, "held", {{"why", held_name(of.held)}, {"by", of.held_by}});
                return {};
            case Kind::tell: return tell(of, picture_json(act.judged), {});
            case Kind::storm: return begin_storm(of, act);
            case Kind::join: record(of.number, "joined", {{"storm", act.storm}}); return {};
            case Kind::grow: return grow(of);
            case Kind::note: return note_window(of, act);
            case Kind::flap: record(of.number, "flapping", {}); return {};
            case Kind::clear: return clear(of, picture_json(act.judged));
        }
        return {};
    }

    json::object opening(const Episode& of, const json::object& picture) const {
        const AlertRule* rule = rules_.find(of.rule);
        if (rule == nullptr) rule = worst_rule(of);
        json::object fields = {{"title", shortened(plain(title_of(rules_, of, kLanguage) + ": " +
                                                         group_words(of.group, kLanguage)),
                                                   kTitleBytes)},
                               {"text", case_text(of, picture)},
                               {"type", "incident"}};
        const auto put = [&](const char* name, const std::string& value) {
            if (!value.empty()) fields[name] = shortened(plain(value), kWordBytes);
        };
        put("system", of.group.system);
        put("org", of.group.site.empty() ? of.group.place : of.group.site);
        put("equipment", of.group.seat);
        if (rule == nullptr) return fields;
        put("group", rule->group);
        put("category", rule->category);
        fields["impact"] = rule->impact;
        fields["urgency"] = rule->urgency;
        return fields;
    }

    // A storm is as grave as the gravest of its members.
    const AlertRule* worst_rule(const Episode& of) const {
        const AlertRule* worst = nullptr;
        const auto found = members_.find(of.number);
        if (found == members_.end()) return nullptr;
        for (const std::int64_t number : found->second) {
            const AlertRule* rule = rules_.find(episode(number).rule);
            if (rule == nullptr) continue;
            if (worst == nullptr || rule->impact + rule->urgency < worst->impact + worst->urgency)
                worst = rule;
        }
        return worst;
    }

    std::string members_text(const Episode& of) const {
        const auto found = members_.find(of.number);
        if (found == members_.end()) return {};
        std::string list =
            say("members", {{"count", format_integer(of.members, kLanguage)}}) + "\n";
        std::size_t shown = 0;
        for (const std::int64_t number : found->second) {
            if (shown++ == kMembersShown) break;
            const Episode& member = episode(number);
            list += "- " +
                    shortened(plain(title_of(rules_, member, kLanguage) + ": " +
                                    group_words(member.group, kLanguage)),
                              kTitleBytes) +
                    "\n";
        }
        if (found->second.size() > kMembersShown) list += "- …\n";
        return list + "\n";
    }

    std::string case_text(const Episode& of, const json::object& picture) const {
        std::string words = say("opened") + "\n\n";
        words += say("about", {{"title", title_of(rules_, of, kLanguage)},
                               {"group", plain(group_words(of.group, kLanguage))}}) +
                 "\n";
        words += say("since", {{"when", format_timestamp(of.fired_at, kLanguage)}}) + "\n";
        if (const std::string value = value_words(picture, kLanguage); !value.empty())
            words += value + "\n";
        words += "\n" + members_text(of);
        if (const std::string shown = picture_text(picture, kLanguage); !shown.empty())
            words += shown + "\n";
        if (const std::string href = measurements_href(of); !href.empty())
            words += say("measurements", {{"href", url_ + href}}) + "\n";
        return words + say("alert", {{"href", url_ + episode_href(of)}});
    }

    // The case that stands where this one was merged away; empty: there is none that can be used.
    Result<std::string> standing(std::string number) const {
        for (int i = 0; i < kMergesMax && !number.empty(); ++i) {
            const auto found = cases().look(turn_, number);
            if (!found.ok()) {
                if (found.error().code == ErrorCode::unavailable) return found.error();
                return std::string();
            }
            if (found->merged_into.empty()) return number;
            number = found->merged_into;
        }
        return std::string();
    }

    Result<void> note(const std::string& number, const std::string& words) {
        return cases().act(turn_, number, "comment", {{"text", words}, {"visibility", "internal"}});
    }

    // Opens a case, or goes on with the one that the same alert had within a day.
    Result<void> tell(const Episode& of, const json::object& picture, std::string number) {
        std::string how = "opened";
        if (number.empty()) {
            KL_TRY(number, latest_case(turn_.db, of, turn_.now - kSameCase_s));
        }
        KL_TRY(number, standing(number));
        if (number.empty()) {
            KL_TRY(number, cases().open(turn_, opening(of, picture)));
        } else {
            KL_TRY(const MonitoredCase known, cases().look(turn_, number));
            how = known.unsolved ? "noted" : "reopened";
            if (!known.unsolved)
                KL_CHECK(cases().act(turn_, number, "reopen", {{"reason", say("again")}}));
            KL_CHECK(note(number, case_text(of, picture)));
        }
        told_[of.number] = number;
        record(of.number, "told", {{"case", number}, {"how", how}});
        return {};
    }

    Result<void> begin_storm(const Episode& of, const Act& act) {
        record(of.number, "fired",
               {{"rule", ""}, {"storm_of", of.storm_of}, {"group", group_json(of.group)}});
        KL_CHECK(tell(of, {}, act.takes_case));
        const std::string number = told_[of.number];
        if (!act.takes_case.empty()) KL_CHECK(rename(of, number));
        for (const std::string& other : act.merges) {
            KL_TRY(const std::string standing_now, standing(other));
            if (standing_now.empty() || standing_now == number) continue;
            KL_TRY(const MonitoredCase known, cases().look(turn_, standing_now));
            // What somebody works on stays theirs.
            if (known.touched || !known.unsolved) continue;
            KL_CHECK(cases().act(turn_, standing_now, "merge", {{"into", number}}));
        }
        record(of.number, "gathered", {{"members", of.members}, {"noted", true}});
        return {};
    }

    // The case of a single alert became that of the storm: it says so, and is as grave. Not where
    // somebody works on it: they read the note.
    Result<void> rename(const Episode& of, const std::string& number) {
        KL_TRY(const MonitoredCase known, cases().look(turn_, number));
        if (known.touched) return {};
        json::object fields = opening(of, {});
        for (const char* name : {"type", "text", "group"}) fields.erase(name);
        for (const char* name : {"system", "org", "place", "equipment"})
            if (!fields.contains(name)) fields[name] = nullptr;
        return cases().act(turn_, number, "change", std::move(fields));
    }

    // How many a storm has now, for those that gathered in this step.
    Result<void> close_gatherings() {
        for (const auto& [number, list] : members_) {
            const bool known = std::any_of(records_.begin(), records_.end(), [&](const auto& one) {
                return one.episode == number && one.kind == "gathered";
            });
            if (!known) record(number, "gathered", {{"members", episode(number).members}});
        }
        return {};
    }

    std::string case_of(const Episode& of) const {
        const auto found = told_.find(of.number);
        return found != told_.end() ? found->second : of.case_number;
    }

    Result<void> grow(const Episode& of) {
        KL_TRY(const std::string number, standing(case_of(of)));
        if (!number.empty())
            KL_CHECK(note(number, say("grown", {{"count", format_integer(of.members, kLanguage)}}) +
                                      "\n" + say("alert", {{"href", url_ + episode_href(of)}})));
        record(of.number, "gathered", {{"members", of.members}, {"noted", true}});
        return {};
    }

    Result<void> note_window(const Episode& of, const Act& act) {
        KL_TRY(const std::string number, standing(case_of(of)));
        const bool began = act.note == "window_began";
        if (!number.empty()) {
            std::string words = say(act.note);
            if (const std::string value = value_words(picture_json(act.judged), kLanguage);
                !value.empty())
                words += "\n" + value;
            KL_CHECK(note(number, words));
        }
        record(of.number, "noted", {{"note", act.note}, {"in_window", began}});
        return {};
    }

    // Resolves a case that nobody has touched; otherwise the person who has it is told.
    Result<void> clear(const Episode& of, json::object picture) {
        json::object body = {{"untouched", false}, {"how", "silent"}};
        const bool own = of.told_at && of.storm == 0;
        KL_TRY(const std::string number, standing(own ? case_of(of) : std::string()));
        if (!number.empty()) {
            KL_TRY(const MonitoredCase known, cases().look(turn_, number));
            KL_TRY(const bool shared, others_burn(of, number));
            std::string words =
                say("cleared", {{"when", format_timestamp(turn_.now, kLanguage)},
                                {"lasted", format_duration(turn_.now - of.fired_at)}});
            if (const std::string value = value_words(picture, kLanguage); !value.empty())
                words += "\n" + value;
            const bool resolves = !known.touched && known.unsolved && !shared;
            body["untouched"] = !known.touched;
            body["how"] = resolves ? "resolved" : "noted";
            body["case"] = number;
            if (resolves)
                KL_CHECK(cases().act(turn_, number, "resolve", {{"resolution", words}}));
            else
                KL_CHECK(note(number, words));
        }
        body["picture"] = std::move(picture);
        record(of.number, "cleared", std::move(body));
        return {};
    }

    // Whether another alert that burns has the same case.
    Result<bool> others_burn(const Episode& of, const std::string& number) const {
        for (const auto& [other, one] : state_.episodes)
            if (other != of.number && one.burning() && one.storm == 0 && case_of(one) == number)
                return true;
        return false;
    }

    WriteTurn& turn_;
    const AlertRules& rules_;
    const EngineState& state_;
    std::string url_;
    std::map<std::int64_t, std::vector<std::int64_t>> members_;  // that join in this step, by storm
    std::map<std::int64_t, std::string> told_;                   // cases of this step
    std::vector<EpisodeRecord> records_;
};

}  // namespace

void set_case_writing(const CaseWriting& given) { cases() = given; }

Result<void> act_on(WriteTurn& turn, const AlertRules& rules, const EngineState& state,
                    const std::vector<Act>& acts, const std::string& public_url) {
    KL_ASSERT(cases().open != nullptr);
    return Acting(turn, rules, state, public_url).run(acts);
}

}  // namespace klarsyn::alerts
