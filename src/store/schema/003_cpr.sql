-- Civil registration numbers that were typed into a text, kept apart from it and enciphered. The text
-- holds a mask; ordinal 1 is the first mask of the field as it was written by entry seq.
CREATE TABLE core_cpr (
    id {id},
    seq BIGINT NOT NULL,
    object TEXT NOT NULL,
    field TEXT NOT NULL,
    ordinal BIGINT NOT NULL,
    cipher {bytes} NOT NULL
);
CREATE INDEX core_cpr_object ON core_cpr (object, field);
