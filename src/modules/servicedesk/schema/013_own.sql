-- What belongs to one account alone and is no fact about the region: no journal entry, erased with
-- the person. A deleted draft leaves its id for a while (gone = 1, body empty), so that an older save
-- that arrives late does not bring it back.
CREATE TABLE servicedesk_draft (
    row_id {id},
    account TEXT NOT NULL,
    id TEXT NOT NULL,
    kind TEXT NOT NULL,
    case_no TEXT NOT NULL,
    rev BIGINT NOT NULL,
    created_at BIGINT NOT NULL,
    updated_at BIGINT NOT NULL,
    gone BIGINT NOT NULL,
    body TEXT NOT NULL
);
CREATE UNIQUE INDEX servicedesk_draft_own ON servicedesk_draft (account, id);

-- Saved filters: `query` is the JSON object that the list is asked with.
CREATE TABLE servicedesk_filter (
    row_id {id},
    account TEXT NOT NULL,
    name TEXT NOT NULL,
    title TEXT NOT NULL,
    query TEXT NOT NULL,
    created_at BIGINT NOT NULL
);
CREATE UNIQUE INDEX servicedesk_filter_own ON servicedesk_filter (account, name);
