-- Imported cases stand in servicedesk_case, too: millions of them. The desk's clock and its agents ask
-- for their own.
DROP INDEX servicedesk_case_resolved;
CREATE INDEX servicedesk_case_resolved ON servicedesk_case (resolved_at)
    WHERE state = 'resolved' AND source = 'klarsyn';
DROP INDEX servicedesk_case_assignee;
CREATE INDEX servicedesk_case_assignee ON servicedesk_case (assignee, rank_at, priority, num)
    WHERE open = 1 AND source = 'klarsyn';
-- "All" and "closed", newest first.
CREATE INDEX servicedesk_case_opened ON servicedesk_case (opened_at, num);
