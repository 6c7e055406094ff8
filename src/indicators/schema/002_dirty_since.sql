-- After which journal entry a day was marked: how long the cells have lagged behind. 0 = unknown.
ALTER TABLE core_dirty ADD COLUMN after_seq BIGINT NOT NULL DEFAULT 0;
