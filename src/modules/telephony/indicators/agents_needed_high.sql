-- id: telephony.agents_needed_high
-- title.da: Agenter, der skulle til, højst
-- title.en: Agents needed, at most
-- definition.da: Som telephony.agents_needed, men det største behov, når opkald, tid pr. opkald og tålmodighed ligger inden for deres usikkerhed; de tre gælder samlet med mindst 95 % sikkerhed.
-- definition.en: As telephony.agents_needed, but the largest need while calls, time per call and patience lie within their uncertainty; the three hold together with at least 95 % confidence.
-- formula: upper end of the need (95 %)
-- formula.da: behovets øvre grænse (95 %)
-- aggregate: max
-- model: telephony.agents_high
-- unit: count
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
