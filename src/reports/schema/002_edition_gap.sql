-- How many records each frozen figure left out because they lack what they should be counted by.
ALTER TABLE core_edition_figure ADD COLUMN gap_records BIGINT NOT NULL DEFAULT 0;
