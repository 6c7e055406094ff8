// Time: days, zones, periods and the Danish calendar. Pure functions and values; thread-safe.
//
// A Day is a local calendar day in Europe/Copenhagen, counted from 1970-01-01 (day 0).
// A UtcSecond counts seconds from 1970-01-01T00:00:00Z. Storage keeps both; only Clock knows now.
#pragma once

#include <array>
#include <cstdint>
#include <memory>
#include <string>
#include <string_view>

#include "core/result.h"

namespace klarsyn {

using Day = std::int32_t;
using UtcSecond = std::int64_t;

struct Date {
    int year = 1970;
    int month = 1;  // 1..12
    int day = 1;    // 1..31
    friend bool operator==(const Date&, const Date&) = default;
};

struct IsoWeek {
    int year = 1970;
    int week = 1;  // 1..53
};

Day day_of(Date date);
Date date_of(Day day);
bool valid_date(Date date);
IsoWeek iso_week_of(Day day);
int weekday_of(Day day);  // 1 = Monday .. 7 = Sunday (ISO 8601)

// Danish public holidays: 1/1, Easter -3, -2, 0, +1, +39, +49, +50, 25/12, 26/12, and Store
// Bededag (Easter +26) to and including 2023.
bool is_holiday(Day day);
bool is_workday(Day day);  // Monday to Friday and not a holiday
Day easter_sunday(int year);

// A local wall-clock time of day.
struct LocalTime {
    Day day = 0;
    int second = 0;  // 0..86399 on the wall clock
    int hour() const { return second / 3600; }
};

// A time zone. Instances are immutable and may be shared between threads.
class Zone {
public:
    // not_found for an unknown name.
    static Result<Zone> find(std::string_view name);
    static const Zone& copenhagen();

    LocalTime to_local(UtcSecond utc) const;

    // A local time that occurs twice (autumn) yields the first instant and ambiguous = true; one
    // that never occurs (spring) yields the instant after the gap, moved on, and skipped = true.
    struct Instant {
        UtcSecond utc = 0;
        bool ambiguous = false;
        bool skipped = false;
    };
    Instant to_utc(LocalTime local) const;
    const std::string& name() const;

private:
    struct Table;
    explicit Zone(std::shared_ptr<const Table> table) : table_(std::move(table)) {}
    std::shared_ptr<const Table> table_;  // shared: one immutable table per zone name
};

// First second of a Copenhagen day; `day_end` is the first second of the next day (23, 24 or 25 h).
UtcSecond day_start(Day day);
UtcSecond day_end(Day day);

struct Period {
    Day from = 0;
    Day to = 0;  // inclusive
    int days() const { return to - from + 1; }
    bool contains(Day day) const { return from <= day && day <= to; }
    friend bool operator==(const Period&, const Period&) = default;
};

// "2013-04", "2013-Q1", "2013-W13", "2013", "2013-04-15" and ranges of any two, "2012-09..2013-04".
// invalid_input otherwise, also for an end before its beginning.
Result<Period> parse_period(std::string_view text);

enum class Bucket { day, week, month, quarter, year };
// not_found for any other word than day, week, month, quarter, year.
Result<Bucket> parse_bucket(std::string_view word);
std::string_view bucket_name(Bucket bucket);
Period bucket_of(Bucket bucket, Day day);              // the bucket's whole period
std::string bucket_label(Bucket bucket, Day day);      // "2013-W13"; parses back as a period
// The shortest notation that parses back to the same period: "2013-04", "2012-09..2013-04", ...
// Both ends of a range are of the same kind.
std::string period_label(Period period);

std::string iso_date(Day day);             // "2013-04-15"
std::string iso_utc(UtcSecond utc);        // "2013-04-15T08:30:00Z" (RFC 3339)
std::string iso_local(UtcSecond utc);      // "2013-04-15T10:30:00+02:00", Copenhagen
Result<Day> parse_iso_date(std::string_view text);
Result<UtcSecond> parse_iso_utc(std::string_view text);  // RFC 3339 with Z or an offset

// The only source of "now". Two implementations: the system's and a fixed one for tests.
class Clock {
public:
    virtual ~Clock() = default;
    virtual UtcSecond now() const = 0;
};
class SystemClock final : public Clock {
public:
    UtcSecond now() const override;
};
class FixedClock final : public Clock {
public:
    explicit FixedClock(UtcSecond now) : now_(now) {}
    UtcSecond now() const override { return now_; }
    void set(UtcSecond now) { now_ = now; }

private:
    UtcSecond now_;
};

}  // namespace klarsyn
