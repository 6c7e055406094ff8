// Format org: the shipped region, and each reason to reject a row.
#include <fstream>
#include <map>
#include <sstream>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "modules/organisation/organisation.h"

namespace klarsyn::organisation {
namespace {

using ::testing::ElementsAre;

constexpr std::string_view kHeader = "kind,code,name,parent,from,to,aliases\n";

std::string shipped() {
    std::ifstream in(std::string(KLARSYN_SOURCE_DIR) +
                     "/src/modules/organisation/data/region-hovedstaden.csv");
    std::ostringstream text;
    text << in.rdbuf();
    return text.str();
}

// Keeps facts as words: "0 code=HGH ...".
class FactList : public FactSink {
public:
    void begin(int table, std::string_view key) override {
        row_ = std::to_string(table) + " " + std::string(key);
    }
    void i64(std::int64_t value) override { row_ += " " + std::to_string(value); }
    void null() override { row_ += " -"; }
    void text(std::string_view value) override { row_ += " '" + std::string(value) + "'"; }
    void end() override { rows.push_back(row_); }
    std::int64_t name(std::string_view) override { return 0; }
    std::vector<std::string> rows;

private:
    std::string row_;
};

struct Source {
    std::string content;
    std::int64_t batch = 1;
};

std::vector<std::string> facts_of(const std::vector<Source>& sources) {
    const Format format = org_format();
    ImportOptions options;
    options.source = "org";
    std::vector<ScannedFile> files;
    std::map<std::int64_t, std::vector<GroupRow>> groups;
    for (std::size_t i = 0; i < sources.size(); ++i) {
        auto scanned = format.scan(sources[i].content, options, nullptr);
        EXPECT_TRUE(scanned.ok());
        files.push_back(scanned.take());
    }
    for (std::size_t i = 0; i < files.size(); ++i) {
        for (const SourceRow& row : files[i].rows) {
            GroupRow group;
            group.bytes = files[i].text.substr(row.offset, row.length);
            group.context = files[i].context.get();
            group.batch = sources[i].batch;
            group.file = static_cast<std::uint32_t>(i);
            groups[row.group].push_back(group);
        }
    }
    FactList facts;
    for (const auto& [group, rows] : groups) format.derive({"org", rows, nullptr}, facts);
    return facts.rows;
}

std::vector<std::string> rejects_of(const std::string& rows) {
    ImportOptions options;
    options.source = "org";
    const auto scanned = org_format().scan(std::string(kHeader) + rows, options, nullptr);
    EXPECT_TRUE(scanned.ok());
    std::vector<std::string> reasons;
    for (const Reject& reject : scanned->rejects) {
        EXPECT_TRUE(has_text(Language::da, reject.key)) << reject.key;
        reasons.push_back(std::to_string(reject.line) + " " + reject.field + " " + reject.key);
    }
    return reasons;
}

TEST(Region, ReadsWithoutRejects) {
    ImportOptions options;
    options.source = "org";
    const std::string content = shipped();
    const auto scanned = org_format().scan(content, options, nullptr);
    ASSERT_TRUE(scanned.ok());
    EXPECT_EQ(scanned->rejects.size(), 0U);
    EXPECT_GT(scanned->rows.size(), 20U);
}

// The codes that a spelling has on a day, from the derived aliases.
std::vector<std::string> codes_of(std::string_view spelling, Day day) {
    static const std::vector<std::string> kFacts = facts_of({{shipped()}});
    std::vector<std::string> codes;
    const std::string wanted = "'" + fold(spelling) + "' '";
    for (const std::string& fact : kFacts) {
        const auto at = fact.rfind(wanted);
        if (fact[0] != '1' || at == std::string::npos) continue;
        const auto begin = at + wanted.size();
        const auto end = fact.find('\'', begin);
        std::istringstream days(fact.substr(end + 1));
        std::string from, to;
        days >> from >> to;
        if (std::stoll(from) <= day && (to == "-" || day <= std::stoll(to)))
            codes.push_back(fact.substr(begin, end - begin));
    }
    return codes;
}

TEST(Region, EverySpellingOfTheSourcesIsOneCode) {
    const Day day = day_of({2018, 4, 1});
    for (const char* spelling :
         {"Herlev og Gentofte Hospital", "Herlev og Gentofte hospital", "Herlev-Gentofte", "HGH"}) {
        EXPECT_THAT(codes_of(spelling, day), ElementsAre("HGH")) << spelling;
    }
    EXPECT_THAT(codes_of("Hospitalerne i Nordsjælland", day), ElementsAre("NOH"));
    EXPECT_THAT(codes_of("Obstetrikken på Hvidovre", day), ElementsAre("AHH"));
    EXPECT_THAT(codes_of("psykiatrien", day), ElementsAre("RHP"));
    EXPECT_THAT(codes_of("Bispebjerg og Frederiksberg Hospitaler", day), ElementsAre("BFH"));
}

TEST(Region, TwoRegionsBecomeOne) {
    EXPECT_THAT(codes_of("Region Hovedstaden", day_of({2026, 12, 31})),
                ElementsAre("Region Hovedstaden"));
    EXPECT_THAT(codes_of("Region Hovedstaden", day_of({2027, 1, 1})),
                ElementsAre("Region Østdanmark"));
    EXPECT_THAT(codes_of("Region Sjælland", day_of({2027, 1, 1})),
                ElementsAre("Region Østdanmark"));
}

TEST(OrgRows, AreRejectedWithTheirReason) {
    EXPECT_THAT(rejects_of("planet,X,X,,,,\n"), ElementsAre("2 kind organisation.reject.kind"));
    EXPECT_THAT(rejects_of("hospital,,X,,,,\n"), ElementsAre("2 code organisation.reject.missing"));
    EXPECT_THAT(rejects_of("hospital,X,,,,,\n"), ElementsAre("2 name organisation.reject.missing"));
    EXPECT_THAT(rejects_of("hospital,X,X,,1/1/2020,,\n"),
                ElementsAre("2 from organisation.reject.date"));
    EXPECT_THAT(rejects_of("hospital,X,X,,2020-01-02,2020-01-01,\n"),
                ElementsAre("2 to organisation.reject.end_first"));
    EXPECT_THAT(rejects_of("hospital,X\n"), ElementsAre("2  reject.csv.too_few_fields"));
}

TEST(OrgRows, MustNotOverlap) {
    EXPECT_THAT(rejects_of("hospital,X,X,,2020-01-01,2020-12-31,\n"
                           "hospital,X,X,,2021-01-01,,\n"),
                ElementsAre());
    EXPECT_THAT(rejects_of("hospital,X,X,,2020-01-01,2020-12-31,\n"
                           "hospital,X,X,,2020-12-31,,\n"),
                ElementsAre("3 from organisation.reject.overlap"));
    EXPECT_THAT(rejects_of("hospital,X,North,,2020-01-01,2020-12-31,Old name\n"
                           "hospital,Y,South,,2020-06-01,,old  NAME\n"),
                ElementsAre("3 aliases organisation.reject.alias_taken"));
}

TEST(OrgRows, ALaterFileReplacesAllOfACode) {
    const std::string first = std::string(kHeader) +
                              "hospital,X,North,,2020-01-01,2020-12-31,\n"
                              "hospital,X,North,,2021-01-01,,\n";
    const std::string second = std::string(kHeader) + "hospital,X,South,,2020-01-01,,\n";
    EXPECT_EQ(facts_of({{first, 1}, {second, 2}}), facts_of({{second, 2}}));
    EXPECT_EQ(facts_of({{first, 3}, {second, 2}}), facts_of({{first, 3}}));
}

TEST(OrgFile, WithoutAColumnIsRefused) {
    ImportOptions options;
    const auto scanned = org_format().scan("kind,code,name\n", options, nullptr);
    ASSERT_FALSE(scanned.ok());
    EXPECT_EQ(scanned.error().key, "organisation.error.column_missing");
    EXPECT_EQ(scanned.error().field, "parent");
}

}  // namespace
}  // namespace klarsyn::organisation
