-- By which rules the facts of a source were derived. None: by the first.
CREATE TABLE core_derivation (
    format TEXT NOT NULL,
    source TEXT NOT NULL,
    derivation BIGINT NOT NULL,
    PRIMARY KEY (format, source)
);
