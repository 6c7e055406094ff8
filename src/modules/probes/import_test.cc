// Imports into both databases: whatever the order in which measurements and rules come and go, the
// same facts stand; earlier answers stay as they were.
#include <algorithm>
#include <map>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "core/embedded.h"
#include "ingest/import.h"
#include "ingest/verify.h"
#include "modules/probes/probes.h"
#include "modules/probes/settle.h"
#include "store/test_store.h"

namespace klarsyn::probes {
namespace {

using ::testing::ElementsAre;

std::vector<Migration> all_migrations() {
    std::vector<Migration> list;
    for (const char* folder : {"store", "ingest", "indicators", "modules/probes"}) {
        for (const EmbeddedFile& file : embedded_files(std::string(folder) + "/schema/"))
            list.push_back({file.path, file.text});
    }
    return list;
}

const std::vector<Format>& formats() {
    static const std::vector<Format> kFormats{probe_csv_format(), probe_actions_format(),
                                              probe_schedule_format(), window_format()};
    return kFormats;
}

struct File {
    std::size_t format = 0;  // index into formats()
    std::string content;
};

const File kResults{0,
                    "time,system,action,site,seat,ms,outcome\n"
                    "2013-10-26T21:50:00Z,EPM3,login,HER,rum,2900,ok\n"
                    "2013-10-26T22:00:00Z,EPM3,login,HER,rum,3100,ok\n"
                    "2013-10-26T23:30:00Z,EPM3,login,HER,rum,,timeout\n"
                    "2013-10-27T00:30:00Z,EPM3,login,HER,rum,14000,ok\n"
                    "2013-10-27T01:30:00Z,EPM3,login,HER,rum,16000,ok\n"
                    "2013-10-27T02:00:00Z,Labka,opslag,RH,,50,ok\n"
                    "2013-10-28T03:00:00Z,Labka,opslag,RH,,,failed\n"};
const File kMore{0,
                 "time,system,action,site,seat,ms,outcome\n"
                 "2013-10-27T01:30:00Z,EPM3,login,HER,rum,12000,ok\n"
                 "2013-10-29T08:00:00Z,EPM3,login,HER,rum,100,ok\n"};
const File kActions{1,
                    "system,action,kind,limit_ms,from,to\n"
                    "EPM3,login,standard,,2013-01-01,\n"
                    "EPM3,login,data_heavy,,2013-10-27T00:00:00Z,\n"};
const File kOtherActions{1,
                         "system,action,kind,limit_ms,from,to\n"
                         "EPM3,login,standard,2000,2013-01-01,\n"
                         "Labka,opslag,standard,,2013-01-01,\n"};
const File kSchedule{2,
                     "system,action,site,seat,every_s,from,to\n"
                     "EPM3,login,HER,rum,600,2013-10-26T21:50:00Z,\n"
                     "EPM3,logout,HER,rum,3600,2013-10-27,2013-10-27\n"};
const File kWindows{3,
                    "system,site,from,to,announced\n"
                    "EPM3,,2013-10-26T23:00:00Z,2013-10-27T00:00:00Z,2013-10-20\n"
                    ",RH,2013-10-28T03:00:00Z,2013-10-28T04:00:00Z,2013-10-28T03:00:00Z\n"};

class ProbeImport : public ::testing::TestWithParam<Dialect> {
protected:
    ProbeImport() { fresh(); }

    void fresh() {
        store_.reset();
        store_ = Store::create(databases_.fresh(GetParam()), all_migrations()).take();
    }

    BatchReport import(const File& file, std::optional<Period> covers = {}) {
        ImportRequest request;
        request.format = &formats()[file.format];
        request.options.source = std::string(request.format->name);
        request.options.covers = covers;
        request.files = {{"file.csv", file.content}};
        request.actor = "test";
        auto report = import_batch(*store_, clock_, request);
        EXPECT_TRUE(report.ok()) << (report.ok() ? "" : describe(report.error(), Language::en));
        return report.ok() ? report.take() : BatchReport{};
    }

    void withdraw(const File& file, const BatchReport& report) {
        const auto done =
            withdraw_batch(*store_, clock_, formats()[file.format], report.seq, "test", "test");
        EXPECT_TRUE(done.ok());
    }

    // All facts that stood at an entry, names in words, in order.
    std::vector<std::string> facts(std::int64_t as_of = 1'000'000) {
        std::vector<std::string> list;
        Names names(store_->writer());
        for (const FactTableSpec& spec : fact_tables()) {
            std::string columns;
            for (const std::string& column : spec.columns) columns += ", " + column;
            auto rows =
                store_->writer()
                    .query("SELECT source_key" + columns + " FROM " + std::string(spec.name) +
                               " WHERE seq <= :s AND (retracted_seq IS NULL OR "
                               "retracted_seq > :s)",
                           {{":s", Value(as_of)}})
                    .take();
            while (rows->next().take()) list.push_back(row_text(spec, *rows, names));
        }
        std::sort(list.begin(), list.end());
        return list;
    }

    // Every fact follows from the files, and nothing was changed beside the journal.
    void expect_intact() {
        std::vector<const Format*> all;
        for (const Format& format : formats()) all.push_back(&format);
        const auto faults = verify_store(*store_, all, Catalogue());
        ASSERT_TRUE(faults.ok());
        EXPECT_TRUE(faults->empty()) << faults->front().key;
        EXPECT_EQ(count_missing_faults(*store_).take(), 0);
    }

    std::vector<std::string> missing() {
        std::vector<std::string> list;
        auto rows = store_->writer()
                        .query(
                            "SELECT day, at, slots FROM probes_missing WHERE retracted_seq IS "
                            "NULL ORDER BY day, at, system, action")
                        .take();
        while (rows->next().take()) {
            list.push_back(iso_date(static_cast<Day>(rows->i64(0))) + " " + iso_utc(rows->i64(1)) +
                           " " + std::to_string(rows->i64(2)));
        }
        return list;
    }

    static std::string row_text(const FactTableSpec& spec, const Rows& rows, Names& names) {
        static const std::vector<std::string> kNames{"system", "action", "kind",
                                                     "site",   "seat",   "source"};
        std::string text = std::string(spec.name) + " " + std::string(rows.text(0));
        for (std::size_t c = 0; c < spec.columns.size(); ++c) {
            const int column = static_cast<int>(c) + 1;
            const bool named = std::count(kNames.begin(), kNames.end(), spec.columns[c]) > 0;
            const bool textual =
                std::count(spec.text_columns.begin(), spec.text_columns.end(), spec.columns[c]) > 0;
            text += " " + spec.columns[c] + "=";
            if (rows.is_null(column))
                text += "-";
            else if (textual)
                text += std::string(rows.text(column));
            else if (named)
                text += names.text(rows.i64(column)).take();
            else
                text += std::to_string(rows.i64(column));
        }
        return text;
    }

    TestDatabases databases_;
    std::unique_ptr<Store> store_;
    FixedClock clock_{1'800'000'000};
};

TEST_P(ProbeImport, AnyOrderGivesTheSameFacts) {
    std::vector<const File*> files{&kResults, &kActions, &kSchedule, &kWindows};
    std::sort(files.begin(), files.end());
    std::optional<std::vector<std::string>> expected;
    const std::vector<std::vector<int>> orders{
        {0, 1, 2, 3}, {3, 2, 1, 0}, {1, 3, 0, 2}, {2, 0, 3, 1}};
    for (const auto& order : orders) {
        fresh();
        for (const int i : order) import(*files[static_cast<std::size_t>(i)]);
        expect_intact();
        const auto found = facts();
        if (!expected) expected = found;
        EXPECT_EQ(found, *expected);
    }
    EXPECT_GT(expected->size(), 12U);
}

TEST_P(ProbeImport, WhatIsWithdrawnNeverWas) {
    import(kResults);
    import(kActions);
    const auto before = facts();
    const auto seq = import(kSchedule);
    const auto windows = import(kWindows);
    const auto other = import(kOtherActions);
    const auto more = import(kMore);
    const auto all = facts();
    EXPECT_NE(all, before);
    withdraw(kMore, more);
    expect_intact();
    withdraw(kSchedule, seq);
    withdraw(kWindows, windows);
    withdraw(kOtherActions, other);
    EXPECT_EQ(facts(), before);
    expect_intact();
    EXPECT_EQ(facts(more.seq), all);  // what was known then
}

TEST_P(ProbeImport, AnotherLimitJudgesAnewAndEarlierAnswersStay) {
    const auto results = import(kResults);
    const auto judged = [&](std::int64_t as_of) {
        std::vector<std::string> list;
        auto rows = store_->writer()
                        .query(
                            "SELECT at, limit_ms, met FROM probes_result WHERE seq <= :s AND "
                            "(retracted_seq IS NULL OR retracted_seq > :s) ORDER BY at",
                            {{":s", Value(as_of)}})
                        .take();
        while (rows->next().take()) {
            list.push_back(rows->is_null(1)
                               ? "-"
                               : std::to_string(rows->i64(1)) + " " + std::to_string(rows->i64(2)));
        }
        return list;
    };
    const std::vector<std::string> nothing(7, "-");
    EXPECT_EQ(judged(results.seq), nothing);
    const auto first = import(kActions);
    EXPECT_THAT(judged(first.seq),
                ElementsAre("3000 1", "3000 0", "3000 0", "15000 1", "15000 0", "-", "-"));
    const auto second = import(kOtherActions);
    EXPECT_EQ(second.rows_changed, 1);
    EXPECT_THAT(judged(second.seq), ElementsAre("2000 0", "2000 0", "2000 0", "15000 1", "15000 0",
                                                "3000 1", "3000 0"));
    EXPECT_EQ(judged(results.seq), nothing);
    expect_intact();
}

TEST_P(ProbeImport, MissingSlotsOfTheLongNight) {
    import(kResults);
    import(kSchedule);
    // Slots of ten minutes from 23.50 on; the day has 25 hours. Covered until 28 October 04:00.
    EXPECT_THAT(
        missing(),
        ElementsAre("2013-10-27 2013-10-26T22:00:00Z 25", "2013-10-27 2013-10-26T22:10:00Z 8",
                    "2013-10-27 2013-10-26T23:40:00Z 5", "2013-10-27 2013-10-27T00:40:00Z 5",
                    "2013-10-27 2013-10-27T01:40:00Z 128", "2013-10-28 2013-10-27T23:00:00Z 24"));
    const auto more = import(kMore);
    EXPECT_EQ(more.rows_changed, 1);
    EXPECT_EQ(missing().back(), "2013-10-29 2013-10-28T23:00:00Z 54");
    withdraw(kMore, more);
    EXPECT_EQ(missing().back(), "2013-10-28 2013-10-27T23:00:00Z 24");
    expect_intact();
}

TEST_P(ProbeImport, ACorrectionSupersedesAndTheSameFileIsUnchanged) {
    import(kResults);
    const auto again = import(kResults);
    EXPECT_EQ(again.rows_unchanged, 7);
    EXPECT_EQ(again.rows_new + again.rows_changed, 0);
    const auto more = import(kMore);
    EXPECT_EQ(more.rows_changed, 1);
    EXPECT_EQ(more.rows_new, 1);
    const auto ms = [&] {
        return query_i64(store_->writer(),
                         "SELECT ms FROM probes_result WHERE retracted_seq IS NULL AND at = :at",
                         {{":at", Value(parse_iso_utc("2013-10-27T01:30:00Z").take())}})
            .take();
    };
    EXPECT_EQ(ms(), 12000);
    withdraw(kMore, more);
    EXPECT_EQ(ms(), 16000);
    expect_intact();
}

TEST_P(ProbeImport, AStatedPeriodIsCovered) {
    import(kSchedule);
    const auto report = import(kResults, Period{day_of({2013, 10, 26}), day_of({2013, 10, 29})});
    EXPECT_EQ(missing().front(), "2013-10-27 2013-10-26T22:00:00Z 25");
    EXPECT_EQ(missing().back(), "2013-10-29 2013-10-28T23:00:00Z 144");
    withdraw(kResults, report);
    EXPECT_TRUE(missing().empty());
    expect_intact();
}

INSTANTIATE_TEST_SUITE_P(Both, ProbeImport, ::testing::Values(Dialect::sqlite, Dialect::postgres),
                         [](const auto& backend) {
                             return backend.param == Dialect::sqlite ? "sqlite" : "postgres";
                         });

}  // namespace
}  // namespace klarsyn::probes
