-- id: servicedesk.sla_kept_gross
-- title.da: Overholdte mål, også med pauser
-- title.en: Targets kept, pauses counted
-- definition.da: Som servicedesk.sla_kept, men tiden på pause tæller med: andel af sagernes mål, hvor tid på pause og tid, hvor uret går, tilsammen er højst fristen.
-- definition.en: As servicedesk.sla_kept, but with pauses: share of the targets of cases for which paused and running time together are at most the limit.
-- formula: targets with running + paused time ≤ limit / targets counted
-- formula.da: mål, hvor tiden med pauser er højst fristen / mål, der tæller
-- aggregate: ratio
-- unit: fraction
-- dims: level, org, group, category, type, priority, contact, system, target
-- table: servicedesk_target
-- owner: IMT Servicedesk
-- status: published
SELECT id AS ref, day, level, org, grp AS "group", category, type, priority, contact, system, target,
       kept AS num, 1 AS den
FROM servicedesk_target
WHERE day BETWEEN :from AND :to
  AND clock IN (2, 3, 6, 7)
