#include "core/file_name.h"

#include <gtest/gtest.h>
#include <rapidcheck.h>

#include <fstream>

#include "core/utf8.h"

namespace klarsyn {
namespace {

std::string utf8(unsigned long code) {
    if (code < 0x80) return {static_cast<char>(code)};
    if (code < 0x800)
        return {static_cast<char>(0xc0 | code >> 6), static_cast<char>(0x80 | (code & 0x3f))};
    return {static_cast<char>(0xe0 | code >> 12), static_cast<char>(0x80 | (code >> 6 & 0x3f)),
            static_cast<char>(0x80 | (code & 0x3f))};
}

std::string unescape(std::string_view line) {
    std::string out;
    for (std::size_t at = 0; at < line.size(); ++at) {
        auto number = [&](std::size_t digits) {
            auto code = std::stoul(std::string(line.substr(at + 2, digits)), nullptr, 16);
            at += 1 + digits;
            return code;
        };
        if (line.substr(at, 2) == "\\u")
            out += utf8(number(4));
        else if (line.substr(at, 2) == "\\x")
            out += static_cast<char>(number(2));
        else if (line.substr(at, 2) == "\\\\")
            out += '\\', ++at;
        else
            out += line[at];
    }
    return out;
}

TEST(FileName, CorpusIsCleanedAsWritten) {
    std::ifstream file(KLARSYN_SOURCE_DIR "/tests/data/files/names.txt");
    std::string line;
    int lines = 0;
    while (std::getline(file, line)) {
        if (line.starts_with("#")) continue;
        const auto tab = line.find('\t');
        EXPECT_EQ(clean_file_name(unescape(line.substr(0, tab))).name, line.substr(tab + 1))
            << line;
        ++lines;
    }
    EXPECT_GT(lines, 30);
}

TEST(FileName, IsShortenedBeforeItsEnding) {
    const std::string name = clean_file_name(std::string(300, 'x') + ".pdf").name;
    EXPECT_EQ(name.size(), 120u);
    EXPECT_TRUE(name.ends_with("x.pdf"));
    std::string danish;
    while (danish.size() < 300) danish += "æ";
    EXPECT_EQ(clean_file_name(danish + ".txt").name.size(), 120u);
    EXPECT_EQ(clean_file_name("251248-9996.pdf").numbers, std::vector<std::string>{"251248-9996"});
}

TEST(FileNameProperty, WhateverIsSentTheNameIsHarmless) {
    EXPECT_TRUE(rc::check("harmless", [] {
        auto parts = *rc::gen::container<std::vector<std::string>>(rc::gen::oneOf(
            rc::gen::element<std::string>("..", "/", "\\", "\u200b", "\u202e", ".", " ", "CON", "æ",
                                          "\xc3", "\uff0f", "\n", "%", "251248", "-9996", ".php"),
            rc::gen::string<std::string>()));
        std::string sent;
        for (const auto& part : parts) sent += part;
        const std::string name = clean_file_name(sent).name;
        RC_ASSERT(!name.empty() && name.size() <= 121u);
        RC_ASSERT(name.find_first_of("/\\<>:\"|?*%") == name.npos);
        RC_ASSERT(name.front() != '.' && name.back() != '.' && name.back() != ' ');
        for (std::size_t at = 0; at < name.size();) {
            CodePoint next = decode_utf8(name, at);
            RC_ASSERT(!is_invisible(next.code) && next.code >= 0x20);
            RC_ASSERT(next.length > 1 || next.code < 0x80);
            at += next.length;
        }
        RC_ASSERT(clean_file_name(name).name == name);
        RC_ASSERT(download_disposition(name).find_first_of("\r\n") == std::string::npos);
    }));
}

TEST(FileName, DispositionSaysDownload) {
    EXPECT_EQ(download_disposition("Rød 1.pdf"),
              "attachment; filename=\"R__d 1.pdf\"; filename*=UTF-8''R%C3%B8d%201.pdf");
}

TEST(MediaType, IsSeenFromTheFirstBytes) {
    EXPECT_EQ(sniff_media_type("%PDF-1.7"), "application/pdf");
    EXPECT_EQ(sniff_media_type("\x89PNG\r\n\x1a\n...."), "image/png");
    EXPECT_EQ(sniff_media_type("PK\x03\x04"), "application/zip");
    EXPECT_EQ(sniff_media_type("<html><script>"), "text/plain");
    EXPECT_EQ(sniff_media_type("<svg onload=x>"), "text/plain");
    EXPECT_EQ(sniff_media_type("Hej på Rødovre\r\n"), "text/plain");
    EXPECT_EQ(sniff_media_type(std::string(511, 'a') + "øøø"), "text/plain");
    EXPECT_EQ(sniff_media_type(std::string("a\0b", 3)), "application/octet-stream");
    EXPECT_EQ(sniff_media_type(""), "application/octet-stream");
}

}  // namespace
}  // namespace klarsyn
