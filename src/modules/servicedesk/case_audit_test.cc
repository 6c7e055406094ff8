// Format case-audit: rows of files become facts of cases; each reason to reject a row.
#include <fstream>
#include <set>
#include <sstream>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "modules/servicedesk/derive_for_test.h"
#include "modules/servicedesk/readers.h"

namespace klarsyn::servicedesk {
namespace {

using ::testing::ElementsAre;

constexpr std::string_view kHeader =
    "number,incident_state,reopen_count,sys_mod_count,opened_at,sys_updated_at,contact_type,"
    "category,priority,assignment_group,resolved_at,closed_at\n";

ImportOptions options() {
    ImportOptions options;
    options.source = "case-audit";
    return options;
}

std::string row(std::string_view state, std::string_view mod, std::string_view updated,
                std::string_view group = "Desk", std::string_view number = "INC1") {
    std::string text(number);
    for (const std::string_view part :
         {state, std::string_view("0"), mod, std::string_view("01-04-2018 08:00"), updated,
          std::string_view("Phone"), std::string_view("Network"), std::string_view("2 - High"),
          group, std::string_view("?"), std::string_view("?")}) {
        text += ',';
        text += part;
    }
    return text + "\n";
}

std::string file(const std::vector<std::string>& rows) {
    std::string text(kHeader);
    for (const std::string& each : rows) text += each;
    return text;
}

std::vector<std::string> kinds(const std::vector<Fact>& facts) {
    std::vector<std::string> list;
    for (const Fact& fact : facts) {
        if (fact.contains("kind"))
            list.push_back(fact.at("kind") + " " + (fact.contains("grp") ? fact.at("grp") : "-"));
    }
    return list;
}

std::vector<Fact> derive(const std::vector<TestFile>& files) {
    return facts_of(case_audit_format(), files, options());
}

TEST(CaseAudit, AFactCarriesAllOfItsRow) {
    const auto facts = derive({{file({row("New", "0", "01-04-2018 08:05")})}});
    ASSERT_EQ(facts.size(), 4U);
    const Fact& created = facts[0];
    EXPECT_EQ(created.at("table"), "servicedesk_event");
    EXPECT_EQ(created.at("key"), "case-audit/INC1/created/1522562400");
    EXPECT_EQ(created.at("kind"), "created");
    EXPECT_EQ(created.at("day"), std::to_string(day_of({2018, 4, 1})));
    EXPECT_EQ(created.at("grp"), "Desk");
    EXPECT_FALSE(created.contains("type"));  // the audit has no such column
    EXPECT_EQ(created.at("priority"), "2 - High");
    EXPECT_EQ(created.at("contact"), "Phone");
    EXPECT_FALSE(created.contains("level"));
    EXPECT_EQ(created.at("case_no"), "INC1");
    EXPECT_EQ(facts[2].at("table"), "servicedesk_stay");
    EXPECT_EQ(facts[2].at("cls"), "-1");
    const Fact& target = facts[3];  // nothing says that it was solved in its three hours
    EXPECT_EQ(target.at("table"), "servicedesk_target");
    EXPECT_EQ(target.at("key"), "case-audit/INC1/resolution");
    EXPECT_EQ(target.at("target"), "resolution");
    EXPECT_EQ(target.at("kept"), "0");
    EXPECT_EQ(target.at("limit_s"), "10800");
    EXPECT_EQ(target.at("at"), std::to_string(1522562400 + 10800));
    EXPECT_FALSE(target.contains("running_s"));
}

TEST(CaseAudit, OrderIsTimeThenCountThenLine) {
    const auto facts = derive({{file({row("Active", "2", "01-04-2018 09:00", "C"),
                                      row("New", "0", "01-04-2018 08:05", "A"),
                                      row("Active", "1", "01-04-2018 09:00", "B"),
                                      row("Active", "2", "01-04-2018 09:00", "D")})}});
    EXPECT_THAT(kinds(facts),
                ElementsAre("created A", "assigned A", "moved_out A", "moved_in B", "moved_out B",
                            "moved_in C", "moved_out C", "moved_in D"));
}

TEST(CaseAudit, FilesTogetherAreWorthWhatOneFileWouldBe) {
    const std::string first = row("New", "0", "01-04-2018 08:05", "A");
    const std::string second = row("Active", "1", "02-04-2018 09:00", "B");
    const std::string third = row("Closed", "2", "03-04-2018 09:00", "B");
    const auto whole = derive({{file({first, second, third})}});
    EXPECT_EQ(derive({{file({third}), 1}, {file({first, second}), 2}}), whole);
    EXPECT_EQ(derive({{file({first, second}), 1}, {file({first, second, third}), 2}}), whole);
}

TEST(CaseAudit, TheLaterBatchCorrectsTheEarlier) {
    const std::string wrong = row("New", "0", "01-04-2018 08:05", "Wrong");
    const std::string right = row("New", "0", "01-04-2018 08:05", "Right");
    EXPECT_THAT(kinds(derive({{file({wrong}), 1}, {file({right}), 2}})),
                ElementsAre("created Right", "assigned Right"));
    EXPECT_THAT(kinds(derive({{file({wrong}), 2}, {file({right}), 1}})),
                ElementsAre("created Wrong", "assigned Wrong"));
    const Format format = case_audit_format();
    const auto identity = [&](const std::string& content) {
        const auto scanned = format.scan(content, options(), nullptr);
        const SourceRow& only = scanned->rows.at(0);
        GroupRow group;
        group.bytes = scanned->text.substr(only.offset, only.length);
        group.context = scanned->context.get();
        return format.identify(group);
    };
    const std::string wrong_file = file({wrong}), right_file = file({right});
    EXPECT_EQ(identity(wrong_file).key, identity(right_file).key);
    EXPECT_NE(identity(wrong_file).content, identity(right_file).content);
}

TEST(CaseAudit, OnlyWantedGroupsAreReturned) {
    const Format format = case_audit_format();
    const std::string content = file({row("New", "0", "01-04-2018 08:05", "A", "INC7"),
                                      row("New", "0", "01-04-2018 08:05", "A", "INC8")});
    const auto all = format.scan(content, options(), nullptr);
    ASSERT_EQ(all->rows.size(), 2U);
    const std::vector<std::int64_t> wanted{all->rows[1].group};
    const auto some = format.scan(content, options(), &wanted);
    ASSERT_EQ(some->rows.size(), 1U);
    EXPECT_EQ(some->rows[0].offset, all->rows[1].offset);
}

TEST(CaseAudit, RowsAreRejectedWithTheirReason) {
    const std::string good = row("New", "0", "01-04-2018 08:05");
    std::string bad_time = good, no_opened = good, no_number = good, bad_count = good;
    bad_time.replace(bad_time.find("01-04-2018 08:05"), 16, "31-04-2018 08:05");
    no_opened.replace(no_opened.find("01-04-2018 08:00"), 16, "?");
    no_number.replace(0, 4, "?");
    bad_count.replace(bad_count.find(",0,0,"), 5, ",0,x,");
    std::string bad_resolved = good, bad_reopened = good, not_utf8 = good;
    bad_resolved.replace(bad_resolved.rfind("?,?"), 1, "never");
    bad_reopened.replace(bad_reopened.find(",0,0,"), 5, ",-1,0,");
    not_utf8.replace(not_utf8.find("Network"), 7, "Net\xE6rk");
    ImportOptions stated = options();
    stated.encoding = "utf-8";
    EXPECT_THAT(
        rejects_of(case_audit_format(),
                   file({bad_time, no_opened, no_number, bad_count, bad_resolved, bad_reopened,
                         not_utf8, "INC1,New\n", good}),
                   stated),
        ElementsAre("2 sys_updated_at servicedesk.reject.time_unreadable",
                    "3 opened_at servicedesk.reject.missing", "4 number servicedesk.reject.missing",
                    "5 sys_mod_count servicedesk.reject.not_a_count",
                    "6 resolved_at servicedesk.reject.time_unreadable",
                    "7 reopen_count servicedesk.reject.not_a_count", "8  reject.csv.not_utf8",
                    "9  reject.csv.too_few_fields"));
}

TEST(CaseAudit, AFileWithoutANeededColumnIsRefused) {
    const auto scanned = case_audit_format().scan("number,state,opened_at\n", options(), nullptr);
    ASSERT_FALSE(scanned.ok());
    EXPECT_EQ(scanned.error().key, "servicedesk.error.column_missing");
    EXPECT_EQ(scanned.error().field, "sys_updated_at");
}

TEST(CaseAudit, SemicolonsAndLatin1AreReadAndSaid) {
    std::string content = file({row("New", "0", "01-04-2018 08:05", "K\xF8")});
    std::replace(content.begin(), content.end(), ',', ';');
    const auto scanned = case_audit_format().scan(content, options(), nullptr);
    ASSERT_TRUE(scanned.ok());
    std::set<std::string> notices;
    for (const Notice& notice : scanned->notices) notices.insert(notice.key);
    EXPECT_TRUE(notices.contains("notice.csv.encoding_detected"));
    EXPECT_TRUE(notices.contains("notice.csv.delimiter_detected"));
    EXPECT_THAT(kinds(derive({{content}})), ElementsAre("created Kø", "assigned Kø"));
}

TEST(CaseAudit, UnmappedGroupsAreNamed) {
    ImportOptions with_groups = options();
    with_groups.groups = "group,level,org,from,to\nDesk,1,CIMT,,\n";
    with_groups.groups_name = "groups.csv";
    const std::string content = file({row("New", "0", "01-04-2018 08:05", "Desk", "INC1"),
                                      row("New", "0", "01-04-2018 08:05", "Lab", "INC2"),
                                      row("New", "0", "01-04-2018 08:05", "Elsewhere", "INC3")});
    const auto scanned = case_audit_format().scan(content, with_groups, nullptr);
    ASSERT_TRUE(scanned.ok());
    const Notice& last = scanned->notices.back();
    EXPECT_EQ(last.key, "servicedesk.notice.groups_unmapped");
    EXPECT_EQ(last.args.at(0).second, "Elsewhere, Lab");
}

// The real export, as it is.
class Excerpt : public ::testing::Test {
protected:
    static std::string content() {
        std::ifstream in(
            std::string(KLARSYN_SOURCE_DIR) + "/tests/data/servicenow/incident_event_log_600.csv",
            std::ios::binary);
        std::ostringstream text;
        text << in.rdbuf();
        return text.str();
    }
};

TEST_F(Excerpt, ReadsWithoutARejectAndClosesEveryCase) {
    const std::string text = content();
    const auto scanned = case_audit_format().scan(text, options(), nullptr);
    ASSERT_TRUE(scanned.ok());
    EXPECT_EQ(scanned->rows_read, 4137);
    EXPECT_EQ(scanned->rejects.size(), 0U);
    std::map<std::string, int> counts;
    int still_open = 0;
    const auto facts = derive({{text}});
    for (const Fact& fact : of_table(facts, "servicedesk_event")) ++counts[fact.at("kind")];
    for (const Fact& fact : of_table(facts, "servicedesk_stay"))
        still_open += fact.contains("to_day") ? 0 : 1;
    EXPECT_EQ(counts["created"], 600);
    EXPECT_EQ(counts["closed"], 600);
    EXPECT_EQ(counts["resolved"], 607);  // 594 cases once, five twice, one three times
    EXPECT_EQ(counts["solved"], 600);
    EXPECT_EQ(counts["reopened"], 7);
    EXPECT_EQ(still_open, 0);
    std::map<std::string, int> targets;
    for (const Fact& fact : of_table(facts, "servicedesk_target")) {
        EXPECT_EQ(fact.contains("kept"), fact.at("target") == "resolution") << fact.at("key");
        if (fact.at("clock") != "2") ++targets[fact.at("target") + fact.at("lacks")];
    }
    // Every case has a target; that of the first response lacks the reply, which no audit tells.
    EXPECT_EQ(targets, (std::map<std::string, int>{{"first_responsereply", 600},
                                                   {"resolution", 600}}));
}

TEST_F(Excerpt, IdentityHoldsForEveryLevelAndDay) {
    GroupMap groups;
    for (int i = 0; i < 90; ++i) {
        const Day split = day_of({2016, 3, 1}) + i % 30;
        const std::string name = "Group " + std::to_string(i);
        groups.add(name, {0, split, std::to_string(1 + i % 3), "North"});
        groups.add(name,
                   {split + 1 + i % 2, GroupSpan::kOpenEnd, std::to_string(1 + i % 2), "East"});
    }
    const std::vector<TestFile> files{{content()}};
    std::map<std::string, std::map<Day, int>> flows, stocks;
    for (const Fact& fact : facts_of(case_audit_format(), files, options(), groups)) {
        const std::string level = fact.contains("level") ? fact.at("level") : "unknown";
        if (fact.at("table") != "servicedesk_event" && fact.at("table") != "servicedesk_stay")
            continue;
        if (!fact.contains("kind")) {
            ++stocks[level][std::stoi(fact.at("from_day"))];
            if (fact.contains("to_day")) --stocks[level][std::stoi(fact.at("to_day"))];
            continue;
        }
        const std::string& kind = fact.at("kind");
        const bool moves = fact.at("level_changed") == "1";
        const int weight = kind == "created"              ? 1
                           : kind == "closed"             ? -1
                           : kind == "reopened"           ? fact.at("was") == "closed"
                           : kind == "moved_in" && moves  ? 1
                           : kind == "moved_out" && moves ? -1
                                                          : 0;
        flows[level][std::stoi(fact.at("day"))] += weight;
    }
    for (auto* changes : {&flows, &stocks}) {
        for (auto& [level, days] : *changes)
            std::erase_if(days, [](auto& d) { return d.second == 0; });
        std::erase_if(*changes, [](auto& entry) { return entry.second.empty(); });
    }
    EXPECT_GT(flows.size(), 2U);
    EXPECT_EQ(flows, stocks);
}

}  // namespace
}  // namespace klarsyn::servicedesk
