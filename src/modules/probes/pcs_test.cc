#include "modules/probes/pcs.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <map>
#include <sstream>

#include "core/years.h"
#include "modules/probes/measurements.h"
#include "modules/probes/simulate_logon.h"
#include "store/schemas_for_test.h"
#include "store/settings.h"
#include "store/test_store.h"

namespace klarsyn::probes {
namespace {

using testing::ElementsAre;

constexpr std::int64_t kOld = 101, kNew = 102, kOther = 103;
const AgeNames kAges{10, 11, 12, 13, 14, 15};

std::string code_of(std::string_view name) {
    std::string code;
    for (const char c : name)
        if (c != '-') code += c;
    return code;
}

Day on(const char* date) { return parse_iso_date(date).take(); }

// "2013-04-15 101 13": until when, model, age.
std::vector<std::string> shown(const std::vector<PcStretch>& stretches) {
    std::vector<std::string> list;
    for (const PcStretch& one : stretches) {
        const bool last = one.to > day_start(on("2100-01-01"));
        list.push_back((last ? "ever" : iso_utc(one.to)) + " " + std::to_string(one.model) + " " +
                       std::to_string(one.age));
    }
    return list;
}

ToldPc told(const char* from, const char* agent, std::int64_t model, const char* bios = nullptr) {
    ToldPc one;
    one.from = parse_iso_utc(from).take();
    one.agent = agent;
    one.model = model;
    if (bios) one.bios = on(bios);
    return one;
}

TEST(Pcs, TheRegisterHoldsFromDayToDay) {
    const PcBook book{{"PC1",
                       {{on("2013-01-01"), on("2013-04-15"), kOld, 13},
                        {on("2013-04-15"), on("2013-05-01"), kOld, 14}}}};
    EXPECT_THAT(shown(pc_stretches("PC-1", {}, book, code_of, kAges)),
                ElementsAre("2012-12-31T23:00:00Z 0 0", "2013-04-14T22:00:00Z 101 13",
                            "2013-04-30T22:00:00Z 101 14", "ever 0 0"));
    EXPECT_THAT(shown(pc_stretches("PC2", {}, book, code_of, kAges)), ElementsAre("ever 0 0"));
    EXPECT_THAT(shown(pc_stretches("PC1", {}, book, nullptr, kAges)), ElementsAre("ever 0 0"));
}

TEST(Pcs, WhereRowsOverlapTheLaterOneHolds) {
    const PcBook book{{"PC1", {{on("2013-01-01"), {}, kOld, 13}, {on("2013-02-01"), {}, kNew, 0}}}};
    EXPECT_THAT(
        shown(pc_stretches("PC1", {}, book, code_of, kAges)),
        ElementsAre("2012-12-31T23:00:00Z 0 0", "2013-01-31T23:00:00Z 101 13", "ever 102 0"));
}

// The firmware's date counts where the register has no base date; until its first birthday 0 years.
TEST(Pcs, AnAgentSaysWhatTheRegisterDoesNot) {
    const std::vector<ToldPc> said{told("2013-02-01T10:00:00Z", "host", kNew, "2012-02-29")};
    EXPECT_THAT(
        shown(pc_stretches("ward", said, {}, code_of, kAges)),
        ElementsAre("2013-02-01T10:00:00Z 0 0", "2013-02-28T23:00:00Z 102 10",
                    "2014-02-28T23:00:00Z 102 11", "2015-02-28T23:00:00Z 102 12",
                    "2016-02-28T23:00:00Z 102 13", "2017-02-28T23:00:00Z 102 14", "ever 102 15"));
    const PcBook book{{"host", {{on("2013-02-10"), on("2013-02-20"), kOld, 0}}}};
    EXPECT_THAT(shown(pc_stretches("ward", said, book, code_of, kAges)).at(2),
                "2013-02-19T23:00:00Z 101 10");
    const PcBook dated{{"host", {{0, {}, 0, 12}}}};
    EXPECT_THAT(shown(pc_stretches("ward", said, dated, code_of, kAges)),
                ElementsAre("2013-02-01T10:00:00Z 0 0", "ever 102 12"));
}

TEST(Pcs, ByItsSerialNumberAndUntilTheNextMachineIsTold) {
    ToldPc first = told("2013-02-01T10:00:00Z", "a", 0);
    first.serial = "SN-1";
    const std::vector<ToldPc> said{first, told("2013-03-01T10:00:00Z", "b", kOther),
                                   told("2013-04-01T10:00:00Z", "", 0)};
    const PcBook book{{"SN1", {{0, {}, kOld, 11}}}, {"seat", {{0, {}, kNew, 12}}}};
    EXPECT_THAT(
        shown(pc_stretches("seat", said, book, code_of, kAges)),
        ElementsAre("2013-02-01T10:00:00Z 102 12", "2013-03-01T10:00:00Z 101 11", "ever 102 12"));
    EXPECT_THAT(shown(pc_stretches("none", said, book, code_of, kAges)),
                ElementsAre("2013-02-01T10:00:00Z 0 0", "2013-03-01T10:00:00Z 101 11",
                            "2013-04-01T10:00:00Z 103 0", "ever 0 0"));
}

TEST(Pcs, WholeYears) {
    EXPECT_EQ(whole_years(on("2012-02-29"), on("2013-02-28")), 0);
    EXPECT_EQ(whole_years(on("2012-02-29"), on("2013-03-01")), 1);
    EXPECT_EQ(whole_years(on("2012-02-29"), on("2012-02-28")), -1);
    EXPECT_EQ(age_word(whole_years(on("2000-01-01"), on("2013-01-01"))), "5+");
}

// What the simulator says of itself: every log-on lies within its model's and age's bounds.
std::int64_t registered_at = 0;  // of the register below

class LoadedPcs : public testing::TestWithParam<Dialect> {
protected:
    void SetUp() override {
        store_ = Store::create(databases_.fresh(GetParam()),
                               schemas_of({"store", "ingest", "indicators", "modules/probes"}))
                     .take();
        registered_at = 0;
        PcRegister pcs;
        pcs.code = [](std::string_view name) { return std::string(name); };
        pcs.fill = [](Connection&, std::int64_t, PcBook& book) -> Result<void> {
            for (auto& [code, spans] : book) spans.push_back({0, std::nullopt, 7, 0});
            return {};
        };
        pcs.changed = [](Connection&, std::int64_t as_of) -> Result<std::int64_t> {
            return registered_at <= as_of ? registered_at : 0;
        };
        set_pc_register(pcs);
        add_seat(1);
    }
    void TearDown() override { set_pc_register({}); }

    Connection& db() { return store_->writer(); }
    void something_else() {
        ASSERT_TRUE(db().begin_write().ok());
        add_setting(db(), store_->journal_key(), {"x", at_++, "y", "z", "test", at_}).take();
        ASSERT_TRUE(db().commit().ok());
    }
    void add_seat(std::int64_t seat) {
        ASSERT_TRUE(db().begin_write().ok());
        Names names(db());
        SeriesWriter writer(db(), result_series(), names);
        SeriesDims dims{};
        dims[kSeatDim] = names.intern("PC" + std::to_string(seat)).take();
        writer.series(dims).take();
        ASSERT_TRUE(db().commit().ok());
    }
    std::int64_t head() { return head_seq(db()).take(); }
    std::shared_ptr<const Pcs> load() { return load_pcs(db(), head()).take(); }

    TestDatabases databases_;
    std::unique_ptr<Store> store_;
    UtcSecond at_ = 1364900000;
};

TEST_P(LoadedPcs, AreThoseOfBeforeUntilSomethingIsToldOfPcs) {
    something_else();
    const std::int64_t first = head();
    const auto pcs = load();
    something_else();
    EXPECT_EQ(load(), pcs);
    EXPECT_EQ(load_pcs(db(), first).take(), pcs);
    // The register changed with the next entry, and not before it.
    registered_at = head() + 1;
    EXPECT_EQ(load(), pcs);
    something_else();
    const auto registered = load();
    EXPECT_NE(registered, pcs);
    EXPECT_EQ(load_pcs(db(), first).take(), pcs);
    something_else();
    EXPECT_EQ(load(), registered);
    // An agent told something.
    ASSERT_TRUE(db().begin_write().ok());
    db().run("INSERT INTO probes_pc (seq, source, site, seat, agent, serial, model, from_at) "
             "VALUES (:seq, 0, 0, 0, 'a', '', 0, 0)",
             {{":seq", Value(head() + 1)}})
        .take();
    ASSERT_TRUE(db().commit().ok());
    EXPECT_EQ(load(), registered);
    something_else();
    const auto told = load();
    EXPECT_NE(told, registered);
    // A seat is new.
    add_seat(2);
    something_else();
    EXPECT_NE(load(), told);
}

INSTANTIATE_TEST_SUITE_P(Databases, LoadedPcs, testing::Values(Dialect::sqlite, Dialect::postgres),
                         [](const auto& which) {
                             return which.param == Dialect::sqlite ? "sqlite" : "postgres";
                         });

TEST(SimulatedLogon, TakesWhatItsModelAndAgeNeed) {
    const Period april{on("2013-04-01"), on("2013-04-30")};
    const LogonFiles files = simulate_logon(7, april, 200);
    EXPECT_EQ(files.measurements, simulate_logon(7, april, 200).measurements);
    EXPECT_NE(files.measurements, simulate_logon(8, april, 200).measurements);
    EXPECT_EQ(std::count(files.measurements.begin(), files.measurements.end(), '\n'),
              files.log_ons + 1);
    std::int64_t lowest = kLogonLimit_ms * 10, highest = 0, failed = 0;
    std::istringstream lines(files.measurements);
    std::string line;
    std::getline(lines, line);
    while (std::getline(lines, line)) {
        std::vector<std::string> words;
        std::istringstream fields(line);
        for (std::string word; std::getline(fields, word, ',');) words.push_back(word);
        ASSERT_EQ(words.size(), 7U) << line;
        if (words[6] != "ok") {
            ++failed;
            continue;
        }
        lowest = std::min<std::int64_t>(lowest, std::stoll(words[5]));
        highest = std::max<std::int64_t>(highest, std::stoll(words[5]));
    }
    EXPECT_GE(lowest, 25'000);
    EXPECT_LT(highest, 61'000 + kLogonSpread_ms);
    EXPECT_GE(highest, 61'000);  // the rare model
    EXPECT_GT(failed, 0);
    EXPECT_THAT(files.equipment, testing::HasSubstr(",Latitude ST,"));
}

}  // namespace
}  // namespace klarsyn::probes
