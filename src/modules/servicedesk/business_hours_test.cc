// Opening hours: weekdays, holidays, clock changes, and files that are refused.
#include "modules/servicedesk/business_hours.h"

#include <gtest/gtest.h>

#include "core/text.h"

namespace klarsyn::servicedesk {
namespace {

UtcSecond at(int year, int month, int day, int hour, int minute = 0) {
    return Zone::copenhagen().to_utc({day_of({year, month, day}), hour * 3600 + minute * 60}).utc;
}

Calendar calendar(const std::string& fields) {
    auto hours = parse_business_hours("[calendar.c]\n" + fields, "h.toml");
    EXPECT_TRUE(hours.ok()) << fields << " " << (hours.ok() ? "" : hours.error().key);
    return hours->at("c");
}

constexpr std::int64_t kHour = 3600;

TEST(BusinessHours, CountOpenSecondsAlone) {
    const Calendar c = calendar("weekdays = '08:00-16:00'");
    EXPECT_EQ(c.open(at(2026, 11, 20, 15), at(2026, 11, 23, 9)), 2 * kHour);  // Friday to Monday
    EXPECT_EQ(c.open(at(2026, 11, 20, 17), at(2026, 11, 23, 8)), 0);
    EXPECT_EQ(c.open(at(2026, 11, 20, 9), at(2026, 11, 20, 9)), 0);
    EXPECT_EQ(c.open(at(2026, 11, 20, 10), at(2026, 11, 20, 9)), 0);
    EXPECT_EQ(c.after(at(2026, 11, 20, 15), kHour), at(2026, 11, 23, 8));
    EXPECT_EQ(c.passed(at(2026, 11, 20, 15), kHour), at(2026, 11, 20, 16));
    EXPECT_EQ(c.passed(at(2026, 11, 21, 12), 0), at(2026, 11, 21, 12));
    EXPECT_EQ(c.after(at(2069, 12, 31, 12), 1'000'000), std::nullopt);
}

TEST(BusinessHours, HolidaysAndClosedDaysAreClosed) {
    const Calendar c = calendar(
        "weekdays = '08:00-16:00'\nclosed = ['12-24', '2026-11-23']\n"
        "[calendar.c.dates]\n2026-11-24 = ['08:00-10:00', '12:00-13:00']");
    const auto day = [&](int y, int m, int d) { return c.open(at(y, m, d, 0), at(y, m, d, 23)); };
    EXPECT_EQ(day(2026, 4, 2), 0);           // Maundy Thursday
    EXPECT_EQ(day(2026, 5, 14), 0);          // Ascension
    EXPECT_EQ(day(2023, 5, 5), 0);           // Store Bededag, the last one
    EXPECT_EQ(day(2024, 4, 26), 8 * kHour);  // abolished
    EXPECT_EQ(day(2026, 12, 24), 0);
    EXPECT_EQ(day(2026, 11, 23), 0);
    EXPECT_EQ(day(2027, 11, 23), 8 * kHour);
    EXPECT_EQ(day(2026, 11, 24), 3 * kHour);
    EXPECT_EQ(c.holiday(at(2026, 12, 23, 16), at(2026, 12, 28, 8)), day_of({2026, 12, 24}));
    EXPECT_EQ(c.holiday(at(2026, 11, 20, 16), at(2026, 11, 22, 8)), std::nullopt);
    const Calendar open = calendar("weekdays = '08:00-16:00'\nholidays = 'open'");
    EXPECT_EQ(open.open(at(2026, 4, 2, 0), at(2026, 4, 3, 0)), 8 * kHour);
}

TEST(BusinessHours, ANightIsAsLongAsItReallyWas) {
    const Calendar always = calendar("hours = 'always'");
    const Calendar daily = calendar(
        "weekdays = '00:00-24:00'\nsaturday = '00:00-24:00'\n"
        "sunday = '00:00-24:00'\nholidays = 'open'");
    const Calendar night = calendar("sunday = '01:00-04:00'\nholidays = 'open'");
    for (const auto& [day, hours] :
         {std::pair{day_of({2026, 3, 29}), 23}, std::pair{day_of({2026, 10, 25}), 25},
          std::pair{day_of({2026, 7, 5}), 24}}) {
        EXPECT_EQ(always.open(day_start(day), day_end(day)), hours * kHour);
        EXPECT_EQ(daily.open(day_start(day), day_end(day)), hours * kHour);
        EXPECT_EQ(night.open(day_start(day), day_end(day)), (hours - 21) * kHour);
    }
    EXPECT_EQ(always.open(at(1970, 1, 1, 1), at(1970, 1, 2, 1)), 24 * kHour);
}

// A schedule must work with whatever weekdays it has.
TEST(SlaRegression, Ask18_OsTicket6739_AScheduleWorksWithAnyWeekdays) {
    const char* names[] = {"monday", "tuesday",  "wednesday", "thursday",
                           "friday", "saturday", "sunday"};
    const Day monday = day_of({2026, 6, 8});
    for (int mask = 1; mask < 128; ++mask) {
        std::string fields = "holidays = 'open'\n";
        int days = 0;
        for (int d = 0; d < 7; ++d) {
            if (!(mask & (1 << d))) continue;
            fields += std::string(names[d]) + " = '09:00-12:00'\n";
            ++days;
        }
        const Calendar c = calendar(fields);
        EXPECT_EQ(c.open(day_start(monday), day_start(monday + 7)), days * 3 * kHour) << mask;
        for (int d = 0; d < 7; ++d) {
            const bool open = (mask & (1 << d)) != 0;
            EXPECT_EQ(c.open(day_start(monday + d), day_end(monday + d)), open ? 3 * kHour : 0);
        }
    }
}

struct Refusal {
    const char* toml;
    const char* key;
    long long line;
    const char* field;
};
class BusinessHoursRefused : public ::testing::TestWithParam<Refusal> {};

TEST_P(BusinessHoursRefused, NamesFileLineAndField) {
    const auto hours = parse_business_hours(GetParam().toml, "h.toml");
    ASSERT_FALSE(hours.ok());
    EXPECT_EQ(hours.error().key, std::string("servicedesk.settings.") + GetParam().key);
    EXPECT_EQ(hours.error().file, "h.toml");
    EXPECT_EQ(hours.error().line, GetParam().line);
    EXPECT_EQ(hours.error().field, GetParam().field);
    EXPECT_TRUE(has_text(Language::da, hours.error().key));
    EXPECT_TRUE(has_text(Language::en, hours.error().key));
}

INSTANTIATE_TEST_SUITE_P(
    Faults, BusinessHoursRefused,
    ::testing::Values(Refusal{"[calendar.c]\nmonday = '8-16'", "not_hours", 2, "monday"},
                      Refusal{"[calendar.c]\nmonday = '16:00-08:00'", "not_hours", 2, "monday"},
                      Refusal{"[calendar.c]\nmonday = '08:00-24:01'", "not_hours", 2, "monday"},
                      Refusal{"[calendar.c]\nmonday = ['08:00-12:00', '11:00-13:00']", "not_hours",
                              2, "monday"},
                      Refusal{"[calendar.c]\nmonday = '08:00-09:00'\nclosed = '2026-02-30'",
                              "not_a_date", 3, "closed"},
                      Refusal{"[calendar.c]\nfunday = '08:00-09:00'", "unknown", 2, "funday"},
                      Refusal{"[calendar.c]\nhours = 'never'", "one_of", 2, "hours"},
                      Refusal{"[calendar.c]\nmonday = 'closed'", "never_open", 1, "c"},
                      Refusal{"[calendar]", "missing", 1, "calendar"},
                      Refusal{"[hours]", "unknown", 1, "hours"},
                      Refusal{"[calendar.c", "unreadable", 1, ""}));

}  // namespace
}  // namespace klarsyn::servicedesk
