-- id: servicedesk.major_duration_median
-- title.da: Varighed af kritiske hændelser, median
-- title.en: Duration of major incidents, median
-- definition.da: Medianen af kritiske hændelsers varighed i kalendertid, fra de begyndte, til driften var genoprettet, på dagen, hvor de sluttede. Nærmeste rang. En hændelse, der genåbnes, tæller først, når den slutter igen.
-- definition.en: The median duration of major incidents in elapsed time, from their beginning until service was restored, by the day they ended. Nearest rank. An incident that reopens counts only when it ends again.
-- formula: p50(restored − began)
-- formula.da: p50(genoprettet − begyndt)
-- aggregate: percentile
-- percentile: 50
-- unit: seconds
-- dims: criticality, system, org
-- table: servicedesk_major
-- owner: IMT Servicedesk
-- status: published
SELECT id AS ref, day, criticality, system, org, seconds AS num, CAST(NULL AS BIGINT) AS den
FROM servicedesk_major
WHERE day BETWEEN :from AND :to
  AND kind = 'resolved'
