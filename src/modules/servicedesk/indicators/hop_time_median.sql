-- id: servicedesk.hop_time_median
-- title.da: Tid pr. gruppe, median
-- title.en: Time per hop, median
-- definition.da: Medianen af, hvor længe en sag står ved samme gruppe og niveau, i kalendertid: fra den kommer dertil (eller genåbnes der), til den flyttes videre, løses eller lukkes, på den dag det sker. Nærmeste rang.
-- definition.en: The median of how long a case stands at one group and level, in elapsed time: from when it comes there (or reopens there) until it moves on, is resolved or closed, on the day that happens. Nearest rank.
-- formula: p50(left − arrived)
-- formula.da: p50(videre − ankomst)
-- aggregate: percentile
-- percentile: 50
-- unit: seconds
-- dims: level, org, group, category, type, priority, contact, system
-- table: servicedesk_hop
-- owner: IMT Servicedesk
-- status: published
SELECT id AS ref, day, level, org, grp AS "group", category, type, priority, contact, system,
       seconds AS num, CAST(NULL AS BIGINT) AS den
FROM servicedesk_hop
WHERE day BETWEEN :from AND :to
