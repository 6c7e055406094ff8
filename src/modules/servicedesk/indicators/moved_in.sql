-- id: servicedesk.moved_in
-- title.da: Sager flyttet ind
-- title.en: Cases moved in
-- definition.da: Åbne sager, der er kommet til niveauet fra et andet niveau (også fra unknown), med værdierne efter flytningen. Den første tildeling tæller ud af unknown.
-- definition.en: Open cases that came to the level from another one (unknown included), with the values after the move. The first assignment counts out of unknown.
-- formula: moves into another level
-- formula.da: flytninger til et andet niveau
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
  AND kind = 'moved_in' AND level_changed = 1
