#include "modules/servicedesk/business_hours.h"

#include <algorithm>
#include <array>
#include <charconv>
#include <limits>
#include <utility>

#include "modules/servicedesk/settings_toml.h"

namespace klarsyn::servicedesk {
namespace {

constexpr int kFirstYear = 1990;
constexpr int kLastYear = 2069;
constexpr int kDaySeconds = 86400;

struct Hours {  // seconds of the wall clock
    int from = 0;
    int to = 0;
};
using DayHours = std::vector<Hours>;

// What a calendar's table says.
struct Plan {
    bool always = false;
    bool holidays_open = false;
    std::array<DayHours, 7> week;          // Monday first
    std::set<Day> closed;                  // of one year
    std::set<std::pair<int, int>> yearly;  // month and day, closed every year
    std::map<Day, DayHours> dates;
};

constexpr std::array<std::string_view, 7> kWeekdays{"monday", "tuesday",  "wednesday", "thursday",
                                                    "friday", "saturday", "sunday"};

std::optional<int> two_digits(std::string_view text) {
    int value = 0;
    const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
    if (text.size() != 2 || error != std::errc{} || end != text.data() + 2 || text[0] == '-')
        return std::nullopt;
    return value;
}

// "08:00"; "24:00" is the end of the day.
std::optional<int> time_of_day(std::string_view text) {
    if (text.size() != 5 || text[2] != ':') return std::nullopt;
    const auto hour = two_digits(text.substr(0, 2));
    const auto minute = two_digits(text.substr(3));
    if (!hour || !minute || *minute > 59) return std::nullopt;
    const int second = *hour * 3600 + *minute * 60;
    if (second > kDaySeconds) return std::nullopt;
    return second;
}

std::optional<Hours> hours_of(std::string_view text) {
    if (text.size() != 11 || text[5] != '-') return std::nullopt;
    const auto from = time_of_day(text.substr(0, 5));
    const auto to = time_of_day(text.substr(6));
    if (!from || !to || *to <= *from) return std::nullopt;
    return Hours{*from, *to};
}

// "closed", "08:00-16:00" or a list of such hours, in order and apart.
Result<DayHours> read_hours(const SettingsToml& file, const toml::node& node,
                            std::string_view field) {
    KL_TRY(const auto texts, file.texts(node, field));
    DayHours list;
    if (texts.size() == 1 && texts[0] == "closed") return list;
    for (const std::string& text : texts) {
        const auto hours = hours_of(text);
        if (!hours || (!list.empty() && hours->from < list.back().to)) {
            return file.fault(node, field, "servicedesk.settings.not_hours", {{"value", text}});
        }
        list.push_back(*hours);
    }
    return list;
}

Result<void> read_closed(const SettingsToml& file, const toml::node& node, Plan& plan) {
    KL_TRY(const auto texts, file.texts(node, "closed"));
    for (const std::string& text : texts) {
        if (text.size() == 5 && text[2] == '-') {
            const auto month = two_digits(std::string_view(text).substr(0, 2));
            const auto day = two_digits(std::string_view(text).substr(3));
            if (month && day && valid_date({2024, *month, *day})) {  // a leap year has every day
                plan.yearly.emplace(*month, *day);
                continue;
            }
        } else if (const auto day = parse_iso_date(text); day.ok()) {
            plan.closed.insert(*day);
            continue;
        }
        return file.fault(node, "closed", "servicedesk.settings.not_a_date", {{"value", text}});
    }
    return {};
}

Result<void> read_dates(const SettingsToml& file, const toml::table& table, Plan& plan) {
    for (const auto& [key, node] : table) {
        const auto day = parse_iso_date(key.str());
        if (!day.ok()) {
            return file.fault(node, key.str(), "servicedesk.settings.not_a_date",
                              {{"value", std::string(key.str())}});
        }
        KL_TRY(plan.dates[*day], read_hours(file, node, key.str()));
    }
    return {};
}

Result<bool> read_flag(const SettingsToml& file, const toml::node& node, std::string_view field,
                       std::string_view yes, std::string_view no) {
    const auto text = node.value_exact<std::string>();
    if (text && (*text == yes || *text == no)) return *text == yes;
    return file.fault(node, field, "servicedesk.settings.one_of",
                      {{"words", std::string(yes) + ", " + std::string(no)}});
}

Result<void> read_field(const SettingsToml& file, std::string_view key, const toml::node& node,
                        Plan& plan) {
    const auto day = std::find(kWeekdays.begin(), kWeekdays.end(), key);
    if (day != kWeekdays.end()) {
        auto& hours = plan.week[static_cast<std::size_t>(day - kWeekdays.begin())];
        KL_TRY(hours, read_hours(file, node, key));
        return {};
    }
    if (key == "hours") {
        KL_TRY(plan.always, read_flag(file, node, key, "always", "weekly"));
        return {};
    }
    if (key == "holidays") {
        KL_TRY(plan.holidays_open, read_flag(file, node, key, "open", "closed"));
        return {};
    }
    if (key == "closed") return read_closed(file, node, plan);
    const toml::table* dates = node.as_table();
    if (key == "dates" && dates) return read_dates(file, *dates, plan);
    return file.fault(node, key, "servicedesk.settings.unknown");
}

Result<Plan> read_plan(const SettingsToml& file, const toml::table& table) {
    Plan plan;
    if (const toml::node* weekdays = table.get("weekdays")) {
        KL_TRY(const DayHours hours, read_hours(file, *weekdays, "weekdays"));
        std::fill(plan.week.begin(), plan.week.begin() + 5, hours);
    }
    for (const auto& [key, node] : table) {
        if (key.str() == "weekdays") continue;  // a day of its own wins
        KL_CHECK(read_field(file, key.str(), node, plan));
    }
    return plan;
}

bool closed_day(const Plan& plan, Day day) {
    if (plan.closed.contains(day) || (!plan.holidays_open && is_holiday(day))) return true;
    if (plan.yearly.empty()) return false;
    const Date date = date_of(day);
    return plan.yearly.contains({date.month, date.day});
}

void add_span(std::vector<OpenSpan>& spans, UtcSecond from, UtcSecond to) {
    if (to <= from) return;  // swallowed by the hour that the spring takes
    if (!spans.empty() && spans.back().to == from) {
        spans.back().to = to;
        return;
    }
    const std::int64_t before =
        spans.empty() ? 0 : spans.back().before + spans.back().to - spans.back().from;
    spans.push_back({from, to, before});
}

Calendar calendar_of(std::string name, const Plan& plan) {
    std::vector<OpenSpan> spans;
    std::set<Day> holidays;
    if (plan.always) {
        constexpr UtcSecond kFar = std::numeric_limits<std::int32_t>::max() * std::int64_t{64};
        spans.push_back({-kFar, kFar, 0});
        return Calendar(std::move(name), std::move(spans), {});
    }
    const Day last = day_of({kLastYear, 12, 31});
    for (Day day = day_of({kFirstYear, 1, 1}); day <= last; ++day) {
        const DayHours* hours = &plan.week[static_cast<std::size_t>(weekday_of(day) - 1)];
        const auto own = plan.dates.find(day);
        if (own != plan.dates.end())
            hours = &own->second;
        else if (closed_day(plan, day)) {
            if (!hours->empty()) holidays.insert(day);
            continue;
        }
        for (const Hours& open : *hours) {
            const UtcSecond from = Zone::copenhagen().to_utc({day, open.from}).utc;
            const UtcSecond to = open.to == kDaySeconds
                                     ? day_end(day)
                                     : Zone::copenhagen().to_utc({day, open.to}).utc;
            add_span(spans, from, to);
        }
    }
    return Calendar(std::move(name), std::move(spans), std::move(holidays));
}

}  // namespace

Calendar::Calendar(std::string name, std::vector<OpenSpan> spans, std::set<Day> holidays)
    : name_(std::move(name)), spans_(std::move(spans)), holidays_(std::move(holidays)) {}

const OpenSpan* Calendar::next(UtcSecond at) const {
    const auto found = std::upper_bound(spans_.begin(), spans_.end(), at,
                                        [](UtcSecond t, const OpenSpan& s) { return t < s.to; });
    return found == spans_.end() ? nullptr : &*found;
}

std::int64_t Calendar::open_before(UtcSecond at) const {
    if (const OpenSpan* span = next(at))
        return span->before + std::max<std::int64_t>(0, at - span->from);
    return spans_.empty() ? 0 : spans_.back().before + spans_.back().to - spans_.back().from;
}

std::int64_t Calendar::open(UtcSecond from, UtcSecond to) const {
    return to <= from ? 0 : open_before(to) - open_before(from);
}

std::optional<UtcSecond> Calendar::after(UtcSecond from, std::int64_t seconds) const {
    const std::int64_t wanted = open_before(from) + std::max<std::int64_t>(0, seconds);
    const auto found = std::upper_bound(
        spans_.begin(), spans_.end(), wanted,
        [](std::int64_t w, const OpenSpan& s) { return w < s.before + s.to - s.from; });
    if (found == spans_.end()) return std::nullopt;
    return std::max(from, found->from + wanted - found->before);
}

std::optional<UtcSecond> Calendar::passed(UtcSecond from, std::int64_t seconds) const {
    if (seconds <= 0) return from;
    const auto last = after(from, seconds - 1);
    if (!last) return std::nullopt;
    return *last + 1;
}

std::optional<Day> Calendar::holiday(UtcSecond from, UtcSecond to) const {
    if (to <= from || holidays_.empty()) return std::nullopt;
    const auto found = holidays_.lower_bound(Zone::copenhagen().to_local(from).day);
    if (found == holidays_.end() || *found > Zone::copenhagen().to_local(to - 1).day)
        return std::nullopt;
    return *found;
}

Result<BusinessHours> parse_business_hours(std::string_view toml, std::string_view file_name) {
    KL_TRY(const SettingsToml file, SettingsToml::parse(toml, file_name));
    KL_CHECK(file.only_keys(file.root(), {"calendar"}));
    KL_TRY(const toml::table* tables, file.table(file.root(), "calendar"));
    BusinessHours hours;
    for (const auto& [key, node] : *tables) {
        const std::string name(key.str());
        const toml::table* table = node.as_table();
        if (!table) return file.fault(node, name, "servicedesk.settings.not_a_table");
        KL_TRY(const Plan plan, read_plan(file, *table));
        Calendar calendar = calendar_of(name, plan);
        if (!calendar.next(0)) return file.fault(node, name, "servicedesk.settings.never_open");
        hours.emplace(name, std::move(calendar));
    }
    if (hours.empty()) return file.missing(*tables, "calendar");
    return hours;
}

}  // namespace klarsyn::servicedesk
