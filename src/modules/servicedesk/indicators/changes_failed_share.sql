-- id: servicedesk.changes_failed_share
-- title.da: Mislykkede ændringer
-- title.en: Changes that failed
-- definition.da: Andel af de gennemførte ændringer, der er mislykket: resultatet er failed eller rolled_back, eller mindst én sag er registreret som forårsaget af ændringen, også når selve arbejdet lykkedes. Delvist lykkede ændringer uden følgesager er ikke mislykket. Tæller på dagen, hvor arbejdet sluttede; en følgesag, der registreres senere, retter tallet for den dag.
-- definition.en: Share of the changes carried out that failed: the result is failed or rolled_back, or at least one case is recorded as caused by the change, also where the work itself went well. Changes that succeeded in part and caused no case have not failed. Counted on the day the work ended; a case recorded later corrects the figure of that day.
-- formula: (failed or rolled back or caused incidents) / changes carried out
-- formula.da: (mislykket, rullet tilbage eller førte til hændelser) / gennemførte ændringer
-- aggregate: ratio
-- unit: fraction
-- dims: result, change_type, risk, system, org
-- table: servicedesk_change
-- owner: IMT Servicedesk
-- status: published
SELECT id AS ref, day, result, change_type, risk, system, org, failed AS num, 1 AS den
FROM servicedesk_change
WHERE day BETWEEN :from AND :to
