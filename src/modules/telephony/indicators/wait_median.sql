-- id: telephony.wait_median
-- title.da: Median af ventetiden
-- title.en: Median wait
-- definition.da: Den ventetid, som mindst halvdelen af de besvarede opkald højst havde. Nærmeste rang: værdien er altid en ventetid, der er forekommet.
-- definition.en: The wait that at least half of the answered calls did not exceed. Nearest rank: the value is always a wait that occurred.
-- formula: wait of answered at rank ⌈50 · n / 100⌉
-- formula.da: ventetid for besvarede på plads ⌈50 · n / 100⌉
-- aggregate: percentile
-- percentile: 50
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
