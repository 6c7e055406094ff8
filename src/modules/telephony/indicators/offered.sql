-- id: telephony.offered
-- title.da: Opkald til køen
-- title.en: Calls offered
-- definition.da: Antal gange, et opkald er kommet i køen. Et opkald, der kommer i flere køer eller i den samme kø igen, tæller hver gang.
-- definition.en: Number of times a call entered the queue. A call that enters several queues, or the same queue again, counts each time.
-- formula: all visits
-- formula.da: alle opkald til køen
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
