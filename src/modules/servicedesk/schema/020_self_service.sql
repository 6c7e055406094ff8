-- Known disturbances and the people who said "me too". servicedesk_notice_case: the case that gathers
-- who is affected by a message (core_notice) that names none itself. servicedesk_affected: who said
-- it, by account, so that their own page shows it; the case's records hold the same.
CREATE TABLE servicedesk_notice_case (
    notice TEXT NOT NULL PRIMARY KEY,
    number TEXT NOT NULL
);
CREATE TABLE servicedesk_affected (
    account TEXT NOT NULL,
    notice TEXT NOT NULL,
    number TEXT NOT NULL,
    at BIGINT NOT NULL,
    PRIMARY KEY (account, notice)
);
CREATE INDEX servicedesk_affected_notice ON servicedesk_affected (notice);
