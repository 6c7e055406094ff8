#include "protocols/checks/unit_reading.h"

#include <gtest/gtest.h>

namespace klarsyn {
namespace {

constexpr UtcSecond kNoon = 1'366'027'200;  // 2013-04-15 12:00 UTC

CheckAnswer with(std::vector<CheckReading> readings) {
    CheckAnswer answer;
    answer.outcome = CheckOutcome::kOk;
    answer.readings = std::move(readings);
    return answer;
}

std::string row(const MeasuredUnit& unit, std::vector<CheckReading> readings) {
    const auto row = unit_reading_row(unit, with(std::move(readings)), kNoon);
    return row.ok() ? row.value() : row.error().key;
}

const MeasuredUnit kUps{"power", "Herlev, kælder", "UPS 1"};
const MeasuredUnit kStore{"storage", "Herlev", "store-1"};

TEST(UnitReading, PowerOfAllLinesOrOfNone) {
    EXPECT_EQ(row(kUps, {{"lines", 3},
                         {"power_used_w_1", 11'000},
                         {"power_used_w_2", 12'000},
                         {"power_used_w_3", 13'000},
                         {"power_total_w", 60'000}}),
              "2013-04-15T12:00:00Z,power,\"Herlev, kælder\",UPS 1,36000,60000,W\r\n");
    // Two of three would be too little, and no line says so.
    EXPECT_EQ(row(kUps, {{"lines", 3},
                         {"power_used_w_1", 11'000},
                         {"power_used_w_3", 13'000},
                         {"power_total_w", 60'000}}),
              "2013-04-15T12:00:00Z,power,\"Herlev, kælder\",UPS 1,,60000,W\r\n");
    EXPECT_EQ(row(kUps, {{"lines", 1}, {"power_used_w_1", 0}, {"power_total_w", 0}}),
              "2013-04-15T12:00:00Z,power,\"Herlev, kælder\",UPS 1,0,,W\r\n");
    EXPECT_EQ(row(kUps, {{"power_used_w_1", 5}}), "checks.reading.nothing");
    EXPECT_EQ(row(kUps, {{"lines", 1'000'000'000'000}}), "checks.reading.nothing");
}

TEST(UnitReading, StorageInBytes) {
    EXPECT_EQ(row(kStore, {{"storage_block_bytes", 4096},
                           {"storage_blocks", 2'000'000'000},
                           {"storage_used_blocks", 1'500'000'000}}),
              "2013-04-15T12:00:00Z,storage,Herlev,store-1,6144000000000,8192000000000,B\r\n");
    // A negative count is one that did not fit; a product that does not fit is none.
    EXPECT_EQ(
        row(kStore,
            {{"storage_block_bytes", 4096}, {"storage_blocks", -5}, {"storage_used_blocks", 1}}),
        "2013-04-15T12:00:00Z,storage,Herlev,store-1,4096,,B\r\n");
    EXPECT_EQ(row(kStore, {{"storage_block_bytes", INT64_MAX}, {"storage_used_blocks", 2}}),
              "checks.reading.nothing");
}

}  // namespace
}  // namespace klarsyn
