-- The desk's solved cases whose caller was asked what they thought of the help: where the case was
-- solved, and the answer (1 to 5), null while there is none. A case that reopens is asked anew.
CREATE TABLE servicedesk_survey (
    id {id},
    seq BIGINT NOT NULL,
    retracted_seq BIGINT,
    group_key BIGINT NOT NULL,
    source_key TEXT NOT NULL,
    row_hash BIGINT NOT NULL,
    day BIGINT NOT NULL,
    at BIGINT,
    score BIGINT,
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
CREATE INDEX servicedesk_survey_day ON servicedesk_survey (day);
CREATE INDEX servicedesk_survey_group ON servicedesk_survey (group_key) WHERE retracted_seq IS NULL;
