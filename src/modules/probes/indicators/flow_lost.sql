-- id: probes.flow_lost
-- title.da: Tabte meddelelser
-- title.en: Lost messages
-- definition.da: Antal HL7-meddelelser, der blev set i et led, men ikke i det næste, da leddets frist var gået, talt på den dag, de først blev set i leddet. Meddelelser, hvis frist ikke var gået ved logfilens slutning, tælles ikke. Kommer en meddelelse frem senere, er den ikke længere tabt.
-- definition.en: Number of HL7 messages that were seen at a hop but not at the next one when the limit of the hop had passed, by the day they were first seen at the hop. Messages whose limit had not passed when the log ended are not counted. A message that arrives later is lost no more.
-- formula: messages absent at the next hop after the limit
-- formula.da: meddelelser, der ikke er set i næste led efter fristen
-- aggregate: count
-- unit: count
-- table: probes_flow
-- dims: hop, flow
-- owner: IMT Drift
-- status: published
SELECT f.id AS ref, f.day, f.hop, f.flow,
       1 AS num,
       CAST(NULL AS BIGINT) AS den
FROM probes_flow f
JOIN (SELECT source, MAX(at + COALESCE(answered_ms, 0) / 1000) AS last_at
      FROM probes_flow GROUP BY source) ends
  ON ends.source = f.source
WHERE f.day BETWEEN :from AND :to
  AND f.state = 'absent' AND f.due < ends.last_at
