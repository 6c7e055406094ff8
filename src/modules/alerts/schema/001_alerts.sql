-- What happened to alerts, append-only: one row per thing that happened to an episode, n = 1, 2, ... of
-- it. `body` is JSON: the group and the picture of the measurements, the case, why it is not told.
CREATE TABLE alerts_record (
    id {id},
    seq BIGINT NOT NULL,
    episode BIGINT NOT NULL,
    n BIGINT NOT NULL,
    at BIGINT NOT NULL,
    kind TEXT NOT NULL,
    body TEXT NOT NULL
);
CREATE UNIQUE INDEX alerts_record_episode ON alerts_record (episode, n);

-- Episodes as their records leave them: (rule, group) from firing to clear; a storm has no rule. Times
-- are UTC seconds. Follows from alerts_record; klarsyn verify compares.
CREATE TABLE alerts_episode (
    number BIGINT PRIMARY KEY,
    version BIGINT NOT NULL,
    rule TEXT NOT NULL,
    system TEXT NOT NULL,
    action TEXT NOT NULL,
    site TEXT NOT NULL,
    seat TEXT NOT NULL,
    place TEXT NOT NULL,
    group_code TEXT NOT NULL,
    storm_of TEXT NOT NULL,
    fired_at BIGINT NOT NULL,
    cleared_at BIGINT,
    held TEXT NOT NULL,
    held_by TEXT NOT NULL,
    told_at BIGINT,
    case_number TEXT NOT NULL,
    storm BIGINT NOT NULL,
    members BIGINT NOT NULL,
    noted BIGINT NOT NULL,
    noted_at BIGINT NOT NULL,
    joined_at BIGINT NOT NULL,
    flapping BIGINT NOT NULL,
    in_window BIGINT NOT NULL,
    untouched BIGINT NOT NULL
);
CREATE INDEX alerts_episode_burning ON alerts_episode (number) WHERE cleared_at IS NULL;
CREATE INDEX alerts_episode_cleared ON alerts_episode (cleared_at);
CREATE INDEX alerts_episode_storm ON alerts_episode (storm) WHERE storm > 0;
CREATE INDEX alerts_episode_case ON alerts_episode (rule, system, site, fired_at);

-- How each group of each rule stands, evaluation by evaluation: a note, not a record.
CREATE TABLE alerts_watch (
    rule TEXT NOT NULL,
    group_text TEXT NOT NULL,
    system TEXT NOT NULL,
    action TEXT NOT NULL,
    site TEXT NOT NULL,
    seat TEXT NOT NULL,
    place TEXT NOT NULL,
    group_code TEXT NOT NULL,
    level BIGINT NOT NULL,
    bad BIGINT NOT NULL,
    good BIGINT NOT NULL,
    since BIGINT NOT NULL,
    PRIMARY KEY (rule, group_text)
);

-- What other monitors say of their alerts now: a note, not a record.
CREATE TABLE alerts_external (
    rule TEXT NOT NULL,
    group_text TEXT NOT NULL,
    fingerprint TEXT NOT NULL,
    system TEXT NOT NULL,
    action TEXT NOT NULL,
    site TEXT NOT NULL,
    seat TEXT NOT NULL,
    group_code TEXT NOT NULL,
    firing BIGINT NOT NULL,
    starts_at BIGINT,
    seen_at BIGINT NOT NULL,
    title TEXT NOT NULL,
    PRIMARY KEY (rule, group_text, fingerprint)
);

-- One row: when the rules were last asked, how many alerts of other monitors changed, and up to where
-- they were followed. A note.
CREATE TABLE alerts_clock (
    evaluated_at BIGINT NOT NULL,
    too_many BIGINT NOT NULL,
    received BIGINT NOT NULL,
    followed BIGINT NOT NULL
);
INSERT INTO alerts_clock (evaluated_at, too_many, received, followed) VALUES (0, 0, 0, 0);

-- What figures count: one row when an alert that came to the desk fired, one when it cleared. `noise`:
-- 1 where it cleared within five minutes, or before anybody had worked on the case.
CREATE TABLE alerts_event (
    id {id},
    seq BIGINT NOT NULL,
    retracted_seq BIGINT,
    group_key BIGINT NOT NULL,
    source_key TEXT NOT NULL,
    row_hash BIGINT NOT NULL,
    day BIGINT NOT NULL,
    kind TEXT NOT NULL,
    at BIGINT,
    seconds BIGINT,
    noise BIGINT,
    rule BIGINT,
    system BIGINT,
    site BIGINT,
    episode_no TEXT,
    case_no TEXT,
    source BIGINT
);
CREATE INDEX alerts_event_day ON alerts_event (day);
CREATE INDEX alerts_event_group ON alerts_event (group_key) WHERE retracted_seq IS NULL;
