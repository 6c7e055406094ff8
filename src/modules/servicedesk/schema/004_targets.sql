-- Targets of cases, where they count, and how long cases stood at each group and level.
--
-- A row of servicedesk_target counts one target of one case. `kept` is 1, 0, or null where the case
-- lacks something (`lacks`: target, reply, resolution). `clock` says for what the row counts: 1 the
-- share kept, 2 the share kept with pauses counted, 4 the time to the first response; mostly all.
CREATE TABLE servicedesk_target (
    id {id},
    seq BIGINT NOT NULL,
    retracted_seq BIGINT,
    group_key BIGINT NOT NULL,
    source_key TEXT NOT NULL,
    row_hash BIGINT NOT NULL,
    day BIGINT NOT NULL,
    at BIGINT,
    target BIGINT,
    clock BIGINT,
    kept BIGINT,
    lacks TEXT,
    limit_s BIGINT,
    running_s BIGINT,
    paused_s BIGINT,
    elapsed_s BIGINT,
    rule BIGINT,
    level BIGINT,
    org BIGINT,
    grp BIGINT,
    category BIGINT,
    type BIGINT,
    priority BIGINT,
    contact BIGINT,
    system BIGINT,
    case_no TEXT,
    opened_at BIGINT,
    source BIGINT
);
CREATE INDEX servicedesk_target_day ON servicedesk_target (day);
CREATE INDEX servicedesk_target_group ON servicedesk_target (group_key)
    WHERE retracted_seq IS NULL;

CREATE TABLE servicedesk_hop (
    id {id},
    seq BIGINT NOT NULL,
    retracted_seq BIGINT,
    group_key BIGINT NOT NULL,
    source_key TEXT NOT NULL,
    row_hash BIGINT NOT NULL,
    day BIGINT NOT NULL,
    at BIGINT,
    seconds BIGINT,
    moved BIGINT,
    level BIGINT,
    org BIGINT,
    grp BIGINT,
    category BIGINT,
    type BIGINT,
    priority BIGINT,
    contact BIGINT,
    system BIGINT,
    case_no TEXT,
    opened_at BIGINT,
    source BIGINT
);
CREATE INDEX servicedesk_hop_day ON servicedesk_hop (day);
CREATE INDEX servicedesk_hop_group ON servicedesk_hop (group_key) WHERE retracted_seq IS NULL;
