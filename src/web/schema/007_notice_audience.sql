-- Whom a message is for, whether its readers are asked to say that they have read it, and the change
-- that it tells of. roles: one word per line with a line break before and after each, empty = all.
ALTER TABLE core_notice ADD COLUMN roles TEXT NOT NULL DEFAULT '';
ALTER TABLE core_notice ADD COLUMN ack BIGINT NOT NULL DEFAULT 0;
ALTER TABLE core_notice ADD COLUMN change_no TEXT NOT NULL DEFAULT '';
CREATE INDEX core_notice_change ON core_notice (change_no) WHERE change_no <> '';
-- The cases that came while a message stood and that it tells of; org is the case's own.
CREATE TABLE core_notice_case (
    notice TEXT NOT NULL,
    number TEXT NOT NULL,
    org TEXT NOT NULL,
    at BIGINT NOT NULL,
    PRIMARY KEY (notice, number)
);
