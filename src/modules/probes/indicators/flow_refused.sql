-- id: probes.flow_refused
-- title.da: Afviste meddelelser
-- title.en: Refused messages
-- definition.da: Antal HL7-meddelelser, som et led svarede nej til (MSA-1 er AE, AR, CE eller CR), talt på den dag, de først blev set i leddet.
-- definition.en: Number of HL7 messages that a hop answered with a refusal (MSA-1 is AE, AR, CE or CR), by the day they were first seen at the hop.
-- formula: messages whose acknowledgement refuses them
-- formula.da: meddelelser, hvis kvittering afviser dem
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
  AND code IN ('AE', 'AR', 'CE', 'CR')
