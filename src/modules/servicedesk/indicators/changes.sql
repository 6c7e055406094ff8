-- id: servicedesk.changes
-- title.da: Gennemførte ændringer
-- title.en: Changes carried out
-- definition.da: Ændringer, hvis gennemførelse er afsluttet, på dagen, hvor arbejdet sluttede, efter resultat: lykkedes (successful), lykkedes delvist (partial), rullet tilbage (rolled_back) eller mislykkedes (failed). Ændringer, der er afvist eller aflyst, er ikke gennemført og tæller ikke. En ændring tæller én gang, under det system, der er nævnt først.
-- definition.en: Changes whose implementation has ended, by the day the work ended, by result: successful, partial, rolled_back or failed. Changes that were rejected or cancelled were not carried out and do not count. A change counts once, under the system named first.
-- formula: changes carried out
-- formula.da: gennemførte ændringer
-- aggregate: count
-- unit: count
-- dims: result, change_type, risk, system, org
-- table: servicedesk_change
-- owner: IMT Servicedesk
-- status: published
SELECT id AS ref, day, result, change_type, risk, system, org, 1 AS num, CAST(NULL AS BIGINT) AS den
FROM servicedesk_change
WHERE day BETWEEN :from AND :to
