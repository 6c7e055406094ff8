-- id: servicedesk.solve_time_median
-- title.da: Løsningstid, median
-- title.en: Time to solve, median
-- definition.da: Medianen af tiden fra sagen er åbnet til dens sidste løsning, i kalendertid, på dagen for løsningen. Nærmeste rang.
-- definition.en: The median of the time from the opening of a case to its last resolution, in elapsed time, on the day of that resolution. Nearest rank.
-- formula: p50(last resolution − opened)
-- formula.da: p50(sidste løsning − åbning)
-- aggregate: percentile
-- percentile: 50
-- unit: seconds
-- dims: level, org, group, category, type, priority, contact, system
-- table: servicedesk_event
-- owner: IMT Servicedesk
-- status: published
SELECT id AS ref, day, level, org, grp AS "group", category, type, priority, contact, system,
       elapsed_s AS num, CAST(NULL AS BIGINT) AS den
FROM servicedesk_event
WHERE day BETWEEN :from AND :to
  AND kind = 'solved'
