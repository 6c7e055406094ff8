-- Failures whose duration has not come and of whose thing nothing was measured yet (intake/waiting.h).
-- A note, not a record: a row goes when its measurement comes.
CREATE TABLE probes_waiting (
    source TEXT NOT NULL,
    system TEXT NOT NULL,
    action TEXT NOT NULL,
    site TEXT NOT NULL,
    seat TEXT NOT NULL,
    at BIGINT NOT NULL,
    metric TEXT NOT NULL,
    came_at BIGINT NOT NULL,
    PRIMARY KEY (source, system, action, site, seat, at)
);
