-- The desk's cases that came by phone: how the first contact ended. callid joins the calls of the
-- phone system (pub_telephony_visit); resolver is the name that the phone system knows.
CREATE TABLE servicedesk_call_case (
    id {id},
    seq BIGINT NOT NULL,
    retracted_seq BIGINT,
    group_key BIGINT NOT NULL,
    source_key TEXT NOT NULL,
    row_hash BIGINT NOT NULL,
    day BIGINT NOT NULL,
    at BIGINT,
    callid TEXT,
    resolver BIGINT,
    resolved_at BIGINT,
    reopened_at BIGINT,
    moves BIGINT,
    level BIGINT,
    org BIGINT,
    grp BIGINT,
    category BIGINT,
    type BIGINT,
    priority BIGINT,
    contact BIGINT,
    system BIGINT,
    case_no TEXT,
    source BIGINT
);
CREATE INDEX servicedesk_call_case_day ON servicedesk_call_case (day);
CREATE INDEX servicedesk_call_case_group ON servicedesk_call_case (group_key) WHERE retracted_seq IS NULL;
