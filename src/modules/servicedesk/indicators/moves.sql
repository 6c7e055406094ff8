-- id: servicedesk.moves
-- title.da: Flytninger
-- title.en: Moves
-- definition.da: Hvor mange gange en åben sag er flyttet fra en gruppe eller et niveau til et andet, på dagen for flytningen, med værdierne fra det sted, den kom fra. Den første tildeling er ingen flytning.
-- definition.en: How many times an open case moved from one group or level to another, on the day of the move, with the values of the place it came from. The first assignment is no move.
-- formula: moves out of a group or level
-- formula.da: flytninger fra en gruppe eller et niveau
-- aggregate: count
-- unit: count
-- dims: level, org, group, category, type, priority, contact, system
-- table: servicedesk_hop
-- owner: IMT Servicedesk
-- status: published
SELECT id AS ref, day, level, org, grp AS "group", category, type, priority, contact, system,
       1 AS num, CAST(NULL AS BIGINT) AS den
FROM servicedesk_hop
WHERE day BETWEEN :from AND :to
  AND moved = 1
