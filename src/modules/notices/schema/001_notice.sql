-- What was said to users, append-only: a message's records in order. What is open now stands in
-- core_notice, which is rebuilt from these.
CREATE TABLE notices_record (
    id {id},
    seq BIGINT NOT NULL,
    object TEXT NOT NULL,
    n BIGINT NOT NULL,
    at BIGINT NOT NULL,
    actor TEXT NOT NULL,
    kind TEXT NOT NULL,
    body TEXT NOT NULL,
    digest TEXT NOT NULL
);
CREATE UNIQUE INDEX notices_record_object ON notices_record (object, n);
