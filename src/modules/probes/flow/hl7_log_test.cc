// Logs of messages: what is read, what is rejected, and that nothing of a patient is kept.
#include "modules/probes/flow/hl7_log.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "ingest/import.h"
#include "ingest/mask.h"
#include "ingest/verify.h"
#include "protocols/hl7_log_line.h"
#include "store/schemas_for_test.h"
#include "store/test_store.h"

namespace klarsyn::probes {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::Not;

std::string header(const std::string& number) {
    return "MSH|^~\\&|GS|HER|LABKA|RH|20130401080000||ORU^R01|" + number + "|P|2.4\\r";
}
const std::string kPatient = "PID|1||0101010101^^^CPR||Hansen^Hanne\\rOBX|1|TX|x||0101010101\\r";

std::string line(const std::string& time, const std::string& hop, const std::string& number) {
    return time + "\t" + hop + "\t" + header(number) + kPatient + "\n";
}
std::string answer(const std::string& time, const std::string& hop, const std::string& number) {
    return time + "\t" + hop +
           "\tMSH|^~\\&|LABKA|RH|GS|HER|20130401080000||ACK|K1|P|2.4\\rMSA|AA|" + number + "\\r\n";
}

ScannedFile scanned(const std::string& content) {
    static const Format kFormat = hl7_log_format();
    static std::string kept;
    kept = log_without_patients(content);
    auto file = kFormat.scan(kept, {}, nullptr);
    EXPECT_TRUE(file.ok());
    return file.ok() ? file.take() : ScannedFile{};
}

TEST(Hl7Log, NothingOfAPatientIsKept) {
    const std::string content = line("2013-04-01 08:00:00", "GS", "1") + "PID|1||Hansen\n" +
                                "2013-04-01 08:00:00\tGS\tPID|1||Hansen\\rMSH|x\n" +
                                "2013-04-01 08:00:00\t" + std::string(300, 'H') + "\tMSH|Hansen\n";
    const std::string kept = log_without_patients(content);
    EXPECT_EQ(kept,
              "2013-04-01 08:00:00\tGS\t" + header("1") + "\n-\n2013-04-01 08:00:00\tGS\t\n-\n");
    EXPECT_EQ(log_without_patients(kept), kept);
    EXPECT_EQ(log_without_patients(""), "");
    // The engine does it before anything else sees the file, and masks what is left.
    static const Format kFormat = hl7_log_format();
    ImportRequest request;
    request.format = &kFormat;
    request.files = {{"a", content + line("2013-04-01 08:00:01", "010101-0101", "2")}};
    const MaskedRequest masked = mask_request(request);
    ASSERT_TRUE(masked.request);
    EXPECT_THAT(masked.request->files[0].content, Not(HasSubstr("Hansen")));
    EXPECT_THAT(masked.request->files[0].content, Not(HasSubstr("0101010101")));
    EXPECT_THAT(masked.request->files[0].content, HasSubstr("010101-****"));
}

TEST(Hl7Log, ANumberOfTenDigitsIsTheMessagesOwn) {
    static const Format kFormat = hl7_log_format();
    ImportRequest request;
    request.format = &kFormat;
    request.files = {{"a", line("2013-04-01 08:00:00", "GS", "0101010101") +
                               answer("2013-04-01 08:00:01", "GS", "0101010101")}};
    const MaskedRequest masked = mask_request(request);
    ASSERT_TRUE(masked.request);
    EXPECT_EQ(masked.numbers, 0U);
    EXPECT_THAT(masked.request->files[0].content, HasSubstr("|0101010101|P"));
    EXPECT_THAT(masked.request->files[0].content, HasSubstr("MSA|AA|0101010101"));
}

TEST(Hl7Log, LinesThatCannotBeReadAreNamedAndTheRestCounts) {
    const ScannedFile file =
        scanned(line("2013-04-01T08:00:00.250+02:00", "GS", "1") + "no tabs\n" +
                line("yesterday", "GS", "2") + line("2013-04-01 08:00:00", " ", "3") +
                "2013-04-01 08:00:00\tGS\tMSH|^~\\&|GS\\r\n" + "2013-04-01 08:00:00\tGS\tPID|x\n" +
                line("2013-04-01 08:00:00", "GS", "half").substr(0, 50));
    EXPECT_EQ(file.rows.size(), 1U);
    EXPECT_EQ(file.rows_read, 6);
    std::vector<std::string> faults;
    for (const Reject& reject : file.rejects)
        faults.push_back(std::to_string(reject.line) + ' ' + reject.field + ' ' + reject.key);
    EXPECT_THAT(faults,
                ElementsAre("2  probes.flow.columns", "3 time probes.flow.time",
                            "4 hop probes.flow.hop_missing", "5 MSH-10 protocols.hl7.field_missing",
                            "6 message protocols.hl7.no_header"));
    EXPECT_EQ(file.rows[0].time, 1364796000);
}

TEST(Hl7Log, ALastLineWithoutItsEndIsReadWhereNothingCanLack) {
    static const Format kFormat = hl7_log_format();
    const auto without_end = [](std::string text) {
        text.pop_back();
        return text;
    };
    const std::string first = line("2013-04-01 08:00:00", "GS", "1");
    const std::string last = without_end(line("2013-04-01 08:00:01", "GS", "2"));
    const std::string acked = without_end(answer("2013-04-01 08:00:01", "GS", "2"));
    for (const auto& [text, rows] :
         {std::pair(first + last, 2U), std::pair(first + acked, 2U),
          std::pair(first + without_end(without_end(acked)), 1U),     // MSA-2 may go on
          std::pair(first + "2013-04-01 08:00:01\tGS\tMSH|^~", 1U),   // so may the header
          std::pair(first + "2013-04-01 08:00:01\tGS\t" + header("2"), 1U)}) {
        const std::string kept = kFormat.withhold(text);
        EXPECT_EQ(kFormat.withhold(kept), kept);
        const auto file = kFormat.scan(kept, {}, nullptr).take();
        EXPECT_EQ(file.rows.size(), rows) << text;
        EXPECT_EQ(file.notices.size(), 2U - rows) << text;
        EXPECT_TRUE(file.rejects.empty());
    }
}

class Hl7LogImport : public ::testing::TestWithParam<Dialect> {
protected:
    Hl7LogImport() {
        store_ = Store::create(databases_.fresh(GetParam()), schemas_of({"store", "ingest", "indicators", "modules/probes"})).take();
    }
    BatchReport import(const std::string& content) {
        ImportRequest request;
        request.format = &format_;
        request.options.source = "hl7-log";
        request.files = {{"log.txt", content}};
        request.actor = "test";
        auto report = import_batch(*store_, clock_, request);
        EXPECT_TRUE(report.ok()) << (report.ok() ? "" : describe(report.error(), Language::en));
        return report.ok() ? report.take() : BatchReport{};
    }
    std::vector<std::string> facts() {
        auto rows = store_->writer()
                        .query(
                            "SELECT number, h.text, state, transit_ms, repeats, code FROM "
                            "probes_flow f JOIN core_name h ON h.id = f.hop "
                            "WHERE retracted_seq IS NULL ORDER BY number, at, h.text")
                        .take();
        std::vector<std::string> list;
        while (rows->next().take()) {
            std::string text(rows->text(0));
            for (const int column : {1, 2}) text += ' ' + std::string(rows->text(column));
            text += rows->is_null(3) ? " -" : ' ' + std::to_string(rows->i64(3));
            text += ' ' + std::to_string(rows->i64(4)) + ' ' + std::string(rows->text(5));
            list.push_back(std::move(text));
        }
        return list;
    }

    TestDatabases databases_;
    Format format_ = hl7_log_format();
    FixedClock clock_{1364900000};
    std::unique_ptr<Store> store_;
};

TEST_P(Hl7LogImport, FactsFollowFromAllFilesWhateverTheirOrder) {
    const std::string first = line("2013-04-01 08:00:00.100", "GS", "1") +
                              line("2013-04-01 08:00:01", "LABKA", "1") +
                              line("2013-04-01 08:01:00", "GS", "2");
    const std::string second = line("2013-04-01 08:01:02", "LABKA", "2") +
                               answer("2013-04-01 08:01:03", "LABKA", "2") +
                               line("2013-04-01 08:01:04", "LABKA", "2");
    const std::vector<std::string> whole = {"1 GS passed 900 0 ", "1 LABKA last - 0 ",
                                            "2 GS passed 2000 0 ", "2 LABKA last - 1 AA"};
    import(first);
    EXPECT_THAT(facts(),
                ElementsAre("1 GS passed 900 0 ", "1 LABKA last - 0 ", "2 GS absent - 0 "));
    const BatchReport report = import(second);
    EXPECT_EQ(facts(), whole);
    EXPECT_EQ(import(second).rows_new, 0);
    EXPECT_EQ(facts(), whole);
    withdraw_batch(*store_, clock_, format_, report.seq, "test", "test").take();
    EXPECT_EQ(facts(), whole);  // the copy stands
    EXPECT_EQ(count_derivation_faults(*store_, format_, "hl7-log").take(), 0);
}

INSTANTIATE_TEST_SUITE_P(Both, Hl7LogImport, ::testing::Values(Dialect::sqlite, Dialect::postgres));

}  // namespace
}  // namespace klarsyn::probes
