-- What was read of power (watts) and storage (bytes), one row per thing and time. `thing` is the
-- name of what is measured: kind, place and unit together. `used` or `total` is null where the
-- reading lacks it. Columns of names hold core_name ids. Written by the ingest engine alone.
CREATE TABLE capacity_reading (
    id {id},
    seq BIGINT NOT NULL,
    retracted_seq BIGINT,
    group_key BIGINT NOT NULL,
    source_key TEXT NOT NULL,
    row_hash BIGINT NOT NULL,
    day BIGINT NOT NULL,
    at BIGINT NOT NULL,
    kind TEXT NOT NULL,
    place BIGINT,
    unit_name BIGINT,
    thing BIGINT,
    used BIGINT,
    total BIGINT,
    source BIGINT
);
CREATE INDEX capacity_reading_day ON capacity_reading (kind, day);
CREATE INDEX capacity_reading_group ON capacity_reading (group_key) WHERE retracted_seq IS NULL;
