#include "store/cpr_vault.h"

#include <gtest/gtest.h>

#include <filesystem>
#include <fstream>
#include <iterator>

#include "store/test_store.h"

namespace klarsyn {
namespace {

// Published test persons and numbers of nobody living.
constexpr const char* kText = "Fru 251248-9996 og hr. 0101585001 på stue 4";

class CprVaultContract : public testing::TestWithParam<Dialect> {
protected:
    void SetUp() override {
        data_ = databases_.fresh(GetParam());
        if (HasFatalFailure()) return;
        store_ = Store::create(data_, test_migrations()).take();
    }
    Connection& db() { return store_->writer(); }
    std::string protect(const CprVault& vault, std::int64_t seq, const char* object,
                        const char* field, const char* text) {
        db().begin_write().take();
        std::string masked = vault.protect(db(), seq, object, field, text).take();
        db().commit().take();
        return masked;
    }

    TestDatabases databases_;
    std::string data_;
    std::unique_ptr<Store> store_;
};

TEST_P(CprVaultContract, what_was_masked_is_revealed_in_its_order) {
    CprVault vault(store_->journal_key());
    EXPECT_EQ(protect(vault, 7, "K1", "text", kText),
              "Fru ******-**** og hr. ******-**** på stue 4");
    EXPECT_EQ(protect(vault, 9, "K1", "comment", "igen 251248 9996"), "igen ******-****");
    EXPECT_EQ(protect(vault, 9, "K2", "text", "ingen numre her"), "ingen numre her");
    auto text = vault.reveal(db(), "K1", "text").take();
    ASSERT_EQ(text.size(), 2u);
    EXPECT_EQ(text[0].number, "251248-9996");
    EXPECT_EQ(text[1].number, "010158-5001");
    EXPECT_EQ(text[1].ordinal, 2);
    EXPECT_EQ(text[1].seq, 7);
    EXPECT_EQ(vault.reveal(db(), "K1").take().size(), 3u);
    EXPECT_TRUE(vault.reveal(db(), "K2").take().empty());
    EXPECT_TRUE(has_cprs(db(), "K1").take());
    EXPECT_FALSE(has_cprs(db(), "K2").take());
}

TEST_P(CprVaultContract, only_its_key_and_its_place_open_a_number) {
    CprVault vault(store_->journal_key());
    protect(vault, 1, "K1", "text", kText);
    CprVault other("another key");
    auto refused = other.reveal(db(), "K1");
    ASSERT_FALSE(refused.ok());
    EXPECT_EQ(refused.error().key, "store.cpr_unreadable");
    db().run("UPDATE core_cpr SET object = 'K2'").take();
    EXPECT_EQ(vault.reveal(db(), "K2").error().key, "store.cpr_unreadable");
    db().run("UPDATE core_cpr SET object = 'K1', cipher = :c", {{":c", Blob{"short"}}}).take();
    EXPECT_EQ(vault.reveal(db(), "K1").error().key, "store.cpr_unreadable");
}

TEST_P(CprVaultContract, a_rolled_back_text_keeps_no_number_and_forgetting_is_for_good) {
    CprVault vault(store_->journal_key());
    db().begin_write().take();
    vault.protect(db(), 1, "K1", "text", kText).take();
    db().rollback();
    EXPECT_TRUE(vault.reveal(db(), "K1").take().empty());
    protect(vault, 2, "K1", "text", kText);
    EXPECT_EQ(CprVault::forget(db(), "K1").take(), 2);
    EXPECT_TRUE(vault.reveal(db(), "K1").take().empty());
}

INSTANTIATE_TEST_SUITE_P(Both, CprVaultContract,
                         testing::Values(Dialect::sqlite, Dialect::postgres),
                         [](const auto& backend) {
                             return backend.param == Dialect::sqlite ? "sqlite" : "postgres";
                         });

TEST(CprVault, no_file_of_the_store_holds_a_number_in_clear) {
    TestDatabases databases;
    std::string data = databases.fresh(Dialect::sqlite);
    {
        auto store = Store::create(data, test_migrations()).take();
        CprVault vault(store->journal_key());
        store->writer().begin_write().take();
        vault.protect(store->writer(), 1, "K1", "text", kText).take();
        store->writer().commit().take();
        for (const auto& entry : std::filesystem::directory_iterator(data)) {
            std::ifstream file(entry.path(), std::ios::binary);
            std::string bytes{std::istreambuf_iterator<char>(file), {}};
            EXPECT_EQ(bytes.find("251248"), std::string::npos) << entry.path();
            EXPECT_EQ(bytes.find("0101585001"), std::string::npos) << entry.path();
        }
    }
}

}  // namespace
}  // namespace klarsyn
