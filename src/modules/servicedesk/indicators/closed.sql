-- id: servicedesk.closed
-- title.da: Lukkede sager
-- title.en: Cases closed
-- definition.da: Hver gang en sag kommer i tilstanden Closed, med lukningsrækkens værdier. Den sidste lukning tæller på closed_at.
-- definition.en: Every time a case enters the state Closed, with the values of the closing row. The last closing counts at closed_at.
-- formula: entries into Closed
-- formula.da: skift til Closed
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
  AND kind = 'closed'
