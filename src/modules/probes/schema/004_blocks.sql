-- Measurements live in blocks (core_series, table name probes_result) from here on. The table
-- probes_result keeps what was stored before, as its journal entries signed it; nothing new comes.
-- Days whose missing slots must be counted again because measurements arrived: a note, not a record.
CREATE TABLE probes_due (
    day BIGINT NOT NULL PRIMARY KEY
);
