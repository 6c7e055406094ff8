-- id: servicedesk.changes_with_incidents
-- title.da: Ændringer, der førte til hændelser
-- title.en: Changes that caused incidents
-- definition.da: Gennemførte ændringer, som mindst én sag er registreret som forårsaget af, på dagen, hvor arbejdet sluttede. Registreringen sker på sagen eller på ændringen.
-- definition.en: Changes carried out that at least one case is recorded as caused by, by the day the work ended. It is recorded on the case or on the change.
-- formula: changes carried out with cases caused ≥ 1
-- formula.da: gennemførte ændringer med følgesager ≥ 1
-- aggregate: count
-- unit: count
-- dims: result, change_type, risk, system, org
-- table: servicedesk_change
-- owner: IMT Servicedesk
-- status: published
SELECT id AS ref, day, result, change_type, risk, system, org, 1 AS num, CAST(NULL AS BIGINT) AS den
FROM servicedesk_change
WHERE day BETWEEN :from AND :to
  AND incidents > 0
