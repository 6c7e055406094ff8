-- The service that a case is about. Rows from before have none (0, unknown).
ALTER TABLE servicedesk_event ADD COLUMN system BIGINT DEFAULT 0;
ALTER TABLE servicedesk_stay ADD COLUMN system BIGINT DEFAULT 0;
