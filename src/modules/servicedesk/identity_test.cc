// The identity of the balance, for any rows and any mapping.
#include <algorithm>
#include <map>

#include <gtest/gtest.h>
#include <rapidcheck/gtest.h>

#include "modules/servicedesk/servicedesk.h"

namespace klarsyn::servicedesk {
namespace {

const Day kFirst = day_of({2018, 3, 20});  // a week with a change of the clocks in it
constexpr int kDays = 14;

struct Sample {
    std::vector<CaseRow> rows;
    GroupMap groups;
};

CaseTime random_time() {
    // Quarters of an hour, so that times coincide now and then.
    const int quarter = *rc::gen::inRange(-96, kDays * 96);
    return {day_start(kFirst) + quarter * 900, 0};
}

std::optional<CaseTime> sometimes(const std::optional<CaseTime>& time) {
    return *rc::gen::inRange(0, 3) == 0 ? std::nullopt : time;
}

GroupMap random_groups() {
    GroupMap groups;
    for (const char* name : {"A", "B", "C"}) {
        Day from = 0;
        const int pieces = *rc::gen::inRange(1, 4);
        for (int i = 0; i < pieces; ++i) {
            const bool is_last = i + 1 == pieces;
            const Day to =
                is_last ? GroupSpan::kOpenEnd : std::max(from, kFirst) + *rc::gen::inRange(0, 5);
            groups.add(name, {from, to, *rc::gen::element<std::string>("1", "2", "3"),
                              *rc::gen::element<std::string>("North", "East")});
            if (is_last) break;
            from = to + 1 + *rc::gen::inRange(0, 2);  // now and then a day without a level
        }
    }
    return groups;
}

Sample random_sample() {
    Sample sample;
    sample.groups = random_groups();
    const CaseTime opened = random_time();
    const std::optional<CaseTime> resolved = random_time();
    const std::optional<CaseTime> closed = random_time();
    const int count = *rc::gen::inRange(1, 9);
    for (int i = 0; i < count; ++i) {
        CaseRow row;
        row.updated = random_time();
        row.opened = opened;
        row.state = *rc::gen::element<std::string_view>("New", "Active", "Awaiting User Info",
                                                        "Resolved", "Closed", "Closed", "");
        row.group = *rc::gen::element<std::string_view>("A", "B", "C", "Unmapped", "");
        row.priority = *rc::gen::element<std::string_view>("1 - Critical", "3 - Moderate", "");
        row.category = *rc::gen::element<std::string_view>("Network", "Login");
        row.reopen_count = *rc::gen::inRange(0, 3);
        row.resolved = sometimes(resolved);
        row.closed = sometimes(closed);
        sample.rows.push_back(row);
    }
    std::stable_sort(
        sample.rows.begin(), sample.rows.end(),
        [](const CaseRow& a, const CaseRow& b) { return a.updated.at < b.updated.at; });
    return sample;
}

using PerLevel = std::map<std::string, int>;

PerLevel open_on(const CaseHistory& history, Day day) {
    PerLevel open;
    for (const CaseStay& stay : history.stays) {
        if (stay.from <= day && (!stay.to || *stay.to > day)) ++open[std::string(stay.dims.level)];
    }
    return open;
}

int weight(const CaseEvent& event) {
    switch (event.kind) {
        case EventKind::created: return 1;
        case EventKind::closed: return -1;
        case EventKind::reopened: return event.was == "closed" ? 1 : 0;
        case EventKind::moved_in: return event.level_changed ? 1 : 0;
        case EventKind::moved_out: return event.level_changed ? -1 : 0;
        default: return 0;
    }
}

RC_GTEST_PROP(CaseIdentity, FlowsExplainTheBalanceOfEveryLevelAndDay, ()) {
    const Sample sample = random_sample();
    const CaseHistory history = derive_case(sample.rows, sample.groups);
    PerLevel expected;
    for (Day day = kFirst - 2; day < kFirst + kDays + 30; ++day) {
        for (const CaseEvent& event : history.events) {
            if (event.day == day) expected[std::string(event.dims.level)] += weight(event);
        }
        std::erase_if(expected, [](const auto& entry) { return entry.second == 0; });
        RC_ASSERT(open_on(history, day) == expected);
    }
}

RC_GTEST_PROP(CaseIdentity, ACaseIsOpenAtMostOnceAndStaysDoNotOverlap, ()) {
    const Sample sample = random_sample();
    const CaseHistory history = derive_case(sample.rows, sample.groups);
    for (std::size_t i = 0; i < history.stays.size(); ++i) {
        const CaseStay& stay = history.stays[i];
        RC_ASSERT(!stay.to || *stay.to > stay.from);
        if (i > 0) RC_ASSERT(history.stays[i - 1].to && *history.stays[i - 1].to <= stay.from);
    }
}

RC_GTEST_PROP(CaseIdentity, EventsStandInOrderAndNeverBeforeTheOpening, ()) {
    const Sample sample = random_sample();
    const CaseHistory history = derive_case(sample.rows, sample.groups);
    RC_ASSERT(history.events.front().kind == EventKind::created);
    UtcSecond previous = history.opened_at;
    for (const CaseEvent& event : history.events) {
        RC_ASSERT(event.at >= previous);
        RC_ASSERT(event.day == Zone::copenhagen().to_local(event.at).day);
        previous = event.at;
    }
}

RC_GTEST_PROP(CaseIdentity, RowsAfterOneAnotherAddOnlyWhatTheySay, ()) {
    // A second copy of the last row changes nothing but where the last times are taken from.
    Sample sample = random_sample();
    const CaseHistory once = derive_case(sample.rows, sample.groups);
    sample.rows.push_back(sample.rows.back());
    const CaseHistory twice = derive_case(sample.rows, sample.groups);
    RC_ASSERT(once.events.size() == twice.events.size());
    RC_ASSERT(once.stays.size() == twice.stays.size());
}

}  // namespace
}  // namespace klarsyn::servicedesk
