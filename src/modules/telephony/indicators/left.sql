-- id: telephony.left
-- title.da: Opkald, der forlod køen
-- title.en: Calls that left the queue
-- definition.da: Antal opkald, der forlod køen uden at blive besvaret eller afbrudt: ventetiden udløb, køen var uden agenter, den ventende valgte sig ud med en tast, eller opkaldet blev taget ud af køen.
-- definition.en: Number of calls that left the queue neither answered nor abandoned: the waiting time ran out, there were no agents, the caller chose another way by a key, or the call was withdrawn.
-- formula: left
-- formula.da: forlod køen
-- aggregate: count
-- unit: count
-- table: telephony_visit
-- dims: queue, hour, weekday, way
-- owner: IMT Servicedesk
-- status: published
SELECT id AS ref, day, queue, hour, weekday, way,
       1 AS num,
       CAST(NULL AS BIGINT) AS den
FROM telephony_visit
WHERE day BETWEEN :from AND :to
  AND outcome = 'left'
