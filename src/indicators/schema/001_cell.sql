-- Cells: a cache of components per scan, cut, combination of dimension values and day or month.
CREATE TABLE core_scan (
    scan {id},
    name TEXT NOT NULL,
    definition TEXT NOT NULL
);
CREATE TABLE core_cell_day (
    scan BIGINT NOT NULL,
    day BIGINT NOT NULL,
    cut BIGINT NOT NULL,
    combo BIGINT NOT NULL,
    parts {bytes} NOT NULL,
    PRIMARY KEY (scan, day, cut, combo)
){clustered};
CREATE TABLE core_cell_month (
    scan BIGINT NOT NULL,
    cut BIGINT NOT NULL,
    combo BIGINT NOT NULL,
    month BIGINT NOT NULL,
    parts {bytes} NOT NULL,
    PRIMARY KEY (scan, cut, combo, month)
){clustered};
-- Days whose records changed since their cells were computed.
CREATE TABLE core_dirty (
    fact_table TEXT NOT NULL,
    day BIGINT NOT NULL,
    PRIMARY KEY (fact_table, day)
){clustered};
