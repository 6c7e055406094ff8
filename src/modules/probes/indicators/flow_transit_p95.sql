-- id: probes.flow_transit_p95
-- title.da: Meddelelsers tid til næste led, 95-percentil
-- title.en: Time of messages to the next hop, 95th percentile
-- definition.da: Den tid, som mindst 95 % af de HL7-meddelelser, der nåede frem til det næste led, højst var om det, talt på den dag og i det led, hvor de først blev set. Nærmeste rang: værdien er altid en målt tid. Meddelelser, der ikke nåede frem, indgår ikke, men tælles som tabte; meddelelser, som det næste led så før dette, mangler en tid og står for sig.
-- definition.en: The time that at least 95 % of the HL7 messages that reached the next hop took at most, by the day and hop at which they were first seen. Nearest rank: the value is always a time that was measured. Messages that did not arrive do not enter it but are counted as lost; messages that the next hop saw before this one lack a time and are listed apart.
-- formula: time to the next hop of arrived messages at rank ⌈95 · n / 100⌉
-- formula.da: tid til næste led for ankomne meddelelser på plads ⌈95 · n / 100⌉
-- aggregate: percentile
-- percentile: 95
-- unit: milliseconds
-- table: probes_flow
-- dims: hop, flow
-- owner: IMT Drift
-- status: published
SELECT id AS ref, day, hop, flow,
       transit_ms AS num,
       CAST(NULL AS BIGINT) AS den
FROM probes_flow
WHERE day BETWEEN :from AND :to
  AND state IN ('passed', 'clock')
