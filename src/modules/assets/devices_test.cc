// Medical devices: identity, maintenance that falls due, two registers that become one.
#include "modules/assets/devices.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace klarsyn::assets {
namespace {

using ::testing::ElementsAre;
using ::testing::IsEmpty;

Day on(std::string_view date) { return parse_iso_date(date).value(); }

DeviceRow row(std::string_view serial, std::uint32_t line = 1) {
    DeviceRow result;
    result.serial = serial;
    result.order = {1, 1, line};
    return result;
}

std::vector<std::string> spans_of(std::vector<DeviceRow> rows) {
    std::vector<std::string> spans;
    for (const DeviceHistory& device : device_histories(std::move(rows))) {
        for (const DeviceSpan& span : device.spans) {
            spans.push_back(device.name + " " + iso_date(span.from) + ".." +
                            (span.to ? iso_date(*span.to) : "") + " " +
                            (span.maintenance.empty() ? "?" : span.maintenance) +
                            (span.due ? " " + iso_date(*span.due) : "") +
                            (span.state.place.empty() ? "" : " " + span.state.place));
        }
    }
    return spans;
}

std::vector<std::string> findings_of(std::vector<DeviceRow> rows) {
    std::vector<std::string> found;
    for (const DeviceHistory& device : device_histories(std::move(rows))) {
        for (const Finding& finding : device.findings)
            found.push_back(finding.what + " " + finding.field + " " + finding.value);
    }
    return found;
}

TEST(Udis, AreTakenApart) {
    const Udi udi = parse_udi("(01)05712345678901(11)120401(21)SN-12(10)L1");
    EXPECT_EQ(udi.model, "05712345678901");
    EXPECT_EQ(udi.serial, "SN-12");
    EXPECT_FALSE(udi.bare);
    EXPECT_EQ(parse_udi("010571234567890121SN12").serial, "SN12");
    EXPECT_TRUE(parse_udi("(01)05712345678901").bare);
    EXPECT_TRUE(parse_udi("05712345678901").bare);
    EXPECT_FALSE(parse_udi("DK-4711").bare);
}

TEST(Keys, AreTheSerialNumberElseTheUdi) {
    DeviceRow device = row("sn 12-a");
    EXPECT_EQ(device_key(device), "SN12A");
    device.udi = "(01)05712345678901(21)OTHER";
    EXPECT_EQ(device_key(device), "SN12A");
    device.serial.clear();
    EXPECT_EQ(device_key(device), "OTHER");
    device.udi = "DK-4711";
    EXPECT_EQ(device_key(device), "DK4711");
    device.udi = "(01)05712345678901";
    EXPECT_EQ(device_key(device), "");
}

TEST(Maintenance, AnIntervalThatIsToldLaterIsReckonedFromWhatWasDone) {
    DeviceRow one = row("SN1");  // this register knows what was done,
    one.from = on("2012-01-01");
    one.last_maintained = on("2012-01-01");
    DeviceRow other = row("SN1", 2);  // that one how often it must be
    other.from = on("2012-06-01");
    other.every_months = 12;
    EXPECT_THAT(spans_of({one, other}), ElementsAre("SN1 2012-01-01..2012-06-01 ?",
                                                    "SN1 2012-06-01..2013-01-02 in_time 2013-01-01",
                                                    "SN1 2013-01-02.. overdue 2013-01-01"));
    DeviceRow longer = row("SN1", 3);
    longer.from = on("2012-09-01");
    longer.every_months = 24;
    EXPECT_THAT(spans_of({one, other, longer}),
                ElementsAre("SN1 2012-01-01..2012-06-01 ?",
                            "SN1 2012-06-01..2012-09-01 in_time 2013-01-01",
                            "SN1 2012-09-01..2014-01-02 in_time 2014-01-01",
                            "SN1 2014-01-02.. overdue 2014-01-01"));
    // A day that a register states is not reckoned anew.
    one.next_due = on("2012-12-31");
    EXPECT_THAT(spans_of({one, other}), ElementsAre("SN1 2012-01-01..2012-06-01 in_time 2012-12-31",
                                                    "SN1 2012-06-01..2013-01-01 in_time 2012-12-31",
                                                    "SN1 2013-01-01.. overdue 2012-12-31"));
}

TEST(Maintenance, IsOverdueFromTheDayAfterItWasDueUntilItIsDone) {
    DeviceRow device = row("SN1");
    device.from = on("2012-01-01");
    device.next_due = on("2013-04-10");
    EXPECT_THAT(spans_of({device}), ElementsAre("SN1 2012-01-01..2013-04-11 in_time 2013-04-10",
                                                "SN1 2013-04-11.. overdue 2013-04-10"));
    DeviceRow done = row("SN1", 2);
    done.from = on("2013-05-01");  // the file of May tells of the twentieth of April
    done.last_maintained = on("2013-04-20");
    done.next_due = on("2014-04-20");
    EXPECT_THAT(spans_of({done, device}),
                ElementsAre("SN1 2012-01-01..2013-04-11 in_time 2013-04-10",
                            "SN1 2013-04-11..2013-04-20 overdue 2013-04-10",
                            "SN1 2013-04-20..2013-05-01 in_time 2014-04-20",
                            "SN1 2013-05-01..2014-04-21 in_time 2014-04-20",
                            "SN1 2014-04-21.. overdue 2014-04-20"));
    const auto events = device_histories({device, done}).front().events;
    ASSERT_EQ(events.size(), 1U);
    EXPECT_EQ(iso_date(events[0].day), "2013-04-20");
    EXPECT_EQ(events[0].due, on("2013-04-10"));
}

TEST(Maintenance, FollowsFromTheIntervalWhereNoDateIsStated) {
    DeviceRow device = row("SN1");
    device.from = on("2012-01-31");
    device.last_maintained = on("2012-01-31");
    device.every_months = 1;
    EXPECT_THAT(spans_of({device}), ElementsAre("SN1 2012-01-31..2012-03-01 in_time 2012-02-29",
                                                "SN1 2012-03-01.. overdue 2012-02-29"));
    device.every_months = 0;
    EXPECT_THAT(spans_of({device}), ElementsAre("SN1 2012-01-31.. not_needed"));
    device.every_months.reset();
    EXPECT_THAT(spans_of({device}), ElementsAre("SN1 2012-01-31.. ?"));
}

TEST(Maintenance, DoneAsAnActivityCountsAlone) {
    DeviceRow device = row("SN1");
    device.from = on("2012-01-01");
    device.next_due = on("2012-06-30");
    device.every_months = 12;
    device.place = "HGH";
    DeviceRow service = row("SN1", 2);
    service.activity = "maintenance";
    service.activity_day = on("2012-07-15");
    EXPECT_THAT(spans_of({device, service}),
                ElementsAre("SN1 2012-01-01..2012-07-01 in_time 2012-06-30 HGH",
                            "SN1 2012-07-01..2012-07-15 overdue 2012-06-30 HGH",
                            "SN1 2012-07-15..2013-07-16 in_time 2013-07-15 HGH",
                            "SN1 2013-07-16.. overdue 2013-07-15 HGH"));
}

TEST(Devices, OfTwoRegistersAreMergedBySerialNumber) {
    DeviceRow one = row("SN-1");
    one.region = "Region Hovedstaden";
    one.manufacturer = "GE";
    one.from = on("2012-01-01");
    one.place = "HGH";
    DeviceRow other = row("sn1");
    other.order = {2, 2, 1};
    other.region = "Region Sjælland";
    other.manufacturer = "GE Healthcare";
    other.from = on("2013-01-01");
    other.place = "SUH";
    EXPECT_THAT(spans_of({one, other}),
                ElementsAre("SN-1 2012-01-01..2013-01-01 ? HGH", "SN-1 2013-01-01.. ? SUH"));
    EXPECT_THAT(findings_of({one, other}),
                ElementsAre("differs place HGH / SUH",
                            "merged serial Region Hovedstaden + Region Sjælland"));
    other.manufacturer = "Philips";
    EXPECT_THAT(spans_of({one, other}),
                ElementsAre("SN-1 2012-01-01.. ? HGH", "sn1 2013-01-01.. ? SUH"));
    EXPECT_THAT(findings_of({one, other}),
                ElementsAre("same_serial serial 2", "same_serial serial 2"));
    one.udi = other.udi = "(01)05712345678901";
    EXPECT_EQ(device_histories({one, other}).size(), 1U);  // the UDI outweighs the maker's name
    other.udi = "(01)05712345678902";
    other.manufacturer = "GE";
    EXPECT_EQ(device_histories({one, other}).size(), 2U);
}

TEST(Devices, WithDatesThatCannotBeKeepTheRest) {
    DeviceRow device = row("SN1");
    device.purchased = on("2012-05-01");
    device.last_maintained = on("2011-01-01");
    device.next_due = on("2010-01-01");
    EXPECT_THAT(findings_of({device}),
                ElementsAre("impossible_date last_maintained 2011-01-01 < 2012-05-01",
                            "impossible_date next_due 2010-01-01 < 2012-05-01"));
    EXPECT_THAT(spans_of({device}), ElementsAre("SN1 2012-05-01.. ?"));
}

TEST(Devices, TwiceInOneFileAreOneAndSaidSo) {
    EXPECT_THAT(findings_of({row("SN1"), row("SN1", 2)}), ElementsAre("duplicate serial 2"));
    EXPECT_THAT(spans_of({row("SN1"), row("SN1", 2)}), ElementsAre("SN1 1970-01-01.. ?"));
}

TEST(Devices, ThatAreRetiredEnd) {
    DeviceRow device = row("SN1");
    device.from = on("2012-01-01");
    DeviceRow gone = row("SN1", 2);
    gone.from = on("2013-01-01");
    gone.status = "retired";
    EXPECT_THAT(spans_of({device, gone}), ElementsAre("SN1 2012-01-01..2013-01-01 ?"));
    EXPECT_THAT(spans_of({gone}), IsEmpty());
}

}  // namespace
}  // namespace klarsyn::assets
