-- Why a probe could not measure, by series: the last reason, since when and how often it was told.
-- A note, not a record: rows are updated, and stay when the probe measures again.
CREATE TABLE probes_unable (
    agent TEXT NOT NULL,
    system TEXT NOT NULL,
    action TEXT NOT NULL,
    site TEXT NOT NULL,
    seat TEXT NOT NULL,
    reason TEXT NOT NULL,
    times BIGINT NOT NULL,
    first_at BIGINT NOT NULL,
    last_at BIGINT NOT NULL,
    PRIMARY KEY (agent, system, action, site, seat)
);
ALTER TABLE probes_agent ADD COLUMN dropped BIGINT NOT NULL DEFAULT 0;
ALTER TABLE probes_agent ADD COLUMN model TEXT NOT NULL DEFAULT '';
ALTER TABLE probes_agent ADD COLUMN bios_date TEXT NOT NULL DEFAULT '';
