#include "web/presence.h"

#include <gtest/gtest.h>

namespace klarsyn {
namespace {

using Doing = Presence::Doing;

TEST(Presence, TellsWhoIsAtACaseAndWhatTheyDo) {
    Presence presence;
    presence.tell({"bo", "Bo Lund", Doing::editing}, "K1", 100);
    presence.tell({"anna", "Anna Holm", Doing::looking}, "K1", 101);
    const auto people = presence.at("K1", 102);
    ASSERT_EQ(people.size(), 2u);
    EXPECT_EQ(people[0], (Presence::Person{"anna", "Anna Holm", Doing::looking}));
    EXPECT_EQ(people[1], (Presence::Person{"bo", "Bo Lund", Doing::editing}));
}

TEST(Presence, APersonIsAtOneThingAlone) {
    Presence presence;
    presence.tell({"bo", "Bo", Doing::looking}, "K1", 100);
    presence.tell({"bo", "Bo", Doing::looking}, "K2", 101);
    EXPECT_TRUE(presence.at("K1", 102).empty());
    EXPECT_EQ(presence.at("K2", 102).size(), 1u);
    presence.tell({"bo", "Bo", Doing::looking}, "", 103);
    EXPECT_TRUE(presence.at("K2", 104).empty());
}

TEST(Presence, ForgetsWhoGivesNoSign) {
    Presence presence;
    presence.tell({"bo", "Bo", Doing::looking}, "K1", 100);
    EXPECT_EQ(presence.at("K1", 100 + Presence::kLifeSeconds).size(), 1u);
    EXPECT_TRUE(presence.at("K1", 101 + Presence::kLifeSeconds).empty());
}

}  // namespace
}  // namespace klarsyn
