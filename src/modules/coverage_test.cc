// Which days cover a figure: only those of feeds that can tell of its records. On both databases.

#include <gtest/gtest.h>

#include <optional>

#include "indicators/figures.h"
#include "modules/covered_for_test.h"
#include "store/journal.h"
#include "store/test_store.h"

namespace klarsyn {
namespace {

class Covered : public ::testing::TestWithParam<Dialect> {
protected:
    void SetUp() override {
        auto made = Store::create(databases_.fresh(GetParam()), migrations());
        ASSERT_TRUE(made.ok()) << describe(made.error(), Language::en);
        store_ = made.take();
    }
    void cover(std::string_view module, std::string_view format, const char* days) {
        Connection& db = store_->writer();
        ASSERT_TRUE(db.begin_write().ok());
        cover_for_test(db, --seq_, module, format, parse_period(days).take());
        ASSERT_TRUE(db.commit().ok());
    }
    FigureRow ask(const std::string& id, const char* period) {
        Figures figures(store_->writer(), catalogue());
        const auto answer =
            figures.evaluate({id, parse_period(period).take(), {}, {}, std::nullopt});
        EXPECT_TRUE(answer.ok());
        return answer.ok() ? answer->rows.at(0) : FigureRow{};
    }

    TestDatabases databases_;
    std::unique_ptr<Store> store_;
    std::int64_t seq_ = 0;
};

constexpr const char* kOnlyTheDesk[] = {
    "servicedesk.major_incidents",        "servicedesk.major_places",
    "servicedesk.major_duration",         "servicedesk.changes",
    "servicedesk.changes_with_incidents", "servicedesk.known_error_uses"};

TEST_P(Covered, WhatFilesCannotTellIsNotZero) {
    for (const char* format : {"case-audit", "case-csv", "glpi-csv", "rt-csv"}) {
        cover("servicedesk", format, "2013-04");
        for (const char* id : kOnlyTheDesk) {
            const FigureRow row = ask(id, "2013-04");
            EXPECT_FALSE(row.num.has_value()) << id << " " << format;
            EXPECT_FALSE(row.value.has_value()) << id << " " << format;
            EXPECT_EQ(row.days_covered, 0) << id << " " << format;
        }
    }
    EXPECT_FALSE(ask("servicedesk.survey_response_share", "2013-04").den.has_value());
    for (const char* id : {"servicedesk.created", "servicedesk.backlog", "servicedesk.moves",
                           "servicedesk.reopened"}) {
        EXPECT_EQ(ask(id, "2013-04").num, 0) << id;
        EXPECT_EQ(ask(id, "2013-04").days_covered, 30) << id;
    }
}

TEST_P(Covered, FromTheFirstDayOfTheDeskNothingIsZero) {
    cover("servicedesk", "case-csv", "2013-04..2013-05");
    cover("servicedesk", {}, "2013-05-11..2013-05-31");
    for (const char* id : kOnlyTheDesk) {
        EXPECT_FALSE(ask(id, "2013-04").num.has_value()) << id;
        EXPECT_EQ(ask(id, "2013-05").num, 0) << id;
        EXPECT_EQ(ask(id, "2013-05").days_covered, 21) << id;
        EXPECT_EQ(ask(id, "2013-05-10").num, std::nullopt) << id;
        EXPECT_EQ(ask(id, "2013-05-11").num, 0) << id;
        // Days that the files ought to have and lack are no gap of what they never tell.
        EXPECT_EQ(ask(id, "2013-05").gap, ask("servicedesk.changes", "2013-05").gap) << id;
    }
    EXPECT_EQ(ask("servicedesk.survey_response_share", "2013-05").den, 0);
    EXPECT_EQ(ask("servicedesk.created", "2013-04").num, 0);
    EXPECT_EQ(ask("servicedesk.created", "2013-04").gap.size(), 30U);
    EXPECT_EQ(ask("servicedesk.changes", "2013-05").gap.size(), 21U);
}

TEST_P(Covered, EveryFeedOfThePhoneTellsOfItsVisits) {
    cover("telephony", "queue-log", "2013-04");
    cover("telephony", {}, "2013-05");
    EXPECT_EQ(ask("telephony.offered", "2013-04").num, 0);
    EXPECT_EQ(ask("telephony.offered", "2013-05").num, 0);
    EXPECT_FALSE(ask("telephony.offered", "2013-06").num.has_value());
}

TEST_P(Covered, MeasurementsTellNothingOfMessagesNorMessagesOfMeasurements) {
    cover("probes", "probe-csv", "2013-04");
    cover("probes", "hl7-log", "2013-05");
    for (const char* id : {"probes.measured", "probes.failed"}) {
        EXPECT_EQ(ask(id, "2013-04").num, 0) << id;
        EXPECT_FALSE(ask(id, "2013-05").num.has_value()) << id;
    }
    for (const char* id : {"probes.flow_messages", "probes.flow_lost", "probes.flow_duplicated"}) {
        EXPECT_FALSE(ask(id, "2013-04").num.has_value()) << id;
        EXPECT_EQ(ask(id, "2013-05").num, 0) << id;
    }
}

TEST_P(Covered, ARegisterOfComputersTellsNothingOfDevicesNorTheOtherWayRound) {
    cover("assets", "asset-csv", "2013-04");
    cover("assets", "device-csv", "2013-05");
    for (const char* id : {"assets.pcs", "assets.pcs_over_age", "assets.servers"}) {
        EXPECT_EQ(ask(id, "2013-04").num, 0) << id;
        EXPECT_FALSE(ask(id, "2013-05").num.has_value()) << id;
    }
    for (const char* id : {"assets.devices", "assets.devices_overdue", "assets.maintenance_done"}) {
        EXPECT_FALSE(ask(id, "2013-04").num.has_value()) << id;
        EXPECT_EQ(ask(id, "2013-05").num, 0) << id;
    }
}

TEST_P(Covered, WithoutAReadingOfItStorageIsUnknown) {
    cover("capacity", "reading-csv", "2013-04");  // of power
    for (const char* id : {"capacity.storage_used", "capacity.storage_total", "capacity.power_used"})
        EXPECT_FALSE(ask(id, "2013-04").value.has_value()) << id;
}

INSTANTIATE_TEST_SUITE_P(Databases, Covered, ::testing::Values(Dialect::sqlite, Dialect::postgres),
                         [](const auto& test) {
                             return test.param == Dialect::sqlite ? "sqlite" : "postgres";
                         });

}  // namespace
}  // namespace klarsyn
