#include "modules/organisation/relations.h"

#include <algorithm>
#include <array>
#include <map>
#include <unordered_map>

#include "core/text.h"
#include "store/journal.h"

namespace klarsyn::organisation {
namespace {

constexpr std::array<std::string_view, 18> kToNeedsFrom{
    "serves",   "feeds",    "hosts",     "supplies",   "supports",  "powers",
    "runs",     "used_by",  "used_at",   "affects",    "contains",  "delivers_to",
    "betjener", "forsyner", "bruges_af", "bruges_paa", "paavirker", "leverer_til"};
constexpr std::array<std::string_view, 4> kBoth{"connected_to", "linked_to", "forbundet_med",
                                                "related_to"};

// One spelling of a relation's word: "Used by" is "used_by".
std::string word_of(std::string_view relation) {
    std::string word = fold(relation);
    std::replace_if(
        word.begin(), word.end(), [](char c) { return c == ' ' || c == '-'; }, '_');
    return word;
}

template <std::size_t N>
bool among(const std::array<std::string_view, N>& words, std::string_view word) {
    return std::find(words.begin(), words.end(), word) != words.end();
}

bool holds(const Relation& relation, Day day) {
    return (!relation.from_day || *relation.from_day <= day) &&
           (!relation.to_day || day <= *relation.to_day);
}

struct Need {
    std::string_view who;
    std::string_view relation;
};

}  // namespace

Needs needs_of(std::string_view relation) {
    const std::string word = word_of(relation);
    if (among(kToNeedsFrom, word)) return Needs::to_needs_from;
    return among(kBoth, word) ? Needs::both : Needs::from_needs_to;
}

std::vector<Affected> affected_by(std::span<const Relation> relations, std::string_view of,
                                  Day day) {
    std::unordered_map<std::string, std::vector<Need>> needed;  // folded name -> who needs it
    for (const Relation& relation : relations) {
        if (!holds(relation, day)) continue;
        const Needs needs = needs_of(relation.relation);
        if (needs != Needs::to_needs_from)
            needed[fold(relation.to)].push_back({relation.from, relation.relation});
        if (needs != Needs::from_needs_to)
            needed[fold(relation.from)].push_back({relation.to, relation.relation});
    }
    for (auto& [name, who] : needed) {  // whatever the order of the relations
        std::sort(who.begin(), who.end(), [](const Need& a, const Need& b) {
            return std::pair(a.who, a.relation) < std::pair(b.who, b.relation);
        });
    }
    std::map<std::string, Affected> reached{{fold(of), {std::string(of), 0, "", ""}}};
    std::vector<std::string> step{fold(of)};
    for (int steps = 1; !step.empty(); ++steps) {
        std::vector<std::string> next;
        std::sort(step.begin(), step.end());
        for (const std::string& name : step) {
            const auto who = needed.find(name);
            if (who == needed.end()) continue;
            for (const Need& need : who->second) {
                const auto [at, fresh] = reached.try_emplace(
                    fold(need.who), Affected{std::string(need.who), steps, reached[name].thing,
                                             std::string(need.relation)});
                if (fresh) next.push_back(at->first);
            }
        }
        step = std::move(next);
    }
    std::vector<Affected> affected;
    for (auto& [name, thing] : reached) {
        if (thing.steps > 0) affected.push_back(std::move(thing));
    }
    std::stable_sort(affected.begin(), affected.end(), [](const Affected& a, const Affected& b) {
        return std::pair(a.steps, a.thing) < std::pair(b.steps, b.thing);
    });
    return affected;
}

Result<std::vector<Relation>> relations_on(Connection& db, Day day, std::int64_t as_of) {
    KL_TRY(
        auto rows,
        db.query("SELECT r.thing, r.relation, r.other FROM core_relation AS r "
                 "WHERE r.seq <= :as_of AND (r.retracted_seq IS NULL OR r.retracted_seq > :as_of) "
                 "AND (r.valid_from IS NULL OR r.valid_from <= :day) "
                 "AND (r.valid_to IS NULL OR r.valid_to >= :day)",
                 {{":as_of", Value(as_of)}, {":day", Value(std::int64_t{day})}}));
    std::vector<Relation> relations;
    while (true) {
        KL_TRY(const bool more, rows->next());
        if (!more) return relations;
        Relation relation;
        relation.from = rows->text(0);
        relation.relation = rows->text(1);
        relation.to = rows->text(2);
        relations.push_back(std::move(relation));
    }
}

Result<std::vector<Affected>> affected_now(Connection& db, std::string_view of, Day day) {
    KL_TRY(const std::int64_t head, head_seq(db));
    KL_TRY(const auto relations, relations_on(db, day, head));
    return affected_by(relations, of, day);
}

}  // namespace klarsyn::organisation
