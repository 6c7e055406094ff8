-- HL7 messages at hops: one row per message and hop. `at` is the UTC second at which it was first
-- seen there, transit_ms the time to next_hop, set only in the state 'passed'; 'absent': not seen
-- there, lost once `due` has passed; 'last': there is no next hop; 'clock': seen there before here.
-- repeats: how often it came again here. answered_ms: until the acknowledgement at this hop, with its
-- code. Nothing of a message but its header is kept. Names are core_name ids.
CREATE TABLE probes_flow (
    id {id},
    seq BIGINT NOT NULL,
    retracted_seq BIGINT,
    group_key BIGINT NOT NULL,
    source_key TEXT NOT NULL,
    row_hash BIGINT NOT NULL,
    day BIGINT NOT NULL,
    at BIGINT NOT NULL,
    flow BIGINT,
    hop BIGINT,
    next_hop BIGINT,
    type BIGINT,
    number TEXT,
    state TEXT NOT NULL,
    transit_ms BIGINT,
    limit_ms BIGINT,
    due BIGINT,
    repeats BIGINT NOT NULL,
    answered_ms BIGINT,
    code TEXT,
    source BIGINT
);
CREATE INDEX probes_flow_day ON probes_flow (day);
CREATE INDEX probes_flow_group ON probes_flow (group_key) WHERE retracted_seq IS NULL;
CREATE INDEX probes_flow_source ON probes_flow (source, at);
