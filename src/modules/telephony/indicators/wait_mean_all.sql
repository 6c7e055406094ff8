-- id: telephony.wait_mean_all
-- title.da: Gennemsnitlig ventetid, alle
-- title.en: Mean wait, all callers
-- definition.da: Gennemsnitlig ventetid for alle afsluttede forløb i køen: besvarede, afbrudte og opkald, der forlod køen.
-- definition.en: Mean wait of all visits to the queue that ended: answered, abandoned, and calls that left the queue.
-- formula: sum of waits / (answered + abandoned + left)
-- formula.da: sum af ventetid / (besvarede + afbrudte + dem, der forlod køen)
-- aggregate: mean
-- unit: seconds
-- table: telephony_visit
-- dims: queue, hour, weekday
-- owner: IMT Servicedesk
-- status: published
SELECT id AS ref, day, queue, hour, weekday,
       wait_s AS num,
       1 AS den
FROM telephony_visit
WHERE day BETWEEN :from AND :to
  AND outcome <> 'open'
