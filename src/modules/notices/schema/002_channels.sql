-- Who has said that a message is read: a person by account, or what a PC's program told of its user.
-- version: of the wording that was read. org: where; may be empty. A row is never changed.
CREATE TABLE notices_ack (
    id {id},
    seq BIGINT NOT NULL,
    notice TEXT NOT NULL,
    version BIGINT NOT NULL,
    reader TEXT NOT NULL,
    org TEXT NOT NULL,
    via TEXT NOT NULL,
    at BIGINT NOT NULL
);
CREATE UNIQUE INDEX notices_ack_reader ON notices_ack (notice, reader, version);
-- Who gets messages by mail: system and org empty = all of them. removed_at: no longer wanted.
CREATE TABLE notices_subscription (
    id {id},
    seq BIGINT NOT NULL,
    account TEXT NOT NULL,
    mail TEXT NOT NULL,
    language TEXT NOT NULL,
    system TEXT NOT NULL,
    org TEXT NOT NULL,
    created_at BIGINT NOT NULL,
    removed_at BIGINT
);
CREATE INDEX notices_subscription_open ON notices_subscription (account) WHERE removed_at IS NULL;
