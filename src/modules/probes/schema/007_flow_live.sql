-- Messages that probes saw pass, as they delivered them: nothing but who sent what to whom and when.
-- Rows of probes_flow follow from them as they follow from a log. `feed`: the life of a probe's store
-- that delivered it; equal events of two feeds are one. `code`: MSA-1, empty for a message. Sender,
-- receiver, type, hop and source are core_name ids; 0: not said.
CREATE TABLE probes_flow_event (
    id {id},
    seq BIGINT NOT NULL,
    source BIGINT NOT NULL,
    feed BIGINT NOT NULL,
    at_ms BIGINT NOT NULL,
    hop BIGINT NOT NULL,
    sender BIGINT NOT NULL,
    receiver BIGINT NOT NULL,
    type BIGINT NOT NULL,
    number TEXT NOT NULL,
    code TEXT NOT NULL
);
CREATE INDEX probes_flow_event_number ON probes_flow_event (number, source);

-- What each probe's store has delivered: batches are numbered from 1 on.
CREATE TABLE probes_flow_feed (
    id {id},
    agent TEXT NOT NULL,
    epoch TEXT NOT NULL,
    last_batch BIGINT NOT NULL,
    digest TEXT NOT NULL,
    dropped BIGINT NOT NULL,
    seen_at BIGINT NOT NULL,
    UNIQUE (agent, epoch)
);
