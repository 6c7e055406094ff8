-- Visits to phone queues: one row per call, queue and entry. Times are UTC seconds, `day`, `hour`
-- and `weekday` (1 = Monday) those of the entry in Copenhagen. queue, way, agent and source are
-- names (core_name). Rows are never updated but for retracted_seq.
CREATE TABLE telephony_visit (
    id {id},
    seq BIGINT NOT NULL,
    retracted_seq BIGINT,
    group_key BIGINT NOT NULL,
    source_key TEXT NOT NULL,
    row_hash BIGINT NOT NULL,
    day BIGINT NOT NULL,
    hour BIGINT NOT NULL,
    weekday BIGINT NOT NULL,
    queue BIGINT NOT NULL,
    outcome TEXT NOT NULL,
    way BIGINT,
    entered BIGINT,
    ended BIGINT,
    connected BIGINT,
    wait_s BIGINT,
    ring_s BIGINT,
    talk_s BIGINT,
    agent BIGINT,
    position BIGINT,
    callid TEXT,
    wait_flagged BIGINT,
    source BIGINT
);

-- A day's rows, for every indicator and page.
CREATE INDEX telephony_visit_day ON telephony_visit (day);

-- The present rows of a call, for deriving it again when more of its lines arrive.
CREATE INDEX telephony_visit_group ON telephony_visit (group_key) WHERE retracted_seq IS NULL;
