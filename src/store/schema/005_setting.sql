-- What a region settles in files: versions that hold from a moment on and are never overwritten.
CREATE TABLE core_setting (
    id {id},
    seq BIGINT NOT NULL,
    name TEXT NOT NULL,
    valid_from BIGINT NOT NULL,
    text TEXT NOT NULL,
    sha256 TEXT NOT NULL
);
CREATE INDEX core_setting_name ON core_setting (name, valid_from);
