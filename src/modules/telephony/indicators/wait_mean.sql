-- id: telephony.wait_mean
-- title.da: Gennemsnitlig ventetid
-- title.en: Mean wait
-- definition.da: Gennemsnitlig ventetid for besvarede opkald, fra opkaldet kom i køen, til det blev besvaret.
-- definition.en: Mean wait of answered calls, from entering the queue until the answer.
-- formula: sum of waits / answered
-- formula.da: sum af ventetid / besvarede
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
  AND outcome = 'answered'
