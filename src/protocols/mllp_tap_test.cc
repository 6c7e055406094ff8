// What a tap keeps of a stream, however it is cut, and what it passes over.
#include "protocols/mllp_tap.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "protocols/hl7_log_line.h"

namespace klarsyn {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::Not;

const std::string kHeader = "MSH|^~\\&|GS|HER|LABKA|RH|2013||ORU^R01|7|P|2.4\r";
const std::string kPatient = "PID|1||0101010101^^^CPR||Hansen^Hanne\rOBX|1|TX|x||MSA|MSH\r";

std::string framed(const std::string& message) { return '\x0b' + message + "\x1c\r"; }

MllpTap::Headers headers_of(MllpTap& tap, const std::string& bytes, std::size_t step = 1'000'000) {
    MllpTap::Headers headers;
    for (std::size_t at = 0; at < bytes.size(); at += step)
        tap.take(std::string_view(bytes).substr(at, step), headers);
    return headers;
}

TEST(MllpTap, KeepsHeaderAndAcknowledgementAlone) {
    const std::string answer = "MSH|^~\\&|LABKA|RH|GS|HER|2013||ACK|K1|P|2.4\rMSA|AA|7\r";
    for (const std::size_t step : {1U, 2U, 7U, 1000U}) {
        MllpTap tap;
        EXPECT_THAT(headers_of(tap, framed(kHeader + kPatient) + "\r\n" + framed(answer), step),
                    ElementsAre(kHeader, answer));
        EXPECT_FALSE(tap.inside());
        EXPECT_EQ(tap.stray_bytes(), 0U);
    }
}

TEST(MllpTap, GoesOnBehindGarbageAndMessagesThatNeverEnded) {
    MllpTap tap;
    EXPECT_THAT(headers_of(tap, "GET / HTTP/1.1\r\n\r\n" + framed(kHeader)), ElementsAre(kHeader));
    EXPECT_EQ(tap.stray_bytes(), 12U);  // line ends and spaces are no garbage
    EXPECT_THAT(headers_of(tap, '\x0b' + kHeader + "PID|1" + framed(kHeader)),
                ElementsAre(kHeader));
    EXPECT_EQ(tap.cut_messages(), 1U);
    EXPECT_THAT(headers_of(tap, framed("PID|1\r" + kHeader)), ElementsAre(""));
    EXPECT_THAT(headers_of(tap, framed("")), ElementsAre(""));
}

TEST(MllpTap, AMessageWithoutAnEndTakesNoMemoryAndIsMeasured) {
    MllpTap tap;
    const std::string piece(1 << 20, 'x');
    MllpTap::Headers headers;
    tap.take('\x0b' + kHeader + "OBX|", headers);
    for (int i = 0; i < 64; ++i) tap.take(piece, headers);
    EXPECT_THAT(headers, IsEmpty());
    EXPECT_TRUE(tap.inside());
    EXPECT_GT(tap.message_bytes(), std::uint64_t{64} << 20);
    tap.take("\x1c\r", headers);
    EXPECT_THAT(headers, ElementsAre(kHeader));
    EXPECT_THAT(headers_of(tap, framed("MSH|" + piece + "\r")), ElementsAre(""));
}

TEST(Hl7LogLine, OfAHeaderTellsWhoSentWhatAndNothingElse) {
    const std::string line = log_line_of(
        "2026-11-22T03:00:00.123Z", "GS",
        "MSH|^~\\&|GS|HER|LABKA|RH|2013|secret|ORU^R01|7\\F\\row|P|2.4||||||8859/1|Hansen\r");
    EXPECT_EQ(
        line,
        "2026-11-22T03:00:00.123Z\tGS\tMSH|^~\\&|GS||LABKA||||ORU^R01|7\\F\\\\X72\\ow|P|2.5||||||"
        "UNICODE UTF-8\\r");
    EXPECT_EQ(log_without_patients(line), line);
    EXPECT_EQ(log_line_of("t", "h", "PID|1\r"), "");
    EXPECT_THAT(log_line_of("t", "h", kHeader + "MSA|AE|9\r"), HasSubstr("\\rMSA|AE|9\\r"));
    EXPECT_THAT(log_line_of("t", "h", kHeader), Not(HasSubstr("HER")));
}

}  // namespace
}  // namespace klarsyn
