-- Accounts that sign in elsewhere. origin: '' has a password here, 'oidc', 'ldap'; subject: what the
-- other system calls the person for ever.
ALTER TABLE core_user ADD COLUMN origin TEXT NOT NULL DEFAULT '';
ALTER TABLE core_user ADD COLUMN subject TEXT NOT NULL DEFAULT '';
CREATE UNIQUE INDEX core_user_subject ON core_user (origin, subject) WHERE origin <> '';
