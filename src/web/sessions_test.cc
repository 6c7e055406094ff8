#include "web/sessions.h"

#include <gtest/gtest.h>

#include "web/throttle.h"

namespace klarsyn {
namespace {

TEST(Sessions, ATokenOpensItsSessionUntilItEnds) {
    Sessions sessions;
    const auto started = sessions.start(7, 1000);
    EXPECT_EQ(started.token.size(), 43u);  // 256 bits
    EXPECT_NE(started.session.token_hash, started.token);
    ASSERT_TRUE(sessions.find(started.token, 1000));
    EXPECT_EQ(sessions.find(started.token, 1000)->user_id, 7);
    EXPECT_FALSE(sessions.find("", 1000));
    EXPECT_FALSE(sessions.find("x" + started.token, 1000));
    EXPECT_FALSE(sessions.find(started.session.token_hash, 1000));
    EXPECT_EQ(sessions.end(started.token), started.session.token_hash);
    EXPECT_FALSE(sessions.find(started.token, 1000));
    EXPECT_EQ(sessions.end(started.token), "");
}

TEST(Sessions, ASessionExpires) {
    Sessions sessions;
    const auto started = sessions.start(7, 1000);
    EXPECT_TRUE(sessions.find(started.token, 1000 + Sessions::kLifetimeSeconds - 1));
    EXPECT_FALSE(sessions.find(started.token, 1000 + Sessions::kLifetimeSeconds));
}

TEST(Sessions, EachLoginGetsItsOwnToken) {
    Sessions sessions;
    EXPECT_NE(sessions.start(7, 0).token, sessions.start(7, 0).token);
}

TEST(Sessions, AFormBelongsToItsCookieAndProcess) {
    const Sessions sessions, other;
    const std::string field = sessions.csrf("cookie");
    EXPECT_TRUE(sessions.csrf_fits("cookie", field));
    EXPECT_FALSE(sessions.csrf_fits("another", field));
    EXPECT_FALSE(sessions.csrf_fits("cookie", ""));
    EXPECT_FALSE(sessions.csrf_fits("", sessions.csrf("")));
    EXPECT_FALSE(other.csrf_fits("cookie", field));
}

TEST(Throttle, WaitsDoubleAfterFiveFailures) {
    Throttle throttle;
    for (int i = 0; i < 4; ++i) throttle.failed("anna", "192.0.2.1", 100);
    EXPECT_EQ(throttle.wait_seconds("anna", "192.0.2.1", 100), 0);
    throttle.failed("anna", "192.0.2.1", 100);
    EXPECT_EQ(throttle.wait_seconds("anna", "192.0.2.1", 100), 1);
    throttle.failed("anna", "192.0.2.1", 101);
    EXPECT_EQ(throttle.wait_seconds("anna", "192.0.2.1", 101), 2);
    throttle.failed("anna", "192.0.2.1", 103);
    EXPECT_EQ(throttle.wait_seconds("anna", "192.0.2.1", 103), 4);
}

TEST(Throttle, ANameWaitsAMinuteAtMostAndAnAddressLonger) {
    Throttle throttle;
    for (int i = 0; i < 40; ++i) throttle.failed("anna", "192.0.2.1", 100);
    EXPECT_EQ(throttle.wait_seconds("anna", "192.0.2.9", 100), 60);
    EXPECT_EQ(throttle.wait_seconds("bo", "192.0.2.1", 100), 900);
    EXPECT_EQ(throttle.wait_seconds("bo", "192.0.2.9", 100), 0);
}

TEST(Throttle, SuccessAndTimeForget) {
    Throttle throttle;
    for (int i = 0; i < 10; ++i) throttle.failed("anna", "192.0.2.1", 100);
    throttle.succeeded("anna", "192.0.2.1");
    EXPECT_EQ(throttle.wait_seconds("anna", "192.0.2.1", 100), 0);
    for (int i = 0; i < 4; ++i) throttle.failed("anna", "192.0.2.1", 100);
    throttle.failed("anna", "192.0.2.1", 100 + 3601);
    EXPECT_EQ(throttle.wait_seconds("anna", "192.0.2.1", 100 + 3601), 0);
}

TEST(Throttle, MemoryIsBounded) {
    Throttle throttle;
    for (int i = 0; i < 30'000; ++i)
        throttle.failed("n" + std::to_string(i), "a" + std::to_string(i), 100);
    EXPECT_EQ(throttle.wait_seconds("n1", "a1", 100), 0);
}

}  // namespace
}  // namespace klarsyn
