#include "core/time.h"

#include <algorithm>
#include <chrono>
#include <optional>
#include <stdexcept>

#include <date/tz.h>
#include <fmt/format.h>

namespace klarsyn {

namespace {

constexpr int kSecondsPerDay = 86400;
constexpr int kYearFirst = 1900;  // of periods; nothing that we count is older
constexpr int kYearLast = 2199;
constexpr int kStoreBededagLastYear = 2023;

std::chrono::year_month_day to_ymd(Date date) {
    return std::chrono::year(date.year) / std::chrono::month(static_cast<unsigned>(date.month)) /
           std::chrono::day(static_cast<unsigned>(date.day));
}

// Division that rounds towards minus infinity, so that times before 1970 fall on the right day.
std::int64_t floor_div(std::int64_t value, std::int64_t by) {
    return value / by - (value % by < 0 ? 1 : 0);
}

bool all_digits(std::string_view text) {
    return !text.empty() &&
           std::all_of(text.begin(), text.end(), [](char c) { return c >= '0' && c <= '9'; });
}

// A number of exactly `length` digits at `at`.
std::optional<int> digits(std::string_view text, std::size_t at, std::size_t length) {
    if (at + length > text.size() || !all_digits(text.substr(at, length))) return std::nullopt;
    int number = 0;
    for (char c : text.substr(at, length)) number = number * 10 + (c - '0');
    return number;
}

int days_in_month(int year, int month) {
    Date next = month == 12 ? Date{year + 1, 1, 1} : Date{year, month + 1, 1};
    return day_of(next) - day_of({year, month, 1});
}

Day first_monday(int iso_year) {  // Monday of ISO week 1, the week with 4 January
    Day fourth = day_of({iso_year, 1, 4});
    return fourth - (weekday_of(fourth) - 1);
}

Period month_period(int year, int month) {
    Day from = day_of({year, month, 1});
    return {from, from + days_in_month(year, month) - 1};
}

Period quarter_period(int year, int quarter) {
    int last = quarter * 3;
    return {day_of({year, last - 2, 1}), day_of({year, last, days_in_month(year, last)})};
}

// One of the five notations, without ranges.
std::optional<Period> parse_single(std::string_view text) {
    std::optional<int> year = digits(text, 0, 4);
    if (!year || *year < kYearFirst || *year > kYearLast) return std::nullopt;
    if (text.size() == 4) return Period{day_of({*year, 1, 1}), day_of({*year, 12, 31})};
    if (text[4] != '-') return std::nullopt;
    if (text.size() == 7 && text[5] == 'Q') {
        std::optional<int> quarter = digits(text, 6, 1);
        if (!quarter || *quarter < 1 || *quarter > 4) return std::nullopt;
        return quarter_period(*year, *quarter);
    }
    if (text.size() == 8 && text[5] == 'W') {
        std::optional<int> week = digits(text, 6, 2);
        if (!week || *week < 1) return std::nullopt;
        Day from = first_monday(*year) + 7 * (*week - 1);
        if (iso_week_of(from).year != *year) return std::nullopt;  // a week 53 that is not there
        return Period{from, from + 6};
    }
    std::optional<int> month = digits(text, 5, 2);
    if (!month || *month < 1 || *month > 12) return std::nullopt;
    if (text.size() == 7) return month_period(*year, *month);
    if (text.size() != 10) return std::nullopt;
    Result<Day> day = parse_iso_date(text);
    if (!day.ok()) return std::nullopt;
    return Period{*day, *day};
}

Error unreadable_period(std::string_view text) {
    return make_error(ErrorCode::invalid_input, "error.time.period_unreadable",
                      {{"text", std::string(text)}});
}

}  // namespace

Day day_of(Date date) {
    return static_cast<Day>(std::chrono::sys_days(to_ymd(date)).time_since_epoch().count());
}

Date date_of(Day day) {
    std::chrono::year_month_day ymd{std::chrono::sys_days(std::chrono::days(day))};
    return {static_cast<int>(ymd.year()), static_cast<int>(static_cast<unsigned>(ymd.month())),
            static_cast<int>(static_cast<unsigned>(ymd.day()))};
}

bool valid_date(Date date) {
    return date.year >= 1 && date.year <= 9999 && date.month >= 1 && date.month <= 12 &&
           date.day >= 1 && date.day <= 31 && to_ymd(date).ok();
}

int weekday_of(Day day) {
    // 1970-01-01 was a Thursday.
    return static_cast<int>(((day + 3) % 7 + 7) % 7) + 1;
}

IsoWeek iso_week_of(Day day) {
    Day thursday = day - (weekday_of(day) - 4);  // the week belongs to the year of its Thursday
    int year = date_of(thursday).year;
    return {year, (thursday - day_of({year, 1, 1})) / 7 + 1};
}

// The Gregorian computus in Meeus' form.
Day easter_sunday(int year) {
    int a = year % 19, b = year / 100, c = year % 100;
    int d = b / 4, e = b % 4, f = (b + 8) / 25, g = (b - f + 1) / 3;
    int h = (19 * a + b - d - g + 15) % 30;
    int i = c / 4, k = c % 4;
    int l = (32 + 2 * e + 2 * i - h - k) % 7;
    int m = (a + 11 * h + 22 * l) / 451;
    int month = (h + l - 7 * m + 114) / 31;
    return day_of({year, month, (h + l - 7 * m + 114) % 31 + 1});
}

bool is_holiday(Day day) {
    Date date = date_of(day);
    if (date.month == 1 && date.day == 1) return true;
    if (date.month == 12 && (date.day == 25 || date.day == 26)) return true;
    int after_easter = day - easter_sunday(date.year);
    if (after_easter == 26) return date.year <= kStoreBededagLastYear;
    constexpr int kOffsets[] = {-3, -2, 0, 1, 39, 49, 50};
    return std::find(std::begin(kOffsets), std::end(kOffsets), after_easter) != std::end(kOffsets);
}

bool is_workday(Day day) { return weekday_of(day) <= 5 && !is_holiday(day); }

// The zone's transitions, read once from the system's zone data. `index` gives for each stretch of
// 2^kIndexBits seconds the last transition at or before its beginning, so that a conversion costs
// no search.
struct Zone::Table {
    static constexpr int kIndexBits = 22;  // 48 days
    std::string name;
    std::vector<UtcSecond> begins;  // ascending; begins[0] stands for all time before
    std::vector<int> offsets;       // seconds east of UTC from begins[i]
    std::vector<std::uint32_t> index;
    UtcSecond index_from = 0;

    std::size_t segment(UtcSecond utc) const {
        std::int64_t slot = (utc - index_from) >> kIndexBits;
        slot = std::clamp<std::int64_t>(slot, 0, static_cast<std::int64_t>(index.size()) - 1);
        std::size_t at = index[static_cast<std::size_t>(slot)];
        while (at + 1 < begins.size() && begins[at + 1] <= utc) ++at;
        return at;
    }

    void build_index(UtcSecond from, UtcSecond to) {
        index_from = from;
        std::uint32_t at = 0;
        for (UtcSecond utc = from; utc < to; utc += UtcSecond{1} << kIndexBits) {
            while (at + 1 < begins.size() && begins[at + 1] <= utc) ++at;
            index.push_back(at);
        }
    }
};

Result<Zone> Zone::find(std::string_view name) {
    const UtcSecond from = UtcSecond{day_of({kYearFirst, 1, 1})} * kSecondsPerDay;
    const UtcSecond to = UtcSecond{day_of({kYearLast + 1, 1, 1})} * kSecondsPerDay;
    auto table = std::make_shared<Table>();
    table->name = name;
    try {
        const date::time_zone* zone = date::locate_zone(std::string(name));
        for (UtcSecond at = from; at < to;) {
            date::sys_info info = zone->get_info(date::sys_seconds(std::chrono::seconds(at)));
            table->begins.push_back(at);
            table->offsets.push_back(static_cast<int>(info.offset.count()));
            UtcSecond end = info.end.time_since_epoch().count();
            if (end <= at) break;
            at = end;
        }
    } catch (const std::runtime_error&) {
        return make_error(ErrorCode::not_found, "error.time.zone_unknown",
                          {{"zone", std::string(name)}});
    }
    table->build_index(from, to);
    return Zone(std::move(table));
}

const Zone& Zone::copenhagen() {
    static const Zone zone = [] {
        Result<Zone> found = Zone::find("Europe/Copenhagen");
        KL_ASSERT(found.ok() && "tzdata is installed");
        return found.take();
    }();
    return zone;
}

const std::string& Zone::name() const { return table_->name; }

LocalTime Zone::to_local(UtcSecond utc) const {
    std::int64_t local = utc + table_->offsets[table_->segment(utc)];
    std::int64_t day = floor_div(local, kSecondsPerDay);
    return {static_cast<Day>(day), static_cast<int>(local - day * kSecondsPerDay)};
}

Zone::Instant Zone::to_utc(LocalTime local) const {
    const Table& table = *table_;
    std::int64_t wall = std::int64_t{local.day} * kSecondsPerDay + local.second;
    std::size_t first = table.segment(wall - kSecondsPerDay);
    std::size_t last = table.segment(wall + kSecondsPerDay);
    Instant found;
    int matches = 0;
    for (std::size_t i = first; i <= last; ++i) {
        UtcSecond utc = wall - table.offsets[i];
        bool after_begin = i == first || utc >= table.begins[i];
        bool before_end = i == last || utc < table.begins[i + 1];
        if (!after_begin || !before_end) continue;
        if (matches++ == 0) found.utc = utc;
    }
    found.ambiguous = matches > 1;
    if (matches > 0) return found;
    // In the gap between two segments: the clock is taken to have run on at the old offset.
    for (std::size_t i = first; i < last; ++i) {
        UtcSecond utc = wall - table.offsets[i];
        if (utc >= table.begins[i + 1]) found.utc = utc;
    }
    found.skipped = true;
    return found;
}

UtcSecond day_start(Day day) { return Zone::copenhagen().to_utc({day, 0}).utc; }

UtcSecond day_end(Day day) { return day_start(day + 1); }

Result<Period> parse_period(std::string_view text) {
    std::size_t dots = text.find("..");
    if (dots == std::string_view::npos) {
        std::optional<Period> single = parse_single(text);
        if (!single) return unreadable_period(text);
        return *single;
    }
    std::optional<Period> first = parse_single(text.substr(0, dots));
    std::optional<Period> last = parse_single(text.substr(dots + 2));
    if (!first || !last) return unreadable_period(text);
    if (last->to < first->from)
        return make_error(ErrorCode::invalid_input, "error.time.period_backwards",
                          {{"text", std::string(text)}});
    return Period{first->from, last->to};
}

namespace {

constexpr std::string_view kBucketNames[] = {"day", "week", "month", "quarter", "year"};

// The notation of a bucket that contains `day`.
std::string bucket_text(Bucket bucket, Day day) {
    Date date = date_of(day);
    switch (bucket) {
        case Bucket::day: return iso_date(day);
        case Bucket::week: {
            IsoWeek week = iso_week_of(day);
            return fmt::format("{:04}-W{:02}", week.year, week.week);
        }
        case Bucket::month: return fmt::format("{:04}-{:02}", date.year, date.month);
        case Bucket::quarter: return fmt::format("{:04}-Q{}", date.year, (date.month + 2) / 3);
        case Bucket::year: return fmt::format("{:04}", date.year);
    }
    KL_ASSERT(false);
    return {};
}

}  // namespace

Result<Bucket> parse_bucket(std::string_view word) {
    for (std::size_t i = 0; i < std::size(kBucketNames); ++i)
        if (kBucketNames[i] == word) return static_cast<Bucket>(i);
    return make_error(ErrorCode::not_found, "error.time.bucket_unknown",
                      {{"word", std::string(word)}});
}

std::string_view bucket_name(Bucket bucket) { return kBucketNames[static_cast<int>(bucket)]; }

Period bucket_of(Bucket bucket, Day day) {
    Date date = date_of(day);
    switch (bucket) {
        case Bucket::day: return {day, day};
        case Bucket::week: {
            Day monday = day - (weekday_of(day) - 1);
            return {monday, monday + 6};
        }
        case Bucket::month: return month_period(date.year, date.month);
        case Bucket::quarter: return quarter_period(date.year, (date.month + 2) / 3);
        case Bucket::year: return {day_of({date.year, 1, 1}), day_of({date.year, 12, 31})};
    }
    KL_ASSERT(false);
    return {};
}

std::string bucket_label(Bucket bucket, Day day) { return bucket_text(bucket, day); }

std::string period_label(Period period) {
    for (Bucket kind : {Bucket::year, Bucket::quarter, Bucket::month, Bucket::week, Bucket::day})
        if (bucket_of(kind, period.from) == period) return bucket_text(kind, period.from);
    for (Bucket kind : {Bucket::year, Bucket::month, Bucket::week, Bucket::day})
        if (bucket_of(kind, period.from).from == period.from &&
            bucket_of(kind, period.to).to == period.to)
            return bucket_text(kind, period.from) + ".." + bucket_text(kind, period.to);
    KL_ASSERT(false);
    return {};
}

std::string iso_date(Day day) {
    Date date = date_of(day);
    return fmt::format("{:04}-{:02}-{:02}", date.year, date.month, date.day);
}

std::string iso_utc(UtcSecond utc) {
    std::int64_t day = floor_div(utc, kSecondsPerDay);
    std::int64_t second = utc - day * kSecondsPerDay;
    return fmt::format("{}T{:02}:{:02}:{:02}Z", iso_date(static_cast<Day>(day)), second / 3600,
                       second / 60 % 60, second % 60);
}

std::string iso_local(UtcSecond utc) {
    LocalTime local = Zone::copenhagen().to_local(utc);
    std::int64_t offset = std::int64_t{local.day} * kSecondsPerDay + local.second - utc;
    std::int64_t minutes = (offset < 0 ? -offset : offset) / 60;
    return fmt::format("{}T{:02}:{:02}:{:02}{}{:02}:{:02}", iso_date(local.day), local.hour(),
                       local.second / 60 % 60, local.second % 60, offset < 0 ? '-' : '+',
                       minutes / 60, minutes % 60);
}

Result<Day> parse_iso_date(std::string_view text) {
    std::optional<int> year = digits(text, 0, 4), month = digits(text, 5, 2),
                       day = digits(text, 8, 2);
    if (text.size() == 10 && year && month && day && text[4] == '-' && text[7] == '-') {
        Date date{*year, *month, *day};
        if (valid_date(date)) return day_of(date);
    }
    return make_error(ErrorCode::invalid_input, "error.time.date_unreadable",
                      {{"text", std::string(text)}});
}

namespace {

// "Z", "+02:00" or "-03:30": seconds east of UTC.
std::optional<int> parse_offset(std::string_view text) {
    if (text == "Z" || text == "z") return 0;
    std::optional<int> hours = digits(text, 1, 2), minutes = digits(text, 4, 2);
    if (text.size() != 6 || text[3] != ':' || !hours || !minutes) return std::nullopt;
    if (*hours > 23 || *minutes > 59) return std::nullopt;
    if (text[0] != '+' && text[0] != '-') return std::nullopt;
    int seconds = *hours * 3600 + *minutes * 60;
    return text[0] == '-' ? -seconds : seconds;
}

std::optional<UtcSecond> read_iso_utc(std::string_view text) {
    if (text.size() < 20 || (text[10] != 'T' && text[10] != 't')) return std::nullopt;
    Result<Day> day = parse_iso_date(text.substr(0, 10));
    std::optional<int> hour = digits(text, 11, 2), minute = digits(text, 14, 2),
                       second = digits(text, 17, 2);
    if (!day.ok() || !hour || !minute || !second || text[13] != ':' || text[16] != ':')
        return std::nullopt;
    if (*hour > 23 || *minute > 59 || *second > 59) return std::nullopt;
    std::string_view rest = text.substr(19);
    if (rest[0] == '.') {  // fractions of a second are dropped: storage keeps whole seconds
        std::size_t end = rest.find_first_not_of("0123456789", 1);
        if (end == 1 || end == std::string_view::npos) return std::nullopt;
        rest.remove_prefix(end);
    }
    std::optional<int> offset = parse_offset(rest);
    if (!offset) return std::nullopt;
    return UtcSecond{*day} * kSecondsPerDay + *hour * 3600 + *minute * 60 + *second - *offset;
}

}  // namespace

Result<UtcSecond> parse_iso_utc(std::string_view text) {
    std::optional<UtcSecond> utc = read_iso_utc(text);
    if (utc) return *utc;
    return make_error(ErrorCode::invalid_input, "error.time.timestamp_unreadable",
                      {{"text", std::string(text)}});
}

UtcSecond SystemClock::now() const {
    return std::chrono::duration_cast<std::chrono::seconds>(
               std::chrono::system_clock::now().time_since_epoch())
        .count();
}

}  // namespace klarsyn
