-- id: telephony.answered
-- title.da: Besvarede opkald
-- title.en: Calls answered
-- definition.da: Antal opkald til køen, som en medarbejder har besvaret, også hvis samtalen endnu er i gang.
-- definition.en: Number of calls to the queue that an agent answered, also while the conversation is still going on.
-- formula: answered
-- formula.da: besvaret
-- aggregate: count
-- unit: count
-- table: telephony_visit
-- dims: queue, hour, weekday
-- owner: IMT Servicedesk
-- status: published
SELECT id AS ref, day, queue, hour, weekday,
       1 AS num,
       CAST(NULL AS BIGINT) AS den
FROM telephony_visit
WHERE day BETWEEN :from AND :to
  AND outcome = 'answered'
