-- Local accounts. A row is what the journal entry `seq` made; the password is never in the journal.
CREATE TABLE core_user (
    id {id},
    name TEXT NOT NULL UNIQUE,
    role TEXT NOT NULL,
    password_hash TEXT NOT NULL,
    created_at BIGINT NOT NULL,
    seq BIGINT NOT NULL
);

-- Sessions that outlive a restart. Only a hash of the token is stored: a copy of the database lets
-- nobody in. Not part of the journal: a session is no fact about the region.
CREATE TABLE core_session (
    token_hash TEXT NOT NULL PRIMARY KEY,
    user_id BIGINT NOT NULL,
    created_at BIGINT NOT NULL,
    expires_at BIGINT NOT NULL
);
CREATE INDEX core_session_expires ON core_session (expires_at);
