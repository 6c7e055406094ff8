-- Who calls has which cases, and which case came of a call.
CREATE INDEX servicedesk_case_any_phone ON servicedesk_case (caller_phone, num)
    WHERE caller_phone <> '';
CREATE INDEX servicedesk_case_call ON servicedesk_case (call, num) WHERE call <> '';
