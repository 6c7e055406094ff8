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

int edits(std::string_view a, std::string_view b) { return EditDistance(a)(b).whole; }

TEST(SearchWords, CountsEdits) {
    EXPECT_EQ(edits("printer", "printer"), 0);
    EXPECT_EQ(edits("printer", "pinter"), 1);
    EXPECT_EQ(edits("printer", "prinetr"), 1);
    EXPECT_EQ(edits("printer", "printre"), 1);
    EXPECT_EQ(edits("printer", "pintre"), 2);
    EXPECT_EQ(edits("ab", "abcd"), 2);
    EXPECT_EQ(edits("", "a"), 1);
    EXPECT_EQ(edits("a", ""), 1);
    EXPECT_EQ(edits(std::string(64, 'x'), std::string(63, 'x') + "y"), 1);
    EXPECT_EQ(EditDistance("netverks")("netvaerksproblem").beginning, 1);
    EXPECT_EQ(EditDistance("netvaerks")("netvaerksproblem").beginning, 0);
}

// The matrix of distances, cell by cell.
int slow_edits(std::string_view a, std::string_view b) {
    std::vector<std::vector<int>> d(a.size() + 1, std::vector<int>(b.size() + 1));
    for (std::size_t i = 0; i <= a.size(); ++i) {
        for (std::size_t j = 0; j <= b.size(); ++j) {
            int& cell = d[i][j] = static_cast<int>(i + j);
            if (i > 0 && j > 0) {
                cell = std::min({d[i - 1][j] + 1, d[i][j - 1] + 1,
                                 d[i - 1][j - 1] + (a[i - 1] == b[j - 1] ? 0 : 1)});
                if (i > 1 && j > 1 && a[i - 1] == b[j - 2] && a[i - 2] == b[j - 1])
                    cell = std::min(cell, d[i - 2][j - 2] + 1);
            }
        }
    }
    return d[a.size()][b.size()];
}

TEST(SearchWordsProperty, BitVectorsCountAsTheMatrixDoes) {
    EXPECT_TRUE(rc::check("edits", [] {
        auto letter = rc::gen::element('a', 'b', 'c');
        std::string a = *rc::gen::container<std::string>(letter);
        std::string b = *rc::gen::container<std::string>(letter);
        a.resize(std::min<std::size_t>(a.size(), 64));
        const EditDistance::To to = EditDistance(a)(b);
        RC_ASSERT(to.whole == slow_edits(a, b));
        int beginning = to.whole;
        for (std::size_t size = 0; size <= b.size(); ++size)
            beginning = std::min(beginning, slow_edits(a, b.substr(0, size)));
        RC_ASSERT(to.beginning == beginning);
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
