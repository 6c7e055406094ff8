-- Level and organisation of assignment groups by date, as the groups file of one batch gave them.
-- For each group of a source the newest batch that is not withdrawn holds alone.
CREATE TABLE servicedesk_group (
    id {id},
    source TEXT NOT NULL,
    batch BIGINT NOT NULL,
    withdrawn_seq BIGINT,
    grp TEXT NOT NULL,
    level TEXT NOT NULL,
    org TEXT NOT NULL,
    valid_from BIGINT NOT NULL,
    valid_to BIGINT NOT NULL
);
CREATE INDEX servicedesk_group_source ON servicedesk_group (source, grp, batch);
