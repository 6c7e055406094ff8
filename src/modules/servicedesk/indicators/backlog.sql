-- id: servicedesk.backlog
-- title.da: Aktive sager
-- title.en: Backlog of cases
-- definition.da: Sager, der er åbne ved udgangen af periodens sidste dag: fra de åbnes, til de lukkes. En løst sag, der ikke er lukket, er stadig åben.
-- definition.en: Cases open at the end of the last day of the period: from opened until closed. A case that is resolved but not closed is still open.
-- formula: cases opened and not closed
-- formula.da: sager, der er åbnet og ikke lukket
-- aggregate: balance
-- unit: count
-- dims: level, org, group, category, type, priority, contact, system
-- table: servicedesk_stay
-- owner: IMT Servicedesk
-- status: published
SELECT id AS ref, from_day, to_day, level, org, grp AS "group", category, type, priority,
       contact, system, cls
FROM servicedesk_stay
