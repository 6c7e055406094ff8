// Age in whole years, as registers tell it. Days are Copenhagen's. Pure; nothing here fails.
#pragma once

#include <string>

#include "core/time.h"

namespace klarsyn {

inline constexpr int kOldestAge = 5;  // older ones are one class

// The same date some years later; 29 February becomes 1 March where the year has none: until then
// the year is not over.
inline Day add_years(Day day, int years) {
    Date date = date_of(day);
    date.year += years;
    if (!valid_date(date)) date = {date.year, 3, 1};
    return day_of(date);
}

// "0" to "4", "5+".
inline std::string age_word(int years) {
    return years >= kOldestAge ? std::to_string(kOldestAge) + "+" : std::to_string(years);
}

// Whole years from `base` to `day`, at most kOldestAge; below 0 before the base.
inline int whole_years(Day base, Day day) {
    if (day < base) return -1;
    int years = 0;
    while (years < kOldestAge && add_years(base, years + 1) <= day) ++years;
    return years;
}

}  // namespace klarsyn
