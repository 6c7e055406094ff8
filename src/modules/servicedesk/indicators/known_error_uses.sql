-- id: servicedesk.known_error_uses
-- title.da: Brug af kendte fejl
-- title.en: Known errors used
-- definition.da: Hvor mange gange en sag er knyttet til en kendt fejl, dvs. et problem med en beskrevet løsning eller omvej, på dagen, hvor den blev knyttet til. En sag tæller én gang for hver kendt fejl. Bliver problemet først en kendt fejl bagefter, eller fjernes tilknytningen igen, tæller den ikke.
-- definition.en: How many times a case was linked to a known error, that is a problem with a written workaround, by the day it was linked. A case counts once for each known error. Where the problem became a known error only afterwards, or the link was removed again, it does not count.
-- formula: cases linked to known errors
-- formula.da: sager knyttet til kendte fejl
-- aggregate: count
-- unit: count
-- dims: level, org, group, category, type, priority, contact, system
-- covered_by: live
-- table: servicedesk_event
-- owner: IMT Servicedesk
-- status: published
SELECT id AS ref, day, level, org, grp AS "group", category, type, priority, contact, system,
       1 AS num, CAST(NULL AS BIGINT) AS den
FROM servicedesk_event
WHERE day BETWEEN :from AND :to
  AND kind = 'known_error'
