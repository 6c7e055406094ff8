-- By which clock missing slots were counted last (UTC seconds; one row at most): a slot that ended later
-- was not over. A note, not a record; without it they are counted again.
CREATE TABLE probes_counted (
    at BIGINT NOT NULL
);
