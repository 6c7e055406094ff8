-- id: probes.flow_duplicated
-- title.da: Gentagne meddelelser
-- title.en: Repeated messages
-- definition.da: Hvor mange gange en HL7-meddelelse med samme afsender og nummer kom igen i et led inden for et døgn, talt på den dag, den først blev set i leddet.
-- definition.en: How many times an HL7 message with the same sender and number came again at a hop within 24 hours, by the day it was first seen at the hop.
-- formula: sum of repetitions
-- formula.da: summen af gentagelser
-- aggregate: sum
-- unit: count
-- table: probes_flow
-- dims: hop, flow
-- owner: IMT Drift
-- status: published
SELECT id AS ref, day, hop, flow,
       repeats AS num,
       CAST(NULL AS BIGINT) AS den
FROM probes_flow
WHERE day BETWEEN :from AND :to
  AND repeats > 0
