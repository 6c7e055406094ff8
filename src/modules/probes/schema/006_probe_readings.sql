-- What checks saw besides their time (days until a certificate expires): the latest of each kind and
-- series. A note, not a record: rows are updated.
CREATE TABLE probes_reading (
    kind TEXT NOT NULL,
    system TEXT NOT NULL,
    action TEXT NOT NULL,
    site TEXT NOT NULL,
    seat TEXT NOT NULL,
    value BIGINT NOT NULL,
    at BIGINT NOT NULL,
    PRIMARY KEY (kind, system, action, site, seat)
);
