// Declarative indicators: figures and their records from measurements in blocks, on both databases,
// against plain loops.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <fstream>
#include <random>
#include <sstream>

#include "core/hash.h"
#include "indicators/cells.h"
#include "indicators/figures.h"
#include "indicators/series_source.h"
#include "store/journal.h"
#include "store/test_store.h"

namespace klarsyn {
namespace {

const UtcSecond kStart = day_start(day_of({2026, 10, 20}));  // the autumn night lies within
const Period kPeriod{day_of({2026, 10, 20}), day_of({2026, 11, 2})};

std::string schema(const std::string& file) {
    std::ifstream in(std::string(KLARSYN_SOURCE_DIR) + "/src/" + file);
    std::ostringstream text;
    text << in.rdbuf();
    EXPECT_FALSE(text.str().empty()) << file;
    return text.str();
}

std::string indicator(const std::string& id, const std::string& aggregate,
                      const std::string& rest) {
    return "-- id: probe." + id +
           "\n-- title.da: t\n-- title.en: t\n-- definition.da: d\n-- definition.en: d\n"
           "-- owner: o\n-- unit: count\n-- aggregate: " +
           aggregate + "\n-- dims: system, site, kind, hour, weekday\n-- source: probe_result\n" +
           rest;
}

// From a moment on an action is data-heavy, with a wider limit; series of system 9 have no limit.
// In some hours a window holds.
class Facts final : public SeriesFacts {
public:
    explicit Facts(std::int64_t as_of) : as_of_(as_of) {}
    static constexpr UtcSecond kChange = 8 * 86'400 + 1234;
    std::vector<std::optional<std::int64_t>> at(const SeriesDims& dims, UtcSecond time) const {
        if (dims[0] == system_without) return {std::nullopt, std::nullopt, 1};
        const bool late = time >= kStart + kChange;
        const std::int64_t window = time / 7200 % 5 == 0 ? 0 : 1;
        return {late ? 8 : 7, (late ? 900 : 300) + (as_of_ >= 3 ? 50 : 0), window};
    }
    std::vector<SeriesSegment> of(const SeriesDims& dims, UtcSecond from,
                                  UtcSecond to) const override {
        std::vector<SeriesSegment> all;
        for (UtcSecond time = from; time < to;) {
            UtcSecond next = (time / 7200 + 1) * 7200;
            if (time < kStart + kChange) next = std::min(next, kStart + kChange);
            all.push_back({next, at(dims, time)});
            time = next;
        }
        return all;
    }
    static inline std::int64_t system_without = 0;

private:
    std::int64_t as_of_;
};

SeriesSource source() {
    SeriesSource source;
    source.table = {"probe_result", {"system", "site"}};
    source.module = "probe";
    source.fields = {{"outcome", 0, 3, {"ok", "failed", "timeout"}}, {"flags", 2, 1, {"", "odd"}}};
    source.facts = {"kind", "limit_ms", "net"};
    source.name_facts = {"kind"};
    source.facts_of =
        [](Connection&, std::int64_t as_of,
           const std::vector<bool>&) -> Result<std::shared_ptr<const SeriesFacts>> {
        return std::shared_ptr<const SeriesFacts>(std::make_shared<Facts>(as_of));
    };
    source.derived = {{"met", {"limit_ms"}, "outcome = ok and ms <= limit_ms"}};
    source.key = [](std::span<const std::string> dims) { return dims[0] + "/" + dims[1]; };
    return source;
}

struct Row {
    SeriesRow row;
    SeriesDims dims{};
    std::int64_t seq = 0, retracted = 0;
};

class SeriesFigures : public testing::TestWithParam<Dialect> {
protected:
    void SetUp() override {
        const std::string data = databases_.fresh(GetParam());
        if (HasFatalFailure()) return;
        static const std::string batch = schema("ingest/schema/001_batch.sql");
        static const std::string whole = schema("ingest/schema/004_cover_whole.sql");
        static const std::string cell = schema("indicators/schema/001_cell.sql");
        static const std::string since = schema("indicators/schema/002_dirty_since.sql");
        store_ = Store::create(data, test_migrations({{"ingest/001_batch", batch},
                                                      {"ingest/004_cover_whole", whole},
                                                      {"indicators/001_cell", cell},
                                                      {"indicators/002_dirty_since", since}}))
                     .take();
        make_catalogue();
        make_rows();
    }

    void make_catalogue() {
        FactTable table;
        table.name = "probe_result";
        table.module = "probe";
        table.columns = {"at",    "system", "site",     "kind", "outcome",
                         "flags", "ms",     "limit_ms", "met"};
        catalogue_.add(std::move(table));
        catalogue_.add(source());
        for (const char* dim : {"system", "site", "kind"})
            catalogue_.add(Dim{dim, DimKind::name, "", ""});
        for (const char* dim : {"hour", "weekday"})
            catalogue_.add(Dim{dim, DimKind::number, "", ""});
        for (const auto& [id, aggregate, rest] :
             {std::tuple{
                  "within", "ratio",
                  "-- num: outcome = ok and ms <= limit_ms\n-- den: 1\n-- needs: limit_ms\n"},
              std::tuple{"net", "ratio",
                         "-- predicate: net = 1\n-- num: outcome = ok and not ms > limit_ms\n"
                         "-- den: 1\n-- needs: limit_ms\n"},
              std::tuple{"measured", "count", ""},
              std::tuple{"failed", "count", "-- predicate: outcome != ok\n"},
              std::tuple{"slow", "sum",
                         "-- predicate: (outcome = ok or outcome = failed) and ms >= 200\n"
                         "-- num: ms\n-- needs: ms\n"},
              std::tuple{
                  "p95", "percentile",
                  "-- percentile: 95\n-- predicate: outcome = ok\n-- value: ms\n-- needs: ms\n"},
              std::tuple{"slowest", "max",
                         "-- predicate: outcome = ok\n-- value: ms\n-- needs: ms\n"}}) {
            catalogue_.add(Catalogue::parse(id, indicator(id, aggregate, rest)).take());
        }
        catalogue_.add(Cut{"probe_result", {}});
        for (const char* dim : {"system", "site", "kind", "hour", "weekday"})
            catalogue_.add(Cut{"probe_result", {dim}});
        catalogue_.add(Cut{"probe_result", {"system", "site"}});
        catalogue_.seal().take();
    }

    // Three entries: measurements, corrections of some, and nothing but a new limit.
    void make_rows() {
        Connection& db = store_->writer();
        Names names(db);
        SeriesWriter writer(db, source().table, names);
        std::mt19937 random(7);
        db.begin_write().take();
        std::vector<std::pair<std::int32_t, SeriesDims>> series;
        for (const char* system : {"epj", "pas", "lab"}) {
            for (const char* site : {"rh", "hgh"}) {
                const SeriesDims dims{names.intern(system).take(), names.intern(site).take()};
                if (std::string(system) == "lab") Facts::system_without = dims[0];
                series.emplace_back(writer.series(dims).take(), dims);
            }
        }
        while (names.intern("fill " + std::to_string(random())).take() < 9) continue;
        for (std::int64_t seq = 1; seq <= 3; ++seq) {
            std::vector<SeriesRow> batch;
            for (const auto& [id, dims] : series) {
                for (int i = 0; seq < 3 && i < 3'000; ++i) {
                    if (seq == 2 && random() % 9 != 0) continue;
                    SeriesRow row;
                    row.time = kStart + i * 400 + (i % 7 == 0 ? 11 : 0);
                    row.series = id;
                    row.outcome =
                        static_cast<std::uint8_t>(random() % 20 == 0 ? 1 + random() % 2 : 0);
                    row.ms = row.outcome == 2
                                 ? kNoMs
                                 : static_cast<std::uint32_t>(
                                       random() % 1'000 +
                                       (random() % 99 == 0 && id % 2 == 0 ? 80'000 : 0));
                    if (random() % 30 == 0) row.outcome |= 4;
                    batch.push_back(row);
                    remember(row, dims, seq);
                }
            }
            JournalEntry entry;
            entry.seq = next_seq(db).take();
            entry.kind = "import";
            writer.append(entry.seq, std::move(batch)).take();
            if (seq == 1) writer.pack(INT64_MAX).take();
            append_entry(db, store_->journal_key(), std::move(entry)).take();
        }
        db.commit().take();
    }

    void remember(const SeriesRow& row, const SeriesDims& dims, std::int64_t seq) {
        const auto [place, fresh] = places_.try_emplace({row.series, row.time}, rows_.size());
        if (!fresh) {
            Row& before = rows_[place->second];
            if (before.row.ms == row.ms && before.row.outcome == row.outcome) return;
            before.retracted = seq;
            place->second = rows_.size();
        }
        rows_.push_back({row, dims, seq, 0});
    }

    std::vector<const Row*> standing(std::int64_t as_of) const {
        std::vector<const Row*> all;
        for (const Row& row : rows_) {
            if (row.seq <= as_of && (row.retracted == 0 || row.retracted > as_of))
                all.push_back(&row);
        }
        return all;
    }

    FigureAnswer ask(const std::string& id, std::vector<std::string> by = {},
                     std::optional<std::int64_t> as_of = {}) {
        FigureQuestion question;
        question.id = "probe." + id;
        question.period = kPeriod;
        question.by = std::move(by);
        question.as_of = as_of;
        auto answer = figures().evaluate(question);
        EXPECT_TRUE(answer.ok()) << (answer.ok() ? ""
                                                 : answer.error().key + " " + answer.error().field);
        return answer.take();
    }
    void change_some(std::mt19937& random);
    Figures figures() { return Figures(store_->writer(), catalogue_); }

    TestDatabases databases_;
    std::unique_ptr<Store> store_;
    Catalogue catalogue_;
    std::vector<Row> rows_;
    std::map<std::pair<std::int32_t, UtcSecond>, std::size_t> places_;  // of what stands
};

struct Sums {
    std::int64_t num = 0, den = 0, gap = 0;
};

TEST_P(SeriesFigures, shares_equal_a_plain_count_by_every_dimension) {
    for (std::int64_t as_of = 1; as_of <= 3; ++as_of) {
        for (const std::string by : {"system", "kind", "hour", "day", "weekday"}) {
            std::map<std::string, Sums> expected;
            Names names(store_->writer());
            for (const Row* row : standing(as_of)) {
                const auto facts = Facts(as_of).at(row->dims, row->row.time);
                const LocalTime local = Zone::copenhagen().to_local(row->row.time);
                const std::string key = by == "system" ? names.text(row->dims[0]).take()
                                        : by == "kind" ? names.text(facts[0].value_or(0)).take()
                                        : by == "hour" ? std::to_string(local.hour())
                                        : by == "day"  ? bucket_label(Bucket::day, local.day)
                                                       : std::to_string(weekday_of(local.day));
                Sums& sums = expected[key];
                if (!facts[1]) {
                    ++sums.gap;
                    continue;
                }
                ++sums.den;
                sums.num += (row->row.outcome & 3) == 0 && row->row.ms <= *facts[1] ? 1 : 0;
            }
            const auto answer = ask("within", {by}, as_of);
            ASSERT_EQ(answer.rows.size(), expected.size()) << by;
            for (const auto& row : answer.rows) {
                const Sums& sums = expected[dim_text(row.key[0].second)];
                EXPECT_EQ(row.num.value_or(0), sums.num) << by;
                EXPECT_EQ(row.den.value_or(0), sums.den) << by;
                EXPECT_EQ(row.gap_records, sums.gap) << by;
            }
        }
    }
}

TEST_P(SeriesFigures, counts_sums_and_percentiles_equal_plain_ones) {
    std::int64_t failed = 0, slow = 0, slow_gap = 0, net = 0, net_den = 0;
    std::vector<std::int64_t> ok;
    for (const Row* row : standing(3)) {
        const int outcome = row->row.outcome & 3;
        const auto facts = Facts(3).at(row->dims, row->row.time);
        failed += outcome != 0 ? 1 : 0;
        if (outcome == 0) ok.push_back(row->row.ms);
        if (outcome < 2 && row->row.ms >= 200) slow += row->row.ms;
        if (facts[2] == 1 && facts[1]) {
            ++net_den;
            net += outcome == 0 && row->row.ms <= *facts[1] ? 1 : 0;
        }
    }
    std::sort(ok.begin(), ok.end());
    EXPECT_EQ(ask("measured").rows[0].num, static_cast<std::int64_t>(standing(3).size()));
    EXPECT_EQ(ask("failed").rows[0].num, failed);
    EXPECT_EQ(ask("slow").rows[0].num, slow);
    EXPECT_EQ(ask("slow").rows[0].gap_records, slow_gap);
    EXPECT_EQ(ask("p95").rows[0].num, ok[(95 * ok.size() + 99) / 100 - 1]);
    EXPECT_EQ(ask("p95").rows[0].records, static_cast<std::int64_t>(ok.size()));
    EXPECT_EQ(ask("slowest").rows[0].num, ok.back());
    EXPECT_EQ(ask("net").rows[0].num, net);
    EXPECT_EQ(ask("net").rows[0].den, net_den);
}

TEST_P(SeriesFigures, every_number_opens_its_records) {
    FigureQuestion question;
    question.id = "probe.failed";
    question.period = kPeriod;
    question.where = {{"system", "pas"}, {"hour", "7"}};
    auto figures = this->figures();
    const auto answer = figures.evaluate(question).take();
    const auto all = figures.records(question, 0, 0).take();
    EXPECT_GT(all.total, 10);
    EXPECT_EQ(all.total, answer.rows[0].records);
    ASSERT_EQ(static_cast<std::int64_t>(all.items.size()), all.total);
    std::int64_t counted = 0;
    for (const BatchShare& share : figures.batches(question).take()) counted += share.records;
    EXPECT_EQ(counted, all.total);
    std::vector<std::string> refs;
    for (std::int64_t at = 0; at < all.total; at += 7) {
        for (const auto& item : figures.records(question, at, 7).take().items)
            refs.push_back(item.ref);
    }
    ASSERT_EQ(refs.size(), all.items.size());
    for (std::size_t i = 0; i < refs.size(); ++i) EXPECT_EQ(refs[i], all.items[i].ref);
    const RecordItem& item = all.items.front();
    EXPECT_THAT(item.ref, testing::StartsWith("probe_result:pas/"));
    ASSERT_EQ(item.fields.size(), 9U);
    EXPECT_EQ(item.fields[1].name, "system");
    EXPECT_EQ(std::get<std::string>(item.fields[1].value), "pas");
    EXPECT_EQ(std::get<std::int64_t>(item.fields[8].value), 0);  // met
    std::sort(refs.begin(), refs.end());
    std::string lines;
    for (const std::string& ref : refs) lines += ref + "\n";
    EXPECT_EQ(figures.refs_hash(question).take(), sha256_hex(lines));
    question.id = "probe.within";
    question.where = {{"system", "lab"}};
    question.gap = true;
    EXPECT_EQ(figures.records(question, 0, 5).take().total,
              figures.evaluate(question).take().rows[0].gap_records);
}

TEST_P(SeriesFigures, old_measurements_are_judged_by_a_limit_on_request) {
    FigureQuestion question;
    question.id = "probe.within";
    question.period = kPeriod;
    question.assume = {{"limit_ms", 100}};
    std::int64_t met = 0;
    for (const Row* row : standing(3))
        met += (row->row.outcome & 3) == 0 && row->row.ms <= 100 ? 1 : 0;
    const auto row = figures().evaluate(question).take().rows[0];
    EXPECT_EQ(row.num, met);
    EXPECT_EQ(row.den, static_cast<std::int64_t>(standing(3).size()));
    for (const std::int64_t limit : {0, 1, 254, 255, 256, 511, 777, 1'000, 70'000}) {
        question.assume = {{"limit_ms", limit}};
        question.by = {"system"};
        std::map<std::string, std::int64_t> expected;
        Names names(store_->writer());
        for (const Row* each : standing(3)) {
            expected[names.text(each->dims[0]).take()] +=
                (each->row.outcome & 3) == 0 && each->row.ms <= limit ? 1 : 0;
        }
        for (const auto& each : figures().evaluate(question).take().rows)
            EXPECT_EQ(each.num, expected[dim_text(each.key[0].second)]) << limit;
    }
    question.assume = {{"colour", 100}};
    EXPECT_EQ(figures().evaluate(question).error().key, "indicators.assume_unknown");
}

// Keys, numbers and gaps of a figure, as one text.
std::string told(const FigureAnswer& answer) {
    std::string text;
    for (const FigureRow& row : answer.rows) {
        for (const auto& [dim, value] : row.key) text += dim + "=" + dim_text(value) + " ";
        text += std::to_string(row.num.value_or(-1)) + "/" + std::to_string(row.den.value_or(-1)) +
                " " + std::to_string(row.records) + " " + std::to_string(row.gap_records) + "\n";
    }
    return text;
}

std::string all_cells(Connection& db) {
    std::string text;
    for (const char* sql : {"SELECT scan, day, cut, combo, parts FROM core_cell_day "
                            "ORDER BY scan, day, cut, combo",
                            "SELECT scan, month, cut, combo, parts FROM core_cell_month "
                            "ORDER BY scan, month, cut, combo"}) {
        auto rows = db.query(sql).take();
        while (rows->next().take()) {
            for (int c = 0; c < 4; ++c) text += std::to_string(rows->i64(c)) + " ";
            text += std::string(rows->blob(4)) + "\n";
        }
    }
    return text;
}

// Appends, corrections and withdrawals of a random day or two, as one entry that marks its days.
void SeriesFigures::change_some(std::mt19937& random) {
    Connection& db = store_->writer();
    Names names(db);
    SeriesWriter writer(db, source().table, names);
    db.begin_write().take();
    JournalEntry entry;
    entry.seq = next_seq(db).take();
    entry.kind = "import";
    std::vector<SeriesRow> batch;
    const UtcSecond from = kStart + static_cast<UtcSecond>(random() % (13 * 86'400));
    const int count = static_cast<int>(random() % 300);
    for (int i = 0; i < count; ++i) {
        SeriesRow row;
        const char* system = random() % 3 == 0 ? "pas" : "epj";
        row.series = writer.series({names.intern(system).take(), names.intern("rh").take()}).take();
        row.time = from + static_cast<UtcSecond>(random() % 200) * 400;
        row.gone = random() % 4 == 0;
        row.outcome = static_cast<std::uint8_t>(random() % 3);
        row.ms = row.outcome == 2 ? kNoMs : static_cast<std::uint32_t>(random() % 1'000);
        batch.push_back(row);
    }
    const auto change = writer.append(entry.seq, std::move(batch)).take();
    mark_dirty(db, "probe_result", {change.days.begin(), change.days.end()}).take();
    if (random() % 3 == 0) writer.pack(INT64_MAX).take();
    append_entry(db, store_->journal_key(), std::move(entry)).take();
    db.commit().take();
}

TEST_P(SeriesFigures, cells_say_what_the_measurements_say) {
    Connection& db = store_->writer();
    std::mt19937 random(11);
    refresh_cells(db, catalogue_).take();
    const Period odd{kPeriod.from + 2, kPeriod.to - 1};  // no whole months
    const std::vector<std::vector<std::string>> groups = {
        {}, {"system"}, {"kind"}, {"hour"}, {"weekday", "day"}, {"system", "site", "month"}};
    for (int round = 0; round < 5; ++round) {
        change_some(random);
        if (round % 3 != 2) refresh_cells(db, catalogue_).take();
        Figures cells(db, catalogue_);
        Figures blocks(db, catalogue_, Figures::Source::records);
        for (const std::string id : {"within", "net", "measured", "failed", "slow"}) {
            for (const auto& by : groups) {
                FigureQuestion question;
                question.id = "probe." + id;
                question.period = round % 2 == 0 ? kPeriod : odd;
                question.by = by;
                if (by.size() == 1 && random() % 2 == 0) question.where = {{by[0], "pas"}};
                if (by.size() == 1 && by[0] == "hour") question.where = {{"hour", "7"}};
                EXPECT_EQ(told(cells.evaluate(question).take()),
                          told(blocks.evaluate(question).take()))
                    << id << " round " << round;
            }
        }
        EXPECT_TRUE(verify_cells(db, catalogue_).take().empty());
    }
    refresh_cells(db, catalogue_).take();
    const std::string grown = all_cells(db);
    EXPECT_GT(grown.size(), 10'000U);
    for (const char* table : {"core_scan", "core_cell_day", "core_cell_month"})
        db.run("DELETE FROM " + std::string(table)).take();
    refresh_cells(db, catalogue_).take();
    EXPECT_TRUE(all_cells(db) == grown);
    db.run("DELETE FROM core_cell_day WHERE cut = 0").take();
    EXPECT_FALSE(verify_cells(db, catalogue_).take().empty());
}

TEST(SeriesIndicator, what_the_source_does_not_have_is_an_error) {
    for (const char* wrong : {"-- num: colour = ok\n", "-- num: outcome = green\n",
                              "-- num: ms <\n", "-- num: (ms < 5\n", "-- num: ms < 5 and 7\n",
                              "-- num: not ms\n", "-- num: ms < ms\n", "-- needs: colour\n",
                              "-- predicate: 5\n", "-- num: outcome < ok\n", "-- num: ms ; 5\n",
                              "-- least: 5 odd\n"}) {
        Catalogue catalogue;
        catalogue.add(source());
        catalogue.add(Catalogue::parse("x.sql", indicator("x", "count", wrong)).take());
        const auto sealed = catalogue.seal();
        ASSERT_FALSE(sealed.ok()) << wrong;
        EXPECT_EQ(sealed.error().key, "indicators.series_expression") << wrong;
        EXPECT_EQ(sealed.error().field, "probe.x");
    }
    EXPECT_FALSE(Catalogue::parse("x.sql", indicator("x", "balance", "")).ok());
    EXPECT_FALSE(Catalogue::parse("x.sql", indicator("x", "ratio", "-- num: 1\n")).ok());
    EXPECT_FALSE(Catalogue::parse("x.sql", indicator("x", "count", "SELECT 1 AS ref\n")).ok());
}

TEST(SeriesIndicator, how_many_must_stand_behind_is_two_or_more_of_something) {
    for (const char* wrong : {"5", "1 kind", "x kind", "5x kind", "-- kind"}) {
        const auto parsed = Catalogue::parse(
            "x.sql", indicator("x", "count", "-- least: " + std::string(wrong) + "\n"));
        ASSERT_FALSE(parsed.ok()) << wrong;
        EXPECT_EQ(parsed.error().field, "least") << wrong;
    }
    const auto parsed = Catalogue::parse("x.sql", indicator("x", "count", "-- least: 5 kind\n"));
    ASSERT_TRUE(parsed.ok());
    EXPECT_EQ(parsed->least, 5);
    EXPECT_EQ(parsed->least_of, "kind");
}

INSTANTIATE_TEST_SUITE_P(Databases, SeriesFigures,
                         testing::Values(Dialect::sqlite, Dialect::postgres),
                         [](const auto& parameter) {
                             return parameter.param == Dialect::sqlite ? "sqlite" : "postgres";
                         });

}  // namespace
}  // namespace klarsyn
