-- id: desk.disk_used
-- title.da: Brugt diskplads
-- title.en: Disk space used
-- definition.da: Brugt plads ved den seneste måling af hver disk, delt med diskenes størrelse.
-- definition.en: Space used at the last reading of each disk, divided by the size of the disks.
-- formula: last used / last size
-- aggregate: latest
-- unit: percent
-- table: desk_reading
-- dims: place
-- owner: example
-- status: published
SELECT id AS ref, day, at, disk AS thing, place, used AS num, size AS den
FROM desk_reading
