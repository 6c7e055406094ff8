// What a Search keeps in memory. Internal to store/.
#pragma once

#include <boost/unordered/unordered_flat_set.hpp>
#include <cstdint>
#include <string>
#include <vector>

#include "store/search.h"
#include "store/vocabulary.h"

namespace klarsyn {

// The writer's side: which words the database has. What a rolled-back transaction added is
// forgotten.
struct Search::Writer {
    Turns turns;
    std::int64_t last_word_id = 0;   // up to which core_search_word was read
    std::int64_t first_word_id = 0;  // what it was when the transaction began
    bool written = false;            // since the last settle
    std::int64_t waiting = 0;        // about how many documents are not in the index yet
    std::int64_t next_doc_id = 0;    // 0: not known in this transaction
    boost::unordered_flat_set<std::uint64_t> words;  // their hashes
    std::vector<std::uint64_t> added;                // in this transaction

    Result<void> follow(Connection& db);
    Result<void> read_words(Connection& db);
    Result<void> add_words(Connection& db, std::string_view spaced);
    Result<void> drop_unused(Connection& db, const std::vector<std::string>& candidates);
};

struct Search::Reader {
    Vocabulary vocabulary;
};

}  // namespace klarsyn
