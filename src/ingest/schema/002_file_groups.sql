-- A log that is followed comes as thousands of small files: only those that may hold an import's
-- groups are looked at.
CREATE INDEX core_file_groups ON core_file (max_group, min_group);
