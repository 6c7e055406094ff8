-- id: telephony.wait_p90
-- title.da: Ventetid, 90-percentil
-- title.en: Wait, 90th percentile
-- definition.da: Den ventetid, som mindst 90 % af de besvarede opkald højst havde. Nærmeste rang: værdien er altid en ventetid, der er forekommet.
-- definition.en: The wait that at least 90 % of the answered calls did not exceed. Nearest rank: the value is always a wait that occurred.
-- formula: wait of answered at rank ⌈90 · n / 100⌉
-- formula.da: ventetid for besvarede på plads ⌈90 · n / 100⌉
-- aggregate: percentile
-- percentile: 90
-- unit: seconds
-- table: telephony_visit
-- dims: queue, hour, weekday
-- owner: IMT Servicedesk
-- status: published
SELECT id AS ref, day, queue, hour, weekday,
       wait_s AS num,
       CAST(NULL AS BIGINT) AS den
FROM telephony_visit
WHERE day BETWEEN :from AND :to
  AND outcome = 'answered'
