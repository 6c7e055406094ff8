#include "web/accounts.h"

#include <gtest/gtest.h>

#include "store/journal.h"
#include "web/web_fixture.h"

namespace klarsyn {
namespace {

class AccountsTest : public ::testing::Test {
protected:
    Result<void> add(const std::string& name, const std::string& role, const std::string& password) {
        return add_user(web_.store->writer(), web_.store->journal_key(), web_.clock,
                        {name, role, password, "test"});
    }
    std::string key_of(const Result<void>& result) { return result.ok() ? "" : result.error().key; }
    WebFixture web_;
};

TEST_F(AccountsTest, AnAccountIsAJournalEntryWithoutItsPassword) {
    ASSERT_TRUE(add("Anna.B", "editor", "long enough").ok());
    const auto entry = entries(web_.store->writer(), "user").take().back();
    EXPECT_EQ(entry.detail, R"({"added":"anna.b","role":"editor"})");
    EXPECT_EQ(entry.actor, "test");
    const auto account = check_password(web_.store->writer(), "ANNA.b", "long enough").take();
    ASSERT_TRUE(account);
    EXPECT_EQ(account->name, "anna.b");
    EXPECT_EQ(account->role, Role::editor);
    EXPECT_EQ(account->seq, entry.seq);
    EXPECT_EQ(find_account(web_.store->writer(), account->id).take()->name, "anna.b");
}

TEST_F(AccountsTest, PasswordsAreArgon2idWithNineteenMebibytes) {
    const auto rows =
        web_.store->writer().query("SELECT password_hash FROM core_user ORDER BY id").take();
    ASSERT_TRUE(rows->next().take());
    EXPECT_EQ(rows->text(0).substr(0, 29), "$argon2id$v=19$m=19456,t=2,p=");
}

TEST_F(AccountsTest, WhatDoesNotFitIsRefused) {
    EXPECT_EQ(key_of(add("reader", "reader", "long enough")), "web.account.name_taken");
    EXPECT_EQ(key_of(add("Reader", "reader", "long enough")), "web.account.name_taken");
    EXPECT_EQ(key_of(add("", "reader", "long enough")), "web.account.name_invalid");
    EXPECT_EQ(key_of(add("a b", "reader", "long enough")), "web.account.name_invalid");
    EXPECT_EQ(key_of(add(std::string(65, 'a'), "reader", "long enough")),
              "web.account.name_invalid");
    EXPECT_EQ(key_of(add("bo", "anonymous", "long enough")), "web.account.role_unknown");
    EXPECT_EQ(key_of(add("bo", "root", "long enough")), "web.account.role_unknown");
    EXPECT_EQ(key_of(add("bo", "reader", "short")), "web.account.password_short");
    EXPECT_EQ(key_of(add("bo", "reader", "\xC3\xA6\xC3\xB8\xC3\xA5\xC3\xA6")),
              "web.account.password_short");  // eight bytes, four characters
    EXPECT_EQ(key_of(add("bo", "reader", std::string(1025, 'x'))), "web.account.password_long");
    EXPECT_EQ(list_accounts(web_.store->writer()).take().size(), 7u);
}

TEST_F(AccountsTest, WrongNamesAndPasswordsAreNobody) {
    Connection& db = web_.store->writer();
    EXPECT_FALSE(check_password(db, "reader", "wrong").take());
    EXPECT_FALSE(check_password(db, "nobody", WebFixture::kPassword).take());
    EXPECT_FALSE(check_password(db, "reader", "").take());
    EXPECT_FALSE(check_password(db, "' OR 1=1 --", "x").take());
    EXPECT_TRUE(check_password(db, "reader", WebFixture::kPassword).take());
}

TEST_F(AccountsTest, SessionsOutliveARestartAndEndInTheDatabase) {
    Connection& db = web_.store->writer();
    Sessions before;
    const auto started = before.start(1, WebFixture::kNow);
    ASSERT_TRUE(store_session(db, started.session).ok());
    Sessions after;
    ASSERT_TRUE(after.load(db, WebFixture::kNow).ok());
    EXPECT_TRUE(after.find(started.token, WebFixture::kNow));
    ASSERT_TRUE(erase_session(db, started.session.token_hash).ok());
    Sessions later;
    ASSERT_TRUE(later.load(db, WebFixture::kNow).ok());
    EXPECT_FALSE(later.find(started.token, WebFixture::kNow));
    Sessions expired;
    ASSERT_TRUE(store_session(db, started.session).ok());
    ASSERT_TRUE(expired.load(db, started.session.expires_at).ok());
    EXPECT_FALSE(expired.find(started.token, started.session.expires_at - 1));
}

}  // namespace
}  // namespace klarsyn
