#include "indicators/answer.h"

#include <gtest/gtest.h>

#include "indicators/cell_compute.h"
#include "indicators/cell_scan.h"

namespace klarsyn {
namespace {

ValueCounts counts(std::initializer_list<ValueCounts::Entry> entries) {
    ValueCounts values;
    for (const auto& [value, count] : entries) values.add(value, count);
    values.settle();
    return values;
}

TEST(ValueCounts, AnyOrderSettlesIntoOne) {
    const ValueCounts values = counts({{7, 1}, {-5, 2}, {7, 3}});
    EXPECT_EQ(std::vector(values.begin(), values.end()),
              (std::vector<ValueCounts::Entry>{{-5, 2}, {7, 4}}));
}

TEST(NearestRank, IsThePositionOfTheSortedValues) {
    const ValueCounts values = counts({{10, 1}, {20, 2}, {30, 1}});  // 10 20 20 30
    EXPECT_EQ(nearest_rank(values, 1), 10);
    EXPECT_EQ(nearest_rank(values, 25), 10);
    EXPECT_EQ(nearest_rank(values, 26), 20);
    EXPECT_EQ(nearest_rank(values, 50), 20);
    EXPECT_EQ(nearest_rank(values, 75), 20);
    EXPECT_EQ(nearest_rank(values, 76), 30);
    EXPECT_EQ(nearest_rank(values, 100), 30);
    EXPECT_EQ(nearest_rank(ValueCounts{}, 50), std::nullopt);
}

TEST(Bounds, AreComparedExactly) {
    const Bound at_least_75{Bound::Op::greater_equal, 75, 100};
    EXPECT_TRUE(meets(at_least_75, 3, 4));
    EXPECT_FALSE(meets(at_least_75, 749'999, 1'000'000));
    const Bound above_95{Bound::Op::greater, 95, 100};
    EXPECT_FALSE(meets(above_95, 95, 100));  // exactly 95 % is yellow
    EXPECT_TRUE(meets(above_95, 951, 1000));
    // Where a double would round: 19/20 of a large number, and one more.
    const std::int64_t many = 20'000'000'000'000'000;
    EXPECT_FALSE(meets(above_95, many / 20 * 19, many));
    EXPECT_TRUE(meets(above_95, many / 20 * 19 + 1, many));
    const Bound at_least_90{Bound::Op::greater_equal, 90, 100};
    EXPECT_TRUE(meets(at_least_90, 90, 100));
    EXPECT_FALSE(meets(at_least_90, 899, 1000));
    const Bound below{Bound::Op::less, 1, 3};
    EXPECT_FALSE(meets(below, 1'000'000'000'000, 3'000'000'000'000));
    EXPECT_TRUE(meets(below, 999'999'999'999, 3'000'000'000'000));
}

Scan sums_scan() {
    Scan scan;
    scan.parts.push_back({"", "1", "", ScanPart::Extremes::none, {"a"}});
    scan.parts.push_back({"x", "wait_s", "1", ScanPart::Extremes::kept, {"b"}});
    return scan;
}

TEST(Cells, RoundTripThroughBytes) {
    const Scan scan = sums_scan();
    Cell cell(2);
    cell[0].n = cell[0].num = 300;
    cell[1] = {2, -7, 2, -10, 3, {}};
    const auto decoded = decode_cell(scan, encode_cell(scan, cell));
    ASSERT_TRUE(decoded.ok());
    EXPECT_EQ((*decoded)[0].n, 300);
    EXPECT_EQ((*decoded)[1].num, -7);
    EXPECT_EQ((*decoded)[1].min, -10);
    EXPECT_EQ((*decoded)[1].max, 3);
    EXPECT_EQ(encode_cell(scan, *decoded), encode_cell(scan, cell));
    EXPECT_EQ(decode_part(scan, encode_cell(scan, cell), 1)->den, 2);
    EXPECT_FALSE(decode_cell(scan, "\xff").ok());
    EXPECT_FALSE(decode_cell(scan, encode_cell(scan, cell) + "x").ok());
}

TEST(Cells, RecordsThatLackSomethingAreCountedApart) {
    for (const auto kind : {ScanKind::sums, ScanKind::values}) {
        Scan scan;
        scan.kind = kind;
        scan.parts.push_back({"", "wait_s", "", ScanPart::Extremes::none, {"a"}, true});
        Cell month(1);
        Cell day(1);
        day[0].gap = 3;  // and none that counts
        EXPECT_FALSE(empty_cell(day));
        EXPECT_EQ((*decode_cell(scan, encode_cell(scan, day)))[0].gap, 3);
        apply_cell(scan, month, day, +1);
        apply_cell(scan, month, day, +1);
        EXPECT_EQ(month[0].gap, 6);
        EXPECT_EQ(month[0].n, 0);
        apply_cell(scan, month, day, -1);
        EXPECT_EQ(encode_cell(scan, month), encode_cell(scan, day));
    }
}

TEST(Cells, ValueCountsCanBeTakenAwayAgain) {
    Scan scan;
    scan.kind = ScanKind::values;
    scan.parts.push_back({"", "wait_s", "", ScanPart::Extremes::none, {"a"}});
    Cell month(1);
    Cell day(1);
    day[0].n = 3;
    day[0].values = counts({{-5, 1}, {7, 2}});
    EXPECT_TRUE(apply_cell(scan, month, day, +1));
    EXPECT_TRUE(apply_cell(scan, month, day, +1));
    EXPECT_EQ(month[0].values.begin()[1], (ValueCounts::Entry{7, 4}));
    EXPECT_TRUE(apply_cell(scan, month, day, -1));
    EXPECT_EQ(encode_cell(scan, month), encode_cell(scan, day));
    EXPECT_TRUE(apply_cell(scan, month, day, -1));
    EXPECT_TRUE(empty_cell(month));
}

TEST(Cells, AnExtremeThatMayHaveGoneIsSaid) {
    const Scan scan = sums_scan();
    Cell month(2);
    Cell day(2);
    day[1] = {1, 5, 1, 5, 5, {}};
    EXPECT_TRUE(apply_cell(scan, month, day, +1));
    EXPECT_FALSE(apply_cell(scan, month, day, -1));
}

TEST(Cells, PairsOfValuesShareOneNumber) {
    const auto combo = make_combo(1234, 23);
    EXPECT_EQ(combo_value(combo, 2, 0), 1234);
    EXPECT_EQ(combo_value(combo, 2, 1), 23);
    EXPECT_EQ(combo_value(77, 1, 0), 77);
    EXPECT_EQ(month_first(month_of(day_of({2012, 2, 29}))), day_of({2012, 2, 1}));
    EXPECT_EQ(month_last(month_of(day_of({2012, 12, 3}))), day_of({2012, 12, 31}));
}

}  // namespace
}  // namespace klarsyn
