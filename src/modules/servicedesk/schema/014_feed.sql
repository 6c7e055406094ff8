-- Secret addresses of the change calendar, one per account; only hashes are kept.
CREATE TABLE servicedesk_feed (
    account BIGINT NOT NULL PRIMARY KEY,
    token_hash TEXT NOT NULL UNIQUE,
    seq BIGINT NOT NULL,
    created_at BIGINT NOT NULL
);
