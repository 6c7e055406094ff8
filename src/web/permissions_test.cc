#include "web/permissions.h"

#include <gtest/gtest.h>

namespace klarsyn {
namespace {

TEST(Permissions, RolesGrow) {
    for (const Permission permission : kPermissions) {
        EXPECT_LE(allowed(Role::anonymous, permission), allowed(Role::reader, permission));
        EXPECT_LE(allowed(Role::reader, permission), allowed(Role::editor, permission));
        EXPECT_LE(allowed(Role::editor, permission), allowed(Role::admin, permission));
        EXPECT_TRUE(allowed(Role::admin, permission));
    }
}

TEST(Permissions, EachRoleHasItsLimit) {
    EXPECT_FALSE(allowed(Role::anonymous, Permission::session));
    EXPECT_FALSE(allowed(Role::anonymous, Permission::figures));
    EXPECT_FALSE(allowed(Role::reader, Permission::rejects));
    EXPECT_FALSE(allowed(Role::editor, Permission::accounts));
}

TEST(Permissions, AnAccountIsNeverAnonymous) {
    EXPECT_EQ(parse_role("admin"), Role::admin);
    EXPECT_FALSE(parse_role("anonymous"));
    EXPECT_FALSE(parse_role("Admin"));
    EXPECT_FALSE(parse_role(""));
}

}  // namespace
}  // namespace klarsyn
