// The search index on SQLite: FTS5 with one column. 3.40.1 has neither contentless_delete nor
// FTS5's own secure-delete, so the words of a document are kept beside the index (that is what FTS5
// deletes by), and purge rewrites the index into one segment.
#include "store/search_index.h"

namespace klarsyn {

namespace {

constexpr std::int64_t kScrubBytes = 16 << 20;  // per row of zeros
constexpr std::int64_t kPageBytes = 4096;

Result<void> command(Connection& db, const char* name) {
    KL_TRY(const auto done, db.run("INSERT INTO core_search_text (core_search_text) VALUES (:c)",
                                   {{":c", std::string(name)}}));
    static_cast<void>(done);
    return {};
}

std::string match_text(const SearchGroups& groups) {
    std::string text;
    for (const auto& group : groups) {
        if (!text.empty()) text += " AND ";
        text += '(';
        bool first = true;
        for (const SearchWord& word : group) {
            if (!first) text += " OR ";
            first = false;
            text += '"' + word.word + '"';
            if (word.prefix) text += '*';
        }
        text += ')';
    }
    return text;
}

Result<void> take_pending(Connection& db) {
    KL_TRY(const auto replaced, db.run("DELETE FROM core_search_text WHERE rowid IN "
                                       "(SELECT id FROM core_search_pending WHERE indexed = 1)"));
    KL_TRY(const auto added, db.run("INSERT INTO core_search_text (rowid, words) "
                                    "SELECT id, words FROM core_search_pending ORDER BY id"));
    static_cast<void>(replaced);
    static_cast<void>(added);
    return {};
}

Result<void> set_secure_delete(Connection& db, bool on) {
    KL_TRY(auto rows, db.query(on ? "PRAGMA secure_delete = ON" : "PRAGMA secure_delete = FAST"));
    KL_TRY(const bool row, rows->next());
    static_cast<void>(row);
    return {};
}

// Free pages keep what stood in them. Rows of zeros take all of them, and give them back.
Result<void> overwrite_free_pages(Connection& db) {
    KL_CHECK(db.script("CREATE TABLE core_scrub (id {id}, zeros {bytes})"));
    for (;;) {
        KL_TRY(const auto free, query_i64(db, "PRAGMA freelist_count"));
        if (free <= 2) break;
        KL_TRY(const auto added, db.run("INSERT INTO core_scrub (zeros) VALUES (zeroblob(:bytes))",
                                        {{":bytes", std::min(kScrubBytes, free * kPageBytes)}}));
        KL_ASSERT(added == 1);
    }
    return db.script("DROP TABLE core_scrub");
}

Result<void> rewrite(Connection& db) {
    KL_CHECK(command(db, "optimize"));
    KL_CHECK(db.begin_write());
    Result<void> done = overwrite_free_pages(db);
    if (done.ok()) return db.commit();
    db.rollback();
    return done;
}

Result<void> purge(Connection& db) {
    KL_CHECK(set_secure_delete(db, true));
    Result<void> done = rewrite(db);
    KL_CHECK(set_secure_delete(db, false));
    return done;
}

Result<void> check(Connection& db) { return command(db, "integrity-check"); }

Result<void> reset(Connection& db) {
    return db.script("DROP TABLE core_search_text; {search_index}");
}

}  // namespace

const SearchIndex& sqlite_search_index() {
    static const SearchIndex index{
        "core_search_text MATCH :search_match", match_text, take_pending, purge, check, reset};
    return index;
}

}  // namespace klarsyn
