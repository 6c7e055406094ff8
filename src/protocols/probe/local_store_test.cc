#include "protocols/probe/local_store.h"

#include <gtest/gtest.h>
#include <unistd.h>

#include <filesystem>
#include <fstream>

namespace klarsyn {
namespace {

using Kind = LocalStore::Kind;

class LocalStoreTest : public testing::Test {
protected:
    void SetUp() override {
        folder_ = std::filesystem::temp_directory_path() /
                  ("klarsyn-store-" + std::to_string(::getpid()));
        std::filesystem::remove_all(folder_);
        std::filesystem::create_directories(folder_);
        open();
    }
    void TearDown() override {
        store_.reset();
        std::filesystem::remove_all(folder_);
    }
    void open(LocalLimits limits = {}) {
        store_.reset();
        auto opened = LocalStore::open(folder_ / "probe.db", limits);
        ASSERT_TRUE(opened.ok());
        store_ = opened.take();
    }
    void keep(int from, int to) {
        for (int i = from; i < to; ++i)
            ASSERT_TRUE(store_->keep(Kind::result, i, std::to_string(i), "s", i).ok());
    }
    LocalStore::Batch batch(std::int64_t most = 3) {
        auto next = store_->next_batch(most);
        EXPECT_TRUE(next.ok());
        return next->value_or(LocalStore::Batch{});
    }
    using Texts = std::vector<std::string>;
    std::filesystem::path folder_;
    std::unique_ptr<LocalStore> store_;
};

TEST_F(LocalStoreTest, ABatchKeepsItsNumberAndContentUntilItIsDelivered) {
    keep(0, 5);
    const auto first = batch();
    EXPECT_EQ(first.number, 1);
    EXPECT_EQ(first.results, (Texts{"0", "1", "2"}));
    keep(5, 6);
    open();  // as after a kill
    const auto again = batch(100);
    EXPECT_EQ(again.number, 1);
    EXPECT_EQ(again.results, first.results);
    EXPECT_EQ(again.epoch, first.epoch);
    EXPECT_FALSE(first.epoch.empty());
    ASSERT_TRUE(store_->delivered(1).ok());
    EXPECT_EQ(batch(100).results, (Texts{"3", "4", "5"}));
    ASSERT_TRUE(store_->delivered(2).ok());
    EXPECT_EQ(batch().number, 0);
    keep(6, 7);
    EXPECT_EQ(batch().number, 3);
    EXPECT_EQ(*store_->last_slot("s"), 6);
    EXPECT_EQ(*store_->last_slot("t"), std::nullopt);
}

TEST_F(LocalStoreTest, WhatTheServerCannotReadIsFoundByHalvesAndPutAside) {
    keep(0, 4);
    (void)batch(4);
    ASSERT_TRUE(store_->refused(1).ok());
    EXPECT_EQ(batch(4).results, (Texts{"0", "1"}));
    ASSERT_TRUE(store_->refused(1).ok());
    EXPECT_EQ(batch(4).results, (Texts{"0"}));
    ASSERT_TRUE(store_->refused(1).ok());
    EXPECT_EQ(batch(4).results, (Texts{"1", "2", "3"}));
    EXPECT_EQ(store_->counts()->refused, 1);
    EXPECT_EQ(store_->counts()->waiting, 3);
}

TEST_F(LocalStoreTest, IsBoundedAndCountsWhatItDrops) {
    open({.bytes_max = 4100, .age_max_s = 1000});
    keep(0, 150);
    (void)batch(2);
    const auto dropped = store_->prune(500);
    ASSERT_TRUE(dropped.ok());
    EXPECT_GT(*dropped, 40);
    EXPECT_EQ(store_->counts()->dropped, *dropped);
    EXPECT_EQ(store_->counts()->waiting, 150 - *dropped);
    EXPECT_EQ(batch().results, (Texts{"0", "1"}));  // under way: never dropped
    EXPECT_EQ(*store_->prune(500), 0);
    EXPECT_EQ(*store_->prune(5000), 150 - *dropped - 2);
}

TEST_F(LocalStoreTest, ANewEpochBeginsAtOne) {
    keep(0, 1);
    const auto first = batch();
    ASSERT_TRUE(store_->delivered(1).ok());
    keep(1, 2);
    EXPECT_EQ(batch().number, 2);
    ASSERT_TRUE(store_->begin_epoch().ok());
    EXPECT_EQ(batch().number, 1);
    EXPECT_NE(batch().epoch, first.epoch);
}

TEST_F(LocalStoreTest, ADamagedFileIsPutAside) {
    keep(0, 1);
    store_.reset();
    std::ofstream(folder_ / "probe.db", std::ios::trunc) << std::string(8192, 'x');
    open();
    EXPECT_TRUE(store_->put_aside());
    EXPECT_TRUE(std::filesystem::exists(folder_ / "probe.db.damaged"));
    keep(0, 1);
    EXPECT_EQ(batch().number, 1);
}

TEST_F(LocalStoreTest, NotesAreKept) {
    EXPECT_EQ(*store_->recall("plan"), "");
    ASSERT_TRUE(store_->remember("plan", "a").ok());
    ASSERT_TRUE(store_->remember("plan", "b").ok());
    EXPECT_EQ(*store_->recall("plan"), "b");
}

}  // namespace
}  // namespace klarsyn
