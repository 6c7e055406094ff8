-- id: probes.failed
-- title.da: Mislykkede målinger
-- title.en: Failed measurements
-- definition.da: Antal målinger, der mislykkedes eller ikke fik svar i tide.
-- definition.en: Number of measurements that failed or timed out.
-- formula: failed + timed out
-- formula.da: mislykkede + uden svar i tide
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
  AND outcome <> 'ok'
