-- id: servicedesk.major_places
-- title.da: Steder ramt af kritiske hændelser
-- title.en: Places affected by major incidents
-- definition.da: Hvor mange gange et sted er blevet ramt af en kritisk hændelse, på dagen, hvor hændelsen blev erklæret. En hændelse, der rammer tre steder, tæller tre. Hændelser uden nævnte steder er ikke med.
-- definition.en: How many times a place was affected by a major incident, by the day the incident was declared. An incident that affects three places counts three. Incidents that name no place are left out.
-- formula: major incidents × places affected
-- formula.da: kritiske hændelser × ramte steder
-- aggregate: count
-- unit: count
-- dims: criticality, system, org
-- table: servicedesk_major
-- owner: IMT Servicedesk
-- status: published
SELECT id AS ref, day, criticality, system, org, 1 AS num, CAST(NULL AS BIGINT) AS den
FROM servicedesk_major
WHERE day BETWEEN :from AND :to
  AND kind = 'place'
