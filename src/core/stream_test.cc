#include "core/stream.h"

#include <gtest/gtest.h>

#include <fstream>
#include <sstream>

namespace klarsyn {
namespace {

TEST(ReadRest, IsAllThatIsLeft) {
    std::istringstream empty;
    EXPECT_EQ(read_rest(empty), "");
    const std::string long_text(100'000, 'x');
    std::istringstream in("first\n" + long_text);
    std::string line;
    std::getline(in, line);
    EXPECT_EQ(read_rest(in), long_text);
    std::istringstream exactly(std::string(1 << 14, 'y'));
    EXPECT_EQ(read_rest(exactly)->size(), std::size_t{1} << 14);
}

TEST(ReadRest, IsNothingWhereItCannotBeRead) {
    std::ifstream directory("/tmp", std::ios::binary);  // it opens, and cannot be read
    EXPECT_FALSE(read_rest(directory));
    std::ifstream missing("/tmp/there is no such file", std::ios::binary);
    EXPECT_FALSE(read_rest(missing));
}

}  // namespace
}  // namespace klarsyn
