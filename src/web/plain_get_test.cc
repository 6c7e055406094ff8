#include "web/plain_get.h"

#include <gtest/gtest.h>

#include <string>

namespace klarsyn {
namespace {

const std::string kHead =
    "GET /status HTTP/1.1\r\nHost: klarsyn.example\r\nAccept-Encoding:  gzip, br \r\n"
    "accept-language: da\r\nIf-None-Match: \"a\"\r\nUser-Agent: somebody/1 (x; y)\r\n\r\n";

TEST(PlainGet, ReadsWhatAnAnswerDependsOn) {
    const std::string two = kHead + "GET /next";
    const auto get = read_plain_get(two);
    ASSERT_TRUE(get);
    EXPECT_EQ(get->target, "/status");
    EXPECT_EQ(get->accept_encoding, "gzip, br");
    EXPECT_EQ(get->accept_language, "da");
    EXPECT_EQ(get->if_none_match, "\"a\"");
    EXPECT_TRUE(get->keep_open);
    EXPECT_EQ(get->bytes, kHead.size());
    const auto end = read_plain_get("GET / HTTP/1.1\r\nHost: x\r\nConnection: Close\r\n\r\n");
    ASSERT_TRUE(end);
    EXPECT_FALSE(end->keep_open);
    EXPECT_EQ(end->target, "/");
}

TEST(PlainGet, EveryBeginningOfAHeadIsNotWhole) {
    for (std::size_t size = 0; size < kHead.size(); ++size)
        EXPECT_FALSE(read_plain_get(kHead.substr(0, size))) << size;
}

TEST(PlainGet, WhatItCannotJudgeGoesTheUsualWay) {
    const auto with = [](const std::string& line) {
        return read_plain_get("GET /status HTTP/1.1\r\nHost: x\r\n" + line + "\r\n\r\n");
    };
    ASSERT_TRUE(with("X-Other: 1"));
    for (const char* line : {"Cookie: klarsyn=a",
                             "cookie: klarsyn_lang=en",
                             "Authorization: Bearer a",
                             "Host: y",
                             "Content-Length: 0",
                             "Transfer-Encoding: chunked",
                             "Expect: 100-continue",
                             "Range: bytes=0-1",
                             "If-Modified-Since: x",
                             "Connection: upgrade",
                             "Connection: close\r\nConnection: keep-alive",
                             "Accept-Encoding: gzip\r\nAccept-Encoding: identity",
                             "Accept-Language:",
                             " folded",
                             "no colon",
                             ": no name",
                             "na me: x",
                             "Name : x",
                             "X: \x01",
                             "X: \xc3\xa6",
                             "X: a\rb"})
        EXPECT_FALSE(with(line)) << line;
    for (const char* head :
         {"GET /status HTTP/1.0\r\nHost: x\r\n\r\n", "GET /status HTTP/1.1\r\n\r\n",
          "HEAD /status HTTP/1.1\r\nHost: x\r\n\r\n", "GET /sta tus HTTP/1.1\r\nHost: x\r\n\r\n",
          "GET status HTTP/1.1\r\nHost: x\r\n\r\n", "GET / HTTP/1.1\nHost: x\n\n", "GET /\r\n\r\n",
          "GET  HTTP/1.1\r\nHost: x\r\n\r\n", "\r\n\r\n", "get / HTTP/1.1\r\nHost: x\r\n\r\n"})
        EXPECT_FALSE(read_plain_get(head)) << head;
    EXPECT_FALSE(with("X: " + std::string(9000, 'a')));
}

}  // namespace
}  // namespace klarsyn
