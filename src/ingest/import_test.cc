// The engine alone, with a format small enough to see through: lines "NUMBER DAY VALUE", one fact
// per number that sums its values. Both databases.
#include "ingest/fact_writer.h"
#include "ingest/import.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <charconv>
#include <map>

#include "core/embedded.h"
#include "ingest/batch_list.h"
#include "ingest/files.h"
#include "ingest/manifest.h"
#include "ingest/raw.h"
#include "ingest/verify.h"
#include "store/test_store.h"

namespace klarsyn {
namespace {

struct Line {
    std::int64_t number = 0, day = 0, value = 0;
};

std::optional<Line> parse_line(std::string_view text) {
    Line line;
    for (auto* target : {&line.number, &line.day, &line.value}) {
        const auto end = std::min(text.find(' '), text.size());
        const auto parsed = std::from_chars(text.data(), text.data() + end, *target);
        if (parsed.ec != std::errc{} || parsed.ptr != text.data() + end) return std::nullopt;
        text.remove_prefix(std::min(end + 1, text.size()));
    }
    return line;
}

Result<ScannedFile> scan(std::string_view content, const ImportOptions&,
                         const std::vector<std::int64_t>* wanted) {
    ScannedFile file;
    file.text = content;
    std::uint32_t number = 0;
    for (std::size_t at = 0; at < content.size();) {
        const auto end = content.find('\n', at);
        if (end == std::string_view::npos) break;
        const auto text = content.substr(at, end - at);
        ++number;
        ++file.rows_read;
        if (const auto line = parse_line(text)) {
            const bool chosen =
                !wanted || std::binary_search(wanted->begin(), wanted->end(), line->number);
            if (chosen) {
                file.rows.push_back({line->number, day_start(static_cast<Day>(line->day)), at,
                                     static_cast<std::uint32_t>(text.size()), number});
            }
        } else {
            file.rejects.push_back({"", number, "value", "ingest.no_gap", {}, std::string(text)});
        }
        at = end + 1;
    }
    return file;
}

RowIdentity identify(const GroupRow& row) {
    const auto line = *parse_line(row.bytes);
    return {static_cast<std::uint64_t>(line.number * 100'000 + line.day), hash64(row.bytes)};
}

// One value per day: the later batch corrects the earlier.
void derive(const DeriveInput& input, FactSink& sink) {
    std::map<std::pair<std::int64_t, std::int64_t>, std::pair<std::int64_t, std::int64_t>> values;
    for (const auto& row : input.rows) {
        const auto line = *parse_line(row.bytes);
        auto& value = values[{line.number, line.day}];
        if (row.batch >= value.first) value = {row.batch, line.value};
    }
    std::map<std::int64_t, std::pair<std::int64_t, std::int64_t>> facts;  // number -> day, sum
    for (const auto& [key, value] : values) {
        auto& fact = facts[key.first];
        fact.first = std::max(fact.first, key.second);
        fact.second += value.second;
    }
    for (const auto& [number, fact] : facts) {
        sink.begin(0, std::to_string(number));
        sink.i64(fact.first);
        sink.i64(fact.second);
        sink.end();
    }
}

// What a later version derives beside it: the number of rows, in a table of its own.
void derive_more(const DeriveInput& input, FactSink& sink) {
    derive(input, sink);
    std::map<std::int64_t, std::int64_t> lines;
    for (const auto& row : input.rows) ++lines[parse_line(row.bytes)->number];
    for (const auto& [number, count] : lines) {
        sink.begin(1, std::to_string(number));
        sink.i64(1);
        sink.i64(count);
        sink.end();
    }
}

constexpr std::string_view kMoreSchema =
    "CREATE TABLE toy_more (id {id}, seq BIGINT NOT NULL, retracted_seq BIGINT, group_key BIGINT NOT "
    "NULL, source_key TEXT NOT NULL, row_hash BIGINT NOT NULL, day BIGINT NOT NULL, lines BIGINT NOT "
    "NULL);";
constexpr std::string_view kSchema =
    "CREATE TABLE toy_fact (id {id}, seq BIGINT NOT NULL, retracted_seq BIGINT, group_key BIGINT NOT "
    "NULL, source_key TEXT NOT NULL, row_hash BIGINT NOT NULL, day BIGINT NOT NULL, total BIGINT NOT "
    "NULL);";

std::vector<Migration> toy_migrations() {
    std::vector<Migration> list;
    for (const std::string_view folder : {"ingest/schema/", "indicators/schema/"}) {
        for (const auto& file : embedded_files(folder)) list.push_back({file.path, file.text});
    }
    list.push_back({"toy/001", kSchema});
    list.push_back({"toy/002", kMoreSchema});
    return test_migrations(list);
}

class Import : public testing::TestWithParam<Dialect> {
protected:
    void SetUp() override {
        format_.name = "toy";
        format_.module = "toy";
        format_.tables = {{"toy_fact", {"day", "total"}, {"day"}, {}}};
        format_.scan = scan;
        format_.identify = identify;
        format_.derive = derive;
        auto made = Store::create(databases_.fresh(GetParam()), toy_migrations());
        ASSERT_TRUE(made.ok()) << made.error().key;
        store_ = made.take();
    }

    BatchReport import(const std::string& content, ImportMode mode = ImportMode::apply) {
        ImportRequest request;
        request.format = &format_;
        request.options.source = "toy";
        request.options.max_rejects_percent = 20;
        request.files = {{"toy.txt", content}};
        request.mode = mode;
        auto report = import_batch(*store_, clock_, request);
        EXPECT_TRUE(report.ok()) << report.error().key;
        return report.ok() ? report.take() : BatchReport{};
    }

    // number=total, as known at `seq` (0 = now).
    std::string facts(std::int64_t seq = 0) {
        auto rows = store_->writer().query(
            "SELECT source_key, total FROM toy_fact WHERE seq <= :s AND (retracted_seq IS NULL OR "
            "retracted_seq > :s) ORDER BY source_key",
            {{":s", Value(seq ? seq : std::int64_t{1'000'000})}});
        std::string text;
        while (rows.ok() && *(*rows)->next()) {
            text += std::string((*rows)->text(0)) + "=" + std::to_string((*rows)->i64(1)) + " ";
        }
        return text;
    }

    void withdraw(std::int64_t batch) {
        const auto gone = withdraw_batch(*store_, clock_, format_, batch, "wrong", "test");
        EXPECT_TRUE(gone.ok()) << gone.error().key;
    }

    void expect_intact() {
        const auto faults = verify_store(*store_, {&format_}, Catalogue{});
        ASSERT_TRUE(faults.ok()) << faults.error().key;
        for (const auto& fault : *faults) ADD_FAILURE() << fault.key;
    }

    TestDatabases databases_;
    FixedClock clock_{1'400'000'000};
    Format format_;
    std::unique_ptr<Store> store_;
};

TEST_P(Import, TheSameFileAgainChangesNothing) {
    const auto first = import("1 100 5\n2 100 7\n");
    EXPECT_EQ(first.rows_new, 2);
    const auto again = import("1 100 5\n2 100 7\n");
    EXPECT_EQ(again.rows_new, 0);
    EXPECT_EQ(again.rows_unchanged, 2);
    EXPECT_EQ(facts(), "1=5 2=7 ");
    expect_intact();
}

TEST_P(Import, ACorrectionSupersedesAndGoesWithItsBatch) {
    const auto first = import("1 100 5\n");
    const auto second = import("1 100 6\n1 101 10\n");
    EXPECT_EQ(second.rows_changed, 1);
    EXPECT_EQ(second.rows_new, 1);
    EXPECT_EQ(facts(), "1=16 ");
    EXPECT_EQ(facts(first.seq), "1=5 ");
    withdraw(second.seq);
    EXPECT_EQ(facts(), "1=5 ");
    EXPECT_EQ(facts(second.seq), "1=16 ");  // what was known then stays answerable
    expect_intact();
}

TEST_P(Import, WithdrawingTheFirstLeavesTheOthers) {
    const auto a = import("1 100 5\n2 100 1\n");
    import("1 101 10\n");
    import("1 102 20\n2 100 1\n");
    EXPECT_EQ(facts(), "1=35 2=1 ");
    withdraw(a.seq);
    EXPECT_EQ(facts(), "1=30 2=1 ");
    import("1 100 5\n2 100 1\n");
    EXPECT_EQ(facts(), "1=35 2=1 ");
    expect_intact();
}

TEST_P(Import, CprNumbersAreMaskedBeforeAnythingIsKept) {
    const std::string good = "1 100 5\n2 100 7\n3 100 7\n4 100 7\n5 100 7\n";
    const auto first = import(good + "anna 010180-1234\n");
    EXPECT_EQ(first.state, "applied");
    ASSERT_FALSE(first.notices.empty());
    EXPECT_EQ(first.notices.back().key, "ingest.notice.cpr_masked");
    EXPECT_EQ(first.notices.back().args.at(0).second, "1");
    ASSERT_EQ(first.rejects.size(), 1U);
    EXPECT_EQ(first.rejects[0].raw, "anna 010180-****");
    const auto live = live_files(store_->writer(), "toy", "toy").take();
    ASSERT_EQ(live.size(), 1U);
    EXPECT_EQ(load_raw(store_->writer(), live[0].sha256).take(), good + "anna 010180-****\n");
    const auto again = import(good + "anna 010180-1234\n");
    EXPECT_EQ(again.rows_unchanged, 5);
    auto kept = query_i64(store_->writer(), "SELECT COUNT(*) FROM core_raw");
    EXPECT_EQ(kept.take(), 1) << "the same file masked is the same file";
    import("9 9 010180-1234\nrubbish\n");  // held
    auto raws = query_i64(store_->writer(), "SELECT COUNT(*) FROM core_reject "
                                                  "WHERE raw LIKE '%1234%'");
    EXPECT_EQ(raws.take(), 0);
    expect_intact();
}

TEST_P(Import, TooManyRejectsHoldTheBatch) {
    const auto held = import("1 100 5\nrubbish\n");
    EXPECT_EQ(held.state, "held");
    EXPECT_EQ(held.rows_rejected, 1);
    EXPECT_EQ(facts(), "");
    const auto rejects = list_rejects(store_->writer(), held.seq);
    ASSERT_TRUE(rejects.ok());
    ASSERT_EQ(rejects->size(), 1U);
    EXPECT_EQ((*rejects)[0].line, 2);
    EXPECT_EQ((*rejects)[0].raw, "rubbish");
    expect_intact();
}

TEST_P(Import, ADryRunLeavesNothing) {
    const auto report = import("1 100 5\n", ImportMode::dry_run);
    EXPECT_EQ(report.rows_new, 1);
    EXPECT_EQ(report.batch, "");
    EXPECT_EQ(facts(), "");
    EXPECT_EQ(head_seq(store_->writer()).value(), 0);
}

TEST_P(Import, AGrownFileKeepsOnlyWhatItAdds) {
    import("1 100 5\n");
    const auto grown = import("1 100 5\n2 101 7\n3 1");
    EXPECT_EQ(grown.rows_read, 2);
    EXPECT_EQ(grown.rows_new, 1);
    EXPECT_EQ(grown.rows_unchanged, 1);
    auto kept = query_i64(store_->writer(), "SELECT MAX(base_size) FROM core_raw");
    EXPECT_EQ(kept.value(), 8);
    const auto raw = load_raw(store_->writer(), sha256_hex("1 100 5\n2 101 7\n3 1"));
    ASSERT_TRUE(raw.ok());
    EXPECT_EQ(*raw, "1 100 5\n2 101 7\n3 1");
    expect_intact();
}

TEST_P(Import, VerifySeesATouchedFact) {
    import("1 100 5\n");
    ASSERT_TRUE(store_->writer().begin_write().ok());
    ASSERT_TRUE(store_->writer().run("UPDATE toy_fact SET total = 6").ok());
    ASSERT_TRUE(store_->writer().commit().ok());
    const auto faults = verify_store(*store_, {&format_}, Catalogue{});
    ASSERT_TRUE(faults.ok());
    ASSERT_FALSE(faults->empty());
    EXPECT_EQ(faults->front().key, "verify.row");
}

TEST_P(Import, FactsOfAnEarlierDerivationStayIntactAndFollowWithTheNextImport) {
    import("1 100 5\n2 100 7\n");
    // As a database from before the table has it.
    ASSERT_TRUE(store_->writer().run("DELETE FROM core_derivation").ok());
    format_.tables.push_back({"toy_more", {"day", "lines"}, {"day"}, {}, {}, 2});
    format_.derive = derive_more;
    const auto more = [&] {
        return query_i64(store_->writer(), "SELECT SUM(lines) FROM toy_more").value();
    };
    expect_intact();
    EXPECT_EQ(more(), 0);
    import("3 100 1\n");
    EXPECT_EQ(more(), 3);
    EXPECT_EQ(facts(), "1=5 2=7 3=1 ");
    expect_intact();
    ASSERT_TRUE(store_->writer().run("DELETE FROM toy_more").ok());
    EXPECT_EQ(count_derivation_faults(*store_, format_, "toy").value(), 3);
}

TEST_P(Import, DerivingAgainOnPurposeChangesOnlyWhatDiffers) {
    import("1 100 5\n2 100 7\n");
    const auto again = [&] {
        return derive_source(*store_, clock_, format_, "toy", {"test", "me"}).value();
    };
    EXPECT_EQ(again(), 0);
    format_.tables.push_back({"toy_more", {"day", "lines"}, {"day"}, {}, {}, 2});
    format_.derive = derive_more;
    EXPECT_EQ(again(), 2);
    EXPECT_EQ(again(), 0);
    expect_intact();
}

TEST_P(Import, APackedFileIsRefused) {
    ImportRequest request;
    request.format = &format_;
    request.options.source = "toy";
    request.files = {{"toy.gz", "\x1f\x8b\x08 1 100 5"}};
    const auto report = import_batch(*store_, clock_, request);
    ASSERT_FALSE(report.ok());
    EXPECT_EQ(report.error().key, "ingest.packed");
    EXPECT_EQ(report.error().file, "toy.gz");
    EXPECT_EQ(head_seq(store_->writer()).value(), 0);
}

TEST_P(Import, WithdrawingTwiceIsAConflict) {
    const auto report = import("1 100 5\n");
    withdraw(report.seq);
    const auto again = withdraw_batch(*store_, clock_, format_, report.seq, "again", "test");
    ASSERT_FALSE(again.ok());
    EXPECT_EQ(again.error().code, ErrorCode::conflict);
    EXPECT_EQ(withdraw_batch(*store_, clock_, format_, 999, "x", "test").error().code,
              ErrorCode::not_found);
}

INSTANTIATE_TEST_SUITE_P(Both, Import, testing::Values(Dialect::sqlite, Dialect::postgres),
                         [](const auto& backend) {
                             return backend.param == Dialect::sqlite ? "sqlite" : "postgres";
                         });

// A row from before the column keeps its hash: the column is 0 or null there.
TEST(FactHash, ALaterColumnCountsOnlyWhereItHoldsSomething) {
    FactTableSpec spec;
    spec.columns = {"day", "system", "service"};
    spec.later_columns = {"system", "service"};
    const std::vector<bool> later = later_cells(spec);
    const FactCell day{CellKind::integer, 17000, {}};
    const FactCell none{};
    const FactCell zero{CellKind::integer, 0, {}};
    const FactCell seven{CellKind::integer, 7, {}};
    const auto hash = [&](const FactCell& system, const FactCell& service) {
        return hash_cells({day, system, service}, 0, 3, later);
    };
    const auto before = hash_cells({day}, 0, 1, {false});
    EXPECT_EQ(hash(none, none), before);
    EXPECT_EQ(hash(zero, none), before);
    EXPECT_NE(hash(seven, none), before);
    EXPECT_NE(hash(seven, zero), hash(zero, seven));
}

TEST(Manifest, NamesTheLineThatIsWrong) {
    const auto good = parse_manifest("m.tsv", "# made\nqueue-log\tx\t--covers 2013\ta.log\r\n\n");
    ASSERT_TRUE(good.ok());
    ASSERT_EQ(good->size(), 1U);
    EXPECT_EQ((*good)[0].options, (std::vector<std::string>{"--covers", "2013"}));
    EXPECT_EQ((*good)[0].file, "a.log");
    const auto bad = parse_manifest("m.tsv", "queue-log\tx\t\ta.log\nqueue-log a.log\n");
    ASSERT_FALSE(bad.ok());
    EXPECT_EQ(bad.error().line, 2);
    EXPECT_EQ(bad.error().file, "m.tsv");
}

}  // namespace
}  // namespace klarsyn
