// Formats asset-csv and device-csv: what they read, what they reject, as facts.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "ingest/derive_for_test.h"
#include "modules/assets/assets.h"

namespace klarsyn::assets {
namespace {

using ::testing::Contains;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::SizeIs;

constexpr const char* kAssets = "id,kind,model,place,owner,base_date,status,from,to\n";
constexpr const char* kDevices =
    "udi,serial,model,manufacturer,kind,place,owner,purchased,price,maintenance_every,"
    "last_maintained,next_due,status\n";

TEST(Assets, BecomeSpans) {
    const TestFacts facts = derive_files(
        asset_format(), {{std::string(kAssets) +
                          "SRV1,server,DL380,HVH,IMT,2010-01-01,konsolideret,2012-01-01,\n"}});
    EXPECT_THAT(facts.rejects, ElementsAre());
    EXPECT_THAT(facts.rows,
                ElementsAre("assets_asset s/SRV1/15340 from_day=2012-01-01 to_day=- cls=-1 "
                            "asset=SRV1 code=SRV1 kind=server kind_name=server model=DL380 "
                            "place=HVH owner=IMT status=consolidated age=0 over_age=0 "
                            "base_day=14610 source=s"));
    EXPECT_THAT(derive_files(asset_format(),
                             {{std::string(kAssets) + "PC1,pc,,HVH,,2009-04-15,,2009-04-15,\n"}})
                    .rows,
                SizeIs(6));
}

TEST(Assets, AreRejectedWithTheirReason) {
    const TestFacts facts =
        derive_files(asset_format(), {{std::string(kAssets) + ",pc,,,,,,,\n"
                                                              "PC1,printer,,,,,,,\n"
                                                              "PC1,pc,,,,soon,,,\n"
                                                              "PC1,pc,,,,,lost,,\n"
                                                              "PC1,pc,,,,,,31-02-2012,\n"
                                                              "PC1,pc,,,,,,2012-01-02,2012-01-01\n"
                                                              "PC1,pc\n"}});
    EXPECT_THAT(facts.rejects,
                ElementsAre("0 2 id assets.reject.missing", "0 3 kind assets.reject.kind",
                            "0 4 base_date assets.reject.date", "0 5 status assets.reject.status",
                            "0 6 from assets.reject.date", "0 7 to assets.reject.end_first",
                            "0 8  reject.csv.too_few_fields"));
    EXPECT_THAT(facts.rows, ElementsAre());
}

TEST(Assets, WithABaseDateThatNeverWasAreOfUnknownAgeAndAFinding) {
    const TestFacts facts = derive_files(
        asset_format(), {{std::string(kAssets) + "PC1,pc,,,,31-02-2012,,2012-03-01,\n"}});
    EXPECT_THAT(facts.rejects, ElementsAre());
    ASSERT_THAT(facts.rows, SizeIs(2));
    EXPECT_THAT(facts.rows[0], HasSubstr("age=0 over_age=0 base_day=-"));
    EXPECT_THAT(facts.rows[1],
                HasSubstr("what=impossible_date thing=PC1 field=base_date value=31-02-2012"));
}

TEST(Devices, BecomeSpansAndEvents) {
    const TestFacts facts = derive_files(
        device_format(),
        {{std::string(kDevices) + "(01)05712345678901(21)SN1,SN1,Infusomat,Braun,pump,HGH,Anæstesi,"
                                  "2012-01-01,14999.50,12,2012-06-01,,i brug\n"}});
    EXPECT_THAT(facts.rejects, ElementsAre());
    ASSERT_THAT(facts.rows, SizeIs(4));
    EXPECT_THAT(facts.rows[0], HasSubstr("from_day=2012-01-01 to_day=2012-06-01"));
    EXPECT_THAT(facts.rows[1],
                HasSubstr("from_day=2012-06-01 to_day=2013-06-02 cls=9 device=SN1 "
                          "serial_code=SN1 udi=(01)05712345678901(21)SN1 "
                          "udi_code=010571234567890121SN1 model=Infusomat manufacturer=Braun "
                          "kind=pump place=HGH owner=Anæstesi register=0 status=in_use "
                          "maintenance=in_time overdue=0 due_day=15857 purchased_day=15340 "
                          "price=1499950 every_months=12 source=s"));
    EXPECT_THAT(facts.rows[2], HasSubstr("maintenance=overdue overdue=1"));
    EXPECT_THAT(facts.rows[3], HasSubstr("day=2012-06-01 device=SN1 serial_code=SN1 "
                                         "activity=maintenance"));
}

TEST(Devices, AreRejectedWithTheirReason) {
    const TestFacts facts = derive_files(
        device_format(), {{std::string(kDevices) + ",,Infusomat,,,,,,,,,,\n"
                                                   "(01)05712345678901,,,,,,,,,,,,\n"
                                                   ",SN1,,,,,,,dear,,,,\n"
                                                   ",SN1,,,,,,,,often,,,\n"
                                                   ",SN1,,,,,,soon,,,,,\n"
                                                   ",SN1,,,,,,,,,,,lost\n"
                                                   ",SN2,,,,,,31-02-2012,,1 år,,,\n"}});
    EXPECT_THAT(
        facts.rejects,
        ElementsAre("0 2 serial assets.reject.identity", "0 3 serial assets.reject.identity",
                    "0 4 price assets.reject.price", "0 5 maintenance_every assets.reject.interval",
                    "0 6 purchased assets.reject.date", "0 7 status assets.reject.status"));
    EXPECT_THAT(facts.rows, Contains(HasSubstr("what=impossible_date thing=SN2 field=purchased")));
}

TEST(Devices, OfTwoRegistersAreReadByTwoMappings) {
    const TestFile capital{
        "serial,manufacturer,model,place,next_due\nSN-1,GE,CT 1,HGH,2013-04-10\n", 1,
        "[constants]\nregister = 'Region Hovedstaden'\n"};
    const TestFile zealand{
        "Apparatnr;Fabrikat;Type;Afsnit\nSN1;GE Healthcare;CT 1;SUH\nSN2;Agfa;CR 9;SUH\n", 2,
        "[columns]\nserial = 'Apparatnr'\nmanufacturer = 'Fabrikat'\nmodel = 'Type'\nkind = "
        "'Type'\n"
        "place = 'Afsnit'\n[constants]\nregister = 'Region Sjælland'\n[known]\nmodel = ['CT 1']\n"};
    const TestFacts facts = derive_files(device_format(), {capital, zealand});
    EXPECT_THAT(facts.rejects, ElementsAre());
    EXPECT_THAT(facts.rows, Contains(HasSubstr("what=merged thing=SN1 field=serial "
                                               "value=Region Hovedstaden + Region Sjælland")));
    EXPECT_THAT(facts.rows, Contains(HasSubstr("what=differs thing=SN1 field=place")));
    EXPECT_THAT(facts.rows, Contains(HasSubstr("what=unknown_model thing=SN2 field=model "
                                               "value=CR 9")));
    EXPECT_EQ(facts.rows, derive_files(device_format(), {capital, zealand}).rows);
}

}  // namespace
}  // namespace klarsyn::assets
