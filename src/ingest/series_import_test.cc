// Files whose rows are measurements kept in blocks: lines "SYSTEM SECOND MS", MS "-" where it
// failed. Both databases.
#include <gtest/gtest.h>

#include <algorithm>
#include <charconv>
#include <map>

#include "core/embedded.h"
#include "ingest/import.h"
#include "ingest/verify.h"
#include "store/series_scan.h"
#include "store/test_store.h"

namespace klarsyn {
namespace {

constexpr UtcSecond kStart = 1'760'486'400;

// "SYSTEM SECOND MS"; false where the line cannot be read.
bool read_line(std::string_view line, SeriesReadings::Key& key, SeriesRow& row) {
    const auto first = line.find(' ');
    const auto second = line.find(' ', first + 1);
    if (first == line.npos || second == line.npos) return false;
    key[0] = line.substr(0, first);
    std::from_chars(&line[first + 1], line.data() + second, row.time);
    row.time += kStart;
    const auto ms = line.substr(second + 1);
    row.outcome = ms == "-" ? 1 : 0;
    if (ms != "-") std::from_chars(ms.data(), ms.data() + ms.size(), row.ms);
    return true;
}

Result<ScannedFile> scan(std::string_view content, const ImportOptions&,
                         const std::vector<std::int64_t>* wanted) {
    ScannedFile file;
    file.text = content;
    std::uint32_t number = 0;
    for (std::size_t at = 0; at < content.size();) {
        const auto end = std::min(content.find('\n', at), content.size());
        const auto text = content.substr(at, end - at);
        at = end + 1;
        ++number;
        ++file.rows_read;
        SeriesReadings::Key key;
        SeriesRow row;
        if (!read_line(text, key, row)) {
            file.rejects.push_back({"", number, "time", "ingest.no_gap", {}, std::string(text)});
            continue;
        }
        if (wanted && !std::binary_search(wanted->begin(), wanted->end(), row.time / 86'400))
            continue;
        row.series = static_cast<std::int32_t>(file.readings.keys.size());
        file.readings.keys.push_back(key);
        file.readings.rows.push_back(row);
    }
    return file;
}

Format format() {
    Format format;
    format.name = "toy-probes";
    format.module = "toy";
    format.scan = scan;
    format.series = SeriesFormat{{"toy_probe", {"system", "source"}}, 1};
    return format;
}

std::vector<Migration> migrations() {
    std::vector<Migration> list = test_migrations();
    for (const char* folder : {"ingest/schema/", "indicators/schema/"}) {
        for (const auto& file : embedded_files(folder)) list.push_back({file.path, file.text});
    }
    return list;
}

class SeriesImport : public testing::TestWithParam<Dialect> {
protected:
    void SetUp() override {
        const std::string data = databases_.fresh(GetParam());
        if (HasFatalFailure()) return;
        store_ = Store::create(data, migrations()).take();
    }
    BatchReport import(std::vector<std::string> files, const std::string& source = "probes",
                       ImportMode mode = ImportMode::apply) {
        ImportRequest request;
        request.format = &format_;
        request.options.source = source;
        for (auto& file : files) request.files.push_back({"file", std::move(file)});
        request.actor = "test";
        request.mode = mode;
        return import_batch(*store_, clock_, request).take();
    }
    void withdraw(std::int64_t batch) {
        withdraw_batch(*store_, clock_, format_, batch, "wrong", "test").take();
    }
    // How many rows came or went.
    std::int64_t derive() {
        return derive_source(*store_, clock_, format_, "probes", {"test", "test"}, {}).take();
    }
    // "epj@60=500", as known at an entry.
    std::vector<std::string> seen(std::int64_t as_of = INT64_MAX) {
        std::vector<std::string> all;
        Names names(store_->writer());
        std::map<std::int32_t, std::string> systems;
        for (const auto& info : load_series(store_->writer(), format_.series->table).take()) {
            systems[info.id] = names.text(info.dims[0]).take();
        }
        const SeriesSink sink = [&](SeriesSpan& span) -> Result<void> {
            KL_TRY(const auto times, span.times());
            KL_TRY(const auto ms, span.ms());
            for (std::size_t i = 0; i < span.size(); ++i) {
                all.push_back(systems[span.series()] + "@" + std::to_string(times[i] - kStart) +
                              "=" + (ms[i] == kNoMs ? "-" : std::to_string(ms[i])));
            }
            return {};
        };
        scan_series(store_->writer(), format_.series->table,
                    {{}, kStart, kStart + 99'000'000, as_of}, {&sink, 1})
            .take();
        std::sort(all.begin(), all.end());
        return all;
    }
    void expect_intact() {
        const auto faults = verify_store(*store_, {&format_}, Catalogue{}).take();
        EXPECT_TRUE(faults.empty()) << faults.front().key;
    }
    using Seen = std::vector<std::string>;

    TestDatabases databases_;
    std::unique_ptr<Store> store_;
    FixedClock clock_{kStart};
    Format format_ = format();
};

TEST_P(SeriesImport, the_same_again_changes_nothing_and_a_later_file_corrects) {
    const auto first = import({"epj 60 500\nepj 120 -\npas 60 700\n"});
    EXPECT_EQ(first.rows_new, 3);
    const auto again = import({"epj 60 500\nepj 120 -\n"});
    EXPECT_EQ(again.rows_unchanged, 2);
    EXPECT_EQ(again.rows_new, 0);
    const auto better = import({"epj 120 900\nepj 180 400\n"});
    EXPECT_EQ(better.rows_changed, 1);
    EXPECT_EQ(better.rows_new, 1);
    EXPECT_EQ(seen(), (Seen{"epj@120=900", "epj@180=400", "epj@60=500", "pas@60=700"}));
    EXPECT_EQ(seen(first.seq), (Seen{"epj@120=-", "epj@60=500", "pas@60=700"}));
    expect_intact();
    withdraw(better.seq);  // what it corrected is as it was
    EXPECT_EQ(seen(), (Seen{"epj@120=-", "epj@60=500", "pas@60=700"}));
    withdraw(first.seq);  // what the second file brought too stays
    EXPECT_EQ(seen(), (Seen{"epj@120=-", "epj@60=500"}));
    EXPECT_EQ(seen(better.seq), (Seen{"epj@120=900", "epj@180=400", "epj@60=500", "pas@60=700"}));
    expect_intact();
}

TEST_P(SeriesImport, files_of_one_batch_correct_each_other_and_sources_do_not) {
    const auto batch = import({"epj 60 500\nepj 60 501\n", "epj 60 502\nepj 120 7\n"});
    EXPECT_EQ(batch.rows_read, 4);
    EXPECT_EQ(batch.rows_new + batch.rows_changed + batch.rows_unchanged, 4);
    EXPECT_EQ(seen(), (Seen{"epj@120=7", "epj@60=502"}));
    import({"epj 60 9\n"}, "others");
    EXPECT_EQ(seen(), (Seen{"epj@120=7", "epj@60=502", "epj@60=9"}));
    expect_intact();
}

TEST_P(SeriesImport, a_held_batch_and_a_dry_run_leave_nothing) {
    const auto held = import({"epj 60 500\nrubbish\n"});
    EXPECT_EQ(held.state, "held");
    EXPECT_EQ(held.rows_rejected, 1);
    EXPECT_EQ(import({"epj 60 500\n"}, "probes", ImportMode::dry_run).rows_new, 1);
    EXPECT_TRUE(seen().empty());
    expect_intact();
    EXPECT_EQ(import({"epj 60 500\n"}).rows_new, 1);
    expect_intact();
}

TEST_P(SeriesImport, verify_finds_what_was_changed_behind_the_journal) {
    std::string many;
    for (int i = 0; i < 2'000; ++i) {
        many += "epj " + std::to_string(i * 60) + " " + std::to_string(300 + i % 9) + "\n";
    }
    import({many});
    expect_intact();
    EXPECT_GT(query_i64(store_->writer(), "SELECT COUNT(*) FROM core_series_block").take(), 0);
    store_->writer().run("UPDATE core_series_block SET digest = digest + 1").take();
    auto faults = verify_store(*store_, {&format_}, Catalogue{}).take();
    ASSERT_FALSE(faults.empty());
    EXPECT_EQ(faults[0].key, "verify.series");
    store_->writer().run("DELETE FROM core_series_block").take();
    faults = verify_store(*store_, {&format_}, Catalogue{}).take();
    ASSERT_EQ(faults.size(), 2U);  // the entry's digest, and what follows from the file
    EXPECT_EQ(faults[0].key, "verify.digest");
    EXPECT_EQ(faults[1].key, "verify.derivation");
}

TEST_P(SeriesImport, deriving_and_verifying_in_stretches_is_the_same) {
    std::string first, second;
    for (int i = 0; i < 4'000; ++i) {  // twenty-seven days: blocks of four or five slots
        first += "epj " + std::to_string(i * 600) + " " + std::to_string(300 + i % 9) + "\n";
        if (i % 3 == 0) second += "epj " + std::to_string(i * 600) + " 900\n";
    }
    import({first});
    import({second});
    const auto before = seen();
    ASSERT_EQ(before.size(), 4'000U);
    derive();
    ASSERT_GT(
        query_i64(store_->writer(), "SELECT COUNT(DISTINCT slot) FROM core_series_block").take(),
        3);
    format_.series->rows_at_once = 1'500;
    EXPECT_EQ(derive(), 0);
    EXPECT_EQ(seen(), before);
    expect_intact();
    // One file's rows are lost in the last stretch alone.
    store_->writer()
        .run("DELETE FROM core_series_block WHERE slot = (SELECT MAX(slot) FROM core_series_block)")
        .take();
    const auto faults = count_derivation_faults(*store_, format_, "probes").take();
    EXPECT_GT(faults, 0);
    EXPECT_LT(faults, 1'100);  // one slot of seven days
    EXPECT_EQ(derive(), faults);
    EXPECT_EQ(seen(), before);
}

INSTANTIATE_TEST_SUITE_P(Databases, SeriesImport,
                         testing::Values(Dialect::sqlite, Dialect::postgres),
                         [](const auto& parameter) {
                             return parameter.param == Dialect::sqlite ? "sqlite" : "postgres";
                         });

}  // namespace
}  // namespace klarsyn
