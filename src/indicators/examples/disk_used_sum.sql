-- id: desk.disk_used_sum
-- title.da: Brugt diskplads i alt
-- title.en: Disk space used in all
-- definition.da: Summen af brugt plads ved den seneste måling af hver disk.
-- definition.en: Sum of the space used at the last reading of each disk.
-- formula: sum of last used
-- aggregate: latest
-- unit: count
-- table: desk_reading
-- dims: place
-- owner: example
-- status: published
SELECT id AS ref, day, at, disk AS thing, place, used AS num, CAST(NULL AS BIGINT) AS den
FROM desk_reading
WHERE size >= 100
