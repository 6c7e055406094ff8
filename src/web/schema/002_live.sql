-- What accounts need for the live desk. org: sees only cases of that organisation and below, empty =
-- all; support_groups: one name per line; removed_at: may no longer log in, the row stays for the
-- journal's sake.
ALTER TABLE core_user ADD COLUMN display_name TEXT NOT NULL DEFAULT '';
ALTER TABLE core_user ADD COLUMN org TEXT NOT NULL DEFAULT '';
ALTER TABLE core_user ADD COLUMN support_groups TEXT NOT NULL DEFAULT '';
ALTER TABLE core_user ADD COLUMN mail TEXT NOT NULL DEFAULT '';
ALTER TABLE core_user ADD COLUMN phone TEXT NOT NULL DEFAULT '';
ALTER TABLE core_user ADD COLUMN phone_agent TEXT NOT NULL DEFAULT '';
ALTER TABLE core_user ADD COLUMN removed_at BIGINT;

-- Bearer tokens of programs, by hash.
CREATE TABLE core_token (
    token_hash TEXT NOT NULL PRIMARY KEY,
    user_id BIGINT NOT NULL,
    label TEXT NOT NULL,
    created_at BIGINT NOT NULL,
    expires_at BIGINT,
    seq BIGINT NOT NULL
);

-- First answers to POST requests with an Idempotency-Key.
CREATE TABLE core_idempotency (
    key_hash TEXT NOT NULL PRIMARY KEY,
    request_hash BIGINT NOT NULL,
    status BIGINT NOT NULL,
    headers TEXT NOT NULL,
    type TEXT NOT NULL,
    etag TEXT NOT NULL,
    body TEXT NOT NULL,
    at BIGINT NOT NULL
);
CREATE INDEX core_idempotency_at ON core_idempotency (at);

-- Work that one module asks of another, in the transaction that causes it (docs/architecture.md).
CREATE TABLE core_command (
    id {id},
    seq BIGINT NOT NULL,
    kind TEXT NOT NULL,
    payload TEXT NOT NULL,
    cause TEXT NOT NULL,
    idempotency_key TEXT NOT NULL UNIQUE,
    done_at BIGINT
);

-- Letters, webhooks and other messages that leave the house, written with what causes them.
-- not_before: a mail waits until its cause can no longer be undone.
CREATE TABLE core_outbox (
    id {id},
    seq BIGINT NOT NULL,
    channel TEXT NOT NULL,
    recipient TEXT NOT NULL,
    payload TEXT NOT NULL,
    cause TEXT NOT NULL,
    not_before BIGINT NOT NULL,
    attempts BIGINT NOT NULL,
    next_attempt_at BIGINT NOT NULL,
    sent_at BIGINT,
    failed_at BIGINT,
    last_error TEXT NOT NULL
);
CREATE INDEX core_outbox_due ON core_outbox (next_attempt_at) WHERE sent_at IS NULL AND failed_at IS NULL;
