#include <gtest/gtest.h>

#include <set>

#include "protocols/checks/check.h"

namespace klarsyn {
namespace {

TEST(Checks, EachProtocolIsFoundByItsNameAndRefusesAMisspeltField) {
    std::set<std::string_view> names;
    for (const CheckProtocol& one : check_protocols()) {
        EXPECT_TRUE(names.insert(one.name).second) << one.name;
        ASSERT_NE(find_check_protocol(one.name), nullptr);
        EXPECT_EQ(find_check_protocol(one.name)->run, one.run);
        EXPECT_FALSE(one.complete({{"no_such_field", true}}).ok()) << one.name;
    }
    EXPECT_GE(names.size(), 1u);
    EXPECT_EQ(find_check_protocol("tpc"), nullptr);
}

}  // namespace
}  // namespace klarsyn
