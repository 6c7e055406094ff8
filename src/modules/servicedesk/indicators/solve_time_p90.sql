-- id: servicedesk.solve_time_p90
-- title.da: Løsningstid, 90 %
-- title.en: Time to solve, 90 %
-- definition.da: Den tid, som ni af ti sager højst har taget fra åbning til sidste løsning, i kalendertid, på dagen for løsningen. Nærmeste rang.
-- definition.en: The time that nine of ten cases took at most from opening to last resolution, in elapsed time, on the day of that resolution. Nearest rank.
-- formula: p90(last resolution − opened)
-- formula.da: p90(sidste løsning − åbning)
-- aggregate: percentile
-- percentile: 90
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
