#include "core/large_memory.h"

#include <gtest/gtest.h>

#include <cstdint>
#include <string>
#include <vector>

namespace klarsyn {
namespace {

TEST(LargeMemory, RoomIsThereAndWhatStoodInItStays) {
    for (const std::size_t count : {std::size_t{0}, std::size_t{1}, std::size_t{5'000'000}}) {
        std::vector<std::int64_t> values{7, 8};
        reserve_large(values, count);
        EXPECT_GE(values.capacity(), count);
        const auto* const begin = values.data();
        for (std::size_t i = values.size(); i < count; ++i)
            values.push_back(static_cast<std::int64_t>(i));
        if (count > 2) {
            EXPECT_EQ(values.data(), begin);
            EXPECT_EQ(values.back(), 4'999'999);
        }
        EXPECT_EQ(values[0], 7);
        EXPECT_EQ(values[1], 8);
    }
    std::string text = "before";
    reserve_large(text, 10'000'000);
    text.append(9'000'000, 'x');
    EXPECT_EQ(text.substr(0, 7), "beforex");
}

TEST(LargeMemory, AdviceReachesNoNeighbour) {
    std::vector<char> values(9'000'001, 'a');
    prefer_large_pages(values.data() + 1, values.size() - 1);
    prefer_large_pages(nullptr, 0);
    EXPECT_EQ(values, std::vector<char>(9'000'001, 'a'));
}

}  // namespace
}  // namespace klarsyn
