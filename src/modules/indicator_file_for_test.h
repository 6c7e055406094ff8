// Reads the .test file of an indicator (docs/guides/indicator-tests.md), for tests.
#pragma once

#include <gtest/gtest.h>

#include <filesystem>
#include <fstream>
#include <set>
#include <sstream>
#include <string>
#include <vector>

#include "indicators/figures.h"

namespace klarsyn {

using Words = std::vector<std::string>;

struct GivenTable {
    std::string name;
    Words columns;
    std::vector<Words> rows;
};
struct TestQuestion {
    std::string period;
    Words by;
    std::vector<DimFilter> where;
    std::set<std::string> expected;  // "queue=servicedesk 1 3 records 1 2 3 gap 4"
};
struct IndicatorTest {
    std::vector<GivenTable> given;
    std::vector<TestQuestion> questions;
};

// Words are separated by spaces, commas and parentheses.
inline Words words_of(std::string line) {
    for (char& c : line) {
        if (c == ',' || c == '(' || c == ')') c = ' ';
    }
    std::istringstream stream(line);
    Words words;
    for (std::string word; stream >> word;) words.push_back(word);
    return words;
}

inline std::string joined(const Words& words) {
    std::string text;
    for (const auto& word : words) text += (text.empty() ? "" : " ") + word;
    return text;
}

inline IndicatorTest read_test(const std::filesystem::path& path) {
    IndicatorTest test;
    std::ifstream file(path);
    for (std::string line; std::getline(file, line);) {
        Words words = words_of(line);
        if (words.empty() || line.front() == '#') continue;
        const std::string directive = words.front();
        const Words rest(words.begin() + 1, words.end());
        if (directive == "given") {
            test.given.push_back({rest.at(0), Words(rest.begin() + 1, rest.end()), {}});
        } else if (directive == "period") {
            test.questions.push_back({rest.at(0), {}, {}, {}});
        } else if (directive == "by") {
            test.questions.back().by = rest;
        } else if (directive == "where") {
            const auto equals = rest.at(0).find('=');
            test.questions.back().where.push_back(
                {rest.at(0).substr(0, equals), rest.at(0).substr(equals + 1)});
        } else if (directive == "expect") {
            test.questions.back().expected.insert(joined(rest));
        } else {
            EXPECT_EQ(words.size(), test.given.at(test.given.size() - 1).columns.size()) << line;
            test.given.back().rows.push_back(words);
        }
    }
    return test;
}

}  // namespace klarsyn
