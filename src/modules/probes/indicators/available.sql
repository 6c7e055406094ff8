-- id: probes.available
-- title.da: Tilgængelighed
-- title.en: Availability
-- definition.da: Andel af målingerne, der lykkedes, uanset hvor længe de varede, også i servicevinduer.
-- definition.en: Share of measurements that succeeded, however long they took, maintenance windows included.
-- formula: successful / all measurements
-- formula.da: lykkede / alle målinger
-- aggregate: ratio
-- unit: percent
-- table: probes_result
-- dims: system, action, kind, site, seat, hour, weekday
-- owner: IMT Drift
-- status: published
SELECT id AS ref, day, system, action, kind, site, seat, hour, weekday,
       CASE WHEN outcome = 'ok' THEN 1 ELSE 0 END AS num,
       1 AS den
FROM probes_result
WHERE day BETWEEN :from AND :to
