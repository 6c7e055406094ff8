#include "modules/servicedesk/timeline.h"

#include <algorithm>
#include <tuple>

#include "core/text.h"
#include "modules/servicedesk/case_facts.h"
#include "modules/servicedesk/service_rules.h"

namespace klarsyn::servicedesk {
namespace {

constexpr UtcSecond kLastSecondOfMinute = 59;
constexpr std::array<Told, kToldCount> kAll{Told::state, Told::group,    Told::category,
                                            Told::type,  Told::priority, Told::contact};

auto order_of(const CaseChange& change) {
    const UtcSecond at = change.at.at + (change.to_the_minute ? kLastSecondOfMinute : 0);
    return std::tuple(change.number, at, change.whole, change.line, change.key);
}

bool is_over(StateClass state) {
    return state == StateClass::resolved || state == StateClass::closed;
}

// Who of a case's writers asked for it, and whether the source tells who wrote at all.
struct Correspondence {
    bool told = false;
    std::string_view requestors;

    bool is_reply(std::string_view by) const {
        constexpr std::string_view kProgram = "RT_System";
        return told && !by.empty() && by != kProgram && !is_among(by, requestors);
    }
};

// By the newest snapshot that names any; without one whoever made the case asked for it.
Correspondence correspondence_of(std::vector<CaseChange>::const_iterator begin,
                                 std::vector<CaseChange>::const_iterator end) {
    Correspondence people;
    for (auto change = begin; change != end; ++change) {
        people.told = people.told || change->tells_replies;
        if (!change->requestors.empty()) people.requestors = change->requestors;
    }
    for (auto change = begin; people.requestors.empty() && change != end; ++change) {
        if (!change->whole && change->opened) people.requestors = change->by;
    }
    people.told = people.told && !people.requestors.empty();
    return people;
}

// Builds the rows of one case by walking over its changes.
class Walk {
public:
    Walk(CaseTime opened, ToldTexts initial, Correspondence people)
        : opened_(opened), now_(std::move(initial)), people_(people) {
        push(opened);
    }

    void take(const CaseChange& change) {
        StateClass before = state_class(now_[Told::state].value_or(""));
        for (const Told what : kAll) {
            if (what != Told::state && change.is[what]) now_[what] = change.is[what];
        }
        const StateClass after =
            change.is[Told::state] ? state_class(*change.is[Told::state]) : before;
        if (is_over(before) && after != before && after != StateClass::closed) ++reopenings_;
        if (ended_anew(change, before, after)) before = reopen_unseen(change);
        if (is_over(after) && !is_over(before)) resolve(change, after);
        if (after == StateClass::closed && before != StateClass::closed) close(change);
        if (change.is[Told::state]) now_[Told::state] = change.is[Told::state];
        CaseRow& row = push(change.at);
        row.by = change.by;
        row.replied = change.corresponds && people_.is_reply(change.by);
        if (!change.whole) return;
        if (is_over(after)) row.resolved = change.resolved;
        if (after == StateClass::closed) row.closed = change.closed;
    }

    std::vector<CaseRow> rows;

private:
    // A snapshot of what was over, and is over by a later end: it was open in between. An end may
    // be told to the minute here and to the second there.
    bool ended_anew(const CaseChange& change, StateClass before, StateClass after) const {
        if (!change.whole || !is_over(before) || !is_over(after)) return false;
        return is_later(change.resolved, resolved_) ||
               (before == StateClass::closed && after == before &&
                is_later(change.closed, closed_));
    }
    static bool is_later(const std::optional<CaseTime>& time, const std::optional<CaseTime>& than) {
        return time && than && time->at > than->at + kLastSecondOfMinute;
    }
    // When it was reopened nobody saw; at the latest when it ended again.
    StateClass reopen_unseen(const CaseChange& change) {
        now_[Told::state] = "Active";
        ++reopenings_;
        push(is_later(change.resolved, resolved_) ? *change.resolved
                                                  : change.closed.value_or(change.at));
        return StateClass::active;
    }

    // A closing that states no resolution is none: refused, withdrawn.
    void resolve(const CaseChange& change, StateClass after) {
        if (after == StateClass::closed && !change.resolved) return;
        if (resolved_ && change.resolved && !is_later(change.resolved, resolved_)) return;
        const CaseTime time = change.resolved.value_or(change.at);
        now_[Told::state] = "Resolved";
        push(time).resolved = resolved_ = time;
    }
    void close(const CaseChange& change) {
        const CaseTime time = change.closed.value_or(change.at);
        now_[Told::state] = "Closed";
        CaseRow& row = push(time);
        row.closed = closed_ = time;
        row.joined = change.joined;
    }
    CaseRow& push(CaseTime time) {
        CaseRow row;
        row.updated = time;
        row.opened = opened_;
        row.state = now_[Told::state].value_or("");
        row.group = now_[Told::group].value_or("");
        row.category = now_[Told::category].value_or("");
        row.type = now_[Told::type].value_or("");
        row.priority = now_[Told::priority].value_or("");
        row.contact = now_[Told::contact].value_or("");
        row.reopen_count = reopenings_;
        row.tells_replies = people_.told;
        rows.push_back(row);
        return rows.back();
    }

    CaseTime opened_;
    ToldTexts now_;
    Correspondence people_;
    std::int64_t reopenings_ = 0;
    std::optional<CaseTime> resolved_, closed_;  // the last ends
};

// What the case was before the first row that tells of each field.
ToldTexts initial_of(std::vector<CaseChange>::const_iterator begin,
                     std::vector<CaseChange>::const_iterator end) {
    ToldTexts initial;
    for (const Told what : kAll) {
        const auto first = std::find_if(
            begin, end, [&](const CaseChange& c) { return c.is[what] || c.was[what]; });
        if (first == end) continue;
        if (what != Told::state)
            initial[what] = first->whole ? first->is[what] : first->was[what];
        else if (first->was[what] && !is_over(state_class(*first->was[what])))
            initial[what] = first->was[what];
    }
    if (!initial[Told::state]) initial[Told::state] = "New";
    return initial;
}

// As the newest snapshot says; where there is none, as the log says.
std::optional<CaseTime> opening_of(std::vector<CaseChange>::const_iterator begin,
                                   std::vector<CaseChange>::const_iterator end) {
    std::optional<CaseTime> opened;
    bool by_snapshot = false;
    for (auto change = begin; change != end; ++change) {
        if (!change->opened || (by_snapshot && !change->whole)) continue;
        opened = change->opened;
        by_snapshot = change->whole;
    }
    return opened;
}

}  // namespace

void unite(std::vector<CaseChange>& changes) {
    const auto same = [](const CaseChange& change) { return std::tie(change.number, change.key); };
    std::sort(changes.begin(), changes.end(), [&](const CaseChange& a, const CaseChange& b) {
        return std::tuple(same(a), a.batch, a.file, a.line) <
               std::tuple(same(b), b.batch, b.file, b.line);
    });
    std::vector<CaseChange> kept;
    kept.reserve(changes.size());
    for (const CaseChange& change : changes) {
        if (!kept.empty() && same(kept.back()) == same(change)) kept.pop_back();
        kept.push_back(change);
    }
    std::sort(kept.begin(), kept.end(),
              [](const CaseChange& a, const CaseChange& b) { return order_of(a) < order_of(b); });
    changes = std::move(kept);
}

bool is_among(std::string_view person, std::string_view people) {
    const std::string wanted = fold(person);
    while (!people.empty()) {
        const std::size_t end = std::min(people.find(','), people.size());
        const std::string_view one = people.substr(0, end);
        people.remove_prefix(std::min(end + 1, people.size()));
        const std::size_t open = one.find('<');
        const std::size_t close = one.find('>', open);
        if (fold(one) == wanted || fold(one.substr(0, open)) == wanted) return true;
        if (open != std::string_view::npos && close != std::string_view::npos &&
            fold(one.substr(open + 1, close - open - 1)) == wanted)
            return true;
    }
    return false;
}

std::vector<CaseRow> rows_of(std::vector<CaseChange>::const_iterator begin,
                             std::vector<CaseChange>::const_iterator end) {
    const std::optional<CaseTime> opened = opening_of(begin, end);
    if (!opened) return {};
    Walk walk(*opened, initial_of(begin, end), correspondence_of(begin, end));
    for (auto change = begin; change != end; ++change) walk.take(*change);
    return std::move(walk.rows);
}

void derive_changes(std::vector<CaseChange> changes, const DeriveInput& input, FactSink& sink) {
    const CaseRules& rules = case_rules(input.state);
    unite(changes);
    for (auto begin = changes.cbegin(); begin != changes.cend();) {
        const auto end = std::find_if(begin, changes.cend(), [&](const CaseChange& change) {
            return change.number != begin->number;
        });
        const std::vector<CaseRow> rows = rows_of(begin, end);
        if (!rows.empty()) {
            CaseTexts texts;
            for (auto change = begin; change != end; ++change) texts.take(change->texts);
            write_imported_case(derive_case(rows, rules.groups, rules.service.get()), rules,
                                {input.source, begin->number, texts}, sink);
        }
        begin = end;
    }
}

}  // namespace klarsyn::servicedesk
