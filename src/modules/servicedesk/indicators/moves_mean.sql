-- id: servicedesk.moves_mean
-- title.da: Flytninger pr. sag, gennemsnit
-- title.en: Moves per case, mean
-- definition.da: Hvor mange gange en sag i gennemsnit er flyttet mellem kendte grupper, opgjort på dagen for dens sidste lukning. Den første tildeling er ingen flytning.
-- definition.en: How many times a case moved between known groups on average, counted on the day of its last closing. The first assignment is no move.
-- formula: moves between known groups / cases closed
-- formula.da: flytninger mellem kendte grupper / lukkede sager
-- aggregate: mean
-- unit: count
-- dims: level, org, group, category, type, priority, contact, system
-- table: servicedesk_event
-- owner: IMT Servicedesk
-- status: published
SELECT id AS ref, day, level, org, grp AS "group", category, type, priority, contact, system,
       moves AS num, 1 AS den
FROM servicedesk_event
WHERE day BETWEEN :from AND :to
  AND kind = 'closed' AND moves IS NOT NULL
