-- What phone systems tell of calls while they happen (the webhook). Append-only; the one column that
-- may be emptied later is `caller` (a person's number or name): it is never a fact, and no other
-- row, hash or journal entry holds it. group_key: see calls.h.
CREATE TABLE telephony_call_event (
    id {id},
    seq BIGINT NOT NULL,
    retracted_seq BIGINT,
    group_key BIGINT NOT NULL,
    callid TEXT NOT NULL,
    queue TEXT NOT NULL,
    agent TEXT NOT NULL,
    at BIGINT NOT NULL,
    event TEXT NOT NULL,
    caller TEXT,
    received_at BIGINT NOT NULL
);
CREATE INDEX telephony_call_event_group ON telephony_call_event (group_key);
CREATE INDEX telephony_call_event_call ON telephony_call_event (callid);

-- Under which sources queue logs came: where to look for the log of a call.
CREATE TABLE telephony_log_source (
    source TEXT NOT NULL PRIMARY KEY
);
INSERT INTO telephony_log_source (source)
SELECT DISTINCT source FROM core_batch WHERE format = 'queue-log';

-- The visits that one entry retracted: what a withdrawn log held, the webhook's events tell again.
CREATE INDEX telephony_visit_retracted ON telephony_visit (retracted_seq)
    WHERE retracted_seq IS NOT NULL;
