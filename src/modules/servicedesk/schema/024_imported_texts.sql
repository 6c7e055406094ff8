-- What the source of an imported case says at length; the texts of the desk's own cases stand in their
-- records.
ALTER TABLE servicedesk_case ADD COLUMN text TEXT NOT NULL DEFAULT '';
