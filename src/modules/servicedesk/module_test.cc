// The module as a whole: its indicators parse and fit its tables, dimensions and identity.

#include "modules/module.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <filesystem>
#include <fstream>
#include <map>
#include <set>
#include <sstream>

#include "indicators/select.h"

namespace klarsyn::servicedesk {

Module module();

namespace {

std::filesystem::path folder() {
    return std::filesystem::path(KLARSYN_SOURCE_DIR) / "src/modules/servicedesk";
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
        EXPECT_EQ(parsed->id, "servicedesk." + item.path().stem().string());
        const std::string id = parsed->id;
        result.emplace(id, parsed.take());
    }
    return result;
}

TEST(Indicators, AreThoseOfTheContractWithATestEach) {
    std::set<std::string> ids;
    for (const auto& [id, indicator] : indicators()) {
        const std::string name = id.substr(id.find('.') + 1);
        ids.insert(name);
        EXPECT_TRUE(std::filesystem::exists(folder() / "indicators" / (name + ".test"))) << name;
    }
    for (const char* name : {"created", "resolved", "reopened", "closed", "moved_in", "moved_out",
                             "backlog", "backlog_age_median", "solve_time_median", "solve_time_p90",
                             "moves_mean", "sla_kept", "sla_kept_gross", "first_response_median",
                             "first_contact_share", "hop_time_median", "moves"})
        EXPECT_TRUE(ids.contains(name)) << name;
}

TEST(Indicators, OfCasesHaveTheSameDimensions) {
    for (const auto& [id, indicator] : indicators()) {
        const bool of_cases =
            indicator.table != "servicedesk_major" && indicator.table != "servicedesk_change";
        if (!of_cases) continue;
        std::vector<std::string> dims{"level", "org",      "group",   "category",
                                      "type",  "priority", "contact", "system"};
        if (id == "servicedesk.reopened") dims.push_back("from");
        if (id.starts_with("servicedesk.sla_kept")) dims.push_back("target");
        EXPECT_EQ(indicator.dims, dims) << id;
    }
}

// The facts that imports bring too, and not the live desk alone.
bool imported(std::string_view table) {
    const auto& written = module().formats.front().tables;
    return std::any_of(written.begin(), written.end(),
                       [table](const auto& one) { return one.name == table; });
}

// Equal FROM and equal dimension expressions are what lets the engine read the table once for all.
TEST(Indicators, OfOneTableShareOneScan) {
    for (const auto& [id, indicator] : indicators()) {
        if (!imported(indicator.table)) continue;
        const auto select = parse_select(indicator.sql);
        ASSERT_TRUE(select) << id;
        EXPECT_EQ(select->from, indicator.table) << id;
        ASSERT_NE(select->column("group"), nullptr) << id;
        EXPECT_EQ(*select->column("group"), "grp") << id;
        const bool is_balance = indicator.table == "servicedesk_stay";
        EXPECT_EQ(is_balance, id.find("backlog") != std::string::npos) << id;
        if (is_balance) continue;
        EXPECT_EQ(split_conjuncts(select->where).front(), "day BETWEEN :from AND :to") << id;
    }
}

TEST(ServicedeskModule, NamesWhatItsIndicatorsUse) {
    const Module servicedesk = module();
    const auto known = indicators();
    std::set<std::string> dims;
    for (const auto& dim : servicedesk.dims) dims.insert(dim.name);
    for (const auto& [id, indicator] : known) {
        for (const auto& dim : indicator.dims) EXPECT_TRUE(dims.contains(dim)) << id << " " << dim;
    }
    for (const auto& cut : servicedesk.cuts) {
        for (const auto& dim : cut.dims) EXPECT_TRUE(dims.contains(dim)) << dim;
    }
    ASSERT_EQ(servicedesk.identities.size(), 1U);
    const Identity& identity = servicedesk.identities[0];
    for (const auto& [factor, id] : identity.terms) EXPECT_TRUE(known.contains(id)) << id;
    ASSERT_EQ(identity.where.size(), 1U);
    EXPECT_EQ(identity.terms.at(identity.where[0].term).second, "servicedesk.reopened");
}

TEST(ServicedeskModule, ShownColumnsAreWrittenByTheFormatsAndStandInTheSchema) {
    const Module servicedesk = module();
    std::string schema;
    for (const auto& item : std::filesystem::directory_iterator(folder() / "schema"))
        schema += read(item.path());
    for (const Format& format : servicedesk.formats) {
        for (std::size_t t = 0; t < format.tables.size(); ++t) {
            if (format.tables[t].projection) continue;  // shown as lists, not as records
            ASSERT_LT(t, servicedesk.tables.size());
            EXPECT_EQ(format.tables[t].name, servicedesk.tables[t].name);
            const auto& written = format.tables[t].columns;
            for (const auto& column : written)
                EXPECT_NE(schema.find(" " + column + " "), std::string::npos) << column;
            for (const auto& column : servicedesk.tables[t].columns) {
                EXPECT_NE(std::find(written.begin(), written.end(), column), written.end())
                    << column;
                EXPECT_TRUE(has_text(Language::da, "servicedesk.column." + column)) << column;
            }
        }
    }
}

}  // namespace
}  // namespace klarsyn::servicedesk
