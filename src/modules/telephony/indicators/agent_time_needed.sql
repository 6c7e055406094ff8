-- id: telephony.agent_time_needed
-- title.da: Agenttid, der skulle til
-- title.en: Agent time needed
-- definition.da: Den tid ved telefonen, som det i perioden ville have krævet at besvare 75 % af opkaldene til køen inden for 300 sekunder: behovet i hvert kvarter af ugen (se telephony.agents_needed) gange kvarterets længde og antallet af sådanne ugedage i perioden. Et skøn efter modellen Erlang A, ikke en optælling. Kvarterer uden opkald regnes ikke med. Perioder kan ikke lægges sammen. Registreringerne er alle opkald til køen.
-- definition.en: The time at the phones that answering 75 % of the calls offered to the queue within 300 seconds would have taken in the period: the need of each quarter hour of the week (see telephony.agents_needed) times its length and the number of such weekdays in the period. An estimate by the model Erlang A, not a count. Quarter hours without a call are not in it. Periods cannot be added up. The records are all calls offered to the queue.
-- formula: Σ agents × 900 s × days (Erlang A, 75 % ≤ 300 s)
-- formula.da: Σ agenter × 900 s × dage (Erlang A, 75 % ≤ 300 s)
-- aggregate: sum
-- model: telephony.agent_time
-- unit: seconds
-- dims: queue, weekday, hour, quarter_hour
-- beside: telephony.agent_time_needed_high
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
