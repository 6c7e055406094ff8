// How SQLite reads the cells of some days: a seek per day and cut, never the cells of other cuts.
#include "indicators/cell_days.h"

#include <fmt/format.h>
#include <gtest/gtest.h>

#include <fstream>
#include <sstream>

#include "store/test_store.h"

namespace klarsyn {
namespace {

TEST(CellsOfDays, AreSoughtByDayAndCut) {
    std::ostringstream schema;
    schema << std::ifstream(KLARSYN_SOURCE_DIR "/src/indicators/schema/001_cell.sql").rdbuf();
    const std::string text = schema.str();
    TestDatabases databases;
    auto store = Store::create(databases.fresh(Dialect::sqlite),
                               test_migrations({{"indicators/001_cell", text}}));
    ASSERT_TRUE(store.ok());
    auto rows = (*store)->writer().query(
        fmt::format("EXPLAIN QUERY PLAN SELECT c.parts {}", kCellsOfDays),
        {{":first", Value(std::int64_t{15'584})},
         {":last", Value(std::int64_t{15'800})},
         {":scan", Value(std::int64_t{1})},
         {":cut", Value(std::int64_t{1})}});
    ASSERT_TRUE(rows.ok());
    std::string plan;
    while (*(*rows)->next()) plan += std::string((*rows)->text(3)) + "\n";
    EXPECT_NE(plan.find("(scan=? AND day=? AND cut=?)"), std::string::npos) << plan;
}

}  // namespace
}  // namespace klarsyn
