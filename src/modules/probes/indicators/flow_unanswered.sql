-- id: probes.flow_unanswered
-- title.da: Meddelelser uden kvittering
-- title.en: Unacknowledged messages
-- definition.da: Antal HL7-meddelelser uden kvittering i et led, hvor der ellers kvitteres, talt på den dag, de først blev set i leddet. Kommer kvitteringen senere, tælles meddelelsen ikke længere.
-- definition.en: Number of HL7 messages without acknowledgement at a hop where others are acknowledged, by the day they were first seen at the hop. A message whose acknowledgement comes later counts no more.
-- formula: messages without acknowledgement
-- formula.da: meddelelser uden kvittering
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
JOIN (SELECT flow, hop, COUNT(answered_ms) AS answered FROM probes_flow GROUP BY flow, hop) others
  ON others.flow = f.flow AND others.hop = f.hop
WHERE f.day BETWEEN :from AND :to
  AND f.answered_ms IS NULL AND others.answered > 0
