// What differs between the databases in the search index. Internal to store/.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "store/database.h"

namespace klarsyn {

// One of the alternatives of a word.
struct SearchWord {
    std::string word;  // letters and digits only
    bool prefix = false;
};
// All groups must be met, each by one of its words.
using SearchGroups = std::vector<std::vector<SearchWord>>;

struct SearchIndex {
    // A condition on core_search_text, with :search_match.
    const char* matches;
    std::string (*match_text)(const SearchGroups& groups);
    // Puts all of core_search_pending into the index, replacing.
    Result<void> (*take_pending)(Connection& db);
    Result<void> (*purge)(Connection& db);
    Result<void> (*check)(Connection& db);
    // An empty index in the place of this one, in the caller's write transaction.
    Result<void> (*reset)(Connection& db);
};

const SearchIndex& sqlite_search_index();
const SearchIndex& postgres_search_index();
inline const SearchIndex& search_index(const Connection& db) {
    return db.dialect() == Dialect::sqlite ? sqlite_search_index() : postgres_search_index();
}

// The words that the index has of a document, separated by single spaces; empty where it has none.
Result<std::string> indexed_words(Connection& db, std::int64_t id);

// Marks that stand in the index beside the words. No word holds ø: folding has replaced it.
inline constexpr std::string_view kMark = "ø";
inline std::string kind_mark(std::string_view kind) { return "øk" + std::string(kind); }
inline std::string org_mark(std::int64_t org) { return "øo" + std::to_string(org); }
inline std::string own_mark(std::string_view mark) { return "øm" + std::string(mark); }
inline std::string requester_mark(std::int64_t id) { return "ør" + std::to_string(id); }

// The words of a text in which they stand separated by single spaces.
template <typename Take>
void for_each_word(std::string_view spaced, Take take) {
    while (!spaced.empty()) {
        const auto space = spaced.find(' ');
        take(spaced.substr(0, space));
        if (space == spaced.npos) return;
        spaced.remove_prefix(space + 1);
    }
}

}  // namespace klarsyn
