// Relations: the format, and who is affected.
#include "modules/organisation/relations.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <set>

#include "core/random.h"
#include "ingest/derive_for_test.h"

namespace klarsyn::organisation {
namespace {

using ::testing::ElementsAre;

constexpr const char* kHeader = "from,relation,to,from_day,to_day\n";

Day on(std::string_view date) { return parse_iso_date(date).value(); }

std::vector<std::string> affected(const std::vector<Relation>& relations, std::string_view of,
                                  std::string_view day = "2013-04-15") {
    std::vector<std::string> list;
    for (const Affected& thing : affected_by(relations, of, on(day)))
        list.push_back(std::to_string(thing.steps) + " " + thing.thing + " < " + thing.through +
                       " " + thing.relation);
    return list;
}

TEST(AffectedBy, FollowsWhatNeedsWhat) {
    const std::vector<Relation> relations{{"EPM", "runs_on", "SRV1", {}, {}},
                                          {"SRV1", "located_in", "HVH", {}, {}},
                                          {"EPM", "Used at", "Herlev", {}, {}},
                                          {"SAN", "serves", "SRV1", {}, {}},
                                          {"RIS", "runs_on", "SRV2", {}, {}}};
    EXPECT_THAT(
        affected(relations, "HVH"),
        ElementsAre("1 SRV1 < HVH located_in", "2 EPM < SRV1 runs_on", "3 Herlev < EPM Used at"));
    EXPECT_THAT(affected(relations, "san").size(), 3U);  // whatever the case
    EXPECT_THAT(affected(relations, "Herlev"), ElementsAre());
    EXPECT_THAT(affected(relations, "nothing"), ElementsAre());
}

TEST(AffectedBy, EndsInCyclesAndTakesTheShortestWay) {
    const std::vector<Relation> ring{{"A", "depends_on", "B", {}, {}},
                                     {"B", "depends_on", "C", {}, {}},
                                     {"C", "depends_on", "A", {}, {}},
                                     {"A", "depends_on", "C", {}, {}},
                                     {"D", "connected_to", "A", {}, {}}};
    EXPECT_THAT(affected(ring, "C"),
                ElementsAre("1 A < C depends_on", "1 B < C depends_on", "2 D < A connected_to"));
    EXPECT_THAT(affected(ring, "D"),
                ElementsAre("1 A < D connected_to", "2 C < A depends_on", "3 B < C depends_on"));
}

TEST(AffectedBy, IsAsOfADay) {
    const std::vector<Relation> relations{
        {"EPM", "runs_on", "SRV1", {}, on("2013-04-14")},
        {"EPM", "runs_on", "SRV2", on("2013-04-15"), {}},
        {"ESA", "runs_on", "SRV1", on("2013-04-14"), on("2013-04-14")}};
    EXPECT_THAT(affected(relations, "SRV1", "2013-04-13"), ElementsAre("1 EPM < SRV1 runs_on"));
    EXPECT_THAT(affected(relations, "SRV1", "2013-04-14"),
                ElementsAre("1 EPM < SRV1 runs_on", "1 ESA < SRV1 runs_on"));
    EXPECT_THAT(affected(relations, "SRV1", "2013-04-15"), ElementsAre());
    EXPECT_THAT(affected(relations, "SRV2", "2013-04-15"), ElementsAre("1 EPM < SRV2 runs_on"));
}

// Against a computation of another kind: the closure by repeated joining, on random graphs.
TEST(AffectedBy, IsTheTransitiveClosureWhateverTheOrder) {
    for (std::uint64_t seed = 1; seed <= 30; ++seed) {
        Random random(seed);
        std::vector<Relation> relations;
        std::set<std::pair<int, int>> needs;  // second needs first
        for (int i = 0; i < 40; ++i) {
            const auto a = static_cast<int>(random.below(25));
            const auto b = static_cast<int>(random.below(25));
            const bool forward = random.chance(0.5);
            relations.push_back({"T" + std::to_string(a),
                                 forward ? "feeds" : "depends_on",
                                 "T" + std::to_string(b),
                                 {},
                                 {}});
            needs.insert(forward ? std::pair(a, b) : std::pair(b, a));
        }
        for (std::size_t before = 0; before != needs.size();) {
            before = needs.size();
            const auto now = needs;
            for (const auto& [a, b] : now)
                for (const auto& [c, d] : now)
                    if (b == c) needs.insert({a, d});
        }
        std::set<std::string> expected;
        for (const auto& [a, b] : needs)
            if (a == 0 && b != 0) expected.insert("T" + std::to_string(b));
        std::set<std::string> found;
        for (const Affected& thing : affected_by(relations, "T0", 0)) found.insert(thing.thing);
        EXPECT_EQ(found, expected) << seed;
        const auto once = affected(relations, "T0");
        std::reverse(relations.begin(), relations.end());
        EXPECT_EQ(once, affected(relations, "T0")) << seed;
    }
}

TEST(AffectedBy, EndsOnAHundredThousandRelations) {
    std::vector<Relation> chain;
    for (int i = 0; i < 100'000; ++i)
        chain.push_back({"N" + std::to_string(i + 1), "runs_on", "N" + std::to_string(i), {}, {}});
    EXPECT_EQ(affected_by(chain, "N0", 0).size(), 100'000U);
}

TEST(RelationRows, BecomeFactsAndAreCorrected) {
    const TestFile first{std::string(kHeader) + "SRV1,located_in,HVH,2013-01-01,\n", 1};
    const TestFile ended{std::string(kHeader) + "SRV1,located_in,HVH,01-01-2013,31-03-2013\n", 2};
    EXPECT_THAT(derive_files(relation_format(), {first}).rows,
                ElementsAre("core_relation s/SRV1/located_in/HVH/2013-01-01 thing=SRV1 "
                            "relation=located_in other=HVH valid_from=15706 valid_to=-"));
    EXPECT_EQ(derive_files(relation_format(), {first, ended}).rows,
              derive_files(relation_format(), {ended}).rows);
}

TEST(RelationRows, AreRejectedWithTheirReason) {
    EXPECT_THAT(
        derive_files(relation_format(),
                     {{std::string(kHeader) + ",runs_on,B,,\n"
                                              "A,,B,,\n"
                                              "A,runs_on,,,\n"
                                              "A,runs_on,a,,\n"
                                              "A,runs_on,B,soon,\n"
                                              "A,runs_on,B,,31-02-2013\n"
                                              "A,runs_on,B,2013-01-02,2013-01-01\n"
                                              "A,runs_on\n"}})
            .rejects,
        ElementsAre("0 2 from organisation.reject.missing",
                    "0 3 relation organisation.reject.missing",
                    "0 4 to organisation.reject.missing", "0 5 to organisation.reject.itself",
                    "0 6 from_day organisation.reject.day", "0 7 to_day organisation.reject.day",
                    "0 8 to_day organisation.reject.end_first", "0 9  reject.csv.too_few_fields"));
}

}  // namespace
}  // namespace klarsyn::organisation
