-- How far a followed queue log was read: the generation that was read last, known by its beginning,
-- and the position in it up to which its lines are imported. Written with the batch that holds them.
CREATE TABLE telephony_tail (
    source TEXT NOT NULL,
    path TEXT NOT NULL,
    seq BIGINT NOT NULL,
    head_size BIGINT NOT NULL,
    head_sha256 TEXT NOT NULL,
    first_time BIGINT NOT NULL,
    position BIGINT NOT NULL,
    PRIMARY KEY (source, path)
);
