-- id: telephony.in_time_answered
-- title.da: Besvaret inden for 5 minutter, af besvarede
-- title.en: Answered within 5 minutes, of answered
-- definition.da: Andel af de besvarede opkald, der er besvaret senest 300 sekunder, efter at de kom i køen. Afbrudte opkald indgår ikke.
-- definition.en: Share of the answered calls that were answered within 300 seconds of entering the queue. Abandoned calls are not part of it.
-- formula: answered ≤ 300 s / answered
-- formula.da: besvaret ≤ 300 s / besvaret
-- aggregate: ratio
-- unit: fraction
-- table: telephony_visit
-- dims: queue, hour, weekday
-- owner: IMT Servicedesk
-- status: published
SELECT id AS ref, day, queue, hour, weekday,
       CASE WHEN wait_s <= 300 THEN 1 ELSE 0 END AS num,
       1 AS den
FROM telephony_visit
WHERE day BETWEEN :from AND :to
  AND outcome = 'answered'
