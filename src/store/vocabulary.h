// The words of all documents in memory, for finding words by a part of them and by a misspelling.
// Internal to store/. Thread-safe: many may look up while one refreshes.
//
// It only grows: a word that has gone from the database is compared with in vain until the process
// ends, and finds nothing.
#pragma once

#include <cstdint>
#include <shared_mutex>
#include <string>
#include <string_view>
#include <vector>

#include "core/result.h"
#include "store/database.h"

namespace klarsyn {

class Vocabulary {
public:
    // Loads the words that came since. Not on a connection inside a write transaction: what is
    // rolled back there would be missed later under the same id.
    Result<void> refresh(Connection& db);

    // Words that begin with `part`, then words that hold it elsewhere; the earliest first in both,
    // and the earliest are about the most usual ones. At most `most`.
    std::vector<std::string> containing(std::string_view part, std::size_t most) const;
    // Words that begin with `part`.
    std::vector<std::string> beginning(std::string_view part, std::size_t most) const;
    // Words at most `edits` letters away, or that begin with such a word, the nearest first.
    std::vector<std::string> near(std::string_view word, int edits, std::size_t most) const;
    std::size_t size() const;

    // For tests.
    void add(std::string_view word);

private:
    struct Entry {
        std::uint32_t begin;
        std::uint32_t length;
        std::uint64_t letters;  // which letters it has
    };
    void append(std::string_view word);
    std::string_view word(const Entry& entry) const;
    std::size_t entry_at(std::size_t offset) const;
    void collect(std::string_view pattern, std::size_t most, std::vector<std::string>& into) const;

    mutable std::shared_mutex mutex_;
    std::int64_t last_id_ = 0;
    std::string text_ = "\n";  // "\nword\nword\n"
    std::vector<Entry> entries_;
};

}  // namespace klarsyn
