-- Messages to users as they stand, written by the module notices and read by all: who wants to know
-- whether a system has a standing disturbance asks here. state: open, cleared. kind: message,
-- disturbance, planned. severity of a disturbance: down, unstable. orgs: one code per line with a
-- line break before and after each ("\nRH\nGE\n"), empty = everywhere. case_number: the case that
-- gathers who is affected.
CREATE TABLE core_notice (
    num {id},
    number TEXT NOT NULL UNIQUE,
    version BIGINT NOT NULL,
    seq BIGINT NOT NULL,
    kind TEXT NOT NULL,
    state TEXT NOT NULL,
    severity TEXT NOT NULL,
    system TEXT NOT NULL,
    orgs TEXT NOT NULL,
    title_da TEXT NOT NULL,
    title_en TEXT NOT NULL,
    text_da TEXT NOT NULL,
    text_en TEXT NOT NULL,
    advice_da TEXT NOT NULL,
    advice_en TEXT NOT NULL,
    case_number TEXT NOT NULL,
    starts_at BIGINT NOT NULL,
    ends_at BIGINT,
    next_at BIGINT,
    updated_at BIGINT NOT NULL,
    cleared_at BIGINT
);
CREATE INDEX core_notice_open ON core_notice (system) WHERE state = 'open';
CREATE INDEX core_notice_seq ON core_notice (seq);
