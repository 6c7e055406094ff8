// Tokens that tie letters to cases, and letters kept under seal.
#include "modules/servicedesk/mail/thread_token.h"

#include <gtest/gtest.h>

#include "modules/servicedesk/mail/seal.h"

namespace klarsyn::servicedesk {
namespace {

const std::string kKey = "a journal key of some length";

TEST(ThreadToken, IsFoundWhereverItStands) {
    const std::string token = thread_token(kKey, "K12");
    EXPECT_EQ(token.size(), 4u + 32u);
    EXPECT_EQ(find_thread(kKey, token), "K12");
    EXPECT_EQ(find_thread(kKey, "<x@y> <" + token + "-3@region.example>"), "K12");
    EXPECT_EQ(find_thread(kKey, "servicedesk+" + token + "@region.example"), "K12");
    std::string upper = token;
    for (char& c : upper) c = static_cast<char>(std::toupper(static_cast<unsigned char>(c)));
    EXPECT_EQ(find_thread(kKey, upper), "K12");
    EXPECT_EQ(find_thread(kKey, "kk1k12-" + token), "K12");
    EXPECT_EQ(find_thread(kKey, "k1-" + std::string(32, '0') + " " + token), "K12");
}

TEST(ThreadToken, AForgedOneIsNone) {
    const std::string token = thread_token(kKey, "K12");
    EXPECT_FALSE(find_thread("another key of some length", token));
    EXPECT_FALSE(find_thread(kKey, "k13" + token.substr(3)));
    EXPECT_FALSE(find_thread(kKey, token.substr(0, token.size() - 1)));
    for (std::size_t at = 4; at < token.size(); ++at) {
        std::string forged = token;
        forged[at] = forged[at] == '0' ? '1' : '0';
        EXPECT_FALSE(find_thread(kKey, forged)) << forged;
    }
    for (const char* text : {"", "k", "k-", "K12", "[K12]", "k12-", "kkkkk", "k99999999999999999999-"})
        EXPECT_FALSE(find_thread(kKey, text)) << text;
    std::string many;
    for (int i = 0; i < 20'000; ++i) many += "k1-" + std::string(32, 'a') + " ";
    EXPECT_FALSE(find_thread(kKey, many + token));  // bounded: a flood of forgeries is not searched
}

TEST(Seal, OpensWithItsKeyOnly) {
    const std::string sealed = seal_letter(kKey, "010203-1234");
    EXPECT_EQ(sealed.find("010203"), std::string::npos);
    EXPECT_EQ(unseal_letter(kKey, sealed).value(), "010203-1234");
    EXPECT_FALSE(unseal_letter("another key of some length", sealed).ok());
    std::string altered = sealed;
    altered.back() = static_cast<char>(altered.back() ^ 1);
    EXPECT_FALSE(unseal_letter(kKey, altered).ok());
    EXPECT_FALSE(unseal_letter(kKey, "").ok());
}

}  // namespace
}  // namespace klarsyn::servicedesk
