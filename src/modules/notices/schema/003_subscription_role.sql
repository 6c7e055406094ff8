-- Who gets messages by mail can say as which staff group; empty = whatever group they are for.
ALTER TABLE notices_subscription ADD COLUMN role TEXT NOT NULL DEFAULT '';
