-- id: telephony.abandoned
-- title.da: Afbrudte opkald
-- title.en: Calls abandoned
-- definition.da: Antal opkald til køen, hvor der blev lagt på, før nogen svarede. Opkald, som telefonanlægget ikke kunne stille igennem, tæller med.
-- definition.en: Number of calls to the queue where the caller hung up before anybody answered. Calls that the phone system could not connect count too.
-- formula: abandoned
-- formula.da: afbrudt
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
  AND outcome = 'abandoned'
