// The made-up registers: read without rejects, with the numbers of the sources and their faults.
#include "modules/assets/simulate.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <set>

#include "ingest/derive_for_test.h"
#include "modules/assets/assets.h"

namespace klarsyn::assets {
namespace {

constexpr RegisterSizes kSmall{400, 60, 23, 20, 10, 900, 60};

// Those of the rows that hold on the last of April 2013 and have the words.
std::set<std::string> standing(const std::vector<std::string>& rows, std::string_view table,
                               std::string_view name, std::string_view words) {
    std::set<std::string> found;
    for (const std::string& row : rows) {
        if (!row.starts_with(table) || row.find(words) == std::string::npos) continue;
        const std::string from = row.substr(row.find(" from_day=") + 10, 10);
        const std::string to = row.substr(row.find(" to_day=") + 8, 10);
        if (from > "2013-04-30" || (to.front() != '-' && to <= "2013-04-30")) continue;
        const auto at = row.find(name) + name.size();
        found.insert(row.substr(at, row.find(' ', at) - at));
    }
    return found;
}

TEST(SimulatedRegisters, OfEquipmentHaveTheNumbersAskedFor) {
    const Registers made = simulate_registers(1, kSmall);
    const TestFacts facts = derive_files(asset_format(), {{made.equipment}});
    EXPECT_TRUE(facts.rejects.empty());
    EXPECT_EQ(standing(facts.rows, "assets_asset", " asset=", " kind=pc ").size(), 400U);
    EXPECT_EQ(standing(facts.rows, "assets_asset", " asset=", " kind=server ").size(), 60U);
    EXPECT_EQ(standing(facts.rows, "assets_asset", " asset=", " status=consolidated ").size(), 23U);
    EXPECT_GT(standing(facts.rows, "assets_asset", " asset=", " over_age=1 ").size(), 60U);
}

TEST(SimulatedRegisters, OfTwoRegionsBecomeOne) {
    const Registers made = simulate_registers(1, kSmall);
    const TestFacts facts = derive_files(
        device_format(),
        {{made.capital, 1, made.capital_mapping}, {made.zealand, 2, made.zealand_mapping}});
    EXPECT_EQ(facts.error, "");
    EXPECT_TRUE(facts.rejects.empty());
    EXPECT_EQ(standing(facts.rows, "assets_device ", " serial_code=", " ").size(), 900U);
    const auto merged = std::count_if(facts.rows.begin(), facts.rows.end(), [](const auto& row) {
        return row.starts_with("assets_finding") && row.find(" what=merged ") != std::string::npos;
    });
    EXPECT_EQ(merged, 60);
    EXPECT_GT(
        standing(facts.rows, "assets_device ", " serial_code=", " maintenance=overdue ").size(),
        0U);
}

TEST(SimulatedRegisters, TellEarlierServicesOfWhatWasMaintainedThisYear) {
    const Registers made = simulate_registers(1, kSmall);
    const TestFacts facts = derive_files(device_format(), {{made.capital, 1, made.capital_mapping},
                                                           {made.services, 2, ""},
                                                           {made.zealand, 3, made.zealand_mapping}});
    EXPECT_EQ(facts.error, "");
    EXPECT_TRUE(facts.rejects.empty());
    EXPECT_EQ(standing(facts.rows, "assets_device ", " serial_code=", " ").size(), 900U);
    const auto count = [&](std::string_view words) {
        return std::count_if(facts.rows.begin(), facts.rows.end(), [&](const std::string& row) {
            return row.starts_with("assets_device_event") && row.find(words) != std::string::npos;
        });
    };
    EXPECT_GT(count(" in_time=1 "), 50);
    EXPECT_GT(count(" in_time=0 "), 10);
}

TEST(SimulatedRegisters, PcsAreThoseOfTheRegister) {
    const std::string equipment = simulate_registers(5, kSmall).equipment;
    const auto pcs = simulate_pcs(5, kSmall);
    ASSERT_EQ(pcs.size(), 400U);
    for (const SimulatedPc& pc : pcs)
        EXPECT_NE(equipment.find("\n" + pc.name + ",pc," + std::string(pc.model) + ',' +
                                 std::string(pc.place) + ",," + pc.written_base + ','),
                  std::string::npos);
}

TEST(SimulatedRegisters, AreTheSameForTheSameSeed) {
    EXPECT_EQ(simulate_registers(3, kSmall).capital, simulate_registers(3, kSmall).capital);
    EXPECT_NE(simulate_registers(3, kSmall).capital, simulate_registers(4, kSmall).capital);
    const Registers whole = simulate_registers(1);
    const auto lines = [](const std::string& text, std::string_view part) {
        std::size_t count = 0;
        for (std::size_t at = 0; (at = text.find(part, at)) != std::string::npos; ++at) ++count;
        return count;
    };
    EXPECT_EQ(lines(whole.equipment, ",pc,"), 38000U);
    EXPECT_EQ(lines(whole.equipment, ",consolidated,"), 690U);
    EXPECT_EQ(lines(whole.equipment, ",server,"), 1770U + 690U);
}

}  // namespace
}  // namespace klarsyn::assets
