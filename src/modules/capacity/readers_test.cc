// Format reading-csv: what it reads, what it rejects, corrections.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "ingest/derive_for_test.h"
#include "modules/capacity/capacity.h"

namespace klarsyn::capacity {
namespace {

using ::testing::ElementsAre;

constexpr const char* kHeader = "time,kind,place,unit_name,used,total,unit\n";

TestFacts facts_of(const std::vector<std::string>& rows) {
    std::vector<TestFile> files;
    for (const std::string& text : rows)
        files.push_back({kHeader + text, static_cast<std::int64_t>(files.size()) + 1});
    return derive_files(reading_format(), files);
}

TEST(Readings, AreStoredInWattsAndBytes) {
    const TestFacts facts =
        facts_of({"2013-04-30T12:00+02:00,power,HVH,UPS A,270.5,300,kW\n"
                  "30-04-2013 23:59,storage,RH,lager 1,3.25,4,TB\n"
                  "2013-04-30,storage,RH,,,4,TiB\n"});
    EXPECT_THAT(facts.rejects, ElementsAre());
    EXPECT_THAT(
        facts.rows,
        ElementsAre("capacity_reading s/power/HVH/UPS A/1367316000 day=2013-04-30 at=1367316000 "
                    "kind=power place=HVH unit_name=UPS A thing=power/HVH/UPS A used=270500 "
                    "total=300000 source=s",
                    "capacity_reading s/storage/RH//1367272800 day=2013-04-30 at=1367272800 "
                    "kind=storage place=RH unit_name=0 thing=storage/RH/ used=- "
                    "total=4398046511104 source=s",
                    "capacity_reading s/storage/RH/lager 1/1367359140 day=2013-04-30 at=1367359140 "
                    "kind=storage place=RH unit_name=lager 1 thing=storage/RH/lager 1 "
                    "used=3250000000000 total=4000000000000 source=s"));
}

TEST(Readings, AreRejectedWithTheirReason) {
    EXPECT_THAT(
        facts_of({"soon,power,HVH,A,1,2,kW\n"
                  "2013-04-31,power,HVH,A,1,2,kW\n"
                  "2013-04-30,water,HVH,A,1,2,kW\n"
                  "2013-04-30,power,,A,1,2,kW\n"
                  "2013-04-30,power,HVH,A,1,2,TB\n"
                  "2013-04-30,storage,HVH,A,1,2,kW\n"
                  "2013-04-30,power,HVH,A,1,2,\n"
                  "2013-04-30,power,HVH,A,-1,2,kW\n"
                  "2013-04-30,power,HVH,A,1,much,kW\n"
                  "2013-04-30,power,HVH,A,,,kW\n"
                  "2013-04-30,power,HVH\n"})
            .rejects,
        ElementsAre("0 2 time capacity.reject.time", "0 3 time capacity.reject.time",
                    "0 4 kind capacity.reject.kind", "0 5 place capacity.reject.place",
                    "0 6 unit capacity.reject.unit_power", "0 7 unit capacity.reject.unit_storage",
                    "0 8 unit capacity.reject.unit_power", "0 9 used capacity.reject.quantity",
                    "0 10 total capacity.reject.quantity", "0 11 used capacity.reject.nothing",
                    "0 12  reject.csv.too_few_fields"));
}

TEST(Readings, OfALaterBatchCorrect) {
    const std::string first = "2013-04-30 12:00,power,HVH,A,270,300,kW\n";
    const std::string other = "2013-04-30 12:00,power,HVH,A,265,300,kW\n";
    EXPECT_EQ(facts_of({first, other}).rows, facts_of({other}).rows);
    EXPECT_EQ(facts_of({other, first}).rows, facts_of({first}).rows);
    EXPECT_EQ(facts_of({first + other}).rows, facts_of({other}).rows);
    EXPECT_EQ(facts_of({first, first}).rows, facts_of({first}).rows);
    // The hour that comes twice in autumn is two hours where the offset says so.
    EXPECT_EQ(facts_of({"2013-10-27T02:30+02:00,power,HVH,A,1,2,kW\n"
                        "2013-10-27T02:30+01:00,power,HVH,A,1,2,kW\n"})
                  .rows.size(),
              2U);
}

TEST(Readings, IdentifyByThingAndTime) {
    const Format format = reading_format();
    ImportOptions options;
    const std::string content = std::string(kHeader) + "2013-04-30 12:00,power,HVH,A,1,2,kW\n" +
                                "2013-04-30T12:00+02:00,power,HVH,A,1000,2000,W\n" +
                                "2013-04-30 12:00,power,HVH,A,1.5,2,kW\n" +
                                "2013-04-30 12:00,power,HVH,B,1,2,kW\n";
    const auto scanned = format.scan(content, options, nullptr);
    ASSERT_TRUE(scanned.ok());
    std::vector<RowIdentity> found;
    for (const SourceRow& row : scanned->rows) {
        GroupRow item;
        item.bytes = scanned->text.substr(row.offset, row.length);
        item.context = scanned->context.get();
        found.push_back(format.identify(item));
    }
    ASSERT_EQ(found.size(), 4U);
    EXPECT_EQ(found[0].key, found[1].key);
    EXPECT_EQ(found[0].content, found[1].content);
    EXPECT_EQ(found[0].key, found[2].key);
    EXPECT_NE(found[0].content, found[2].content);
    EXPECT_NE(found[0].key, found[3].key);
}

TEST(ReadingFiles, WithoutAColumnAreRefused) {
    EXPECT_EQ(derive_files(reading_format(), {{"time,kind\n"}}).error,
              "ingest.table.columns_missing");
}

}  // namespace
}  // namespace klarsyn::capacity
