-- Up to which closing time a retention policy was applied: cases closed before it are not looked at
-- again. A case that is closed again later is due again.
CREATE TABLE servicedesk_retained (
    what TEXT NOT NULL PRIMARY KEY,
    closed_to BIGINT NOT NULL
);
CREATE INDEX servicedesk_case_closed ON servicedesk_case (closed_at) WHERE closed_at IS NOT NULL;
