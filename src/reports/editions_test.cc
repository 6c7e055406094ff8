// Editions on both databases: what blocks, what is frozen, and what a later correction changes.
#include "reports/editions.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "core/hash.h"
#include "reports/render.h"
#include "reports/report_fake.h"
#include "store/journal.h"
#include "store/test_store.h"

namespace klarsyn {

std::vector<EmbeddedFile> embedded_files(std::string_view prefix);

namespace {

std::vector<Migration> schema() {
    std::vector<Migration> list;
    for (const char* folder : {"ingest/schema/", "reports/schema/"})
        for (const EmbeddedFile& file : embedded_files(folder))
            list.push_back({file.path, file.text});
    return test_migrations(list);
}

class Editions : public testing::TestWithParam<Dialect> {
protected:
    void SetUp() override {
        data_ = databases_.fresh(GetParam());
        if (HasFatalFailure()) return;
        store_ = Store::create(data_, schema()).take();
        reader_ = store_->reader().take();
        import_entry();
    }

    // Something that the edition's figures answer for.
    void import_entry() {
        Connection& db = store_->writer();
        db.begin_write().take();
        JournalEntry entry;
        entry.seq = next_seq(db).take();
        entry.kind = "import";
        entry.detail = "{}";
        append_entry(db, store_->journal_key(), entry).take();
        db.commit().take();
    }

    PublishContext context() {
        PublishContext made{*reader_,
                            store_->writer(),
                            catalogue_,
                            shipped_library(),
                            clock_,
                            store_->journal_key(),
                            figures_.source(),
                            {},
                            {},
                            {}};
        made.refs_hash = [this](const FigureQuestion& question) -> Result<std::string> {
            const auto answer = figures_.answer(question);
            return sha256_hex(figure_key(question) + std::to_string(answer->rows.at(0).records));
        };
        made.accepted_gaps = [this](std::string_view, Period) -> Result<std::vector<AcceptedGap>> {
            return accepted_;
        };
        return made;
    }
    const ReportPlan& plan() const { return **shipped_library().plan("operations_status"); }
    PublishOutcome publish_april() {
        PublishContext made = context();
        auto outcome = publish(made, plan(), *parse_period("2013-04"), "ida");
        EXPECT_TRUE(outcome.ok()) << describe(outcome.error(), Language::en);
        return outcome.take();
    }
    std::string file(const Edition& edition, const char* format, Language language) {
        return edition_file(*reader_, edition, format, language).take();
    }
    std::vector<Restatement> restated(const Edition& edition) {
        return restatements(*reader_, edition, shipped_library(), catalogue_, figures_.source())
            .take();
    }
    void feed(const char* source, const char* module, Day day) {
        Connection& db = store_->writer();
        db.begin_write().take();
        db.run(
              "INSERT INTO core_feed_day (seq, module, source, day) VALUES (1, :module, :source, "
              ":day)",
              {{":module", std::string(module)},
               {":source", std::string(source)},
               {":day", std::int64_t{day}}})
            .take();
        db.commit().take();
    }

    TestDatabases databases_;
    std::string data_;
    std::unique_ptr<Store> store_;
    std::unique_ptr<Connection> reader_;
    FixedClock clock_{1'368'000'000};
    FakeFigures figures_;
    Catalogue catalogue_ = fake_catalogue();
    std::vector<AcceptedGap> accepted_;
};

TEST_P(Editions, FreezesEveryOutputAndFigure) {
    const PublishOutcome outcome = publish_april();
    ASSERT_TRUE(outcome.edition.has_value());
    const Edition& edition = *outcome.edition;
    EXPECT_EQ(edition.id, "operations_status-2013-04-1");
    EXPECT_EQ(edition.as_of, 1);
    EXPECT_EQ(edition.seq, 2);
    const std::string html = file(edition, "html", Language::da);
    EXPECT_THAT(html, testing::HasSubstr("/f/operations_status-2013-04-1/telephony.offered?"));
    EXPECT_THAT(html, testing::HasSubstr("Udgave 1 for april 2013"));
    EXPECT_THAT(file(edition, "html", Language::en),
                testing::HasSubstr("Edition 1 for April 2013"));
    EXPECT_EQ(file(edition, "json", Language::da), file(edition, "json", Language::en));
    for (const char* format : {"fragment", "csv", "csv-excel-da", "xlsx"})
        EXPECT_FALSE(file(edition, format, Language::da).empty()) << format;
    EXPECT_EQ(edition_file(*reader_, edition, "pdf", Language::da).error().code,
              ErrorCode::not_found);
    const auto frozen = edition_figures(*reader_, edition).take();
    ASSERT_EQ(frozen.size(), 550u);
    const auto april = std::find_if(frozen.begin(), frozen.end(), [](const ReportFigure& figure) {
        return figure_key(figure.question) ==
               "telephony.offered?period=2013-04&where=queue=servicedesk";
    });
    ASSERT_NE(april, frozen.end());
    EXPECT_EQ(april->num, 1185);
    EXPECT_EQ(april->refs_hash.size(), 64u);
    EXPECT_TRUE(restated(edition).empty());
    EXPECT_TRUE(verify_editions(*reader_)->empty());
    const auto journal = entries(*reader_, "publish").take();
    ASSERT_EQ(journal.size(), 1u);
    EXPECT_EQ(journal[0].actor, "ida");
    EXPECT_TRUE(verify_chain(*reader_, store_->journal_key())->empty());
}

TEST_P(Editions, PublishingAgainStandsUntilAFigureChanges) {
    const Edition first = *publish_april().edition;
    const std::string html = file(first, "html", Language::da);
    clock_.set(1'368'100'000);
    import_entry();
    const PublishOutcome again = publish_april();
    EXPECT_EQ(again.kind, PublishOutcome::Kind::stands);
    EXPECT_EQ(again.edition->id, first.id);
    EXPECT_EQ(list_editions(*reader_)->size(), 1u);

    figures_.set("servicedesk.created||2013-04", {2311, {}, {}});
    const auto list = restated(first);
    ASSERT_EQ(list.size(), 1u);
    EXPECT_EQ(list[0].row.da, "Antal registrerede sager");
    EXPECT_EQ(list[0].text.da, "2.303, rettet til 2.311: 8 sent ankomne registreringer");
    EXPECT_EQ(list[0].text.en, "2,303, restated 2,311: 8 late registrations");
    EXPECT_THAT(render_restatements(first, list, Language::da), testing::HasSubstr("april 2013"));

    const PublishOutcome second = publish_april();
    EXPECT_EQ(second.kind, PublishOutcome::Kind::made);
    EXPECT_EQ(second.edition->id, "operations_status-2013-04-2");
    EXPECT_EQ(file(first, "html", Language::da), html);
    EXPECT_TRUE(restated(*second.edition).empty());
}

TEST_P(Editions, WithdrawnAndCorrectedRecordsAreToldApart) {
    const Edition edition = *publish_april().edition;
    figures_.set("servicedesk.created||2013-04", {2302, {}, {}});
    EXPECT_EQ(restated(edition).at(0).text.da,
              "2.303, rettet til 2.302: 1 registrering er trukket tilbage");
    figures_.set("servicedesk.created||2013-04", {2303, {}, {}});
    figures_.set("telephony.wait_mean|queue=servicedesk|2013-04", {107, 3, {}});
    EXPECT_EQ(restated(edition).at(0).text.da,
              "0:00:34, rettet til 0:00:36: registreringer er rettet");
    figures_.set("telephony.wait_mean|queue=servicedesk|2013-04", {102, 3, {}});
    EXPECT_EQ(restated(edition).at(0).text.da,
              "0:00:34 er uændret efter afrunding: registreringerne er rettet");
}

TEST_P(Editions, MissingDayBlocksUntilAccepted) {
    feed("phones", "telephony", day_of({2013, 4, 1}));
    feed("phones", "telephony", day_of({2013, 4, 3}));
    PublishOutcome outcome = publish_april();
    EXPECT_FALSE(outcome.edition.has_value());
    ASSERT_EQ(outcome.blocked_by.size(), 1u);
    EXPECT_EQ(outcome.blocked_by[0].code, "gap");
    EXPECT_THAT(outcome.blocked_by[0].text.da,
                testing::HasSubstr("phones mangler data fra 02.04.2013"));
    accepted_ = {{day_of({2013, 4, 2}), "Other feed", "other"}};
    EXPECT_FALSE(publish_april().edition.has_value());
    accepted_ = {{day_of({2013, 4, 2}), "Strømsvigt.", "phones"}};
    outcome = publish_april();
    ASSERT_TRUE(outcome.edition.has_value());
    EXPECT_THAT(file(*outcome.edition, "html", Language::da),
                testing::HasSubstr("Accepteret uden data: 02.04.2013. Strømsvigt."));
}

TEST_P(Editions, RecordsThatLackSomethingAreFrozenToo) {
    figures_.set("telephony.wait_mean|queue=servicedesk|2013-04", {400, 2, {}, 12});
    const PublishOutcome outcome = publish_april();
    ASSERT_TRUE(outcome.edition.has_value());
    const auto frozen = edition_figures(*reader_, *outcome.edition).take();
    std::int64_t left_out = 0;
    for (const ReportFigure& figure : frozen) left_out += figure.gap_records;
    EXPECT_EQ(left_out, 12);
    EXPECT_THAT(file(*outcome.edition, "html", Language::da), testing::HasSubstr("12 i april 2013"));
    EXPECT_THAT(file(*outcome.edition, "html", Language::en), testing::HasSubstr("12 in April 2013"));
    EXPECT_THAT(file(*outcome.edition, "json", Language::da),
                testing::HasSubstr("\"gap_records\":12"));
    EXPECT_THAT(file(*outcome.edition, "csv", Language::da), testing::HasSubstr(",12,,,\r\n"));
    EXPECT_TRUE(verify_editions(*reader_)->empty());
    // It is part of what the journal vouches for.
    Connection& db = store_->writer();
    ASSERT_TRUE(db.begin_write().ok());
    ASSERT_TRUE(db.run("UPDATE core_edition_figure SET gap_records = 13 WHERE gap_records = 12").ok());
    ASSERT_TRUE(db.commit().ok());
    EXPECT_EQ(*verify_editions(*reader_), std::vector<std::string>{outcome.edition->id});
}

TEST_P(Editions, BrokenIdentityBlocks) {
    Identity parts;
    parts.id = "telephony.parts";
    parts.terms = {{1, "telephony.offered"}, {-1, "telephony.abandoned"}};
    catalogue_.add(parts);
    for (const char* month :
         {"2012-09", "2012-10", "2012-11", "2012-12", "2013-01", "2013-02", "2013-03", "2013-04"}) {
        figures_.set(std::string("telephony.offered||") + month, {10, {}, {}});
        figures_.set(std::string("telephony.abandoned||") + month, {10, {}, {}});
    }
    EXPECT_TRUE(publish_april().edition.has_value());
    figures_.set("telephony.abandoned||2013-02", {9, {}, {}});
    figures_.set("servicedesk.created||2013-04", {1, {}, {}});
    const PublishOutcome outcome = publish_april();
    ASSERT_EQ(outcome.blocked_by.size(), 1u);
    EXPECT_EQ(outcome.blocked_by[0].code, "identity");
    EXPECT_THAT(outcome.blocked_by[0].text.en, testing::HasSubstr("2013-02: 1 instead of 0"));
}

TEST_P(Editions, FlowOfABalanceMustAddUp) {
    Identity flow;
    flow.id = "servicedesk.flow";
    flow.terms = {
        {1, "servicedesk.backlog"}, {1, "servicedesk.created"}, {-1, "servicedesk.closed"}};
    flow.flow_of_balance = true;
    catalogue_.add(flow);
    std::int64_t open = 100;
    figures_.set("servicedesk.backlog||2012-08", {open, {}, {}});
    for (const char* month :
         {"2012-09", "2012-10", "2012-11", "2012-12", "2013-01", "2013-02", "2013-03", "2013-04"}) {
        figures_.set(std::string("servicedesk.created||") + month, {20, {}, {}});
        figures_.set(std::string("servicedesk.closed||") + month, {15, {}, {}});
        figures_.set(std::string("servicedesk.backlog||") + month, {open += 5, {}, {}});
    }
    EXPECT_TRUE(publish_april().edition.has_value());
    figures_.set("servicedesk.closed||2013-03", {14, {}, {}});
    const PublishOutcome outcome = publish_april();
    ASSERT_EQ(outcome.blocked_by.size(), 1u);
    EXPECT_THAT(outcome.blocked_by[0].text.da, testing::HasSubstr("2013-03"));
}

// Only records of one value count for a filtered term: reopened from closed, not from resolved.
TEST_P(Editions, IdentityTermsMayBeFiltered) {
    Identity parts;
    parts.id = "telephony.parts";
    parts.terms = {{1, "telephony.offered"}, {-1, "telephony.abandoned"}};
    parts.where = {{1, "queue", "a"}};
    catalogue_.add(parts);
    figures_.set("telephony.offered||2013-02", {10, {}, {}});
    figures_.set("telephony.abandoned||2013-02", {99, {}, {}});
    figures_.set("telephony.abandoned|queue=a|2013-02", {10, {}, {}});
    EXPECT_TRUE(publish_april().edition.has_value());
}

TEST_P(Editions, WithheldWithoutCaveatAndNoDataBlock) {
    catalogue_ = fake_catalogue("telephony.wait_mean");
    EXPECT_EQ(publish_april().blocked_by.at(0).code, "withheld");
    catalogue_ =
        fake_catalogue("telephony.wait_mean", IndicatorStatus::withheld, "Fejl i måleren.");
    EXPECT_TRUE(publish_april().edition.has_value());
    PublishContext made = context();
    const auto empty = publish(made, plan(), *parse_period("1999-04"), "ida").take();
    EXPECT_EQ(empty.blocked_by.at(0).code, "no_data");
}

TEST_P(Editions, ChangedBytesAreFound) {
    const Edition edition = *publish_april().edition;
    Connection& db = store_->writer();
    db.begin_write().take();
    db.run("UPDATE core_edition_figure SET num = 1 WHERE ordinal = 3").take();
    db.commit().take();
    EXPECT_EQ(*verify_editions(*reader_), std::vector<std::string>{edition.id});
}

TEST_P(Editions, UnknownEditionIsNotFound) {
    EXPECT_EQ(find_edition(*reader_, "x-1").error().code, ErrorCode::not_found);
}

INSTANTIATE_TEST_SUITE_P(Both, Editions, testing::Values(Dialect::sqlite, Dialect::postgres),
                         [](const auto& each) {
                             return std::string(each.param == Dialect::sqlite ? "sqlite"
                                                                              : "postgres");
                         });

}  // namespace
}  // namespace klarsyn
