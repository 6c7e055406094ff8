-- Batches, the files they came from, what was rejected, and which days the feeds cover.
CREATE TABLE core_batch (
    seq BIGINT NOT NULL PRIMARY KEY,
    source TEXT NOT NULL,
    format TEXT NOT NULL,
    module TEXT NOT NULL,
    options TEXT NOT NULL,
    state TEXT NOT NULL,
    rows_read BIGINT NOT NULL,
    rows_new BIGINT NOT NULL,
    rows_changed BIGINT NOT NULL,
    rows_unchanged BIGINT NOT NULL,
    rows_rejected BIGINT NOT NULL,
    withdrawn_seq BIGINT
);
-- `row_groups`: the sorted groups of the file's rows, delta-coded and compressed.
CREATE TABLE core_file (
    seq BIGINT NOT NULL,
    ordinal BIGINT NOT NULL,
    name TEXT NOT NULL,
    sha256 TEXT NOT NULL,
    size BIGINT NOT NULL,
    min_group BIGINT,
    max_group BIGINT,
    start_time BIGINT NOT NULL,
    row_groups {bytes} NOT NULL,
    PRIMARY KEY (seq, ordinal)
);
-- A raw file that begins with an older one keeps only what it adds.
CREATE TABLE core_raw (
    sha256 TEXT NOT NULL PRIMARY KEY,
    size BIGINT NOT NULL,
    base_sha256 TEXT,
    base_size BIGINT NOT NULL
);
CREATE TABLE core_raw_part (
    sha256 TEXT NOT NULL,
    part BIGINT NOT NULL,
    size BIGINT NOT NULL,
    bytes {bytes} NOT NULL,
    PRIMARY KEY (sha256, part)
);
CREATE TABLE core_reject (
    seq BIGINT NOT NULL,
    ordinal BIGINT NOT NULL,
    file TEXT NOT NULL,
    line BIGINT NOT NULL,
    field TEXT NOT NULL,
    reason TEXT NOT NULL,
    args TEXT NOT NULL,
    raw TEXT NOT NULL,
    PRIMARY KEY (seq, ordinal)
);
CREATE TABLE core_feed_day (
    seq BIGINT NOT NULL,
    retracted_seq BIGINT,
    module TEXT NOT NULL,
    source TEXT NOT NULL,
    day BIGINT NOT NULL
);
CREATE INDEX core_feed_day_module ON core_feed_day (module, day, source, seq, retracted_seq);
CREATE INDEX core_feed_day_seq ON core_feed_day (seq);
CREATE TABLE core_feed_cover (
    seq BIGINT NOT NULL,
    retracted_seq BIGINT,
    module TEXT NOT NULL,
    source TEXT NOT NULL,
    from_day BIGINT NOT NULL,
    to_day BIGINT NOT NULL
);
-- A missing day that somebody answered for: it no longer blocks publication, and is printed.
CREATE TABLE core_gap_accepted (
    seq BIGINT NOT NULL,
    retracted_seq BIGINT,
    source TEXT NOT NULL,
    day BIGINT NOT NULL,
    note TEXT NOT NULL
);
