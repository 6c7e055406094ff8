-- id: probes.available_net
-- title.da: Tilgængelighed uden varslede servicevinduer
-- title.en: Availability, announced windows left out
-- definition.da: Andel af målingerne, der lykkedes, uanset hvor længe de varede, uden målinger i servicevinduer, der var varslet, før de begyndte.
-- definition.en: Share of measurements that succeeded, however long they took, without measurements in maintenance windows that were announced before they began.
-- formula: successful / measurements outside announced windows
-- formula.da: lykkede / målinger uden for varslede vinduer
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
  AND net = 1
