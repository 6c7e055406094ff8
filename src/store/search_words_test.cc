#include "store/search_words.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <rapidcheck.h>

#include "store/vocabulary.h"

namespace klarsyn {
namespace {

using testing::ElementsAre;
using testing::UnorderedElementsAre;
using Words = std::vector<std::string>;

TEST(SearchWords, SpellingsOfOneWordMeet) {
    for (const char* way : {"Rødovre", "RØDOVRE", "Roedovre", "rodovre", "Rödovre"})
        EXPECT_THAT(words_of(way), ElementsAre("rodovre")) << way;
    for (const char* way : {"Århus", "Aarhus", "ARHUS", "a\u030arhus"})
        EXPECT_THAT(words_of(way), ElementsAre("arhus")) << way;
    EXPECT_EQ(words_of("Æble"), words_of("AEBLE"));
    EXPECT_EQ(words_of("crème"), words_of("creme"));
    EXPECT_EQ(words_of("soft\u00adhyphen zero\u200bwidth"), (Words{"softhyphen", "zerowidth"}));
}

TEST(SearchWords, EndAtSigns) {
    EXPECT_EQ(words_of("Printer (2. sal) – „virker ikke”!"),
              (Words{"printer", "2", "sal", "virker", "ikke"}));
    EXPECT_EQ(words_of("10.0.250.1 it-problem a/b c_d"),
              (Words{"10", "0", "250", "1", "it", "problem", "a", "b", "c", "d"}));
    EXPECT_TRUE(words_of(" \t.,;:\u00a0–").empty());
    EXPECT_EQ(words_of("a\xff"
                       "b\xed\xa0\x80"
                       "c\xe0\x80\x80"
                       "d \xf4\x90\x80\x80 日本"),
              (Words{"a", "b", "c", "d", "日本"}));
    EXPECT_EQ(words_of(std::string(100, 'x')).front().size(), 64u);
    EXPECT_EQ(distinct_words("b a b A"), (Words{"a", "b"}));
    std::string hostile = "\" OR 1=1 -- * ^ NEAR( ) ' : & | ! \\";
    EXPECT_EQ(words_of(hostile), (Words{"or", "1", "1", "near"}));
}

TEST(SearchWords, KnowsNumbers) {
    EXPECT_TRUE(is_number_word("k123"));
    EXPECT_TRUE(is_number_word("inc0012345"));
    EXPECT_FALSE(is_number_word("k12"));
    EXPECT_FALSE(is_number_word("windows11"));
}

TEST(SearchWords, CountsEdits) {
    EXPECT_TRUE(within_edits("printer", "printer", 0));
    EXPECT_TRUE(within_edits("printer", "pinter", 1));
    EXPECT_TRUE(within_edits("printer", "prinetr", 1));
    EXPECT_TRUE(within_edits("printer", "printre", 1));
    EXPECT_FALSE(within_edits("printer", "pintre", 1));
    EXPECT_TRUE(within_edits("printer", "pintre", 2));
    EXPECT_FALSE(within_edits("ab", "abcd", 1));
    EXPECT_TRUE(within_edits("", "a", 1));
}

TEST(SearchWordsProperty, EditsAreFoundHoweverTheyAreMade) {
    EXPECT_TRUE(rc::check("edits", [] {
        auto letter = rc::gen::element('a', 'b', 'c', 'd');
        std::string word = *rc::gen::container<std::string>(letter);
        if (word.size() > 60) word.resize(60);
        std::string other = word;
        int edits = *rc::gen::inRange(0, 3);
        for (int i = 0; i < edits; ++i) {
            std::size_t at = *rc::gen::inRange<std::size_t>(0, other.size() + 1);
            if (*rc::gen::arbitrary<bool>() || at == other.size())
                other.insert(at, 1, *letter);
            else
                other.erase(at, 1);
        }
        RC_ASSERT(within_edits(word, other, edits));
        RC_ASSERT(within_edits(other, word, edits));
    }));
}

TEST(Vocabulary, FindsPartsAndNeighbours) {
    Vocabulary vocabulary;
    for (const char* word : {"netvaerk", "netvaerksproblem", "hjemmenet", "net", "printer",
                             "printere", "sprinter", "pinter", "rodovre"})
        vocabulary.add(word);
    EXPECT_THAT(vocabulary.containing("net", 9),
                ElementsAre("netvaerk", "netvaerksproblem", "net", "hjemmenet"));
    EXPECT_THAT(vocabulary.containing("vaerks", 9), ElementsAre("netvaerksproblem"));
    EXPECT_THAT(vocabulary.containing("net", 2), ElementsAre("netvaerk", "netvaerksproblem"));
    EXPECT_THAT(vocabulary.beginning("print", 9), ElementsAre("printer", "printere"));
    EXPECT_TRUE(vocabulary.containing("xyz", 9).empty());
    EXPECT_THAT(vocabulary.near("printr", 1, 9), testing::Contains("printer"));
    EXPECT_THAT(vocabulary.near("netverks", 1, 9), testing::Contains("netvaerksproblem"));
    EXPECT_THAT(vocabulary.near("rodover", 1, 9), ElementsAre("rodovre"));
    EXPECT_TRUE(vocabulary.near("zebra", 1, 9).empty());
}

}  // namespace
}  // namespace klarsyn
