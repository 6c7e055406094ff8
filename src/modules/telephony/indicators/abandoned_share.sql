-- id: telephony.abandoned_share
-- title.da: Andel afbrudte opkald
-- title.en: Share of calls abandoned
-- definition.da: Afbrudte opkald som andel af alle opkald til køen.
-- definition.en: Abandoned calls as a share of all calls offered to the queue.
-- formula: abandoned / offered
-- formula.da: afbrudt / alle opkald til køen
-- aggregate: ratio
-- unit: fraction
-- table: telephony_visit
-- dims: queue, hour, weekday
-- owner: IMT Servicedesk
-- status: published
SELECT id AS ref, day, queue, hour, weekday,
       CASE WHEN outcome = 'abandoned' THEN 1 ELSE 0 END AS num,
       1 AS den
FROM telephony_visit
WHERE day BETWEEN :from AND :to
