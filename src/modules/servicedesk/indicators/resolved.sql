-- id: servicedesk.resolved
-- title.da: Løste sager
-- title.en: Cases resolved
-- definition.da: Hver gang en sag kommer i tilstanden Resolved. Den sidste løsning tæller på resolved_at.
-- definition.en: Every time a case enters the state Resolved. The last resolution counts at resolved_at.
-- formula: entries into Resolved
-- formula.da: skift til Resolved
-- aggregate: count
-- unit: count
-- dims: level, org, group, category, type, priority, contact, system
-- table: servicedesk_event
-- owner: IMT Servicedesk
-- status: published
SELECT id AS ref, day, level, org, grp AS "group", category, type, priority, contact, system,
       1 AS num, CAST(NULL AS BIGINT) AS den
FROM servicedesk_event
WHERE day BETWEEN :from AND :to
  AND kind = 'resolved'
