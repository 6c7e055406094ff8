-- Editions: published reports. Rows are written once, with the journal entry `seq`, and never change.
CREATE TABLE core_edition (
    seq BIGINT NOT NULL PRIMARY KEY,
    edition TEXT NOT NULL,
    plan TEXT NOT NULL,
    title_da TEXT NOT NULL,
    title_en TEXT NOT NULL,
    from_day BIGINT NOT NULL,
    to_day BIGINT NOT NULL,
    number BIGINT NOT NULL,
    as_of BIGINT NOT NULL,
    published_at BIGINT NOT NULL,
    published_by TEXT NOT NULL,
    figures BIGINT NOT NULL,
    notes TEXT NOT NULL
);
CREATE UNIQUE INDEX core_edition_name ON core_edition (edition);
-- What every figure said: its question, its counts, the definition and the records behind it.
CREATE TABLE core_edition_figure (
    seq BIGINT NOT NULL,
    ordinal BIGINT NOT NULL,
    figure TEXT NOT NULL,
    from_day BIGINT NOT NULL,
    to_day BIGINT NOT NULL,
    filters TEXT NOT NULL,
    unit TEXT NOT NULL,
    print BIGINT NOT NULL,
    state BIGINT NOT NULL,
    num BIGINT,
    den BIGINT,
    records BIGINT NOT NULL,
    status TEXT NOT NULL,
    target DOUBLE PRECISION,
    gap TEXT NOT NULL,
    days_covered BIGINT NOT NULL,
    definition TEXT NOT NULL,
    as_of BIGINT NOT NULL,
    refs_hash TEXT NOT NULL,
    row_da TEXT NOT NULL,
    row_en TEXT NOT NULL,
    PRIMARY KEY (seq, ordinal)
);
-- Every output as bytes. language is empty where the output holds both.
CREATE TABLE core_edition_file (
    seq BIGINT NOT NULL,
    format TEXT NOT NULL,
    language TEXT NOT NULL,
    sha256 TEXT NOT NULL,
    bytes {bytes} NOT NULL,
    PRIMARY KEY (seq, format, language)
);
