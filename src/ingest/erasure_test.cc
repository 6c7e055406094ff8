#include "ingest/erasure.h"

#include <gtest/gtest.h>

namespace klarsyn {
namespace {

std::string erased(std::string_view text, std::vector<std::string> phrases) {
    return without_phrases(text, {{}, std::move(phrases)});
}

TEST(Erasure, phrases_go_in_any_case_as_words_of_their_own) {
    EXPECT_EQ(erased("Bodil Kjær ringede, BODIL KJær igen", {"Bodil Kjær"}),
              "[slettet] ringede, [slettet] igen");
    EXPECT_EQ(erased("bodilkjaer, xbodil, bodilx, bodil", {"bodil"}),
              "bodilkjaer, xbodil, bodilx, [slettet]");
    EXPECT_EQ(erased("Ring +4598765432.", {"+4598765432"}), "Ring [slettet].");
    EXPECT_EQ(erased("<bodil@x.dk>", {"bodil@x.dk"}), "<[slettet]>");
}

TEST(Erasure, the_longest_phrase_wins_where_several_begin) {
    EXPECT_EQ(erased("Bodil Kjær", {"Bodil", "Bodil Kjær"}), "[slettet]");
}

TEST(Erasure, a_letter_beyond_ascii_is_part_of_a_word) {
    EXPECT_EQ(erased("Søren og Sørensen", {"Søren"}), "[slettet] og Sørensen");
    EXPECT_EQ(erased("ØBodil", {"Bodil"}), "ØBodil");
}

TEST(Erasure, what_is_not_there_stays) {
    const ErasureOrder order{{}, {"Bodil Kjær"}};
    EXPECT_FALSE(holds_phrase("Bodil Kjærgaard", order));
    EXPECT_FALSE(holds_phrase("", order));
    EXPECT_EQ(without_phrases("Bodil  Kjær", order), "Bodil  Kjær");
}

}  // namespace
}  // namespace klarsyn
