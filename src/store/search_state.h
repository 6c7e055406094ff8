// What a Search keeps in memory. Internal to store/.
#pragma once

#include <boost/unordered/unordered_flat_set.hpp>
#include <cstdint>
#include <memory>
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
    bool forgot = false;             // words that a rollback gives back
    std::int64_t waiting = 0;        // about how many documents are not in the index yet
    std::int64_t next_doc_id = 0;    // 0: not known in this transaction
    std::int64_t next_imported_id = 0;
    boost::unordered_flat_set<std::uint64_t> words;  // their hashes
    std::vector<std::uint64_t> added;                // in this transaction
    boost::unordered_flat_set<std::string> dropped;  // words that documents have no more
    // Documents on their way in by Search::add; open between its first call and settle_all.
    std::unique_ptr<Appender> docs, texts;
    std::int64_t on_their_way = 0;

    Result<void> follow(Connection& db);
    Result<void> read_words(Connection& db);
    Result<void> add_words(Connection& db, std::string_view spaced);
    Result<std::int64_t> new_id(Connection& db, bool imported);
    Result<void> flush_added();
    // Notes which of the words `before` are not among those `now`.
    void note_dropped(std::string_view before, std::string_view now);
    Result<void> drop_unused(Connection& db);
};

struct Search::Reader {
    Vocabulary vocabulary;
};

}  // namespace klarsyn
