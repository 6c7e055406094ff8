-- id: telephony.open
-- title.da: Opkald uden afslutning
-- title.en: Calls not ended
-- definition.da: Antal opkald, der kom i køen, og hvis videre forløb endnu ikke er modtaget.
-- definition.en: Number of calls that entered the queue and whose further course has not been received yet.
-- formula: open
-- formula.da: endnu åbne opkald
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
  AND outcome = 'open'
