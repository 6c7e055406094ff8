// Runs every indicators/*.test of every module (docs/guides/indicator-tests.md) on both databases:
// figure and drill-down, from the records and then from the cells.

#include <gtest/gtest.h>

#include <algorithm>
#include <charconv>
#include <filesystem>
#include <fstream>
#include <random>
#include <set>
#include <sstream>

#include "core/hash.h"
#include "indicators/cells.h"
#include "indicators/figures.h"
#include "indicators/figures_json.h"
#include "indicators/series_program.h"
#include "modules/covered_for_test.h"
#include "modules/indicator_file_for_test.h"
#include "modules/measurements_for_test.h"
#include "modules/module.h"
#include "store/journal.h"
#include "store/test_store.h"

namespace klarsyn {
namespace {

// Whose indicators are tested: those of the modules, or the examples of the engine.
struct Subject {
    const Catalogue& catalogue;
    std::vector<std::string> modules;
    std::filesystem::path folder(const Indicator& indicator) const {
        const std::filesystem::path source(KLARSYN_SOURCE_DIR);
        return examples ? source / "src/indicators/examples"
                        : source / "src/modules" / indicator.module / "indicators";
    }
    bool examples = false;
};

bool holds(const std::vector<std::string>& list, const std::string& item) {
    return std::find(list.begin(), list.end(), item) != list.end();
}

Value value_of(Connection& db, const FactTable& table, const std::string& column,
               const std::string& word) {
    if (word == "-") return {};
    if (holds(table.name_columns, column)) {
        if (word == "unknown") return std::int64_t{0};
        Names names(db);
        return names.intern(word).take();
    }
    if (holds(table.text_columns, column)) return word;
    if (const auto day = parse_iso_date(word); day.ok()) return std::int64_t{day.value()};
    if (const auto at = parse_iso_utc(word); at.ok()) return std::int64_t{at.value()};
    std::int64_t number = 0;
    const auto end = std::from_chars(word.data(), word.data() + word.size(), number).ptr;
    EXPECT_EQ(end, word.data() + word.size()) << column << " " << word;
    return number;
}

std::vector<Day> days_of(const GivenTable& given) {
    std::set<Day> days;
    for (const auto& row : given.rows) {
        for (const auto& word : row) {
            if (const auto day = parse_iso_date(word); day.ok()) days.insert(day.value());
        }
    }
    return {days.begin(), days.end()};
}

// Makes room for the next test: a new database for each would take most of the time.
void remove_given(Connection& db, const IndicatorTest& test) {
    ASSERT_TRUE(db.begin_write().ok());
    remove_measurements_for_test(db);
    for (const auto& given : test.given) {
        ASSERT_TRUE(db.run("DELETE FROM " + given.name).ok());
        ASSERT_TRUE(mark_dirty(db, given.name, days_of(given)).ok());
    }
    ASSERT_TRUE(db.commit().ok());
}

// The rows, brought by one journal entry; their days are marked as changed.
void insert_given(Store& store, const Subject& subject, const Indicator& indicator,
                  const IndicatorTest& test) {
    Connection& db = store.writer();
    ASSERT_TRUE(db.begin_write().ok());
    JournalEntry entry;
    entry.seq = next_seq(db).take();
    entry.kind = "import";
    entry.detail = "{}";
    for (const auto& given : test.given) {
        const FactTable* table = subject.catalogue.table(given.name);
        ASSERT_NE(table, nullptr) << given.name;
        if (indicator.series && indicator.series->source->table.name == given.name) {
            insert_measurements_for_test(db, *indicator.series->source, given.columns, given.rows,
                                         entry.seq);
            continue;
        }
        for (const auto& row : given.rows) {
            std::string columns = "seq, group_key, source_key, row_hash";
            std::string values = ":seq, 0, :key, 0";
            const std::string key = row.at(0);
            Params params{{":seq", entry.seq}, {":key", key}};
            Words names;  // of the parameters; reserved, because params hold views of them
            names.reserve(row.size());
            for (std::size_t i = 0; i < row.size(); ++i) {
                names.push_back(":p" + std::to_string(i));
                columns += ", " + given.columns[i];
                values += ", " + names.back();
                params.emplace_back(names.back(), value_of(db, *table, given.columns[i], row[i]));
            }
            const auto done = db.run("INSERT INTO " + given.name + " (" + columns + ") VALUES (" +
                                         values + ")", params);
            ASSERT_TRUE(done.ok()) << given.name << " " << describe(done.error(), Language::en);
        }
        ASSERT_TRUE(mark_dirty(db, given.name, days_of(given)).ok());
    }
    mark_measured_for_test(db);
    for (const auto& module : subject.modules) cover_all_for_test(db, entry.seq, module);
    ASSERT_TRUE(append_entry(db, store.journal_key(), entry).ok() && db.commit().ok());
}

// " 1 2 3": the records of a row, or with question.gap those that lack something.
std::string ids_text(Figures& figures, const FigureQuestion& question, std::int64_t expected) {
    const auto page = figures.records(question, 0, 0);
    EXPECT_TRUE(page.ok());
    if (!page.ok()) return "?";
    EXPECT_EQ(page->total, expected);
    std::int64_t streamed = 0;
    const auto each = figures.each_record(question, [&](const RecordItem&) {
        ++streamed;
        return Result<void>();
    });
    EXPECT_TRUE(each.ok());
    EXPECT_EQ(streamed, expected);
    std::vector<std::int64_t> ids;
    for (const auto& item : page->items) {
        const auto measured = measurement_id_for_test(item.ref);
        ids.push_back(measured ? *measured : std::stoll(item.ref.substr(item.ref.rfind(':') + 1)));
    }
    std::sort(ids.begin(), ids.end());
    std::string text;
    for (const auto id : ids) text += " " + std::to_string(id);
    return text;
}

// "queue=servicedesk 1 3 records 1 2 3 gap 4", as the engine answers it.
std::string answered_row(Figures& figures, const Indicator& indicator, const FigureQuestion& question,
                         const FigureRow& row) {
    FigureQuestion of_row = question;
    of_row.by.clear();
    std::string text;
    for (const auto& [dim, value] : row.key) {
        text += dim + "=" + dim_text(value) + " ";
        if (parse_bucket(dim).ok()) of_row.period = row.period;
        else of_row.where.push_back({dim, dim_text(value)});
    }
    text += row.num ? std::to_string(*row.num) : "-";
    if (indicator.divides()) text += " " + (row.den ? std::to_string(*row.den) : "-");
    text += " records" + ids_text(figures, of_row, row.records);
    of_row.gap = true;
    const std::string gap = ids_text(figures, of_row, row.gap_records);
    return gap.empty() ? text : text + " gap" + gap;
}

// What an edition freezes of the records, from the drill-down itself.
std::string hash_of_records(Figures& figures, const FigureQuestion& question) {
    std::set<std::string> lines;
    const auto listed = figures.each_record(question, [&](const RecordItem& item) -> Result<void> {
        EXPECT_TRUE(lines.insert(item.ref + "\n").second) << item.ref << " twice";
        return {};
    });
    EXPECT_TRUE(listed.ok());
    std::string all;
    for (const std::string& line : lines) all += line;
    return sha256_hex(all);
}

void ask(Store& store, const Subject& subject, const Indicator& indicator,
         const IndicatorTest& test) {
    Figures figures(store.writer(), subject.catalogue);
    for (const auto& asked : test.questions) {
        const FigureQuestion question{indicator.id, parse_period(asked.period).take(), asked.by,
                                      asked.where, std::nullopt};
        const auto answer = figures.evaluate(question);
        ASSERT_TRUE(answer.ok()) << describe(answer.error(), Language::en);
        std::set<std::string> rows;
        for (const auto& row : answer->rows) {
            rows.insert(answered_row(figures, indicator, question, row));
        }
        EXPECT_EQ(rows, asked.expected) << indicator.id << " " << asked.period;
        const auto hashed = figures.refs_hash(question);
        ASSERT_TRUE(hashed.ok()) << describe(hashed.error(), Language::en);
        EXPECT_EQ(*hashed, hash_of_records(figures, question)) << indicator.id;
    }
}

class Indicators : public ::testing::TestWithParam<Dialect> {};

// From the records, from the cells, and both again without the rows of the test before.
void run_tests(Store& store, const Subject& subject) {
    for (const auto& indicator : subject.catalogue.indicators()) {
        const auto name = indicator.id.substr(indicator.id.find('.') + 1) + ".test";
        SCOPED_TRACE(name);
        const IndicatorTest test = read_test(subject.folder(indicator) / name);
        ASSERT_FALSE(test.questions.empty());
        insert_given(store, subject, indicator, test);
        if (::testing::Test::HasFatalFailure()) return;
        ask(store, subject, indicator, test);  // every day with a row is dirty: from the records
        ASSERT_TRUE(refresh_cells(store.writer(), subject.catalogue).ok());
        ask(store, subject, indicator, test);
        const auto faults = verify_cells(store.writer(), subject.catalogue);
        ASSERT_TRUE(faults.ok());
        EXPECT_TRUE(faults->empty());
        remove_given(store.writer(), test);
    }
}

TEST_P(Indicators, AnswerAsTheirTestsExpect) {
    TestDatabases databases;
    auto store = Store::create(databases.fresh(GetParam()), migrations());
    ASSERT_TRUE(store.ok()) << describe(store.error(), Language::en);
    std::vector<std::string> names;
    for (const auto& module : modules()) names.emplace_back(module.name);
    run_tests(**store, {catalogue(), names});
}

// Two small modules that show what no module of ours needs yet.
std::string text_of(const std::filesystem::path& path) {
    std::ifstream file(path);
    std::ostringstream text;
    text << file.rdbuf();
    return text.str();
}

FactTable example_table(const std::string& name, std::vector<std::string> columns,
                        std::vector<std::string> names) {
    FactTable table;
    table.name = name;
    table.module = name.substr(0, name.find('_'));
    table.columns = std::move(columns);
    table.name_columns = std::move(names);
    return table;
}

std::vector<std::filesystem::path> sql_files(const std::filesystem::path& folder) {
    std::vector<std::filesystem::path> files;
    for (const auto& file : std::filesystem::directory_iterator(folder)) {
        if (file.path().extension() == ".sql") files.push_back(file.path());
    }
    std::sort(files.begin(), files.end());
    return files;
}

std::filesystem::path examples() {
    return std::filesystem::path(KLARSYN_SOURCE_DIR) / "src/indicators/examples";
}

Catalogue example_catalogue() {
    Catalogue result;
    result.add(example_table("desk_case", {"place", "number", "spent_s"}, {"place"}));
    result.add(example_table("phone_call", {"number", "queue", "answered"}, {"queue"}));
    result.add(example_table("desk_reading", {"place", "disk", "at", "used", "size"},
                             {"place", "disk"}));
    result.add(Dim{"place", DimKind::name, "Sted", "Place"});
    result.add(Dim{"queue", DimKind::name, "Kø", "Queue"});
    for (const char* table : {"desk_case", "desk_reading"}) {
        result.add(Cut{table, {}});
        result.add(Cut{table, {"place"}});
    }
    for (const auto& path : sql_files(examples() / "views")) {
        result.add(Catalogue::parse_view(path.string(), text_of(path)).take());
    }
    for (const auto& path : sql_files(examples())) {
        auto indicator = Catalogue::parse(path.string(), text_of(path));
        EXPECT_TRUE(indicator.ok()) << describe(indicator.error(), Language::en);
        result.add(indicator.take());
    }
    const auto sealed = result.seal();
    EXPECT_TRUE(sealed.ok()) << describe(sealed.error(), Language::en);
    return result;
}

std::vector<Migration> example_migrations(const std::string& schema) {
    auto list = migrations();
    list.push_back({"examples/001", schema});
    return list;
}

TEST_P(Indicators, TheExamplesAnswerAsTheirTestsExpect) {
    TestDatabases databases;
    const auto schema = text_of(examples() / "schema/001_examples.sql");
    auto store = Store::create(databases.fresh(GetParam()), example_migrations(schema));
    ASSERT_TRUE(store.ok()) << describe(store.error(), Language::en);
    const Catalogue toys = example_catalogue();
    ASSERT_FALSE(toys.indicators().empty());
    run_tests(**store, {toys, {"desk", "phone"}, true});
}

// The call is withdrawn: what was known before still counts it, through the view of its module.
TEST_P(Indicators, AViewShowsWhatWasKnownThen) {
    TestDatabases databases;
    const auto schema = text_of(examples() / "schema/001_examples.sql");
    auto store = Store::create(databases.fresh(GetParam()), example_migrations(schema));
    ASSERT_TRUE(store.ok()) << describe(store.error(), Language::en);
    const Catalogue toys = example_catalogue();
    const Subject subject{toys, {"desk", "phone"}, true};
    insert_given(**store, subject, *toys.find("desk.called_share"),
                 read_test(examples() / "called_share.test"));
    Connection& db = (*store)->writer();
    const auto before = head_seq(db).take();
    ASSERT_TRUE(db.begin_write().ok());
    JournalEntry entry;
    entry.seq = next_seq(db).take();
    entry.kind = "withdraw";
    entry.detail = "{}";
    ASSERT_TRUE(db.run("UPDATE phone_call SET retracted_seq = :seq", {{":seq", entry.seq}}).ok());
    ASSERT_TRUE(append_entry(db, (*store)->journal_key(), entry).ok());
    ASSERT_TRUE(db.commit().ok());
    Figures figures(db, toys);
    FigureQuestion question{"desk.called_share", parse_period("2013-04").take(), {}, {}, {}};
    EXPECT_EQ(figures.evaluate(question)->rows.at(0).num, 0);
    question.as_of = before;
    EXPECT_EQ(figures.evaluate(question)->rows.at(0).num, 2);
    EXPECT_EQ(figures.evaluate(question)->rows.at(0).den, 4);
}

// Organisations are in the record lists of two readers; the figure is the same for both.
TEST_P(Indicators, WhatAReaderMayNotSeeIsCountedAndSaid) {
    TestDatabases databases;
    auto store = Store::create(databases.fresh(GetParam()), migrations());
    ASSERT_TRUE(store.ok()) << describe(store.error(), Language::en);
    Connection& db = (*store)->writer();
    IndicatorTest test;
    test.given = {{"servicedesk_event",
                   {"id", "day", "kind", "org", "elapsed_s"},
                   {{"1", "2018-04-02", "created", "herlev", "-"},
                    {"2", "2018-04-02", "created", "gentofte", "-"},
                    {"3", "2018-04-03", "created", "herlev", "-"},
                    {"4", "2018-04-04", "created", "unknown", "-"},
                    {"5", "2018-04-04", "solved", "gentofte", "60"},
                    {"6", "2018-04-04", "solved", "gentofte", "-"}}},
                  {"servicedesk_stay",
                   {"id", "from_day", "to_day", "cls", "org", "opened_at"},
                   {{"1", "2018-04-02", "-", "-1", "herlev", "1522656000"},
                    {"2", "2018-04-02", "-", "-1", "gentofte", "1522656000"}}}};
    insert_given(**store, {catalogue(), {"servicedesk"}}, *catalogue().find("servicedesk.created"),
                 test);
    ASSERT_TRUE(refresh_cells(db, catalogue()).ok());
    const std::int64_t herlev = Names(db).find("herlev")->value();
    Figures figures(db, catalogue());
    const auto page = [&](const char* id, std::optional<std::vector<std::int64_t>> orgs, bool gap,
                          std::int64_t offset = 0) {
        FigureQuestion question{id, parse_period("2018-04").take(), {}, {}, {}};
        question.orgs = std::move(orgs);
        question.gap = gap;
        return figures.records(question, offset, 1).take();
    };
    const std::vector<std::int64_t> own = {herlev};
    EXPECT_EQ(page("servicedesk.created", {}, false).total, 4);
    EXPECT_EQ(page("servicedesk.created", {}, false).hidden, 0);
    EXPECT_EQ(page("servicedesk.created", own, false).total, 2);
    EXPECT_EQ(page("servicedesk.created", own, false).hidden, 2);
    EXPECT_EQ(page("servicedesk.created", own, false, 1).items.at(0).ref, "servicedesk_event:3");
    EXPECT_TRUE(page("servicedesk.created", own, false, 2).items.empty());
    EXPECT_EQ(page("servicedesk.backlog", own, false).total, 1);
    EXPECT_EQ(page("servicedesk.backlog", own, false).hidden, 1);
    EXPECT_EQ(page("servicedesk.solve_time_median", own, false).hidden, 1);
    EXPECT_EQ(page("servicedesk.solve_time_median", own, true).hidden, 1);
    EXPECT_EQ(page("servicedesk.solve_time_median", {}, true).items.at(0).ref,
              "servicedesk_event:6");
    EXPECT_EQ(page("servicedesk.created", std::vector<std::int64_t>{}, false).hidden, 4);
    // The figure, the batches and the hash that an edition freezes know no reader.
    FigureQuestion question{"servicedesk.created", parse_period("2018-04").take(), {}, {}, {}};
    const auto everybody = figures.refs_hash(question).take();
    question.orgs = own;
    EXPECT_EQ(figures.refs_hash(question).take(), everybody);
    EXPECT_EQ(figures.batches(question)->at(0).records, 4);
    EXPECT_EQ(figures.evaluate(question)->rows.at(0).num, 4);
    std::int64_t streamed = 0;
    ASSERT_TRUE(figures.each_record(question, [&](const RecordItem&) {
        ++streamed;
        return Result<void>();
    }).ok());
    EXPECT_EQ(streamed, 2);
}

// What a question is answered, as text.
std::string answered(Connection& db, const Catalogue& toys, Figures::Source source,
                     const FigureQuestion& question) {
    Figures figures(db, toys, source);
    const auto answer = figures.evaluate(question);
    return answer.ok() ? figure_json(*answer) : describe(answer.error(), Language::en);
}

// Rows come, go and change, some without the value that is counted; half of the days are refreshed
// in between. Cells must say what the records say.
TEST_P(Indicators, CellsAreTheRecordsWhateverIsLacking) {
    TestDatabases databases;
    const auto schema = text_of(examples() / "schema/001_examples.sql");
    auto store = Store::create(databases.fresh(GetParam()), example_migrations(schema));
    ASSERT_TRUE(store.ok()) << describe(store.error(), Language::en);
    Connection& db = (*store)->writer();
    const Catalogue toys = example_catalogue();
    std::mt19937 random(20130401);
    const auto pick = [&](std::int64_t below) { return static_cast<std::int64_t>(random()) % below; };
    const Day first = day_of({2013, 3, 20});
    for (int round = 0; round < 12; ++round) {
        ASSERT_TRUE(db.begin_write().ok());
        std::vector<Day> days;
        for (int i = 0; i < 25; ++i) {
            const Day day = first + static_cast<Day>(pick(40));
            days.push_back(day);
            if (pick(3) == 0) {
                ASSERT_TRUE(db.run("DELETE FROM desk_case WHERE day = :day",
                                   {{":day", std::int64_t{day}}}).ok());
            }
            Value spent;
            if (pick(3) != 0) spent = pick(50) - 10;
            const auto added = db.run("INSERT INTO desk_case (id, seq, group_key, source_key, row_hash, "
                                      "day, place, spent_s) VALUES (:id, 0, 0, 'x', 0, :day, :place, "
                                      ":spent)",
                                      {{":id", std::int64_t{round * 25 + i + 1}},
                                       {":day", std::int64_t{day}},
                                       {":place", pick(3)},
                                       {":spent", spent}});
            ASSERT_TRUE(added.ok()) << describe(added.error(), Language::en);
        }
        ASSERT_TRUE(mark_dirty(db, "desk_case", days).ok());
        ASSERT_TRUE(db.commit().ok());
        const auto refreshed = round % 3 == 0 ? Result<void>() : refresh_cells(db, toys);
        ASSERT_TRUE(refreshed.ok());
        for (const char* id : {"desk.spent_mean", "desk.spent_median", "desk.spent_max"}) {
            for (const std::vector<std::string>& by :
                 {std::vector<std::string>{}, {"place"}, {"month"}, {"place", "day"}}) {
                const FigureQuestion question{id, {first, first + 45}, by, {}, {}};
                EXPECT_EQ(answered(db, toys, Figures::Source::cells_and_records, question),
                          answered(db, toys, Figures::Source::records, question));
            }
        }
        const auto faults = verify_cells(db, toys);
        ASSERT_TRUE(faults.ok());
        EXPECT_TRUE(faults->empty());
    }
}

INSTANTIATE_TEST_SUITE_P(Databases, Indicators,
                         ::testing::Values(Dialect::sqlite, Dialect::postgres),
                         [](const auto& test) {
                             return test.param == Dialect::sqlite ? "sqlite" : "postgres";
                         });

}  // namespace
}  // namespace klarsyn
