-- id: probes.measured
-- title.da: Målinger
-- title.en: Measurements
-- definition.da: Antal målinger: lykkede, mislykkede og dem, der ikke fik svar i tide.
-- definition.en: Number of measurements: successful, failed and timed out.
-- formula: all measurements
-- formula.da: alle målinger
-- aggregate: count
-- unit: count
-- table: probes_result
-- dims: system, action, kind, site, seat, hour, weekday
-- owner: IMT Drift
-- status: published
SELECT id AS ref, day, system, action, kind, site, seat, hour, weekday,
       1 AS num,
       CAST(NULL AS BIGINT) AS den
FROM probes_result
WHERE day BETWEEN :from AND :to
