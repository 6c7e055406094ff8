-- id: servicedesk.created
-- title.da: Oprettede sager
-- title.en: Cases created
-- definition.da: Sager, der er åbnet i perioden (opened_at). Sagen tæller med de værdier, som den første række har. En sag, der flyttes, oprettes ikke igen.
-- definition.en: Cases opened in the period (opened_at). A case counts with the values of its first row. A case that moves is not created again.
-- formula: cases opened
-- formula.da: oprettede sager
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
  AND kind = 'created'
