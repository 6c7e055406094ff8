-- Fact tables of two made-up modules: what the engine can do beyond our own figures is tested on
-- them (src/modules/indicator_test.cc). They are no part of the binary.
CREATE TABLE desk_case (
    id {id},
    seq BIGINT NOT NULL,
    retracted_seq BIGINT,
    group_key BIGINT NOT NULL,
    source_key TEXT NOT NULL,
    row_hash BIGINT NOT NULL,
    day BIGINT NOT NULL,
    place BIGINT NOT NULL,
    number BIGINT,
    spent_s BIGINT
);
CREATE TABLE phone_call (
    id {id},
    seq BIGINT NOT NULL,
    retracted_seq BIGINT,
    group_key BIGINT NOT NULL,
    source_key TEXT NOT NULL,
    row_hash BIGINT NOT NULL,
    day BIGINT NOT NULL,
    number BIGINT NOT NULL,
    queue BIGINT NOT NULL,
    answered BIGINT NOT NULL
);
CREATE TABLE desk_reading (
    id {id},
    seq BIGINT NOT NULL,
    retracted_seq BIGINT,
    group_key BIGINT NOT NULL,
    source_key TEXT NOT NULL,
    row_hash BIGINT NOT NULL,
    day BIGINT NOT NULL,
    at BIGINT NOT NULL,
    place BIGINT NOT NULL,
    disk BIGINT NOT NULL,
    used BIGINT,
    size BIGINT
);
