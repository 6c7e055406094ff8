-- Major incidents (M1), problems (P1) and changes (C1): the present state of each, for lists and for
-- what overlaps in time. A projection of servicedesk_record; verify rebuilds and compares. systems
-- and orgs hold one name per line; starts_at and ends_at are the stretch that it takes (a change's
-- planned window, a major incident from its beginning to its end).
CREATE TABLE servicedesk_object (
    num {id},
    number TEXT NOT NULL UNIQUE,
    kind TEXT NOT NULL,
    version BIGINT NOT NULL,
    state TEXT NOT NULL,
    open BIGINT NOT NULL,
    title TEXT NOT NULL,
    org TEXT NOT NULL,
    systems TEXT NOT NULL,
    orgs TEXT NOT NULL,
    rank TEXT NOT NULL,
    opened_at BIGINT NOT NULL,
    updated_at BIGINT NOT NULL,
    starts_at BIGINT,
    ends_at BIGINT,
    closed_at BIGINT
);
CREATE INDEX servicedesk_object_open ON servicedesk_object (kind, open, num);
CREATE INDEX servicedesk_object_window ON servicedesk_object (kind, ends_at);

-- The cases of a problem and of a change (those of a major incident have their index already).
CREATE INDEX servicedesk_case_problem ON servicedesk_case (problem) WHERE problem <> '';
CREATE INDEX servicedesk_case_change ON servicedesk_case (change_no) WHERE change_no <> '';

-- What major incidents and changes count as. servicedesk_major has one row when one is declared, one
-- for each place that it affects (both on the day it is declared), and one when it is over.
CREATE TABLE servicedesk_major (
    id {id},
    seq BIGINT NOT NULL,
    retracted_seq BIGINT,
    group_key BIGINT NOT NULL,
    source_key TEXT NOT NULL,
    row_hash BIGINT NOT NULL,
    day BIGINT NOT NULL,
    kind TEXT NOT NULL,
    at BIGINT,
    seconds BIGINT,
    criticality BIGINT,
    system BIGINT,
    org BIGINT,
    major_no TEXT,
    source BIGINT
);
CREATE INDEX servicedesk_major_day ON servicedesk_major (day);
CREATE INDEX servicedesk_major_group ON servicedesk_major (group_key) WHERE retracted_seq IS NULL;

CREATE TABLE servicedesk_change (
    id {id},
    seq BIGINT NOT NULL,
    retracted_seq BIGINT,
    group_key BIGINT NOT NULL,
    source_key TEXT NOT NULL,
    row_hash BIGINT NOT NULL,
    day BIGINT NOT NULL,
    at BIGINT,
    result BIGINT,
    failed BIGINT,
    incidents BIGINT,
    change_type BIGINT,
    risk BIGINT,
    system BIGINT,
    org BIGINT,
    change_no TEXT,
    source BIGINT
);
CREATE INDEX servicedesk_change_day ON servicedesk_change (day);
CREATE INDEX servicedesk_change_group ON servicedesk_change (group_key) WHERE retracted_seq IS NULL;
