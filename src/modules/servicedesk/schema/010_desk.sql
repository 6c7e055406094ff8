-- The live desk. servicedesk_record: what was done to things on the desk, append-only; body is JSON
-- and may hold personal data, the journal only keyed digests of it. retracted_seq: undone.
CREATE TABLE servicedesk_record (
    id {id},
    seq BIGINT NOT NULL,
    retracted_seq BIGINT,
    object TEXT NOT NULL,
    n BIGINT NOT NULL,
    at BIGINT NOT NULL,
    actor TEXT NOT NULL,
    kind TEXT NOT NULL,
    body TEXT NOT NULL,
    digest TEXT NOT NULL
);
CREATE UNIQUE INDEX servicedesk_record_object ON servicedesk_record (object, n);
CREATE INDEX servicedesk_record_seq ON servicedesk_record (seq);

-- The present state of each case, for lists: a projection of its records, rebuilt and compared by
-- verify. Cases of other systems stand in it too, under source:number. org_scope: the organisation
-- that decides who may see the case. rank_at: due_at, or the largest time where nothing is due.
CREATE TABLE servicedesk_case (
    num {id},
    number TEXT NOT NULL UNIQUE,
    source TEXT NOT NULL,
    version BIGINT NOT NULL,
    state TEXT NOT NULL,
    open BIGINT NOT NULL,
    type TEXT NOT NULL,
    title TEXT NOT NULL,
    system TEXT NOT NULL,
    org TEXT NOT NULL,
    impact BIGINT NOT NULL,
    urgency BIGINT NOT NULL,
    priority BIGINT NOT NULL,
    contact TEXT NOT NULL,
    caller_name TEXT NOT NULL,
    caller_account TEXT NOT NULL,
    caller_phone TEXT NOT NULL,
    caller_mail TEXT NOT NULL,
    category TEXT NOT NULL,
    grp TEXT NOT NULL,
    level BIGINT NOT NULL,
    assignee TEXT NOT NULL,
    hold_reason TEXT NOT NULL,
    wake_at BIGINT,
    opened_at BIGINT NOT NULL,
    updated_at BIGINT NOT NULL,
    resolved_at BIGINT,
    closed_at BIGINT,
    due_at BIGINT,
    next_breach_at BIGINT,
    rank_at BIGINT NOT NULL,
    parent TEXT NOT NULL,
    merged_into TEXT NOT NULL,
    problem TEXT NOT NULL,
    change_no TEXT NOT NULL,
    major TEXT NOT NULL,
    call TEXT NOT NULL,
    reopen_count BIGINT NOT NULL
);
CREATE INDEX servicedesk_case_worst ON servicedesk_case (rank_at, priority, num) WHERE open = 1;
CREATE INDEX servicedesk_case_assignee ON servicedesk_case (assignee, rank_at, priority, num) WHERE open = 1;
CREATE INDEX servicedesk_case_group ON servicedesk_case (grp, rank_at, priority, num) WHERE open = 1;
CREATE INDEX servicedesk_case_wake ON servicedesk_case (wake_at) WHERE wake_at IS NOT NULL;
CREATE INDEX servicedesk_case_breach ON servicedesk_case (next_breach_at) WHERE next_breach_at IS NOT NULL;
CREATE INDEX servicedesk_case_caller ON servicedesk_case (caller_account, num);
CREATE INDEX servicedesk_case_phone ON servicedesk_case (caller_phone, num) WHERE open = 1;
CREATE INDEX servicedesk_case_system ON servicedesk_case (system, num) WHERE open = 1;
CREATE INDEX servicedesk_case_updated ON servicedesk_case (updated_at, num) WHERE open = 1;
CREATE INDEX servicedesk_case_resolved ON servicedesk_case (resolved_at) WHERE state = 'resolved';
CREATE INDEX servicedesk_case_parent ON servicedesk_case (parent) WHERE parent <> '';
CREATE INDEX servicedesk_case_major ON servicedesk_case (major) WHERE major <> '';

-- The last number given out, by letter (K cases, P problems, C changes, M major incidents).
CREATE TABLE servicedesk_number (
    letter TEXT NOT NULL PRIMARY KEY,
    last BIGINT NOT NULL
);
