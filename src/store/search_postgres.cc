// The search index on PostgreSQL: one tsvector per document under a GIN index, no extension needed.
// Words were separated and folded by us, so no text search configuration of the server has a say.
#include "store/search_index.h"

namespace klarsyn {

namespace {

std::string match_text(const SearchGroups& groups) {
    std::string text;
    for (const auto& group : groups) {
        if (!text.empty()) text += " & ";
        text += '(';
        bool first = true;
        for (const SearchWord& word : group) {
            if (!first) text += " | ";
            first = false;
            text += '\'' + word.word + '\'';
            if (word.prefix) text += ":*";
        }
        text += ')';
    }
    return text;
}

Result<void> take_pending(Connection& db) {
    KL_TRY(const auto taken, db.run("INSERT INTO core_search_text (rowid, words) "
                                    "SELECT id, array_to_tsvector(string_to_array(words, ' ')) "
                                    "FROM core_search_pending ORDER BY id "
                                    "ON CONFLICT (rowid) DO UPDATE SET words = excluded.words"));
    static_cast<void>(taken);
    return {};
}

// The server merges the index' pending list and vacuums by itself.
Result<void> purge(Connection&) { return {}; }

Result<void> check(Connection& db) {
    KL_TRY(const auto missing,
           query_i64(db,
                     "SELECT COUNT(*) FROM core_search_doc d WHERE NOT EXISTS "
                     "(SELECT 1 FROM core_search_text WHERE rowid = d.id) AND NOT EXISTS "
                     "(SELECT 1 FROM core_search_pending p WHERE p.id = d.id AND p.indexed = 0)"));
    if (missing != 0) return make_error(ErrorCode::refused, "store.search_damaged");
    return {};
}

Result<void> reset(Connection& db) {
    return db.script("TRUNCATE core_search_text; REINDEX TABLE core_search_text");
}

}  // namespace

const SearchIndex& postgres_search_index() {
    static const SearchIndex index{
        "words @@ CAST(:search_match AS tsquery)", match_text, take_pending, purge, check,
        reset};
    return index;
}

}  // namespace klarsyn
