-- id: probes.median
-- title.da: Median af svartiden
-- title.en: Median response time
-- definition.da: Den svartid, som mindst halvdelen af de lykkede målinger højst havde. Nærmeste rang: værdien er altid en svartid, der er målt. Mislykkede målinger indgår ikke.
-- definition.en: The response time that at least half of the successful measurements did not exceed. Nearest rank: the value is always a time that was measured. Failed measurements do not enter it.
-- formula: response time of successful at rank ⌈50 · n / 100⌉
-- formula.da: svartid for lykkede på plads ⌈50 · n / 100⌉
-- aggregate: percentile
-- percentile: 50
-- unit: milliseconds
-- table: probes_result
-- dims: system, action, kind, site, seat, hour, weekday
-- owner: IMT Drift
-- status: published
SELECT id AS ref, day, system, action, kind, site, seat, hour, weekday,
       ms AS num,
       CAST(NULL AS BIGINT) AS den
FROM probes_result
WHERE day BETWEEN :from AND :to
  AND outcome = 'ok'
