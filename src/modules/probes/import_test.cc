// Imports into both databases: whatever the order in which measurements and rules come and go, the
// same facts stand; earlier answers stay as they were.
#include <algorithm>
#include <map>
#include <random>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "ingest/import.h"
#include "ingest/verify.h"
#include "modules/probes/measurements.h"
#include "modules/probes/probes.h"
#include "modules/probes/settle.h"
#include "store/series_scan.h"
#include "store/schemas_for_test.h"
#include "store/test_store.h"

namespace klarsyn::probes {
namespace {

using ::testing::AllOf;
using ::testing::Contains;
using ::testing::ElementsAre;

std::vector<Migration> all_migrations() {
    return schemas_of({"store", "ingest", "indicators", "modules/probes"});
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
        for (std::string& text : measurements(as_of)) list.push_back(std::move(text));
        std::sort(list.begin(), list.end());
        return list;
    }

    // "2013-10-26T21:50:00Z EPM3/login/HER/rum ok 2900 probe-csv", by time.
    std::vector<std::string> measurements(std::int64_t as_of = 1'000'000) {
        std::vector<std::string> list;
        Names names(store_->writer());
        std::map<std::int32_t, SeriesDims> dims;
        for (const SeriesInfo& info : load_series(store_->writer(), result_series()).take())
            dims[info.id] = info.dims;
        const SeriesSink sink = [&](SeriesSpan& span) -> Result<void> {
            KL_TRY(const auto times, span.times());
            KL_TRY(const auto ms, span.ms());
            KL_TRY(const auto outcomes, span.outcomes());
            for (std::size_t i = 0; i < span.size(); ++i) {
                std::string series;
                for (std::size_t d = 0; d < 4; ++d)
                    series += names.text(dims[span.series()][d]).take() + "/";
                list.push_back(iso_utc(times[i]) + " " + series + " " +
                               std::string(outcome_name(static_cast<Outcome>(outcomes[i] & 3))) +
                               " " + (ms[i] == kNoMs ? "-" : std::to_string(ms[i])) + " " +
                               names.text(dims[span.series()][kSourceDim]).take());
            }
            return {};
        };
        scan_series(store_->writer(), result_series(), {{}, 0, INT64_MAX / 2, as_of}, {&sink, 1})
            .take();
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

// "3000 1": the limit in force and whether it was met, by time; "-" without a limit.
std::vector<std::string> judged(Connection& db, std::int64_t as_of) {
    const auto facts = result_source().facts_of(db, as_of, std::vector<bool>(6)).take();
    std::vector<std::pair<UtcSecond, std::string>> found;
    std::map<std::int32_t, SeriesDims> dims;
    for (const SeriesInfo& info : load_series(db, result_series()).take())
        dims[info.id] = info.dims;
    const SeriesSink sink = [&](SeriesSpan& span) -> Result<void> {
        KL_TRY(const auto times, span.times());
        KL_TRY(const auto ms, span.ms());
        KL_TRY(const auto outcomes, span.outcomes());
        for (std::size_t i = 0; i < span.size(); ++i) {
            const auto segment = facts->of(dims[span.series()], times[i], times[i] + 1).front();
            const auto limit = segment.facts[1];
            const bool met = limit && outcomes[i] == 0 && ms[i] <= *limit;
            found.emplace_back(times[i],
                               limit ? std::to_string(*limit) + (met ? " 1" : " 0") : "-");
        }
        return {};
    };
    scan_series(db, result_series(), {{}, 0, INT64_MAX / 2, as_of}, {&sink, 1}).take();
    std::sort(found.begin(), found.end());
    std::vector<std::string> list;
    for (auto& [time, text] : found) list.push_back(std::move(text));
    return list;
}

TEST_P(ProbeImport, AnotherLimitJudgesAnewAndEarlierAnswersStay) {
    Connection& db = store_->writer();
    const auto results = import(kResults);
    const std::vector<std::string> nothing(7, "-");
    EXPECT_EQ(judged(db, results.seq), nothing);
    const auto first = import(kActions);
    EXPECT_THAT(judged(db, first.seq),
                ElementsAre("3000 1", "3000 0", "3000 0", "15000 1", "15000 0", "-", "-"));
    const auto second = import(kOtherActions);
    EXPECT_EQ(second.rows_changed, 1);
    EXPECT_THAT(judged(db, second.seq), ElementsAre("2000 0", "2000 0", "2000 0", "15000 1",
                                                    "15000 0", "3000 1", "3000 0"));
    EXPECT_EQ(judged(db, results.seq), nothing);
    EXPECT_THAT(judged(db, first.seq),
                ElementsAre("3000 1", "3000 0", "3000 0", "15000 1", "15000 0", "-", "-"));
    expect_intact();
}

TEST_P(ProbeImport, MissingSlotsOfTheLongNight) {
    import(kResults);
    import(kSchedule);
    // Slots of ten minutes from 23.50 on; the day has 25 hours. Something was measured last in the
    // slot of 28 October 04:00.
    EXPECT_THAT(
        missing(),
        ElementsAre("2013-10-27 2013-10-26T22:00:00Z 25", "2013-10-27 2013-10-26T22:10:00Z 8",
                    "2013-10-27 2013-10-26T23:40:00Z 5", "2013-10-27 2013-10-27T00:40:00Z 5",
                    "2013-10-27 2013-10-27T01:40:00Z 128", "2013-10-28 2013-10-27T23:00:00Z 25"));
    const auto more = import(kMore);
    EXPECT_EQ(more.rows_changed, 1);
    EXPECT_EQ(missing().back(), "2013-10-29 2013-10-28T23:00:00Z 54");
    withdraw(kMore, more);
    EXPECT_EQ(missing().back(), "2013-10-28 2013-10-27T23:00:00Z 25");
    expect_intact();
}

TEST_P(ProbeImport, MissingSlotsAreOfTheKindThatHoldsWhereEachBegins) {
    import(kResults);
    import(kSchedule);
    import(kActions);  // data heavy from midnight in UTC on, within a run of five slots
    EXPECT_THAT(missing(), AllOf(Contains("2013-10-27 2013-10-26T23:40:00Z 2"),
                                 Contains("2013-10-27 2013-10-27T00:00:00Z 3"),
                                 Contains("2013-10-27 2013-10-27T00:40:00Z 5")));
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
    EXPECT_THAT(measurements(),
                Contains("2013-10-27T01:30:00Z EPM3/login/HER/rum/ ok 12000 probe-csv"));
    withdraw(kMore, more);
    EXPECT_THAT(measurements(),
                Contains("2013-10-27T01:30:00Z EPM3/login/HER/rum/ ok 16000 probe-csv"));
    expect_intact();
}

// A measurement as it was stored before there were blocks.
void insert_fact(Connection& db, FactWriter& writer, std::string_view at, std::int64_t ms) {
    const UtcSecond time = parse_iso_utc(at).take();
    writer.begin(kResultTable, "old/EPM3/login/HER/rum/" + std::string(at));
    writer.i64(Zone::copenhagen().to_local(time).day);
    for (const std::int64_t value : {time, std::int64_t{1}, std::int64_t{1}}) writer.i64(value);
    for (const char* name : {"EPM3", "login", "standard", "HER", "rum"})
        writer.i64(writer.name(name));
    writer.text("ok");
    for (const std::int64_t value : {ms, std::int64_t{3000}, std::int64_t{1}, std::int64_t{1}})
        writer.i64(value);
    writer.text("ambiguous");
    writer.i64(writer.name("old"));
    writer.end();
    ASSERT_GE(query_i64(db, "SELECT COUNT(*) FROM probes_result").take(), 0);
}

// Two measurements as databases from before blocks hold them.
void insert_facts(Store& store, std::string_view at, std::string_view later) {
    Connection& db = store.writer();
    db.begin_write().take();
    Names names(db);
    const auto seq = next_seq(db).take();
    const auto writer = FactWriter::open(db, formats()[2], seq, names).take();
    writer->begin_group(7, FactWriter::Group::fresh).take();
    insert_fact(db, *writer, at, 120);
    insert_fact(db, *writer, later, 90'000);
    writer->end_group().take();
    writer->flush().take();
    JournalEntry entry;
    entry.seq = seq;
    entry.kind = "intake";
    entry.detail = "{}";
    entry.facts_digest = writer->digest().text();
    append_entry(db, store.journal_key(), entry).take();
    db.commit().take();
}

TEST_P(ProbeImport, FactsFromBeforeBlocksBecomeMeasurements) {
    insert_facts(*store_, "2013-10-27T00:30:00Z", "2013-10-27T00:35:00Z");
    EXPECT_TRUE(measurements().empty());
    const DeriveReason reason{"upgrade", "test"};
    EXPECT_EQ(derive_measurements(*store_, clock_, reason).take(), 4);  // two came, two went
    EXPECT_EQ(derive_measurements(*store_, clock_, reason).take(), 0);
    EXPECT_THAT(measurements(),
                ElementsAre("2013-10-27T00:30:00Z EPM3/login/HER/rum/ ok 120 old",
                            "2013-10-27T00:35:00Z EPM3/login/HER/rum/ ok 90000 old"));
    expect_intact();
}

// They fill slots that were missing, so the cells of both tables are old.
TEST_P(ProbeImport, FactsFromBeforeBlocksOutdateTheCells) {
    import(kSchedule);
    import(kResults, Period{day_of({2013, 10, 26}), day_of({2013, 10, 29})});
    const auto before = missing();
    insert_facts(*store_, "2013-10-27T00:50:00Z", "2013-10-27T00:55:00Z");
    store_->writer().begin_write().take();
    store_->writer().run("DELETE FROM core_dirty").take();
    store_->writer().commit().take();
    EXPECT_GT(derive_measurements(*store_, clock_, {"upgrade", "test"}).take(), 4);
    EXPECT_NE(missing(), before);
    for (const char* table : {"probes_missing", "probes_result"}) {
        EXPECT_EQ(query_i64(store_->writer(),
                            "SELECT COUNT(*) FROM core_dirty WHERE fact_table = :t AND day = :d",
                            {{":t", Value(std::string(table))},
                             {":d", Value(std::int64_t{day_of({2013, 10, 27})})}})
                      .take(),
                  1)
            << table;
    }
    expect_intact();
}

TEST_P(ProbeImport, AStatedPeriodIsCovered) {
    import(kSchedule);
    const auto report = import(kResults, Period{day_of({2013, 10, 26}), day_of({2013, 10, 29})});
    EXPECT_EQ(missing().front(), "2013-10-27 2013-10-26T22:00:00Z 25");
    EXPECT_EQ(missing().back(), "2013-10-29 2013-10-28T23:00:00Z 144");
    withdraw(kResults, report);  // the row that is over still says what was expected
    EXPECT_THAT(missing(), ElementsAre("2013-10-27 2013-10-26T22:00:00Z 25"));
    expect_intact();
}

TEST_P(ProbeImport, AScheduleThatIsOverExpectsItsMeasurementsWithoutAny) {
    import(kActions);  // the clock is that of the last entry
    const auto schedule = import(kSchedule);
    EXPECT_THAT(missing(), ElementsAre("2013-10-27 2013-10-26T22:00:00Z 25"));
    expect_intact();
    withdraw(kSchedule, schedule);
    EXPECT_TRUE(missing().empty());
    expect_intact();
}

// A large file is read line by line from what earlier lines said; one with a quoted field is not.
// Both give the same rows and name the same faults.
TEST(ProbeCsv, LinesThatRepeatAreReadAsOthers) {
    std::string plain = "time,system,action,site,seat,ms,outcome\n";
    std::mt19937 random(31);
    const auto one_of = [&](std::initializer_list<const char*> words) {
        return std::string(words.begin()[random() % words.size()]);
    };
    for (int i = 0; i < 30'000; ++i) {
        const std::string minute = std::to_string(100 + i / 40 % 60).substr(1);
        const std::string hour = std::to_string(100 + i / 2400 % 24).substr(1);
        const std::string time = "2013-10-27" + one_of({"T", " "}) + hour + ":" + minute +
                                 one_of({"", ":00", ":00Z", ":00+02:00"});
        const bool odd = random() % 50 == 0;
        plain += odd ? one_of({"2013-10-27T25:00", "", "2013-10-27", time.c_str()}) : time;
        plain += "," + one_of({"EPM3", "Labka", " EPM3"}) + "," + one_of({"login", "opslag"}) +
                 "," + (odd ? one_of({"HER", ""}) : "HER") + "," + one_of({"rum", ""}) + "," +
                 (odd ? one_of({"-1", "007", "86400001", "123456789", "1.5", "", "x", " 12"})
                      : std::to_string(random() % 90'000)) +
                 "," + (odd ? one_of({"ok", "OK", "timeout", "failed", "", "ok,", "ok "}) : "ok") +
                 one_of({"\n", "\r\n", "\n\n"});
    }
    const Format format = probe_csv_format();
    std::string quoted = plain;
    quoted += "2013-10-27T12:00,\"EPM3\",login,HER,rum,5,ok\n";
    plain += "2013-10-27T12:00,EPM3,login,HER,rum,5,ok\n";
    ASSERT_GT(plain.size(), std::size_t{1} << 20);
    ImportOptions options;
    const auto one = format.scan(plain, options, nullptr).take();
    const auto other = format.scan(quoted, options, nullptr).take();
    const auto texts = [](const ScannedFile& file) {
        std::vector<std::string> list;
        for (const SeriesRow& row : file.readings.rows) {
            std::string text = std::to_string(row.time) + " " + std::to_string(row.ms) + " " +
                               std::to_string(row.outcome);
            for (const auto& part : file.readings.keys[static_cast<std::size_t>(row.series)])
                text += "/" + std::string(part);
            list.push_back(std::move(text));
        }
        return list;
    };
    const auto faults = [](const ScannedFile& file) {
        std::vector<std::string> list;
        for (const Reject& reject : file.rejects)
            list.push_back(std::to_string(reject.line) + reject.key + reject.field + reject.raw);
        return list;
    };
    EXPECT_EQ(one.rows_read, other.rows_read);
    EXPECT_GT(one.rejects.size(), 100U);
    EXPECT_LT(one.rejects.size(), 1'000U);
    EXPECT_TRUE(texts(one) == texts(other));
    EXPECT_TRUE(faults(one) == faults(other));
    EXPECT_EQ(one.notices.size(), other.notices.size());
}

INSTANTIATE_TEST_SUITE_P(Both, ProbeImport, ::testing::Values(Dialect::sqlite, Dialect::postgres),
                         [](const auto& backend) {
                             return backend.param == Dialect::sqlite ? "sqlite" : "postgres";
                         });

}  // namespace
}  // namespace klarsyn::probes
