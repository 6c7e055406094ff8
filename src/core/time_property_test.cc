#include <gtest/gtest.h>
#include <rapidcheck.h>

#include "core/time.h"

namespace klarsyn {
namespace {

const Day kFirst = day_of({1900, 1, 1});
const Day kLast = day_of({2199, 12, 25});  // its week still ends in 2199

rc::Gen<Day> any_day() { return rc::gen::inRange(kFirst, kLast); }

TEST(TimeProperty, PeriodLabelsParseBack) {
    EXPECT_TRUE(rc::check("period round trip", [] {
        Day a = *any_day(), b = *any_day();
        Period period{std::min(a, b), std::max(a, b)};
        RC_ASSERT(parse_period(period_label(period)).value() == period);
    }));
}

TEST(TimeProperty, BucketLabelsParseBack) {
    EXPECT_TRUE(rc::check("bucket round trip", [] {
        Day day = *any_day();
        for (Bucket bucket :
             {Bucket::day, Bucket::week, Bucket::month, Bucket::quarter, Bucket::year}) {
            Period whole = bucket_of(bucket, day);
            RC_ASSERT(whole.contains(day));
            RC_ASSERT(parse_period(bucket_label(bucket, day)).value() == whole);
            RC_ASSERT(period_label(whole) == bucket_label(bucket, day));
            RC_ASSERT(bucket_of(bucket, whole.to + 1).from == whole.to + 1);
        }
    }));
}

TEST(TimeProperty, DatesRoundTrip) {
    EXPECT_TRUE(rc::check("date round trip", [] {
        Day day = *any_day();
        RC_ASSERT(day_of(date_of(day)) == day);
        RC_ASSERT(valid_date(date_of(day)));
        RC_ASSERT(parse_iso_date(iso_date(day)).value() == day);
    }));
}

TEST(TimeProperty, LocalTimesComeBackUnlessAmbiguous) {
    EXPECT_TRUE(rc::check("zone round trip", [] {
        const Zone& zone = Zone::copenhagen();
        UtcSecond utc = *rc::gen::inRange<UtcSecond>(0, day_start(day_of({2037, 1, 1})));
        Zone::Instant back = zone.to_utc(zone.to_local(utc));
        RC_ASSERT(!back.skipped);
        RC_ASSERT(back.utc == utc || (back.ambiguous && utc - back.utc == 3600));
        RC_ASSERT(parse_iso_utc(iso_utc(utc)).value() == utc);
        RC_ASSERT(parse_iso_utc(iso_local(utc)).value() == utc);
        Day day = zone.to_local(utc).day;
        RC_ASSERT(day_start(day) <= utc);
        RC_ASSERT(utc < day_end(day));
    }));
}

}  // namespace
}  // namespace klarsyn
