-- id: servicedesk.major_incidents
-- title.da: Kritiske hændelser
-- title.en: Major incidents
-- definition.da: Kritiske hændelser, på dagen, hvor de blev erklæret. En hændelse er kritisk, når mindst ét af regionens skrevne kriterier er opfyldt. Den tæller én gang, under det system og det sted, der er nævnt først; de øvrige berørte steder er med i servicedesk.major_places. Hændelser, der er trukket tilbage som fejl, tæller ikke.
-- definition.en: Major incidents, by the day they were declared. An incident is major when at least one of the region's written criteria is met. It counts once, under the system and the place named first; the other places affected are in servicedesk.major_places. Those withdrawn as mistakes do not count.
-- formula: major incidents declared
-- formula.da: erklærede kritiske hændelser
-- aggregate: count
-- unit: count
-- dims: criticality, system, org
-- table: servicedesk_major
-- owner: IMT Servicedesk
-- status: published
SELECT id AS ref, day, criticality, system, org, 1 AS num, CAST(NULL AS BIGINT) AS den
FROM servicedesk_major
WHERE day BETWEEN :from AND :to
  AND kind = 'declared'
