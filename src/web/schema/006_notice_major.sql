-- The major incident that a message tells of: its room lists the messages, and clears them.
ALTER TABLE core_notice ADD COLUMN major TEXT NOT NULL DEFAULT '';
CREATE INDEX core_notice_major ON core_notice (major) WHERE major <> '';
