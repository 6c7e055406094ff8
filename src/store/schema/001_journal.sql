-- The journal: one row per command or imported batch, chained by a keyed hash over the row before.
CREATE TABLE core_journal (
    seq {id},
    at BIGINT NOT NULL,
    actor TEXT NOT NULL,
    kind TEXT NOT NULL,
    detail TEXT NOT NULL,
    facts_digest TEXT NOT NULL,
    previous_hash TEXT NOT NULL,
    hash TEXT NOT NULL
);
CREATE INDEX core_journal_at ON core_journal (at);

-- The signed end of the chain: how many entries there are and the hash of the last. Without it, rows
-- cut off the end would not be missed.
CREATE TABLE core_journal_head (
    id {id},
    entries BIGINT NOT NULL,
    hash TEXT NOT NULL,
    signature TEXT NOT NULL
);

-- Texts that facts repeat. Found by text_hash (XXH3 as a signed number) because a text may be longer
-- than an index entry of PostgreSQL; the one writer keeps them unique.
CREATE TABLE core_name (
    id {id},
    text_hash BIGINT NOT NULL,
    text TEXT NOT NULL
);
CREATE INDEX core_name_text_hash ON core_name (text_hash);
INSERT INTO core_name (id, text_hash, text) VALUES (0, 0, 'unknown');
