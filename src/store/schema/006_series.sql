-- Measurements as blocks: the rows of many series (one thing measured again and again) in few bytes.
-- tab is the core_name id of the table that a module declares, d1..d6 its key's dimensions in their
-- order, 0 where it has fewer. last_time: of the rows in blocks.
CREATE TABLE core_series (
    id {id},
    tab BIGINT NOT NULL,
    d1 BIGINT NOT NULL,
    d2 BIGINT NOT NULL,
    d3 BIGINT NOT NULL,
    d4 BIGINT NOT NULL,
    d5 BIGINT NOT NULL,
    d6 BIGINT NOT NULL,
    last_time BIGINT NOT NULL
);
CREATE UNIQUE INDEX core_series_dims ON core_series (tab, d1, d2, d3, d4, d5, d6);

-- One block per series and slot of seven days (UTC seconds / 604800), rows by time and entry.
CREATE TABLE core_series_block (
    id {id},
    tab BIGINT NOT NULL,
    slot BIGINT NOT NULL,
    series BIGINT NOT NULL,
    from_time BIGINT NOT NULL,
    to_time BIGINT NOT NULL,
    min_seq BIGINT NOT NULL,
    max_seq BIGINT NOT NULL,
    row_count BIGINT NOT NULL,
    digest BIGINT NOT NULL,
    bytes {bytes} NOT NULL
);
CREATE UNIQUE INDEX core_series_block_slot ON core_series_block (tab, slot, series);

-- What was appended and is not packed yet: the rows of one journal entry, by series and time.
CREATE TABLE core_series_tail (
    id {id},
    tab BIGINT NOT NULL,
    seq BIGINT NOT NULL,
    from_time BIGINT NOT NULL,
    to_time BIGINT NOT NULL,
    row_count BIGINT NOT NULL,
    bytes {bytes} NOT NULL
);
CREATE INDEX core_series_tail_tab ON core_series_tail (tab, id);

-- The rows of a series that entry row_seq brought, within these times, both inclusive, went with
-- entry retracted_seq. Blocks are never rewritten for it.
CREATE TABLE core_series_mark (
    id {id},
    tab BIGINT NOT NULL,
    series BIGINT NOT NULL,
    from_time BIGINT NOT NULL,
    to_time BIGINT NOT NULL,
    row_seq BIGINT NOT NULL,
    retracted_seq BIGINT NOT NULL
);
CREATE INDEX core_series_mark_series ON core_series_mark (tab, series, from_time);

-- Changes with every write: whoever remembers where series end compares it.
CREATE TABLE core_series_state (
    tab {id},
    version BIGINT NOT NULL
);
