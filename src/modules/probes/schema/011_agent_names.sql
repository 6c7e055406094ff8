-- Which account delivers under an agent's name: the first that did, until it is removed or an
-- administrator releases the name. A note, not a record: rows are updated.
CREATE TABLE probes_agent_name (
    agent TEXT NOT NULL PRIMARY KEY,
    account TEXT NOT NULL,
    since BIGINT NOT NULL
);

-- Digests of the last batches instead of the last one's: newest first, 16 digits each, '-' in place
-- of a batch that was passed over (delivered.h).
ALTER TABLE probes_agent RENAME COLUMN digest TO digests;
ALTER TABLE probes_flow_feed RENAME COLUMN digest TO digests;
UPDATE probes_agent SET digests = substr(digests, 1, 16);
UPDATE probes_flow_feed SET digests = substr(digests, 1, 16);
