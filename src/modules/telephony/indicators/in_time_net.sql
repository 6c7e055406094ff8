-- id: telephony.in_time_net
-- title.da: Besvaret inden for 5 minutter, uden korte afbrud
-- title.en: Answered within 5 minutes, short abandons left out
-- definition.da: Andel besvaret senest 300 sekunder, efter at de kom i køen, af alle opkald til køen undtagen dem, der blev afbrudt inden for de første 10 sekunder.
-- definition.en: Share answered within 300 seconds of entering the queue, of all calls offered except those abandoned within the first 10 seconds.
-- formula: answered ≤ 300 s / (offered − abandoned ≤ 10 s)
-- formula.da: besvaret ≤ 300 s / (alle opkald − afbrudt ≤ 10 s)
-- aggregate: ratio
-- unit: fraction
-- table: telephony_visit
-- dims: queue, hour, weekday
-- owner: IMT Servicedesk
-- status: published
SELECT id AS ref, day, queue, hour, weekday,
       CASE WHEN outcome = 'answered' AND wait_s <= 300 THEN 1 ELSE 0 END AS num,
       1 AS den
FROM telephony_visit
WHERE day BETWEEN :from AND :to
  AND NOT (outcome = 'abandoned' AND wait_s <= 10)
