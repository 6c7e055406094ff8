-- The organisation by date: regions, hospitals, centres, departments, queues and groups, and every
-- spelling of them. valid_to is the last day; null while it still holds.
CREATE TABLE core_org (
    id {id},
    seq BIGINT NOT NULL,
    retracted_seq BIGINT,
    group_key BIGINT NOT NULL,
    source_key TEXT NOT NULL,
    row_hash BIGINT NOT NULL,
    code TEXT NOT NULL,
    kind TEXT NOT NULL,
    name TEXT NOT NULL,
    parent TEXT NOT NULL,
    valid_from BIGINT NOT NULL,
    valid_to BIGINT
);
CREATE INDEX core_org_code ON core_org (code, valid_from);
CREATE INDEX core_org_group ON core_org (group_key) WHERE retracted_seq IS NULL;

-- `folded` is the spelling in lower case, without accents and with one space between words.
CREATE TABLE core_org_alias (
    id {id},
    seq BIGINT NOT NULL,
    retracted_seq BIGINT,
    group_key BIGINT NOT NULL,
    source_key TEXT NOT NULL,
    row_hash BIGINT NOT NULL,
    alias TEXT NOT NULL,
    folded TEXT NOT NULL,
    code TEXT NOT NULL,
    valid_from BIGINT NOT NULL,
    valid_to BIGINT
);
CREATE INDEX core_org_alias_folded ON core_org_alias (folded, valid_from);
CREATE INDEX core_org_alias_group ON core_org_alias (group_key) WHERE retracted_seq IS NULL;
