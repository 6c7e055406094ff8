-- What happened to cases, and the stretches in which they were open. Columns that end in no unit and
-- are BIGINT but no day, time or count hold core_name ids. Written by the ingest engine alone.
CREATE TABLE servicedesk_event (
    id {id},
    seq BIGINT NOT NULL,
    retracted_seq BIGINT,
    group_key BIGINT NOT NULL,
    source_key TEXT NOT NULL,
    row_hash BIGINT NOT NULL,
    day BIGINT NOT NULL,
    kind TEXT NOT NULL,
    at BIGINT,
    level BIGINT,
    org BIGINT,
    grp BIGINT,
    category BIGINT,
    type BIGINT,
    priority BIGINT,
    contact BIGINT,
    was BIGINT,
    level_changed BIGINT,
    elapsed_s BIGINT,
    moves BIGINT,
    case_no TEXT,
    opened_at BIGINT,
    flags TEXT,
    source BIGINT
);
CREATE INDEX servicedesk_event_day ON servicedesk_event (day);
CREATE INDEX servicedesk_event_group ON servicedesk_event (group_key) WHERE retracted_seq IS NULL;

CREATE TABLE servicedesk_stay (
    id {id},
    seq BIGINT NOT NULL,
    retracted_seq BIGINT,
    group_key BIGINT NOT NULL,
    source_key TEXT NOT NULL,
    row_hash BIGINT NOT NULL,
    from_day BIGINT NOT NULL,
    to_day BIGINT,
    cls BIGINT NOT NULL,
    level BIGINT,
    org BIGINT,
    grp BIGINT,
    category BIGINT,
    type BIGINT,
    priority BIGINT,
    contact BIGINT,
    case_no TEXT,
    opened_at BIGINT,
    source BIGINT
);
-- A day's backlog is one range per length class: spans of class k began at most 2^k days before.
CREATE INDEX servicedesk_stay_class ON servicedesk_stay (cls, from_day, to_day);
CREATE INDEX servicedesk_stay_level ON servicedesk_stay (level, cls, from_day, to_day);
CREATE INDEX servicedesk_stay_group ON servicedesk_stay (group_key) WHERE retracted_seq IS NULL;
