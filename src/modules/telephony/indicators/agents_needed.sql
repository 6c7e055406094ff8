-- id: telephony.agents_needed
-- title.da: Agenter, der skulle til
-- title.en: Agents needed
-- definition.da: Hvor mange agenter der skulle have siddet ved telefonen på én gang i det kvarter, der krævede flest, for at 75 % af opkaldene til køen ville være besvaret inden for 300 sekunder. Et skøn efter modellen Erlang A, ikke en optælling: hvert kvarter af en ugedag regnes med periodens gennemsnitlige opkald og tid pr. opkald, og ventende lægger på i samme takt som periodens opkald. Hver kø regnes for sig. Pauser, møder og sygdom er ikke med. Registreringerne er alle opkald til køen i kvartererne.
-- definition.en: How many agents should have been at the phones at once, in the quarter hour that needed most, for 75 % of the calls offered to the queue to be answered within 300 seconds. An estimate by the model Erlang A, not a count: each quarter hour of a weekday has the period's mean of calls and of time per call, and those who wait hang up at the rate of the period's calls. Each queue is reckoned for itself. Breaks, meetings and sickness are not in it. The records are all calls offered in those quarter hours.
-- formula: largest need of a quarter hour (Erlang A, 75 % ≤ 300 s)
-- formula.da: største behov i et kvarter (Erlang A, 75 % ≤ 300 s)
-- aggregate: max
-- model: telephony.agents
-- unit: count
-- dims: queue, weekday, hour, quarter_hour
-- beside: telephony.agents_needed_high
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
