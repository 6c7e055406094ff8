-- Relations between assets, systems and places by date: `thing` has the relation to `other`.
-- valid_to is the last day; null while it still holds, valid_from null where it always held.
CREATE TABLE core_relation (
    id {id},
    seq BIGINT NOT NULL,
    retracted_seq BIGINT,
    group_key BIGINT NOT NULL,
    source_key TEXT NOT NULL,
    row_hash BIGINT NOT NULL,
    thing TEXT NOT NULL,
    relation TEXT NOT NULL,
    other TEXT NOT NULL,
    valid_from BIGINT,
    valid_to BIGINT
);
CREATE INDEX core_relation_day ON core_relation (valid_from, valid_to);
CREATE INDEX core_relation_group ON core_relation (group_key) WHERE retracted_seq IS NULL;
