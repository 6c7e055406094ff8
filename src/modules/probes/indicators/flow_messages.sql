-- id: probes.flow_messages
-- title.da: Meddelelser i et led
-- title.en: Messages at a hop
-- definition.da: Antal HL7-meddelelser, der blev set i et led, talt på den dag, de først blev set dér. Gentagelser tæller ikke med, kvitteringer heller ikke.
-- definition.en: Number of HL7 messages that were seen at a hop, by the day they were first seen there. Neither repetitions nor acknowledgements are counted.
-- formula: messages seen
-- formula.da: sete meddelelser
-- aggregate: count
-- unit: count
-- table: probes_flow
-- dims: hop, flow
-- owner: IMT Drift
-- status: published
SELECT id AS ref, day, hop, flow,
       1 AS num,
       CAST(NULL AS BIGINT) AS den
FROM probes_flow
WHERE day BETWEEN :from AND :to
