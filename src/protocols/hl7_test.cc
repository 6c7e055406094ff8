// HL7 v2: delimiters, escapes, character sets, acknowledgements; MLLP in pieces and out of frame.
#include "protocols/hl7.h"

#include <gtest/gtest.h>
#include <rapidcheck/gtest.h>

namespace klarsyn {
namespace {

const std::string kResult =
    "MSH|^~\\&|GS|HERLEV|LABKA|RH|20130401120000||ORU^R01|MSG00001|P|2.4\r"
    "PID|1||0101010101^^^CPR\r"
    "OBX|1|TX|A\\T\\B^two~again||x\\.br\\y\r";

std::string fault(const std::string& bytes) {
    const auto message = Hl7Message::parse(bytes);
    if (!message.ok()) return message.error().key + " " + message.error().field;
    const auto envelope = hl7_envelope(*message);
    return envelope.ok() ? "ok" : envelope.error().key + " " + envelope.error().field;
}

TEST(Hl7, FieldsAreCountedAsHl7CountsThem) {
    const auto message = Hl7Message::parse(kResult);
    ASSERT_TRUE(message.ok());
    EXPECT_EQ(message->segments().size(), 3U);
    EXPECT_EQ(message->raw("MSH", 1), "|");
    EXPECT_EQ(message->raw("MSH", 2), "^~\\&");
    EXPECT_EQ(message->text("MSH", 3), "GS");
    EXPECT_EQ(message->text("MSH", 9, 2), "R01");
    EXPECT_EQ(message->text("OBX", 3), "A&B");
    EXPECT_EQ(message->text("OBX", 3, 2), "two");
    EXPECT_EQ(message->text("OBX", 5), "x\ny");
    EXPECT_EQ(message->raw("OBX", 99), "");
    EXPECT_EQ(message->raw("ZZZ", 1), "");
}

TEST(Hl7, TheEnvelopeNamesMessageAndAnswer) {
    const auto message = Hl7Message::parse(kResult);
    const auto envelope = hl7_envelope(*message);
    ASSERT_TRUE(envelope.ok());
    EXPECT_EQ(envelope->control_id, "MSG00001");
    EXPECT_EQ(envelope->sender, "GS");
    EXPECT_EQ(envelope->receiver, "LABKA");
    EXPECT_EQ(envelope->type, "ORU^R01");
    EXPECT_EQ(envelope->acknowledges, "");
    const std::string answer = hl7_acknowledge(*message, "AA", "A9", "20130401120001");
    EXPECT_EQ(answer,
              "MSH|^~\\&|LABKA|RH|GS|HERLEV|20130401120001||ACK^R01|A9|P|2.4\rMSA|AA|MSG00001\r");
    const auto read = Hl7Message::parse(answer);
    const auto back = hl7_envelope(*read);
    ASSERT_TRUE(back.ok());
    EXPECT_EQ(back->acknowledges, "MSG00001");
    EXPECT_TRUE(back->accepted());
    EXPECT_EQ(back->receiver, "GS");
}

TEST(Hl7, DelimitersAreTheMessagesOwn) {
    const auto message = Hl7Message::parse("MSH#*~!%#A*x!F!y#B#C#D#t##ADT*A01#7#P#2.3\r");
    ASSERT_TRUE(message.ok());
    EXPECT_EQ(message->text("MSH", 3), "A");
    EXPECT_EQ(message->text("MSH", 3, 2), "x#y");
    EXPECT_EQ(hl7_envelope(*message)->type, "ADT^A01");
}

TEST(Hl7, CharacterSets) {
    const auto name = [](const std::string& sender, const std::string& charset) {
        const std::string bytes =
            "MSH|^~\\&|" + sender + "|b|c|d|e||f|1|P|2.4||||||" + charset + "\r";
        const auto message = Hl7Message::parse(bytes);
        return message.ok() ? message->text("MSH", 3) : "unreadable";
    };
    EXPECT_EQ(name("R\xf8ntgen", "8859/1"), "Røntgen");
    EXPECT_EQ(name("Røntgen", "UNICODE UTF-8"), "Røntgen");
    EXPECT_EQ(name("Røntgen", ""), "Røntgen");  // nothing said: as what it is
    EXPECT_EQ(name("R\xf8ntgen", ""), "Røntgen");
    EXPECT_EQ(name("R\\XC3B8\\ntgen", "UNICODE UTF-8"), "Røntgen");
}

TEST(Hl7, LineEndsOfOtherSystemsAreUnderstood) {
    const auto message = Hl7Message::parse("MSH|^~\\&|a|b|c|d|e||f|1\r\nMSA|AE|9\n");
    ASSERT_TRUE(message.ok());
    EXPECT_TRUE(message->other_ends());
    EXPECT_EQ(hl7_envelope(*message)->code, "AE");
    EXPECT_FALSE(hl7_envelope(*message)->accepted());
}

TEST(Hl7, EachWayToBeBrokenIsNamed) {
    EXPECT_EQ(fault(""), "protocols.hl7.no_header ");
    EXPECT_EQ(fault("PID|1|2|3|4\r"), "protocols.hl7.no_header ");
    EXPECT_EQ(fault("MSH|^^\\&|a|b|c\r"), "protocols.hl7.marks MSH-2");
    EXPECT_EQ(fault("MSHA^~\\&A"), "protocols.hl7.marks MSH-2");
    EXPECT_EQ(fault("MSH\r||0\rR|MB"), "protocols.hl7.marks MSH-1");
    EXPECT_EQ(fault("MSH|^~\\&|a|b|c|d|e||f\r"), "protocols.hl7.field_missing MSH-10");
    EXPECT_EQ(fault("MSH|^~\\&|a|b|c|d|e||f|1\rMSA|AA\r"), "protocols.hl7.field_missing MSA-2");
    EXPECT_EQ(fault("MSH|^~\\&|a|b|c|d|e||f|" + std::string(200, '1')),
              "protocols.hl7.field_long MSH-10");
    EXPECT_EQ(fault("MSH|^~\\&|a|b|c|d|e||f|1\rP!D|x"), "protocols.hl7.segment ");
    EXPECT_EQ(fault("MSH|^~\\&|a|b|c|d|e||f|1\rPIDx"), "protocols.hl7.segment ");
    EXPECT_EQ(fault(std::string("MSH|^~\\&|a\0|b", 13)), "protocols.hl7.nul ");
}

TEST(Hl7, EscapesThatAreNoneStay) {
    const Hl7Marks marks;
    EXPECT_EQ(hl7_unescape("a\\b", marks), "a\\b");
    EXPECT_EQ(hl7_unescape("\\Q\\", marks), "\\Q\\");
    EXPECT_EQ(hl7_unescape("\\XZZ\\", marks), "\\XZZ\\");
    EXPECT_EQ(hl7_unescape("\\X41\\\\X4\\", marks), "A\\X4\\");
    EXPECT_EQ(hl7_escape("a|b\r", marks), "a\\F\\b\\X0D\\");
}

RC_GTEST_PROP(Hl7, EscapesAreUndone, (const std::string& text)) {
    const Hl7Marks marks;
    RC_ASSERT(hl7_unescape(hl7_escape(text, marks), marks) == text);
}

RC_GTEST_PROP(Mllp, MessagesArriveHoweverTheBytesAreCut, ()) {
    const auto texts = *rc::gen::container<std::vector<std::string>>(
        rc::gen::container<std::string>(rc::gen::inRange(' ', '~')));
    std::string bytes;
    for (const auto& text : texts) bytes += mllp_frame(text);
    MllpReader reader;
    std::vector<std::string> got;
    while (!bytes.empty()) {
        const auto size = *rc::gen::inRange<std::size_t>(1, bytes.size() + 1);
        reader.take(bytes.substr(0, size));
        bytes.erase(0, size);
        while (true) {
            const auto next = reader.next();
            RC_ASSERT(next.ok());
            if (!*next) break;
            got.push_back(**next);
        }
    }
    RC_ASSERT(got == texts);
}

TEST(Mllp, BytesOutsideAFrameEndTheConnection) {
    MllpReader reader;
    reader.take("\r\n" + mllp_frame("a") + "MSH|");
    EXPECT_EQ(reader.next().take(), "a");
    EXPECT_EQ(reader.next().error().key, "protocols.hl7.no_frame");
}

TEST(Mllp, AMessageWithoutEndStopsAtTheLimit) {
    MllpReader exact(3), beyond(3), endless(3);
    exact.take(mllp_frame("abc"));
    EXPECT_EQ(exact.next().take(), "abc");
    beyond.take(mllp_frame("abcd"));
    EXPECT_EQ(beyond.next().error().code, ErrorCode::refused);
    endless.take(
        "\x0b"
        "abcdef");
    EXPECT_EQ(endless.next().error().code, ErrorCode::refused);
}

}  // namespace
}  // namespace klarsyn
