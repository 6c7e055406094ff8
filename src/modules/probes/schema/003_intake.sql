-- Samples of other monitoring systems that no rule of the mapping takes, by metric: counted, so that
-- nothing is lost in silence. A note, not a record: rows are updated. Values of labels are not kept.
CREATE TABLE probes_unmapped (
    source TEXT NOT NULL,
    metric TEXT NOT NULL,
    why TEXT NOT NULL,
    labels TEXT NOT NULL,
    samples BIGINT NOT NULL,
    first_at BIGINT NOT NULL,
    last_at BIGINT NOT NULL,
    PRIMARY KEY (source, metric, why)
);

-- Agents that deliver measurements: the last batch of each, by the life of its local store, so that a
-- batch that is sent again is known.
CREATE TABLE probes_agent (
    agent TEXT NOT NULL,
    epoch TEXT NOT NULL,
    last_batch BIGINT NOT NULL,
    digest TEXT NOT NULL,
    missed BIGINT NOT NULL,
    seen_at BIGINT NOT NULL,
    PRIMARY KEY (agent, epoch)
);
