-- id: servicedesk.sla_kept
-- title.da: Overholdte mål (SLA)
-- title.en: Targets kept (SLA)
-- definition.da: Andel af sagernes mål (første svar og løsning), der er overholdt. Kun tid, hvor uret går, tæller: ikke uden for åbningstiden, ikke på pause og ikke, mens sagen er løst. Et mål er overholdt, når tiden er højst fristen. Det tæller én gang: på dagen, hvor fristen overskrides, ellers på dagen, hvor det sidst blev opfyldt. En frist, der endnu løber, tæller på den dag, den udløber, hvis intet sker inden da. Sager uden mål eller hændelse tæller ikke med, men står for sig.
-- definition.en: Share of the targets of cases (first response and resolution) that were kept. Only time during which the clock runs counts: not outside opening hours, not paused and not while the case is resolved. A target is kept when that time is at most the limit. It counts once: on the day on which the limit is passed, else on the day on which it was last met. A limit that still runs counts on the day it ends, should nothing happen before. Cases that lack a target or an event are not counted but listed apart.
-- formula: targets with running time ≤ limit / targets counted
-- formula.da: mål, hvor uret har gået højst fristen / mål, der tæller
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
  AND clock IN (1, 3, 5, 7)
