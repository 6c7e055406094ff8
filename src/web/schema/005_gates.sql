-- Who is told of what by webhook. The secret signs; it is shown once, when the row is made.
CREATE TABLE core_webhook (
    id {id},
    seq BIGINT NOT NULL,
    url TEXT NOT NULL,
    events TEXT NOT NULL,
    org TEXT NOT NULL,
    secret TEXT NOT NULL,
    actor TEXT NOT NULL,
    created_at BIGINT NOT NULL,
    removed_at BIGINT
);

CREATE INDEX core_outbox_cause ON core_outbox (cause);
