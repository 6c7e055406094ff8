-- id: telephony.wait_max
-- title.da: Længste ventetid
-- title.en: Longest wait
-- definition.da: Den længste ventetid blandt alle afsluttede forløb i køen: besvarede, afbrudte og opkald, der forlod køen.
-- definition.en: The longest wait of all visits to the queue that ended: answered, abandoned, and calls that left the queue.
-- formula: max wait of answered, abandoned and left
-- formula.da: længste ventetid af besvarede, afbrudte og dem, der forlod køen
-- aggregate: max
-- unit: seconds
-- table: telephony_visit
-- dims: queue, hour, weekday
-- owner: IMT Servicedesk
-- status: published
SELECT id AS ref, day, queue, hour, weekday,
       wait_s AS num,
       CAST(NULL AS BIGINT) AS den
FROM telephony_visit
WHERE day BETWEEN :from AND :to
  AND outcome <> 'open'
