// Imports of cases into a database: the real excerpt, groups that change, withdrawals.
#include <filesystem>
#include <fstream>
#include <sstream>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "ingest/import.h"
#include "modules/organisation/organisation.h"
#include "modules/servicedesk/desk/case_search.h"
#include "modules/servicedesk/groups.h"
#include "modules/servicedesk/readers.h"
#include "store/schemas_for_test.h"

namespace klarsyn::servicedesk {
namespace {

using ::testing::ElementsAre;

std::string read(const std::string& path) {
    std::ifstream in(std::string(KLARSYN_SOURCE_DIR) + path, std::ios::binary);
    std::ostringstream text;
    text << in.rdbuf();
    return text.str();
}

std::vector<Migration> all_migrations() {
    return schemas_of(
        {"store", "ingest", "indicators", "modules/organisation", "modules/servicedesk"});
}

constexpr std::string_view kHeader =
    "number,incident_state,sys_mod_count,opened_at,sys_updated_at,assignment_group,closed_at\n";
constexpr std::string_view kOpenCase =
    "INC1,New,0,01-04-2018 08:00,01-04-2018 08:05,Desk,?\n"
    "INC1,Active,1,01-04-2018 08:00,03-04-2018 08:05,Server,?\n";

class CaseImport : public ::testing::Test {
protected:
    CaseImport() {
        std::string pattern = (std::filesystem::temp_directory_path() / "klarsyn-XXXXXX").string();
        folder_ = ::mkdtemp(pattern.data());
        store_ = Store::create(folder_ + "/data", all_migrations()).take();
    }
    ~CaseImport() override {
        store_.reset();
        std::filesystem::remove_all(folder_);
    }

    Result<BatchReport> import(const Format& format, const std::string& content,
                               const std::string& groups = {}) {
        ImportRequest request;
        request.format = &format;
        request.options.source = std::string(format.name);
        request.options.groups = groups;
        request.options.groups_name = groups.empty() ? "" : "groups.csv";
        request.files = {{"file.csv", content}};
        request.actor = "test";
        return import_batch(*store_, clock_, request);
    }

    BatchReport import_case(const std::string& rows, const std::string& groups = {}) {
        auto report = import(format_, std::string(kHeader) + rows, groups);
        EXPECT_TRUE(report.ok()) << (report.ok() ? "" : report.error().key);
        return report.ok() ? report.take() : BatchReport{};
    }

    std::int64_t count(const std::string& from) {
        return query_i64(store_->writer(), "SELECT COUNT(*) FROM " + from).take();
    }

    // "day..day level/org" of the stays that hold now.
    std::vector<std::string> stays() {
        auto rows = store_->writer()
                        .query(
                            "SELECT s.from_day, s.to_day, l.text, o.text "
                            "FROM servicedesk_stay AS s JOIN core_name AS l ON l.id = s.level "
                            "JOIN core_name AS o ON o.id = s.org "
                            "WHERE s.retracted_seq IS NULL ORDER BY s.case_no, s.from_day")
                        .take();
        std::vector<std::string> list;
        while (rows->next().take()) {
            list.push_back(iso_date(static_cast<Day>(rows->i64(0))) + ".." +
                           (rows->is_null(1) ? "" : iso_date(static_cast<Day>(rows->i64(1)))) +
                           " " + std::string(rows->text(2)) + "/" + std::string(rows->text(3)));
        }
        return list;
    }

    void withdraw(const BatchReport& report) {
        const auto done = withdraw_batch(*store_, clock_, format_, report.seq, "test", "test");
        ASSERT_TRUE(done.ok()) << done.error().key;
    }

    std::string folder_;
    std::unique_ptr<Store> store_;
    FixedClock clock_{1'800'000'000};
    const Format format_ = case_audit_format();
};

TEST_F(CaseImport, TheExcerptAsItIsAndAgain) {
    const std::string content = read("/tests/data/servicenow/incident_event_log_600.csv");
    const auto first = import(format_, content);
    ASSERT_TRUE(first.ok()) << first.error().key;
    EXPECT_EQ(first->rows_read, 4137);
    EXPECT_EQ(first->rows_new, 4137);
    EXPECT_EQ(first->rows_rejected, 0);
    EXPECT_EQ(count("servicedesk_event WHERE kind = 'created'"), 600);
    EXPECT_EQ(count("servicedesk_stay WHERE to_day IS NULL"), 0);
    const std::int64_t events = count("servicedesk_event");

    const auto again = import(format_, content);
    ASSERT_TRUE(again.ok()) << again.error().key;
    EXPECT_EQ(again->rows_new, 0);
    EXPECT_EQ(again->rows_unchanged, 4137);
    EXPECT_EQ(count("servicedesk_event"), events);

    withdraw(*first);
    EXPECT_EQ(count("servicedesk_event WHERE retracted_seq IS NULL"), events);
    withdraw(*again);
    EXPECT_EQ(count("servicedesk_event WHERE retracted_seq IS NULL"), 0);
    EXPECT_EQ(count("servicedesk_stay WHERE retracted_seq IS NULL"), 0);
}

TEST_F(CaseImport, AGroupsFileChangesCasesThatWereImportedBefore) {
    import_case(std::string(kOpenCase));
    EXPECT_THAT(stays(), ElementsAre("2018-04-01..2018-04-03 unknown/unknown",
                                     "2018-04-03.. unknown/unknown"));
    const BatchReport mapped =
        import_case(std::string(kOpenCase),
                    "group,level,org,from,to\nDesk,1,IMT,,\nServer,2,IMT,,2018-04-09\n"
                    "Server,3,IMT,2018-04-10,\n");
    EXPECT_THAT(stays(), ElementsAre("2018-04-01..2018-04-03 1/IMT", "2018-04-03..2018-04-10 2/IMT",
                                     "2018-04-10.. 3/IMT"));
    const BatchReport corrected = import_case("", "group,level\nServer,2\n");
    EXPECT_THAT(stays(), ElementsAre("2018-04-01..2018-04-03 1/IMT", "2018-04-03.. 2/unknown"));
    withdraw(corrected);
    EXPECT_THAT(stays(), ElementsAre("2018-04-01..2018-04-03 1/IMT", "2018-04-03..2018-04-10 2/IMT",
                                     "2018-04-10.. 3/IMT"));
    withdraw(mapped);
    EXPECT_THAT(stays(), ElementsAre("2018-04-01..2018-04-03 unknown/unknown",
                                     "2018-04-03.. unknown/unknown"));
    EXPECT_EQ(count_derivation_faults(*store_, format_, "case-audit").take(), 0);
}

TEST_F(CaseImport, AWithdrawnMappingLeavesTheLaterOne) {
    const BatchReport first =
        import_case(std::string(kOpenCase), "group,level\nDesk,1\nServer,1\n");
    import_case("", "group,level\nServer,3\n");
    withdraw(first);  // its rows go too
    EXPECT_THAT(stays(), ElementsAre());
    import_case(std::string(kOpenCase));
    EXPECT_THAT(stays(),
                ElementsAre("2018-04-01..2018-04-03 unknown/unknown", "2018-04-03.. 3/unknown"));
}

TEST_F(CaseImport, SpellingsOfAHospitalAreOneOrganisationAndAMergerSplits) {
    const Format org = organisation::org_format();
    const auto region = import(org, read("/src/modules/organisation/data/region-hovedstaden.csv"));
    ASSERT_TRUE(region.ok()) << region.error().key;
    import_case(std::string(kOpenCase),
                "group,level,org\nDesk,1,Herlev-Gentofte\nServer,1,Region Hovedstaden\n");
    EXPECT_THAT(stays(), ElementsAre("2018-04-01..2018-04-03 1/HGH",
                                     "2018-04-03..2027-01-01 1/Region Hovedstaden",
                                     "2027-01-01.. 1/Region Østdanmark"));
    EXPECT_EQ(count("servicedesk_event WHERE kind = 'moved_in' AND level_changed = 1"), 0);
}

TEST_F(CaseImport, ABadGroupsFileRefusesTheImport) {
    const auto report = import(format_, std::string(kHeader) + std::string(kOpenCase),
                               "group,level,org,from,to\nDesk,1,,,\nDesk,2,,,\n");
    ASSERT_FALSE(report.ok());
    EXPECT_EQ(report.error().key, "servicedesk.error.groups_overlap");
    EXPECT_EQ(count("servicedesk_event"), 0);
    EXPECT_EQ(count("servicedesk_group"), 0);
}

class ImportedRows : public CaseImport {
protected:
    std::int64_t faults() { return count_derivation_faults(*store_, format_, "case-audit").take(); }
    void spoil(const std::string& sql) {
        ASSERT_TRUE(store_->writer().begin_write().ok());
        const auto done = store_->writer().run(sql);
        ASSERT_TRUE(done.ok()) << done.error().key;
        ASSERT_TRUE(store_->writer().commit().ok());
    }
    std::string text(const std::string& column, const std::string& number) {
        auto rows = store_->writer()
                        .query("SELECT " + column + " FROM servicedesk_case WHERE number = :number",
                               {{":number", number}})
                        .take();
        return rows->next().take() ? std::string(rows->text(0)) : "none";
    }
};

TEST_F(ImportedRows, FollowTheFactsThroughCorrectionsAndWithdrawals) {
    const auto first = import(format_, read("/tests/data/servicenow/incident_event_log_600.csv"));
    ASSERT_TRUE(first.ok()) << first.error().key;
    EXPECT_EQ(count("servicedesk_case"), 600);
    EXPECT_EQ(count("servicedesk_case WHERE open = 1"), 0);
    const BatchReport second = import_case(std::string(kOpenCase), "group,level\nServer,2\n");
    EXPECT_EQ(count("servicedesk_case"), 601);
    EXPECT_EQ(text("state", "case-audit:INC1"), "active");
    EXPECT_EQ(text("grp", "case-audit:INC1"), "Server");
    EXPECT_EQ(count("servicedesk_case WHERE number = 'case-audit:INC1' AND level = 2"), 1);
    EXPECT_EQ(faults(), 0);
    const BatchReport third =
        import_case("INC1,Closed,2,01-04-2018 08:00,05-04-2018 08:05,Server,05-04-2018 08:05\n",
                    "group,level\nServer,3\n");
    EXPECT_EQ(text("state", "case-audit:INC1"), "closed");
    EXPECT_EQ(count("servicedesk_case WHERE closed_at IS NOT NULL AND level = 3 AND open = 0"), 1);
    EXPECT_EQ(faults(), 0);
    withdraw(third);
    EXPECT_EQ(text("state", "case-audit:INC1"), "active");
    withdraw(second);
    EXPECT_EQ(count("servicedesk_case"), 600);
    EXPECT_EQ(faults(), 0);
    withdraw(*first);
    EXPECT_EQ(count("servicedesk_case"), 0);
}

TEST_F(ImportedRows, VerifyFindsWhateverDoesNotFollow) {
    import_case(std::string(kOpenCase));
    EXPECT_EQ(faults(), 0);
    spoil("UPDATE servicedesk_case SET grp = 'Desk'");
    EXPECT_EQ(faults(), 1);
    spoil("UPDATE servicedesk_case SET grp = 'Server'");
    EXPECT_EQ(faults(), 0);
    spoil("UPDATE servicedesk_case SET number = 'case-audit:INC2'");
    EXPECT_EQ(faults(), 1);
    spoil("DELETE FROM servicedesk_case");
    EXPECT_EQ(faults(), 2);  // not there, and one too few
    const DeriveReason reason{"test", "test"};
    ASSERT_TRUE(derive_source(*store_, clock_, format_, "case-audit", reason).ok());
    EXPECT_EQ(count("servicedesk_case"), 1);
    EXPECT_EQ(faults(), 0);
}

// A database from before there were such rows: nothing is missing until they are derived.
TEST_F(ImportedRows, FactsFromBeforeGetTheirRowsWithTheNextImport) {
    import_case(std::string(kOpenCase));
    spoil("DELETE FROM servicedesk_case");
    spoil("UPDATE core_derivation SET derivation = 2");
    EXPECT_EQ(faults(), 0);
    import_case("INC2,New,0,01-04-2018 08:00,01-04-2018 08:05,Desk,?\n");
    EXPECT_EQ(count("servicedesk_case"), 2);
    EXPECT_EQ(faults(), 0);
}

TEST_F(ImportedRows, TheDesksOwnSourceIsRefused) {
    ImportRequest request;
    request.format = &format_;
    request.options.source = "klarsyn";
    request.files = {{"file.csv", std::string(kHeader) + std::string(kOpenCase)}};
    const auto report = import_batch(*store_, clock_, request);
    ASSERT_FALSE(report.ok());
    EXPECT_EQ(report.error().key, "servicedesk.error.own_source");
}

// Titles, texts and callers are no facts, yet they follow the files like facts do.
class ImportedTexts : public ImportedRows {
protected:
    static constexpr std::string_view kColumns =
        "number,opened,closed,updated,short_description,description,caller_id,group\n";

    BatchReport import_texts(const std::string& rows) {
        auto report = import(csv_, std::string(kColumns) + rows);
        EXPECT_TRUE(report.ok()) << (report.ok() ? "" : report.error().key);
        return report.ok() ? report.take() : BatchReport{};
    }
    std::string found(const std::string& words) {
        SearchQuery query;
        query.text = words;
        const auto reader = store_->reader().take();
        std::string numbers;
        for (const SearchHit& hit : search_.find(*reader, query).take().hits)
            numbers += hit.object + " ";
        return numbers;
    }
    std::int64_t search_faults() { return count_search_faults(*store_).take(); }
    std::int64_t csv_faults() { return count_derivation_faults(*store_, csv_, "case-csv").take(); }

    const Format csv_ = case_csv_format();
    Search search_;
};

TEST_F(ImportedTexts, AreKeptAndFound) {
    import_texts(
        "INC7,2018-04-09 08:00,,2018-04-09 09:00,Printer i Rødovre,\"Den\nbrænder\",Bodil "
        "Kjær,Net\n"
        "INC8,2018-04-09 08:00,2018-04-10 08:00,2018-04-10 08:00,,Et netværksproblem,,Net\n");
    EXPECT_EQ(text("title", "case-csv:INC7"), "Printer i Rødovre");
    EXPECT_EQ(text("text", "case-csv:INC7"), "Den\nbrænder");
    EXPECT_EQ(text("caller_name", "case-csv:INC7"), "Bodil Kjær");
    EXPECT_EQ(text("title", "case-csv:INC8"), "");
    for (const char* words : {"rodovre", "brænder", "bodil", "case-csv:INC7", "inc7"})
        EXPECT_EQ(found(words), "case-csv:INC7 ") << words;
    EXPECT_EQ(found("værks"), "case-csv:INC8 ");
    EXPECT_EQ(found("net"), "case-csv:INC8 case-csv:INC7 ");  // the group
    EXPECT_EQ(csv_faults(), 0);
    EXPECT_EQ(search_faults(), 0);
}

TEST_F(ImportedTexts, FollowCorrectionsAndWithdrawals) {
    const BatchReport first =
        import_texts("INC7,2018-04-09 08:00,,2018-04-09 09:00,Giraf,,Bodil,Net\n");
    const std::int64_t num = count("servicedesk_case WHERE num = 1");
    const BatchReport second = import_texts(
        "INC7,2018-04-09 08:00,,2018-04-09 09:00,Hjort,Gevir,,Net\n");  // no fact changed
    EXPECT_EQ(count("servicedesk_case WHERE num = 1"), num);
    EXPECT_EQ(text("title", "case-csv:INC7") + text("caller_name", "case-csv:INC7"), "Hjort");
    EXPECT_EQ(found("giraf") + found("bodil"), "");
    EXPECT_EQ(found("gevir"), "case-csv:INC7 ");
    EXPECT_EQ(csv_faults() + search_faults(), 0);
    EXPECT_EQ(count("core_search_word WHERE word = 'giraf'"), 0);
    const auto take_out = [&](const BatchReport& report) {
        const auto done = withdraw_batch(*store_, clock_, csv_, report.seq, "test", "test");
        ASSERT_TRUE(done.ok()) << done.error().key;
    };
    take_out(second);
    EXPECT_EQ(found("giraf"), "case-csv:INC7 ");
    EXPECT_EQ(csv_faults() + search_faults(), 0);
    take_out(first);
    EXPECT_EQ(found("giraf") + found("inc7"), "");
    EXPECT_EQ(Search::count(store_->writer(), "case").take(), 0);
    EXPECT_EQ(csv_faults() + search_faults(), 0);
}

TEST_F(ImportedTexts, ADryRunAndAHeldBatchLeaveNothing) {
    ImportRequest request;
    request.format = &csv_;
    request.options.source = "case-csv";
    request.files = {{"f", std::string(kColumns) + "INC7,2018-04-09 08:00,,,Giraf,,,Net\n"}};
    request.mode = ImportMode::dry_run;
    ASSERT_TRUE(import_batch(*store_, clock_, request).ok());
    request.mode = ImportMode::apply;
    request.files[0].content += "INC8,aldrig,,,Hjort,,,Net\n";
    EXPECT_EQ(import_batch(*store_, clock_, request)->state, "held");
    EXPECT_EQ(found("giraf") + found("hjort"), "");
    EXPECT_EQ(count("core_search_doc") + count("core_search_pending"), 0);
}

TEST_F(ImportedTexts, ReindexAndVerifyCoverThem) {
    import_texts("INC7,2018-04-09 08:00,,,Giraf,,,Net\nINC8,2018-04-09 08:00,,,Hjort,,,Net\n");
    EXPECT_EQ(search_faults(), 0);
    spoil("UPDATE servicedesk_case SET title = 'Zebra' WHERE number = 'case-csv:INC7'");
    EXPECT_EQ(search_faults(), 1);
    ASSERT_TRUE(Search::reset(store_->writer()).ok());
    EXPECT_EQ(rebuild_case_search(*store_).take(), 2);
    EXPECT_EQ(search_faults(), 0);
    EXPECT_EQ(found("zebra"), "case-csv:INC7 ");
    EXPECT_EQ(csv_faults(), 1);
    const DeriveReason reason{"test", "test"};
    ASSERT_TRUE(derive_source(*store_, clock_, csv_, "case-csv", reason).ok());
    EXPECT_EQ(found("giraf") + found("zebra"), "case-csv:INC7 ");
    EXPECT_EQ(csv_faults() + search_faults(), 0);
}

// A database from before imported cases stood in the index.
TEST_F(ImportedTexts, CasesFromBeforeAreFoundFromTheNextImportOn) {
    import_texts("INC7,2018-04-09 08:00,,,Giraf,,,Net\n");
    ASSERT_TRUE(Search::reset(store_->writer()).ok());
    spoil("UPDATE servicedesk_case SET title = ''");
    spoil("UPDATE core_derivation SET derivation = 3");
    EXPECT_EQ(csv_faults() + search_faults(), 0);
    import_texts("INC8,2018-04-09 08:00,,,Hjort,,,Net\n");
    EXPECT_EQ(found("giraf"), "case-csv:INC7 ");
    EXPECT_EQ(found("hjort"), "case-csv:INC8 ");
    EXPECT_EQ(csv_faults() + search_faults(), 0);
}

TEST_F(CaseImport, UnmappedGroupsAreListed) {
    import_case(std::string(kOpenCase), "group,level\nDesk,1\n");
    const auto groups = unmapped_groups(store_->writer(), "case-audit",
                                        {day_of({2018, 4, 1}), day_of({2018, 4, 30})});
    ASSERT_TRUE(groups.ok()) << groups.error().key;
    EXPECT_THAT(*groups, ElementsAre("Server"));
}

}  // namespace
}  // namespace klarsyn::servicedesk
