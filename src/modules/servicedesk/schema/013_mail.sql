-- Letters that arrived. sha256: of the letter as it came, so that one delivered twice counts once.
-- object: the case that it opened or went to. outcome: 'opened', 'commented', 'kept' (waits for a
-- person, reason says why), 'discarded'. sealed: the whole letter, enciphered, only while it is kept.
CREATE TABLE servicedesk_letter (
    id {id},
    seq BIGINT NOT NULL,
    at BIGINT NOT NULL,
    sha256 TEXT NOT NULL UNIQUE,
    sender TEXT NOT NULL,
    subject TEXT NOT NULL,
    message_id TEXT NOT NULL,
    size BIGINT NOT NULL,
    outcome TEXT NOT NULL,
    reason TEXT NOT NULL,
    object TEXT NOT NULL,
    sealed {bytes}
);
CREATE INDEX servicedesk_letter_sender ON servicedesk_letter (sender, at);
CREATE INDEX servicedesk_letter_object ON servicedesk_letter (object);
CREATE INDEX servicedesk_letter_kept ON servicedesk_letter (id) WHERE outcome = 'kept';
