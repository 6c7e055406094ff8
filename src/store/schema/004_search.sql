-- Search: one document per object that can be found. id orders them (newest last); number is the
-- object's own number, folded, without its source; org and requester decide who may see it.
CREATE TABLE core_search_doc (
    id {id},
    kind TEXT NOT NULL,
    object TEXT NOT NULL,
    number TEXT NOT NULL,
    ref BIGINT NOT NULL,
    org BIGINT NOT NULL,
    requester BIGINT NOT NULL
);
CREATE INDEX core_search_doc_number ON core_search_doc (number);

-- Documents that are not in the index yet: put there a few hundred at a time. indexed 1: the index
-- holds an older text of it.
CREATE TABLE core_search_pending (
    id {id},
    words TEXT NOT NULL,
    indexed BIGINT NOT NULL
);

-- The different words of all documents, numbers left out: what is typed is compared with them. A word
-- that no document has any more is NULL; its id is not given again.
CREATE TABLE core_search_word (
    id {id},
    word TEXT UNIQUE
);

-- core_search_text: which document has which word. FTS5 on SQLite, a GIN index on PostgreSQL.
{search_index}
