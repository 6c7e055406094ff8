-- Measurements of probes: one row per try of an action of a system from a seat at a site. `day`,
-- `hour` and `weekday` (1 = Monday) are those of its start in Copenhagen, `at` its UTC second. kind,
-- limit_ms, met and net follow from the rules below; met is null where no limit was in force, net is
-- 0 in a maintenance window that was announced before it began. Names are core_name ids. Rows are
-- never updated but for retracted_seq.
CREATE TABLE probes_result (
    id {id},
    seq BIGINT NOT NULL,
    retracted_seq BIGINT,
    group_key BIGINT NOT NULL,
    source_key TEXT NOT NULL,
    row_hash BIGINT NOT NULL,
    day BIGINT NOT NULL,
    at BIGINT,
    hour BIGINT,
    weekday BIGINT,
    system BIGINT,
    action BIGINT,
    kind BIGINT,
    site BIGINT,
    seat BIGINT,
    outcome TEXT NOT NULL,
    ms BIGINT,
    limit_ms BIGINT,
    met BIGINT,
    net BIGINT,
    flags TEXT,
    source BIGINT
);
CREATE INDEX probes_result_day ON probes_result (day);
CREATE INDEX probes_result_group ON probes_result (group_key) WHERE retracted_seq IS NULL;

-- Runs of scheduled slots without a measurement: `slots` slots of every_s seconds from `at` up to
-- `until`. A run lies within the day on which it begins.
CREATE TABLE probes_missing (
    id {id},
    seq BIGINT NOT NULL,
    retracted_seq BIGINT,
    group_key BIGINT NOT NULL,
    source_key TEXT NOT NULL,
    row_hash BIGINT NOT NULL,
    day BIGINT NOT NULL,
    at BIGINT,
    until BIGINT,
    system BIGINT,
    action BIGINT,
    kind BIGINT,
    site BIGINT,
    seat BIGINT,
    slots BIGINT NOT NULL,
    every_s BIGINT,
    source BIGINT
);
CREATE INDEX probes_missing_day ON probes_missing (day);
CREATE INDEX probes_missing_group ON probes_missing (group_key) WHERE retracted_seq IS NULL;

-- Dated limits of actions. from_at <= t < to_at in UTC seconds, null = open; from_day and to_day are
-- the days that this touches.
CREATE TABLE probes_action (
    id {id},
    seq BIGINT NOT NULL,
    retracted_seq BIGINT,
    group_key BIGINT NOT NULL,
    source_key TEXT NOT NULL,
    row_hash BIGINT NOT NULL,
    system BIGINT,
    action BIGINT,
    kind BIGINT,
    limit_ms BIGINT,
    from_at BIGINT,
    to_at BIGINT,
    from_day BIGINT,
    to_day BIGINT,
    source BIGINT
);
CREATE INDEX probes_action_group ON probes_action (group_key) WHERE retracted_seq IS NULL;

-- Maintenance windows; system or site 0 stands for all of them.
CREATE TABLE probes_window (
    id {id},
    seq BIGINT NOT NULL,
    retracted_seq BIGINT,
    group_key BIGINT NOT NULL,
    source_key TEXT NOT NULL,
    row_hash BIGINT NOT NULL,
    system BIGINT,
    site BIGINT,
    from_at BIGINT,
    to_at BIGINT,
    from_day BIGINT,
    to_day BIGINT,
    announced BIGINT,
    source BIGINT
);
CREATE INDEX probes_window_group ON probes_window (group_key) WHERE retracted_seq IS NULL;

-- When measurements are expected: a slot of every_s seconds after the other from from_at on.
CREATE TABLE probes_schedule (
    id {id},
    seq BIGINT NOT NULL,
    retracted_seq BIGINT,
    group_key BIGINT NOT NULL,
    source_key TEXT NOT NULL,
    row_hash BIGINT NOT NULL,
    system BIGINT,
    action BIGINT,
    site BIGINT,
    seat BIGINT,
    every_s BIGINT,
    from_at BIGINT,
    to_at BIGINT,
    from_day BIGINT,
    to_day BIGINT,
    source BIGINT
);
CREATE INDEX probes_schedule_group ON probes_schedule (group_key) WHERE retracted_seq IS NULL;

-- What was covered by measurements when missing slots were counted last: a note, not a record.
CREATE TABLE probes_reach (
    from_at BIGINT NOT NULL,
    to_at BIGINT NOT NULL
);
