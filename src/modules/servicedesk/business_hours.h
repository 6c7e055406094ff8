// Opening hours as calendars: which seconds of real time count. Every calendar is worked out once
// when its file is read; asking it is a search among its open spans. Immutable; thread-safe.
//
// Hours are wall-clock hours in Copenhagen: on the nights when the clocks change a span is as long
// as it really was. Calendars other than "always" are open from 1990 to 2069 at most.
#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <vector>

#include "core/result.h"
#include "core/time.h"

namespace klarsyn::servicedesk {

struct OpenSpan {
    UtcSecond from = 0;
    UtcSecond to = 0;         // the first second that is not open any more
    std::int64_t before = 0;  // open seconds of the calendar before `from`
};

class Calendar {
public:
    // Spans in order and apart from each other; `holidays`: days on which it is closed because they
    // are public holidays or closed days.
    Calendar(std::string name, std::vector<OpenSpan> spans, std::set<Day> holidays);

    const std::string& name() const { return name_; }
    // Open seconds in [from, to); 0 where to <= from.
    std::int64_t open(UtcSecond from, UtcSecond to) const;
    // The first open second that has `seconds` open seconds between `from` and itself; none where
    // the calendar does not open that often.
    std::optional<UtcSecond> after(UtcSecond from, std::int64_t seconds) const;
    // When `seconds` open seconds have passed since `from`: `from` itself for 0.
    std::optional<UtcSecond> passed(UtcSecond from, std::int64_t seconds) const;
    // The first span that ends after `at`; null where there is none.
    const OpenSpan* next(UtcSecond at) const;
    // The first day in [from, to) that is closed as a holiday or closed day.
    std::optional<Day> holiday(UtcSecond from, UtcSecond to) const;

private:
    std::int64_t open_before(UtcSecond at) const;

    std::string name_;
    std::vector<OpenSpan> spans_;
    std::set<Day> holidays_;
};

using BusinessHours = std::map<std::string, Calendar, std::less<>>;  // by name

// invalid_input with file, line and field: broken TOML, unknown fields, hours that are none, dates
// that do not exist, a calendar that never opens, a file without calendars.
Result<BusinessHours> parse_business_hours(std::string_view toml, std::string_view file);

}  // namespace klarsyn::servicedesk
