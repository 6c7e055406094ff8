-- id: telephony.agent_time_needed_high
-- title.da: Agenttid, der skulle til, højst
-- title.en: Agent time needed, at most
-- definition.da: Som telephony.agent_time_needed, med det største behov i hvert kvarter (se telephony.agents_needed_high). Det sande ligger næppe helt ude ved kanten i alle kvarterer på én gang.
-- definition.en: As telephony.agent_time_needed, with the largest need of each quarter hour (see telephony.agents_needed_high). The truth hardly lies at the edge in all of them at once.
-- formula: upper end of the need (95 %)
-- formula.da: behovets øvre grænse (95 %)
-- aggregate: sum
-- model: telephony.agent_time_high
-- unit: seconds
-- dims: queue, weekday, hour, quarter_hour
-- table: telephony_visit
-- owner: IMT Servicedesk
-- status: published
SELECT id AS ref, day, queue, weekday, hour, hour * 4 + (entered % 3600) / 900 AS quarter_hour,
       entered, CASE WHEN outcome = 'answered' THEN 1 ELSE 0 END AS answered,
       CASE WHEN outcome = 'abandoned' THEN 1 ELSE 0 END AS abandoned, wait_s,
       CASE WHEN outcome = 'answered' AND talk_s IS NOT NULL
            THEN talk_s + COALESCE(ring_s, 0) END AS busy_s,
       1 AS num
FROM telephony_visit
WHERE day BETWEEN :from AND :to
  AND entered IS NOT NULL
