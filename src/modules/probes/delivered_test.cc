// A batch is kept once, whatever its number; one with other content is told apart, and one of which
// nobody can tell any more is refused. An agent's name is of the account that had it first.
#include "modules/probes/delivered.h"

#include <gtest/gtest.h>

#include <map>
#include <random>

#include "store/test_store.h"

namespace klarsyn::probes {
namespace {

std::string digest_of(std::int64_t number, std::string_view content = "a") {
    return batch_digest(std::to_string(number) + std::string(content));
}

TEST(DeliveredTest, AnOlderBatchIsKnownByItsContent) {
    Delivered state;
    for (std::int64_t number = 1; number <= 100; ++number) {
        EXPECT_FALSE(came_before(state, number, digest_of(number)).take());
        state = delivered_with(state, number, digest_of(number));
    }
    EXPECT_EQ(state.last, 100);
    for (std::int64_t number = 100; number > 100 - kBatchesRemembered; --number) {
        EXPECT_TRUE(came_before(state, number, digest_of(number)).take()) << number;
        const auto other = came_before(state, number, digest_of(number, "b"));
        ASSERT_FALSE(other.ok());
        EXPECT_EQ(other.error().key, "probes.agents.other_content");
        EXPECT_EQ(other.error().code, ErrorCode::conflict);
    }
    const auto old = came_before(state, 100 - kBatchesRemembered, digest_of(68));
    ASSERT_FALSE(old.ok());
    EXPECT_EQ(old.error().key, "probes.agents.too_old");
}

TEST(DeliveredTest, WhatADatabaseRemembersFromBeforeIsTheLastBatch) {
    const Delivered state{7, digest_of(7)};
    EXPECT_TRUE(came_before(state, 7, digest_of(7)).take());
    EXPECT_EQ(came_before(state, 6, digest_of(6)).error().key, "probes.agents.too_old");
    EXPECT_FALSE(came_before(state, 8, digest_of(8)).take());
}

// Against a plain list, in any order.
TEST(DeliveredTest, AnyOrderIsThatOfAPlainList) {
    std::mt19937 random(5);
    for (int round = 0; round < 50; ++round) {
        Delivered state;
        std::map<std::int64_t, std::string> kept;
        for (int step = 0; step < 200; ++step) {
            const std::int64_t number =
                std::max<std::int64_t>(1, state.last + 3 - static_cast<std::int64_t>(random() % 45));
            const std::string digest = digest_of(number, random() % 4 == 0 ? "b" : "a");
            const auto came = came_before(state, number, digest);
            const auto before = kept.find(number);
            if (state.last - number >= kBatchesRemembered) {
                EXPECT_FALSE(came.ok());
            } else if (before == kept.end()) {
                ASSERT_TRUE(came.ok());
                EXPECT_FALSE(*came);
                kept[number] = digest;
                state = delivered_with(state, number, digest);
            } else {
                EXPECT_EQ(came.ok(), before->second == digest);
            }
        }
        EXPECT_LE(state.digests.size(), static_cast<std::size_t>(kBatchesRemembered) * 16);
    }
}

}  // namespace
}  // namespace klarsyn::probes
