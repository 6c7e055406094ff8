// Where a webhook may lead. Real exchanges are tested with real servers (tests/functional).
#include "protocols/http_client.h"

#include <arpa/inet.h>
#include <gtest/gtest.h>
#include <netinet/in.h>
#include <sys/socket.h>

#include "protocols/directory.h"

namespace klarsyn {
namespace {

bool is_public(const char* text) {
    sockaddr_in four{};
    if (::inet_pton(AF_INET, text, &four.sin_addr) == 1) {
        four.sin_family = AF_INET;
        return is_public_address(reinterpret_cast<const sockaddr*>(&four));
    }
    sockaddr_in6 six{};
    EXPECT_EQ(::inet_pton(AF_INET6, text, &six.sin6_addr), 1) << text;
    six.sin6_family = AF_INET6;
    return is_public_address(reinterpret_cast<const sockaddr*>(&six));
}

TEST(HttpClient, PrivateAddressesAreKnown) {
    for (const char* address :
         {"127.0.0.1", "127.255.255.254", "0.0.0.0", "10.0.0.1", "10.255.255.255", "172.16.0.1",
          "172.31.255.255", "192.168.1.1", "169.254.169.254", "100.64.0.1", "100.127.255.255",
          "192.0.2.1", "198.18.0.1", "198.19.255.255", "224.0.0.1", "255.255.255.255", "::", "::1",
          "fe80::1", "fc00::1", "fd12::1", "ff02::1", "::ffff:127.0.0.1", "::ffff:10.0.0.1",
          "64:ff9b::a00:1", "2001:db8::1", "2001::1", "2002:7f00:1::", "2002:a00:1::"})
        EXPECT_FALSE(is_public(address)) << address;
    for (const char* address :
         {"8.8.8.8", "172.15.255.255", "172.32.0.0", "100.128.0.0", "100.63.255.255", "198.20.0.0",
          "223.255.255.255", "2a00:1450::1", "2606:4700::1", "::ffff:8.8.8.8"})
        EXPECT_TRUE(is_public(address)) << address;
}

TEST(HttpClient, AHostThatWouldBePrivateIsNotReached) {
    for (const char* url : {"http://127.0.0.1:9/", "http://localhost:9/", "http://[::1]:9/",
                            "http://2130706433:9/", "http://0x7f.1:9/", "http://[::ffff:127.0.0.1]:9/"}) {
        HttpFetch wanted;
        wanted.url = url;
        wanted.reach = Reach::public_only;
        wanted.plain = HttpFetch::Plain::allowed;
        const auto answer = fetch(wanted);
        ASSERT_FALSE(answer.ok()) << url;
        EXPECT_EQ(answer.error().code, ErrorCode::refused) << url;
    }
}

TEST(HttpClient, OnlyHttpAndOnlyEncryptedUnlessSaidOtherwise) {
    for (const char* url : {"http://127.0.0.1:9/", "file:///etc/passwd", "gopher://127.0.0.1:9/", "", "x"}) {
        HttpFetch wanted;
        wanted.url = url;
        const auto answer = fetch(wanted);
        ASSERT_FALSE(answer.ok()) << url;
        EXPECT_EQ(answer.error().code, ErrorCode::unavailable) << url;
    }
    EXPECT_TRUE(is_loopback_url("http://127.0.0.1:80/x"));
    EXPECT_FALSE(is_loopback_url("http://127.0.0.1.evil.example/"));
    EXPECT_FALSE(is_loopback_url("http://localhost@evil.example/"));
}

TEST(Directory, WhatHasAMeaningInAFilterIsEscaped) {
    EXPECT_EQ(escape_filter("karen"), "karen");
    EXPECT_EQ(escape_filter("*)(uid=*"), "\\2a\\29\\28uid=\\2a");
    EXPECT_EQ(escape_filter("a\\b"), "a\\5cb");
    EXPECT_EQ(escape_filter(std::string_view("a\0b", 3)), "a\\00b");
    EXPECT_EQ(escape_filter("søren"), "søren");
}

}  // namespace
}  // namespace klarsyn
