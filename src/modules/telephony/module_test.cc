// The module as a whole: its indicators parse and fit its table, dimensions and identity.

#include "modules/module.h"

#include <gtest/gtest.h>

#include <filesystem>
#include <fstream>
#include <set>
#include <sstream>

#include "indicators/select.h"
#include "modules/telephony/telephony.h"

namespace klarsyn::telephony {
namespace {

std::filesystem::path folder() {
    return std::filesystem::path(KLARSYN_SOURCE_DIR) / "src/modules/telephony";
}

std::string read(const std::filesystem::path& path) {
    std::ostringstream text;
    text << std::ifstream(path).rdbuf();
    return text.str();
}

std::map<std::string, Indicator> indicators() {
    std::map<std::string, Indicator> result;
    for (const auto& item : std::filesystem::directory_iterator(folder() / "indicators")) {
        if (item.path().extension() != ".sql") continue;
        auto parsed = Catalogue::parse(item.path().string(), read(item.path()));
        if (!parsed.ok()) {
            ADD_FAILURE() << item.path() << " " << parsed.error().key << " "
                          << parsed.error().field;
            continue;
        }
        EXPECT_EQ(parsed->id, "telephony." + item.path().stem().string());
        const std::string id = parsed->id;
        result.emplace(id, parsed.take());
    }
    return result;
}

TEST(Indicators, AreThoseOfTheContract) {
    std::set<std::string> ids;
    for (const auto& [id, indicator] : indicators()) ids.insert(id.substr(id.find('.') + 1));
    EXPECT_EQ(ids, (std::set<std::string>{"offered",
                                          "answered",
                                          "abandoned",
                                          "left",
                                          "open",
                                          "abandoned_share",
                                          "wait_mean",
                                          "wait_mean_all",
                                          "wait_median",
                                          "wait_p90",
                                          "wait_p95",
                                          "wait_max",
                                          "in_time_offered",
                                          "in_time_net",
                                          "in_time_answered",
                                          "talk_mean",
                                          "agents_needed",
                                          "agents_needed_low",
                                          "agents_needed_high",
                                          "agent_time_needed",
                                          "agent_time_needed_low",
                                          "agent_time_needed_high"}));
}

TEST(Indicators, EachHasATestBesideIt) {
    for (const auto& [id, indicator] : indicators()) {
        const auto name = id.substr(id.find('.') + 1) + ".test";
        EXPECT_TRUE(std::filesystem::exists(folder() / "indicators" / name)) << name;
    }
}

// Equal FROM and equal dimension expressions are what lets the engine read the table once for all.
TEST(Indicators, ShareOneScan) {
    for (const auto& [id, indicator] : indicators()) {
        const auto select = parse_select(indicator.sql);
        ASSERT_TRUE(select) << id;
        EXPECT_EQ(select->from, "telephony_visit") << id;
        EXPECT_EQ(indicator.table, "telephony_visit") << id;
        for (const auto& dim : {"day", "queue", "hour", "weekday"}) {
            ASSERT_NE(select->column(dim), nullptr) << id << " " << dim;
            EXPECT_EQ(*select->column(dim), dim) << id;
        }
        ASSERT_FALSE(split_conjuncts(select->where).empty());
        EXPECT_EQ(split_conjuncts(select->where).front(), "day BETWEEN :from AND :to") << id;
    }
}

TEST(Indicators, OnlyTheGoalHasATargetAndItHoldsFromMay2013) {
    for (const auto& [id, indicator] : indicators()) {
        EXPECT_EQ(indicator.targets.empty(), id != "telephony.in_time_offered") << id;
    }
    const auto goal = indicators().at("telephony.in_time_offered");
    ASSERT_EQ(goal.targets.size(), 1u);
    EXPECT_EQ(goal.targets[0].from, day_of({2013, 5, 1}));
    EXPECT_EQ(goal.targets[0].bound.value * 4, goal.targets[0].bound.scale * 3);
    ASSERT_TRUE(goal.green && goal.yellow);
    EXPECT_EQ(goal.yellow->value * 5, goal.yellow->scale * 3);
}

TEST(Module, NamesWhatItsIndicatorsUse) {
    const Module telephony = module();
    const auto known = indicators();
    std::set<std::string> dims;
    for (const auto& dim : telephony.dims) dims.insert(dim.name);
    for (const auto& [id, indicator] : known) {
        for (const auto& dim : indicator.dims) EXPECT_TRUE(dims.contains(dim)) << id << " " << dim;
    }
    for (const auto& cut : telephony.cuts) {
        EXPECT_EQ(cut.table, "telephony_visit");
        for (const auto& dim : cut.dims) EXPECT_TRUE(dims.contains(dim)) << dim;
    }
    ASSERT_EQ(telephony.identities.size(), 1u);
    for (const auto& [factor, id] : telephony.identities[0].terms) {
        EXPECT_TRUE(known.contains(id)) << id;
    }
}

TEST(Module, ShownColumnsAreWrittenByTheFormatAndStandInTheSchema) {
    const Module telephony = module();
    const std::string schema = read(folder() / "schema/001_visit.sql");
    const auto& written = telephony.formats.at(0).tables.at(0).columns;
    for (const auto& column : written) {
        EXPECT_NE(schema.find("\n    " + column + " "), std::string::npos) << column;
    }
    for (const auto& column : telephony.tables.at(0).columns) {
        EXPECT_NE(std::find(written.begin(), written.end(), column), written.end()) << column;
        EXPECT_TRUE(has_text(Language::da, "telephony.column." + column)) << column;
    }
}

}  // namespace
}  // namespace klarsyn::telephony
