// Search over everything that has a number: cases, problems, changes, notices. Documents are
// written in the transaction of what they describe.
//
// A query finds a document that has all its words. A word of three letters or more also finds words
// that begin with it or hold it (værks: netværksproblem); a number word (three digits or more) is
// found by its beginning. Where that finds fewer than three documents, words of five letters or
// more also find words one or two letters away. Words are compared as search_words.h spells them. A
// part that stands in more than 128 different words finds the 128 most usual of them.
//
// One Search per process; write and settle belong to the writer's thread, the rest is thread-safe,
// on connections outside write transactions.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "core/result.h"
#include "store/database.h"

namespace klarsyn {

struct SearchDocument {
    std::string kind;            // "case", "problem", ...: [a-z]+
    std::string object;          // its number as shown: "K1", "SERVICENOW:INC0012345"
    std::int64_t ref = 0;        // the caller's row, for joins
    std::int64_t org = 0;        // name id of the organisation that may see it (0 is one of its own)
    std::int64_t requester = 0;  // the caller's id of the person who may see it, 0 = none
    std::vector<std::string> marks;  // what lists narrow by: [a-z]+, "open"
    std::string text;            // all that it shall be found by, CPR numbers masked
    bool imported = false;       // told by another system: listed after all of one's own
};

// Who asks: sees documents of these organisations, and of this requester.
struct SearchScope {
    bool all = true;  // no limit; the others are ignored
    std::vector<std::int64_t> orgs;
    std::int64_t requester = 0;  // 0 = nobody
};

struct SearchQuery {
    std::string text;                // at most 400 bytes and 12 words count
    std::vector<std::string> kinds;  // empty = all
    std::vector<std::string> marks;  // all of them must be there
    // Words, as words_of spells them, that also mean an organisation (name id): its documents have
    // them, though they do not stand in their texts.
    std::vector<std::pair<std::string, std::int64_t>> org_words;
    SearchScope scope;
    int limit = 50;               // hits per page, at least 1
    std::string cursor;           // of the page before; empty for the first
    std::int64_t count_most = 0;  // > 0: count the hits, up to this many
};

struct SearchHit {
    std::string kind;
    std::string object;
    std::int64_t ref = 0;
    std::string after;  // a cursor that goes on behind this hit
};

struct SearchPage {
    std::vector<SearchHit>
        hits;          // an object whose number was typed, then the newest documents first
    std::string next;  // cursor; empty on the last page
    std::optional<std::int64_t> total;  // where it was asked for; count_most means "or more"
    bool tolerant = false;              // misspellings were looked through
};

// A condition on documents that other SQL can hold: `core_search_doc.id IN (` sql `)`, with the
// parameter :search_match = match. Use it in the snapshot in which it was made.
struct SearchCondition {
    std::string sql;
    std::string match;
    bool tolerant = false;
    bool empty = false;  // the query holds no word: nothing matches

    std::string indexed;              // internal: the part of sql that asks the index
    std::vector<std::int64_t> fresh;  // internal: documents that match and are not in it yet
};

class Search {
public:
    Search();
    ~Search();
    Search(const Search&) = delete;
    Search& operator=(const Search&) = delete;

    // Writes or replaces the document of (kind, object), in the caller's write transaction; it may
    // stand inside a savepoint. Found by everybody from the commit on.
    Result<void> write(Connection& db, const SearchDocument& document);
    // The same for one that is not known yet (nobody checks), for imports of millions: they go into
    // the index some thousands at a time. Outside savepoints. Until settle_all the connection may
    // miss what was added, and must not commit.
    Result<void> add(Connection& db, const SearchDocument& document);
    // Takes a document out, with its words where no other document has them. No such document is no
    // error. What is left in free space of the file, purge overwrites.
    Result<void> remove(Connection& db, std::string_view kind, std::string_view object);
    // The same for many: their words go with the next settle_all.
    Result<void> forget(Connection& db, std::string_view kind, std::string_view object);
    // Once per write transaction, outside savepoints, before the commit: puts documents into the
    // index when enough of them wait (a query looks at the waiting ones one by one). Free where
    // nothing was written.
    Result<void> settle(Connection& db);
    // The same however few wait: for idle time, and after an import.
    Result<void> settle_all(Connection& db);

    // After something was erased: rewrites the index and overwrites the file's free pages, in
    // transactions of its own; together with Store::checkpoint no erased word is left in the
    // directory. Takes seconds. On PostgreSQL the server's vacuum does it: nothing happens here.
    static Result<void> purge(Connection& db);
    // refused (store.search_damaged) where the index does not fit its documents.
    static Result<void> check(Connection& db);
    // Whether the document is known exactly as write would write it.
    static Result<bool> holds(Connection& db, const SearchDocument& document);
    // Whether there is one of that kind and object, whatever it says.
    static Result<bool> knows(Connection& db, std::string_view kind, std::string_view object);
    // Forgets all documents, however damaged they are, in a transaction of its own.
    static Result<void> reset(Connection& db);
    // How many documents of a kind there are.
    static Result<std::int64_t> count(Connection& db, std::string_view kind);

    // invalid_input (store.search_cursor) for a cursor that no page gave. A query without a word
    // finds nothing.
    Result<SearchPage> find(Connection& db, const SearchQuery& query);
    // For lists with conditions of their own; `count` and list agree when both use one condition.
    Result<SearchCondition> condition(Connection& db, const SearchQuery& query);
    // How many documents the query finds.
    Result<std::int64_t> total(Connection& db, const SearchQuery& query);

private:
    struct Writer;
    struct Reader;
    std::unique_ptr<Writer> writer_;
    std::unique_ptr<Reader> reader_;
};

// Whether a text has all words of a query, as a document is found by them (misspellings apart). For
// the few texts that are not in the index. False for a query without a word.
bool text_matches(std::string_view query, std::string_view text);

}  // namespace klarsyn
