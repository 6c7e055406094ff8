// Writes audit exports of a service-management system as ServiceNow does: one row per change of a
// case, 36 columns, dd-mm-yyyy HH:MM without a zone, `?` for missing. Same seed, same bytes.
//
// Times are Copenhagen wall-clock minutes (LocalMinute = day * 1440 + minute): the export knows no
// zone, so neither does its simulation. Values and pure functions; an AuditWriter holds the rows of
// months not yet taken and is not thread-safe. Nothing here fails.
#pragma once

#include <cstdint>
#include <map>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "core/random.h"
#include "core/time.h"

namespace klarsyn::servicedesk {

using LocalMinute = std::int64_t;
constexpr LocalMinute kMinutesPerDay = 1440;

struct SupportGroup {
    std::string_view name;
    int level = 1;
    std::string_view org;
    double weight = 1;  // share of the level's cases; of on-site groups the hospital's share
};

// "group,level,org,from,to"; all groups valid from `from` and not ended.
std::string groups_csv(std::span<const SupportGroup> groups, Day from);

enum class SimulatedState : std::uint8_t {
    opened,
    active,
    awaiting_user,
    awaiting_vendor,
    awaiting_problem,
    resolved,
    closed,
};

constexpr int kNoGroup = -1;

// The case as of one change.
struct SimulatedChange {
    LocalMinute at = 0;
    SimulatedState state = SimulatedState::opened;
    int group = kNoGroup;  // index of the group, or kNoGroup
    int priority = 3;      // 1..4
    int category = 0;      // index
    int reopened = 0;      // so often so far
};

struct SimulatedCase {
    std::int64_t number = 0;
    LocalMinute opened = 0;
    bool request = false;  // an order rather than an incident
    int contact = 0;
    int hospital = 0;
    std::uint64_t detail = 0;  // decides what nobody counts: caller, symptom, ...
    std::vector<SimulatedChange> changes;
};

// Everything that is the same for all cases of a region.
struct CaseWorld {
    std::vector<SupportGroup> groups;
    std::vector<int> of_level(int level) const;
    // A group of the level, by weight; on level 2 usually the hospital's own.
    int draw_group(Random& random, int level, int hospital) const;
};

CaseWorld hovedstaden_2013();
CaseWorld platform_2018();

// What a new case is about; opened, number and changes are left to the caller.
SimulatedCase draw_case(Random& random);
SimulatedChange first_change(Random& random, const SimulatedCase& opened, int group);
// Moves a time out of the hour that does not exist in spring.
LocalMinute existing(LocalMinute minute);
// `minutes` of working time (Monday to Friday, 7:30 to 16:00, no holidays) after `from`.
LocalMinute after_work(LocalMinute from, double minutes);
// Relative number of cases that are opened on a day, 1 for an ordinary working day.
double cases_weight(Day day);
// `count` times of opening within a period, in order.
std::vector<LocalMinute> draw_openings(Random& random, Period period, int count);

// Collects cases in the order of their numbers and gives the rows back by month of their
// sys_updated_at, so that a case's rows spread over several files. Rows at or after `end` are not
// written: the case was still as it was when the export was made.
class AuditWriter {
public:
    AuditWriter(const CaseWorld& world, LocalMinute end) : world_(world), end_(end) {}

    void add(const SimulatedCase& simulated);
    // The file of a month, with its header. Cases opened later must not have rows in it.
    std::string take(int year, int month);
    std::string take_rest();  // one file of all months that are left
    std::int64_t rows() const { return rows_; }

private:
    std::string& rows_of(Day day);

    const CaseWorld& world_;
    LocalMinute end_;
    std::map<int, std::string> months_;  // rows by year * 12 + month
    Day cached_day_ = -1;
    std::string* cached_rows_ = nullptr;
    std::int64_t rows_ = 0;
};

// The cases of one month opened at the given number, from a seed: the region's ordinary life.
class CaseSimulator {
public:
    CaseSimulator(std::uint64_t seed, const CaseWorld& world, std::int64_t first_number)
        : seed_(seed), world_(world), number_(first_number) {}
    void month(int year, int month, int count, AuditWriter& writer);

private:
    std::uint64_t seed_;
    const CaseWorld& world_;
    std::int64_t number_;
};

// The cases of the electronic health record's support, week by week, over the whole period: what
// the quarter report of 2018 tells about levels 1 to 3 (see simulate_platform.cc).
std::vector<SimulatedCase> simulate_platform(std::uint64_t seed, const CaseWorld& world,
                                             Period period, std::int64_t first_number);

}  // namespace klarsyn::servicedesk
