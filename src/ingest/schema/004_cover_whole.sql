-- 1: every day of the period is told of, whichever days rows name (registers).
ALTER TABLE core_feed_cover ADD COLUMN whole BIGINT DEFAULT 0;
