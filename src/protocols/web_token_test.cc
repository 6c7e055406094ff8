// Forged and worn-out tokens. Real ones are tested against a real provider (tests/functional).
#include "protocols/web_token.h"

#include <gtest/gtest.h>
#include <openssl/core_names.h>
#include <openssl/evp.h>
#include <openssl/rsa.h>

#include <boost/json/parse.hpp>
#include <boost/json/serialize.hpp>

#include "core/text.h"

namespace klarsyn {
namespace {

namespace json = boost::json;

constexpr UtcSecond kNow = 1'800'000'000;

// A key of 2048 bits for all tests: making one takes a while.
EVP_PKEY* test_key() {
    static EVP_PKEY* const key = EVP_RSA_gen(2048);
    return key;
}

std::string number(const char* name) {
    BIGNUM* value = nullptr;
    EVP_PKEY_get_bn_param(test_key(), name, &value);
    std::string bytes(static_cast<std::size_t>(BN_num_bytes(value)), '\0');
    BN_bn2bin(value, reinterpret_cast<unsigned char*>(bytes.data()));
    BN_free(value);
    return to_base64url(bytes);
}

json::object keys(const char* id = "k1") {
    return {{"keys", json::array{json::object{{"kty", "RSA"},
                                              {"kid", id},
                                              {"use", "sig"},
                                              {"n", number(OSSL_PKEY_PARAM_RSA_N)},
                                              {"e", number(OSSL_PKEY_PARAM_RSA_E)}}}}};
}

json::object claims() {
    return {{"iss", "https://id"}, {"aud", "klarsyn"}, {"sub", "1"}, {"iat", kNow}, {"exp", kNow + 300}};
}

std::string signed_token(const json::object& payload,
                         json::object header = {{"alg", "RS256"}, {"kid", "k1"}}) {
    std::string text = to_base64url(json::serialize(header)) + "." + to_base64url(json::serialize(payload));
    EVP_MD_CTX* digest = EVP_MD_CTX_new();
    std::string signature(256, '\0');
    std::size_t length = signature.size();
    EVP_DigestSignInit(digest, nullptr, EVP_sha256(), nullptr, test_key());
    EVP_DigestSign(digest, reinterpret_cast<unsigned char*>(signature.data()), &length,
                   reinterpret_cast<const unsigned char*>(text.data()), text.size());
    EVP_MD_CTX_free(digest);
    return text + "." + to_base64url(signature);
}

const TokenRules kRules{"RS256", "https://id", "klarsyn", kNow};

std::string reason(const std::string& token, const TokenRules& rules = kRules) {
    const auto opened = open_token(token, keys(), rules);
    if (opened.ok()) return "";
    return opened.error().args.empty() ? opened.error().key : opened.error().args.front().second;
}

TEST(WebToken, ARightOneIsOpened) {
    const auto opened = open_token(signed_token(claims()), keys(), kRules);
    ASSERT_TRUE(opened.ok()) << describe(opened.error(), Language::en);
    EXPECT_EQ(opened->at("sub").as_string(), "1");
}

TEST(WebToken, WhatWasChangedIsRefused) {
    const std::string token = signed_token(claims());
    json::object other = claims();
    other["sub"] = "2";
    const std::string body = to_base64url(json::serialize(other));
    const auto first = token.find('.'), second = token.rfind('.');
    EXPECT_EQ(reason(token.substr(0, first + 1) + body + token.substr(second)), "signature");
    EXPECT_EQ(reason(token.substr(0, second + 1)), "signature");
    for (std::size_t at = second + 1; at < token.size(); at += 40) {
        std::string broken = token;
        broken[at] = broken[at] == 'A' ? 'B' : 'A';
        EXPECT_FALSE(reason(broken).empty()) << at;
    }
}

TEST(WebToken, TheTokenDoesNotChooseItsAlgorithm) {
    for (const char* algorithm : {"none", "HS256", "RS384", "ES256", ""})
        EXPECT_EQ(reason(signed_token(claims(), {{"alg", algorithm}, {"kid", "k1"}})), "alg");
    const std::string unsigned_token =
        to_base64url(R"({"alg":"none"})") + "." + to_base64url(json::serialize(claims())) + ".";
    EXPECT_FALSE(reason(unsigned_token).empty());
    EXPECT_EQ(reason(signed_token(claims(), {{"alg", "RS256"}, {"kid", "k1"}, {"crit", json::array{"b64"}}})),
              "crit");
}

TEST(WebToken, AnUnknownKeyAsksForFreshOnes) {
    const auto opened = open_token(signed_token(claims()), keys("other"), kRules);
    ASSERT_FALSE(opened.ok());
    EXPECT_EQ(opened.error().code, ErrorCode::not_found);
}

TEST(WebToken, IssuerAudienceAndTimesMustFit) {
    const auto with = [](std::string_view name, json::value value) {
        json::object changed = claims();
        if (value.is_null()) changed.erase(name);
        else changed[name] = std::move(value);
        return reason(signed_token(changed));
    };
    EXPECT_EQ(with("iss", "https://id.evil"), "iss");
    EXPECT_EQ(with("iss", nullptr), "iss");
    EXPECT_EQ(with("aud", "other"), "aud");
    EXPECT_EQ(with("aud", nullptr), "aud");
    EXPECT_EQ(with("aud", json::array{"klarsyn"}), "");
    EXPECT_EQ(with("aud", json::array{"klarsyn", "other"}), "azp");
    EXPECT_EQ(with("azp", "other"), "azp");
    EXPECT_EQ(with("exp", kNow - 61), "exp");
    EXPECT_EQ(with("exp", kNow - 30), "");  // clocks differ
    EXPECT_EQ(with("exp", nullptr), "exp");
    EXPECT_EQ(with("exp", "tomorrow"), "exp");
    EXPECT_EQ(with("iat", kNow + 120), "iat");
    EXPECT_EQ(with("nbf", kNow + 120), "nbf");
}

TEST(WebToken, GarbageIsRefused) {
    for (const char* garbage : {"", ".", "..", "a.b", "a.b.c", "....", "e30.e30.e30", "æ.ø.å"})
        EXPECT_FALSE(reason(garbage).empty()) << garbage;
    EXPECT_FALSE(reason(std::string(100'000, 'a') + ".b.c").empty());
    const std::string deep = std::string(10'000, '[') + std::string(10'000, ']');
    EXPECT_FALSE(reason(to_base64url(deep) + ".e30.e30").empty());
}

}  // namespace
}  // namespace klarsyn
