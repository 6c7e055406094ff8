-- Files that people attach: their bytes once each, in pieces, found by their SHA-256.
CREATE TABLE core_blob (
    id {id},
    sha256 TEXT NOT NULL UNIQUE,
    size BIGINT NOT NULL
);
CREATE TABLE core_blob_part (
    blob BIGINT NOT NULL,
    part BIGINT NOT NULL,
    bytes {bytes} NOT NULL,
    PRIMARY KEY (blob, part)
);

-- token is the unguessable name in addresses. Whether somebody may have it is decided by the object.
CREATE TABLE core_attachment (
    id {id},
    seq BIGINT NOT NULL,
    token TEXT NOT NULL UNIQUE,
    object TEXT NOT NULL,
    name TEXT NOT NULL,
    type TEXT NOT NULL,
    size BIGINT NOT NULL,
    visibility TEXT NOT NULL,
    blob BIGINT NOT NULL
);
CREATE INDEX core_attachment_object ON core_attachment (object);
CREATE INDEX core_attachment_blob ON core_attachment (blob);
