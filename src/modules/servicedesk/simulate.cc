#include "modules/servicedesk/simulate.h"

#include <algorithm>
#include <array>
#include <cstddef>

namespace klarsyn::servicedesk {
namespace {

constexpr std::array<double, 24> kHours = {0.3, 0.2, 0.2, 0.2, 0.3, 0.6, 1.6, 5.0,
                                           9.0, 9.8, 9.2, 8.4, 6.6, 7.9, 7.4, 5.6,
                                           3.2, 1.9, 1.4, 1.2, 1.0, 0.8, 0.6, 0.4};
constexpr std::array<double, 24> kQuietHours = {0.6, 0.5, 0.5, 0.4, 0.5, 0.9, 2.0, 4.0,
                                                6.0, 7.0, 7.2, 7.0, 6.2, 6.0, 5.6, 5.2,
                                                5.0, 4.6, 4.2, 3.8, 3.2, 2.4, 1.6, 1.0};
constexpr std::array<double, 8> kWeekdays = {0, 1.10, 1.04, 1.00, 0.98, 0.88, 0.09, 0.08};
// Cases by hospital, in the order of the on-site groups.
constexpr std::array<double, 7> kHospitals = {0.19, 0.13, 0.03, 0.22, 0.14, 0.20, 0.09};
constexpr std::array<double, 5> kContacts = {0.60, 0.22, 0.13, 0.03, 0.02};
constexpr int kWorkBegins = 7 * 60 + 30;
constexpr int kWorkEnds = 16 * 60;

// The day on which clocks go forward: the last Sunday of March.
bool clocks_go_forward(Day day) {
    const Date date = date_of(day);
    return date.month == 3 && date.day > 24 && weekday_of(day) == 7;
}

}  // namespace

std::string groups_csv(std::span<const SupportGroup> groups, Day from) {
    std::string csv = "group,level,org,from,to\n";
    for (const SupportGroup& group : groups) {
        csv.append(group.name).append(1, ',').append(std::to_string(group.level)).append(1, ',');
        csv.append(group.org).append(1, ',').append(iso_date(from)).append(",\n");
    }
    return csv;
}

CaseWorld hovedstaden_2013() {
    return {{{"Servicedesk", 1, "IMT", 0.70},
             {"Klinisk Programhjælp", 1, "IMT", 0.17},
             {"Brugeradministration", 1, "IMT", 0.13},
             {"On-site Amager og Hvidovre", 2, "AHH", kHospitals[0]},
             {"On-site Bispebjerg og Frederiksberg", 2, "BFH", kHospitals[1]},
             {"On-site Bornholm", 2, "BOH", kHospitals[2]},
             {"On-site Herlev og Gentofte", 2, "HGH", kHospitals[3]},
             {"On-site Nordsjælland", 2, "NOH", kHospitals[4]},
             {"On-site Rigshospitalet", 2, "RH", kHospitals[5]},
             {"On-site Psykiatrien", 2, "RHP", kHospitals[6]},
             {"OPUS og GS", 3, "IMT", 0.20},
             {"Medicin EPM", 3, "IMT", 0.14},
             {"RIS og PACS", 3, "IMT", 0.11},
             {"Laboratorier Labka", 3, "IMT", 0.08},
             {"Netværk", 3, "IMT", 0.13},
             {"Server og lager", 3, "IMT", 0.12},
             {"Klient og Citrix", 3, "IMT", 0.15},
             {"Ekstern leverandør", 3, "Ekstern", 0.07}}};
}

CaseWorld platform_2018() {
    return {{{"SP Servicedesk", 1, "CIMT", 0.75},
             {"SP Brugerhjælp", 1, "CIMT", 0.25},
             {"SP On-site Amager og Hvidovre", 2, "AHH", kHospitals[0]},
             {"SP On-site Bispebjerg og Frederiksberg", 2, "BFH", kHospitals[1]},
             {"SP On-site Bornholm", 2, "BOH", kHospitals[2]},
             {"SP On-site Herlev og Gentofte", 2, "HGH", kHospitals[3]},
             {"SP On-site Nordsjælland", 2, "NOH", kHospitals[4]},
             {"SP On-site Rigshospitalet", 2, "RH", kHospitals[5]},
             {"SP On-site Psykiatrien", 2, "RHP", kHospitals[6]},
             {"SP Klinisk dokumentation", 3, "CIMT", 0.26},
             {"SP Medicinering", 3, "CIMT", 0.20},
             {"SP Booking og henvisning", 3, "CIMT", 0.18},
             {"SP Indberetning og afregning", 3, "CIMT", 0.14},
             {"SP Integration", 3, "CIMT", 0.12},
             {"SP Teknik", 3, "CIMT", 0.10}}};
}

std::vector<int> CaseWorld::of_level(int level) const {
    std::vector<int> found;
    for (std::size_t i = 0; i < groups.size(); ++i) {
        if (groups[i].level == level) found.push_back(static_cast<int>(i));
    }
    return found;
}

int CaseWorld::draw_group(Random& random, int level, int hospital) const {
    const std::vector<int> found = of_level(level);
    if (level == 2 && random.chance(0.93)) return found.at(static_cast<std::size_t>(hospital));
    std::vector<double> weights;
    for (const int group : found) weights.push_back(groups[static_cast<std::size_t>(group)].weight);
    return found[random.pick(weights)];
}

SimulatedCase draw_case(Random& random) {
    SimulatedCase drawn;
    drawn.request = random.chance(0.36);
    drawn.contact = static_cast<int>(random.pick(kContacts));
    drawn.hospital = static_cast<int>(random.pick(kHospitals));
    drawn.detail = random.next();
    return drawn;
}

SimulatedChange first_change(Random& random, const SimulatedCase& opened, int group) {
    constexpr std::array<double, 4> kPriorities = {0.012, 0.07, 0.77, 0.148};
    // Incidents: clinical systems first; orders: access and equipment first.
    constexpr std::array<double, 10> kIncidents = {26, 9, 12, 9, 8, 9, 6, 8, 8, 5};
    constexpr std::array<double, 10> kRequests = {8, 32, 18, 4, 2, 6, 8, 3, 14, 5};
    SimulatedChange change;
    change.at = existing(opened.opened + random.below(opened.contact == 0 ? 7 : 25));
    change.state = random.chance(0.8) ? SimulatedState::opened : SimulatedState::active;
    change.group = group;
    change.priority = 1 + static_cast<int>(random.pick(kPriorities));
    change.category = static_cast<int>(random.pick(opened.request ? kRequests : kIncidents));
    return change;
}

LocalMinute existing(LocalMinute minute) {
    const LocalMinute of_day = minute % kMinutesPerDay;
    const bool skipped = of_day >= 120 && of_day < 180 &&
                         clocks_go_forward(static_cast<Day>(minute / kMinutesPerDay));
    return skipped ? minute - of_day + 180 : minute;
}

LocalMinute after_work(LocalMinute from, double minutes) {
    Day day = static_cast<Day>(from / kMinutesPerDay);
    LocalMinute of_day = std::max<LocalMinute>(from % kMinutesPerDay, kWorkBegins);
    auto left = static_cast<LocalMinute>(minutes);
    while (true) {
        if (of_day < kWorkEnds && is_workday(day)) {
            if (left < kWorkEnds - of_day) return day * kMinutesPerDay + of_day + left;
            left -= kWorkEnds - of_day;
        }
        ++day;
        of_day = kWorkBegins;
    }
}

double cases_weight(Day day) {
    const double weekday = kWeekdays.at(static_cast<std::size_t>(weekday_of(day)));
    if (is_holiday(day)) return 0.10;
    const Date date = date_of(day);
    if (date.month == 12 && (date.day == 24 || date.day == 31)) return std::min(weekday, 0.3);
    if (date.month == 12 && date.day > 26) return weekday * 0.75;
    const Day to_easter = easter_sunday(date.year) - day;
    if (to_easter >= 4 && to_easter <= 6) return weekday * 0.85;
    return weekday;
}

std::vector<LocalMinute> draw_openings(Random& random, Period period, int count) {
    std::vector<double> cumulative;
    double total = 0;
    for (Day day = period.from; day <= period.to; ++day) {
        const auto& hours = is_workday(day) ? kHours : kQuietHours;
        const double weight = cases_weight(day) * random.lognormal(1.0, 0.06);
        double of_day = 0;
        for (const double hour : hours) of_day += hour;
        for (const double hour : hours) cumulative.push_back(total += weight * hour / of_day);
    }
    std::vector<LocalMinute> openings;
    openings.reserve(static_cast<std::size_t>(count));
    // Every day is part of the export: one case each, before chance decides about the others.
    for (Day day = period.from; day <= period.to && static_cast<int>(openings.size()) < count;
         ++day) {
        openings.push_back(day * kMinutesPerDay + random.between(8 * 60, 22 * 60));
    }
    while (static_cast<int>(openings.size()) < count) {
        const double drawn = random.uniform() * total;
        const auto slot = std::upper_bound(cumulative.begin(), cumulative.end() - 1, drawn);
        const LocalMinute hour = period.from * std::int64_t{24} + (slot - cumulative.begin());
        openings.push_back(existing(hour * 60 + random.below(60)));
    }
    std::sort(openings.begin(), openings.end());
    return openings;
}

}  // namespace klarsyn::servicedesk
