-- Views that are few among many open cases are counted from an index of their own.
CREATE INDEX servicedesk_case_waiting ON servicedesk_case (rank_at, priority, num)
    WHERE open = 1 AND state = 'on_hold' AND hold_reason = 'awaiting_user';
CREATE INDEX servicedesk_case_in_major ON servicedesk_case (rank_at, priority, num)
    WHERE open = 1 AND major <> '';
