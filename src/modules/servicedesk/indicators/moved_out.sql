-- id: servicedesk.moved_out
-- title.da: Sager flyttet ud
-- title.en: Cases moved out
-- definition.da: Åbne sager, der er gået fra niveauet til et andet niveau (også til unknown), med værdierne før flytningen.
-- definition.en: Open cases that went from the level to another one (unknown included), with the values before the move.
-- formula: moves out to another level
-- formula.da: flytninger fra et niveau til et andet
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
  AND kind = 'moved_out' AND level_changed = 1
