-- id: telephony.in_time_offered
-- title.da: Besvaret inden for 5 minutter
-- title.en: Answered within 5 minutes
-- definition.da: Andel af alle opkald til køen, der er besvaret senest 300 sekunder, efter at de kom i køen. Regionens mål er 75 %.
-- definition.en: Share of all calls offered to the queue that were answered within 300 seconds of entering it. The region's goal is 75 %.
-- formula: answered ≤ 300 s / offered
-- formula.da: besvaret ≤ 300 s / alle opkald til køen
-- aggregate: ratio
-- unit: fraction
-- table: telephony_visit
-- dims: queue, hour, weekday
-- target: >= 75 % from 2013-05-01
-- green: >= 75 %
-- yellow: >= 60 %
-- owner: IMT Servicedesk
-- status: published
SELECT id AS ref, day, queue, hour, weekday,
       CASE WHEN outcome = 'answered' AND wait_s <= 300 THEN 1 ELSE 0 END AS num,
       1 AS den
FROM telephony_visit
WHERE day BETWEEN :from AND :to
