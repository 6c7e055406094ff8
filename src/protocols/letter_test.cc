// Letters as they arrive: real ones, broken ones and hostile ones.
#include "protocols/letter.h"

#include <gtest/gtest.h>

#include <filesystem>
#include <fstream>
#include <sstream>

#include "protocols/html_text.h"

namespace klarsyn {
namespace {

std::string file(const std::string& name) {
    std::ifstream in(std::string(KLARSYN_SOURCE_DIR) + "/tests/data/mail/" + name, std::ios::binary);
    EXPECT_TRUE(in) << name;
    std::ostringstream bytes;
    bytes << in.rdbuf();
    return bytes.str();
}

InLetter read(const std::string& message) {
    auto letter = read_letter(message);
    EXPECT_TRUE(letter.ok());
    return letter.ok() ? letter.take() : InLetter();
}

bool contains(const std::string& text, std::string_view piece) { return text.find(piece) != std::string::npos; }

TEST(Letter, WhatIsWrittenCanBeRead) {
    OutLetter out{.from = "servicedesk@region.example",
                  .from_name = "Servicedesk Øst",
                  .to = "anna@region.example",
                  .reply_to = "servicedesk+k1-00@region.example",
                  .subject = "[K1] Blækpatron på afsnit 3112 æøå ÆØÅ, og en meget lang fortsættelse af emnet",
                  .text = "Hej\nDen er løst.\n.\nFrom os\n",
                  .message_id = "k1-00-1@region.example",
                  .references = "<a@b> <c@d>",
                  .at = 1'767'225'600};
    const std::string message = compose_letter(out);
    std::istringstream lines(message);
    for (std::string line; std::getline(lines, line);) {
        EXPECT_LE(line.size(), 100u) << line;
        EXPECT_TRUE(line.ends_with('\r')) << line;
    }
    const InLetter letter = read(message);
    EXPECT_EQ(letter.subject, out.subject);
    EXPECT_EQ(letter.from, out.from);
    EXPECT_EQ(letter.from_name, out.from_name);
    EXPECT_EQ(letter.message_id, out.message_id);
    EXPECT_TRUE(contains(letter.text, "Den er løst.\n.\nFrom os"));
    EXPECT_TRUE(contains(message, "Date: Thu, 01 Jan 2026 00:00:00 +0000"));
    EXPECT_TRUE(contains(message, "Auto-Submitted: auto-generated"));
    EXPECT_EQ(letter.writer, InLetter::Writer::program);
}

TEST(Letter, NoFieldBeginsANewLineOfTheHead) {
    OutLetter out{.from = "a@b", .from_name = "x\r\nBcc: evil@c", .to = "c@d",
                  .reply_to = "", .subject = "y\r\nBcc: evil@c\n\nbody", .text = "z", .message_id = "1@b",
                  .references = "<a@b>\r\nBcc: evil@c", .at = 0};
    const std::string message = compose_letter(out);
    EXPECT_FALSE(contains(message, "\nBcc:"));
}

TEST(Letter, AddressesThatMeanSomethingToAServerAreNone) {
    for (const char* good : {"a@b.dk", "anna.berg+x@region.example", "søren@region.example"})
        EXPECT_TRUE(is_mail_address(good)) << good;
    for (const char* bad : {"", "a", "@b", "a@", "a@b@c", "a b@c", "a@b>", "<a@b", "a@b\r\nRCPT TO:<x@y>",
                            "-oX@b", "a,b@c", "\"a\"@b", "a@b;c"})
        EXPECT_FALSE(is_mail_address(bad)) << bad;
}

TEST(Letter, ALetterFromOutlookWithLatin1AndAFile) {
    const InLetter letter = read(file("outlook-latin1.eml"));
    EXPECT_EQ(letter.from, "kaerlig.soerensen@region.example");
    EXPECT_EQ(letter.from_name, "Kærlig Sørensen");
    EXPECT_EQ(letter.subject, "Printeren på 3112 æder papiret");
    EXPECT_TRUE(contains(letter.text, "Den æder alt, også den blå mappe."));
    ASSERT_EQ(letter.files.size(), 1u);
    EXPECT_EQ(letter.files[0].name, "skærmbillede æ.png");
    EXPECT_EQ(letter.files[0].bytes.substr(1, 3), "PNG");
    EXPECT_EQ(letter.writer, InLetter::Writer::person);
}

TEST(Letter, HtmlBecomesWordsAlone) {
    const InLetter letter = read(file("html-only.eml"));
    EXPECT_TRUE(contains(letter.text, "Systemet svarer ikke"));
    EXPECT_TRUE(contains(letter.text, "Første punkt"));
    for (const char* gone : {"<", "javascript", "alert", "evil.example", "font-family", "hemmelig titel"})
        EXPECT_FALSE(contains(letter.text, gone)) << gone;
}

TEST(Letter, ProgramsAreKnownForWhatTheyAre) {
    const std::string rest = "From: a@b.dk\nTo: d@e.dk\nSubject: x\n\nhej\n";
    const auto writer = [&](const std::string& head) { return read(head + rest).writer; };
    EXPECT_EQ(writer(""), InLetter::Writer::person);
    EXPECT_EQ(writer("Auto-Submitted: no\n"), InLetter::Writer::person);
    EXPECT_EQ(writer("Auto-Submitted: auto-generated\n"), InLetter::Writer::program);
    for (const char* head : {"Auto-Submitted: auto-replied\n", "auto-submitted: Auto-Replied; owner=x\n",
                             "Precedence: bulk\n", "Precedence: list\n", "Precedence: JUNK\n",
                             "Return-Path: <>\n", "List-Id: <x.y>\n", "X-Autoreply: yes\n"})
        EXPECT_EQ(writer(head), InLetter::Writer::answering_program) << head;
    EXPECT_EQ(read(file("bounce.eml")).writer, InLetter::Writer::answering_program);
    EXPECT_EQ(read(file("away-notice.eml")).writer, InLetter::Writer::answering_program);
}

TEST(Letter, EveryLetterOfTheCorpusIsReadOrRefusedAndNothingElseHappens) {
    std::size_t seen = 0;
    for (const auto& entry : std::filesystem::directory_iterator(std::string(KLARSYN_SOURCE_DIR) + "/tests/data/mail")) {
        if (entry.path().extension() != ".eml") continue;
        const std::string message = file(entry.path().filename());
        for (std::size_t length = 0; length <= message.size(); length += 1 + message.size() / 60) {
            const auto letter = read_letter(std::string_view(message).substr(0, length));
            if (!letter.ok()) continue;
            EXPECT_EQ(letter->text.find('\0'), std::string::npos);
            EXPECT_EQ(letter->subject.find('\n'), std::string::npos);
        }
        ++seen;
    }
    EXPECT_GE(seen, 10u);
}

TEST(Letter, HostileOnesStayBounded) {
    LetterLimits limits;
    limits.text_bytes = 1000;
    limits.files = 3;
    std::string many = "From: a@b.dk\nMIME-Version: 1.0\nContent-Type: multipart/mixed; boundary=x\n\n";
    for (int i = 0; i < 500; ++i) many += "--x\nContent-Disposition: attachment; filename=a\n\nbytes\n";
    const auto parts = read_letter(many + "--x--\n", limits);
    ASSERT_TRUE(parts.ok());
    EXPECT_EQ(parts->files.size(), 3u);
    EXPECT_GT(parts->files_left_out, 100u);

    std::string nested = "From: a@b.dk\nMIME-Version: 1.0\n";
    for (int i = 0; i < 20'000; ++i)
        nested += "Content-Type: multipart/mixed; boundary=b" + std::to_string(i) + "\n\n--b" + std::to_string(i) + "\n";
    (void)read_letter(nested, limits);

    const auto text = read_letter("From: a@b.dk\n\n" + std::string(100'000, 'x'), limits);
    ASSERT_TRUE(text.ok());
    EXPECT_TRUE(text->text_cut);
    EXPECT_LE(text->text.size(), 1000u);

    const auto html = read_letter("From: a@b.dk\nContent-Type: text/html\n\n" + std::string(200'000, '<') +
                                      "<div>" + std::string(100, 'y'), limits);
    ASSERT_TRUE(html.ok());
    std::string deep;
    for (int i = 0; i < 100'000; ++i) deep += "<div>";
    EXPECT_LE(html_to_text(deep + "inde", 1000).size(), 1100u);
}

TEST(Letter, WhatIsNoLetterIsRefused) {
    for (const char* garbage : {"", "\n", "ikke et brev", "Subject: x\n\ny", "From: \n\nx", "\xff\xfe\x00\x01"})
        EXPECT_FALSE(read_letter(garbage).ok()) << garbage;
}

TEST(HtmlText, BlocksBreakLinesAndSpacesAreOne) {
    EXPECT_EQ(html_to_text("<p>en   to</p><p>tre<br>fire</p>", 1000), "en to\n\ntre\nfire");
    EXPECT_EQ(html_to_text("a<b>b</b>c &lt;d&gt; &aelig;&#230;&nbsp;x", 1000), "abc <d> ææ\u00A0x");
    EXPECT_EQ(html_to_text("<script>x</script><style>y</style>z<!-- w -->", 1000), "z");
    EXPECT_EQ(html_to_text("", 1000), "");
    EXPECT_EQ(html_to_text("ren tekst", 1000), "ren tekst");
}

}  // namespace
}  // namespace klarsyn
