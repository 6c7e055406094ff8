// Writing documents; finding them is in search_find.cc.
#include "store/search.h"

#include <algorithm>

#include "core/hash.h"
#include "store/search_index.h"
#include "store/search_state.h"
#include "store/search_words.h"

namespace klarsyn {

namespace {

std::string joined(const std::vector<std::string>& words) {
    std::string text;
    for (const std::string& word : words) {
        if (!text.empty()) text += ' ';
        text += word;
    }
    return text;
}

// Marks begin with ø, which no word holds.
bool in_vocabulary(std::string_view word) {
    return word.size() >= 2 && !word.starts_with(kMark) && !is_number_word(word);
}

// As many wait before they are put into the index together: FTS5 writes a segment each time.
constexpr std::int64_t kMostWaiting = 256;
// The same for documents that come by the million.
constexpr std::int64_t kMostOnTheirWay = 16'384;

// Documents stand in the order of their ids, the newest first. Imported ones have ids below zero.
constexpr std::int64_t kFirstImported = -(std::int64_t{1} << 40);

// "SERVICENOW:INC0012345" is looked for as "inc0012345".
std::string number_key(std::string_view object) {
    const auto colon = object.rfind(':');
    return joined(words_of(colon == object.npos ? object : object.substr(colon + 1)));
}

Result<std::int64_t> document_id(Connection& db, std::string_view kind, std::string_view object) {
    return query_i64(db,
                     "SELECT id FROM core_search_doc "
                     "WHERE number = :number AND object = :object AND kind = :kind",
                     {{":number", number_key(object)},
                      {":object", std::string(object)},
                      {":kind", std::string(kind)}});
}

std::vector<std::string> document_words(const SearchDocument& document) {
    std::vector<std::string> words = distinct_words(document.object + ' ' + document.text);
    words.push_back(kind_mark(document.kind));
    words.push_back(org_mark(document.org));
    for (const std::string& mark : document.marks) words.push_back(own_mark(mark));
    if (document.requester != 0) words.push_back(requester_mark(document.requester));
    return words;
}

}  // namespace

Result<std::string> indexed_words(Connection& db, std::int64_t id) {
    const char* sql = db.dialect() == Dialect::sqlite
                          ? "SELECT words FROM core_search_text WHERE rowid = :id"
                          : "SELECT array_to_string(tsvector_to_array(words), ' ') "
                            "FROM core_search_text WHERE rowid = :id";
    KL_TRY(auto rows, db.query(sql, {{":id", id}}));
    KL_TRY(const bool found, rows->next());
    return found ? std::string(rows->text(0)) : std::string();
}

Search::Search() : writer_(std::make_unique<Writer>()), reader_(std::make_unique<Reader>()) {}
Search::~Search() = default;

// Another process may have written before this transaction, and a rollback takes words back.
Result<void> Search::Writer::follow(Connection& db) {
    const Turns now = db.turns();
    if (now == turns) return {};
    bool gone = false;
    if (now.rolled_back != turns.rolled_back) {
        gone = forgot;
        for (const std::uint64_t word : added) words.erase(word);
        last_word_id = first_word_id;  // ids taken back may have been given again
    }
    forgot = false;
    added.clear();
    dropped.clear();
    docs.reset();
    texts.reset();
    on_their_way = 0;
    next_doc_id = next_imported_id = 0;
    KL_TRY(auto rows, db.query("SELECT id, word FROM core_search_word WHERE id > :last ORDER BY id",
                               {{":last", last_word_id}}));
    for (;;) {
        KL_TRY(const bool more, rows->next());
        if (!more) break;
        last_word_id = rows->i64(0);
        gone = gone || rows->is_null(1);
        if (!rows->is_null(1)) words.insert(hash64(rows->text(1)));
    }
    if (gone) KL_CHECK(read_words(db));
    first_word_id = last_word_id;
    KL_TRY(waiting, query_i64(db, "SELECT COUNT(*) FROM core_search_pending"));
    turns = now;
    return {};
}

// From the beginning: somebody else dropped words.
Result<void> Search::Writer::read_words(Connection& db) {
    words.clear();
    KL_TRY(auto rows, db.query("SELECT word FROM core_search_word WHERE word IS NOT NULL"));
    for (;;) {
        KL_TRY(const bool more, rows->next());
        if (!more) return {};
        words.insert(hash64(rows->text(0)));
    }
}

Result<void> Search::Writer::add_words(Connection& db, std::string_view spaced) {
    Result<void> done;
    for_each_word(spaced, [&](std::string_view word) {
        if (!done.ok() || words.contains(hash64(word)) || !in_vocabulary(word)) return;
        const auto added_row = db.run("INSERT INTO core_search_word (id, word) VALUES (:id, :word)",
                                      {{":id", last_word_id + 1}, {":word", std::string(word)}});
        if (!added_row.ok()) {
            done = added_row.error();
            return;
        }
        ++last_word_id;
        words.insert(hash64(word));
        added.push_back(hash64(word));
    });
    return done;
}

void Search::Writer::note_dropped(std::string_view before, std::string_view now) {
    std::vector<std::string_view> kept;
    for_each_word(now, [&](std::string_view word) { kept.push_back(word); });
    std::sort(kept.begin(), kept.end());
    for_each_word(before, [&](std::string_view word) {
        if (in_vocabulary(word) && !std::binary_search(kept.begin(), kept.end(), word))
            dropped.emplace(word);
    });
}

// Words that a document had and has no more: those that no other document has go, too.
Result<void> Search::Writer::drop_unused(Connection& db) {
    const SearchIndex& index = search_index(db);
    bool any = false;
    const std::string sql =
        std::string("SELECT rowid FROM core_search_text WHERE ") + index.matches + " LIMIT 1";
    for (const std::string& word : dropped) {
        KL_TRY(auto rows, db.query(sql, {{":search_match", index.match_text({{{word, false}}})}}));
        KL_TRY(const bool used, rows->next());
        if (used) continue;
        KL_TRY(const auto gone, db.run("UPDATE core_search_word SET word = NULL WHERE word = :word",
                                       {{":word", word}}));
        static_cast<void>(gone);
        words.erase(hash64(word));
        any = forgot = true;
    }
    dropped.clear();
    if (!any) return {};
    // A row without a word tells other processes that what they know is too much.
    KL_TRY(const auto told, db.run("INSERT INTO core_search_word (id, word) VALUES (:id, NULL)",
                                   {{":id", last_word_id + 1}}));
    KL_ASSERT(told == 1);
    ++last_word_id;
    return {};
}

Result<std::int64_t> Search::Writer::new_id(Connection& db, bool imported) {
    std::int64_t& next = imported ? next_imported_id : next_doc_id;
    if (next == 0) {
        KL_TRY(next, query_i64(db,
                               imported ? "SELECT MAX(id) + 1 FROM core_search_doc WHERE id < 0"
                                        : "SELECT MAX(id) + 1 FROM core_search_doc WHERE id > 0",
                               {}, imported ? kFirstImported : 1));
    }
    return next++;
}

Result<void> Search::write(Connection& db, const SearchDocument& document) {
    KL_CHECK(writer_->follow(db));
    writer_->written = true;
    KL_TRY(std::int64_t id, document_id(db, document.kind, document.object));
    const bool replaces = id != 0;
    Params values{{":kind", document.kind}, {":object", document.object},
                  {":ref", document.ref},   {":number", number_key(document.object)},
                  {":org", document.org},   {":requester", document.requester}};
    if (!replaces) {
        KL_TRY(id, writer_->new_id(db, document.imported));
    }
    values.emplace_back(":id", id);
    const char* sql =
        replaces ? "UPDATE core_search_doc SET ref = :ref, org = :org, requester = :requester "
                   "WHERE id = :id"
                 : "INSERT INTO core_search_doc (id, kind, object, number, ref, org, requester) "
                   "VALUES (:id, :kind, :object, :number, :ref, :org, :requester)";
    KL_TRY(const auto kept, db.run(sql, values));
    KL_ASSERT(kept == 1);
    KL_TRY(const auto waiting, db.run("INSERT INTO core_search_pending (id, words, indexed) "
                                      "VALUES (:id, :words, :indexed) "
                                      "ON CONFLICT (id) DO UPDATE SET words = excluded.words",
                                      {{":id", id},
                                       {":words", joined(document_words(document))},
                                       {":indexed", std::int64_t{replaces ? 1 : 0}}}));
    KL_ASSERT(waiting == 1);
    ++writer_->waiting;
    return {};
}

Result<void> Search::add(Connection& db, const SearchDocument& document) {
    KL_CHECK(writer_->follow(db));
    writer_->written = true;
    if (!writer_->docs) {
        KL_TRY(writer_->docs, db.append("core_search_doc", {"id", "kind", "object", "number", "ref",
                                                            "org", "requester"}));
        KL_TRY(writer_->texts, db.append("core_search_pending", {"id", "words", "indexed"}));
    }
    KL_TRY(const std::int64_t id, writer_->new_id(db, document.imported));
    Appender& doc = *writer_->docs;
    doc.i64(id);
    doc.text(document.kind);
    doc.text(document.object);
    doc.text(number_key(document.object));
    doc.i64(document.ref);
    doc.i64(document.org);
    doc.i64(document.requester);
    KL_CHECK(doc.end_row());
    Appender& text = *writer_->texts;
    text.i64(id);
    text.text(joined(document_words(document)));
    text.i64(0);
    KL_CHECK(text.end_row());
    ++writer_->waiting;
    return ++writer_->on_their_way < kMostOnTheirWay ? Result<void>() : settle_all(db);
}

Result<void> Search::Writer::flush_added() {
    if (!docs) return {};
    KL_CHECK(docs->flush());
    KL_CHECK(texts->flush());
    docs.reset();
    texts.reset();
    on_their_way = 0;
    return {};
}

Result<void> Search::settle(Connection& db) {
    if (!writer_->written) return {};
    KL_CHECK(writer_->follow(db));
    if (writer_->waiting < kMostWaiting && writer_->dropped.empty()) {
        writer_->written = false;
        return writer_->flush_added();
    }
    return settle_all(db);
}

Result<void> Search::settle_all(Connection& db) {
    if (writer_->docs || !writer_->dropped.empty()) KL_CHECK(writer_->follow(db));
    KL_CHECK(writer_->flush_added());
    writer_->written = false;
    bool any = false;
    {
        KL_TRY(auto rows,
               db.query("SELECT id, words, indexed FROM core_search_pending ORDER BY id"));
        for (;;) {
            KL_TRY(const bool more, rows->next());
            if (!more) break;
            if (!any) KL_CHECK(writer_->follow(db));
            any = true;
            KL_CHECK(writer_->add_words(db, rows->text(1)));
            if (rows->i64(2) == 0) continue;
            KL_TRY(const std::string before, indexed_words(db, rows->i64(0)));
            writer_->note_dropped(before, rows->text(1));
        }
    }
    if (any) {
        KL_CHECK(search_index(db).take_pending(db));
        KL_TRY(const auto taken, db.run("DELETE FROM core_search_pending"));
        static_cast<void>(taken);
        writer_->waiting = 0;
    }
    return writer_->dropped.empty() ? Result<void>() : writer_->drop_unused(db);
}

Result<void> Search::forget(Connection& db, std::string_view kind, std::string_view object) {
    KL_CHECK(writer_->follow(db));
    KL_CHECK(writer_->flush_added());
    KL_TRY(const std::int64_t id, document_id(db, kind, object));
    if (id == 0) return {};
    writer_->written = true;
    KL_TRY(const std::string words, indexed_words(db, id));
    writer_->note_dropped(words, {});
    for (const char* sql : {"DELETE FROM core_search_pending WHERE id = :id",
                            "DELETE FROM core_search_text WHERE rowid = :id",
                            "DELETE FROM core_search_doc WHERE id = :id"}) {
        KL_TRY([[maybe_unused]] const auto gone, db.run(sql, {{":id", id}}));
    }
    return {};
}

Result<void> Search::remove(Connection& db, std::string_view kind, std::string_view object) {
    KL_CHECK(forget(db, kind, object));
    return settle_all(db);
}

Result<bool> Search::holds(Connection& db, const SearchDocument& document) {
    KL_TRY(auto rows, db.query("SELECT d.id, d.ref, d.org, d.requester, p.words "
                               "FROM core_search_doc d "
                               "LEFT JOIN core_search_pending p ON p.id = d.id "
                               "WHERE d.number = :number AND d.object = :object AND d.kind = :kind",
                               {{":number", number_key(document.object)},
                                {":object", document.object},
                                {":kind", document.kind}}));
    KL_TRY(const bool found, rows->next());
    if (!found || rows->i64(1) != document.ref || rows->i64(2) != document.org ||
        rows->i64(3) != document.requester)
        return false;
    std::string known = rows->is_null(4) ? std::string() : std::string(rows->text(4));
    if (rows->is_null(4)) {
        KL_TRY(known, indexed_words(db, rows->i64(0)));
    }
    std::vector<std::string> kept, wanted = document_words(document);
    for_each_word(known, [&](std::string_view word) { kept.emplace_back(word); });
    std::sort(kept.begin(), kept.end());
    std::sort(wanted.begin(), wanted.end());
    return kept == wanted;
}

Result<bool> Search::knows(Connection& db, std::string_view kind, std::string_view object) {
    KL_TRY(auto rows, db.query("SELECT id FROM core_search_doc WHERE number = :number"
                               " AND object = :object AND kind = :kind",
                               {{":number", number_key(object)},
                                {":object", std::string(object)},
                                {":kind", std::string(kind)}}));
    return rows->next();
}

Result<void> Search::reset(Connection& db) {
    KL_CHECK(db.begin_write());
    const auto run = [&]() -> Result<void> {
        KL_CHECK(search_index(db).reset(db));
        for (const char* sql : {"DELETE FROM core_search_pending", "DELETE FROM core_search_doc"}) {
            KL_TRY([[maybe_unused]] const auto gone, db.run(sql));
        }
        return {};
    };
    const Result<void> done = run();
    if (done.ok()) return db.commit();
    db.rollback();
    return done;
}

Result<std::int64_t> Search::count(Connection& db, std::string_view kind) {
    return query_i64(db, "SELECT COUNT(*) FROM core_search_doc WHERE kind = :kind",
                     {{":kind", std::string(kind)}});
}

Result<void> Search::purge(Connection& db) { return search_index(db).purge(db); }

Result<void> Search::check(Connection& db) {
    KL_TRY(const auto odd,
           query_i64(db,
                     "SELECT (SELECT COUNT(*) FROM core_search_doc) - "
                     "(SELECT COUNT(*) FROM core_search_text) - "
                     "(SELECT COUNT(*) FROM core_search_pending WHERE indexed = 0)"));
    if (odd != 0) return make_error(ErrorCode::refused, "store.search_damaged");
    Result<void> checked = search_index(db).check(db);
    if (checked.ok()) return {};
    return make_error(ErrorCode::refused, "store.search_damaged");
}

}  // namespace klarsyn
