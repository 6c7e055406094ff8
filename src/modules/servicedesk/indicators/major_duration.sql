-- id: servicedesk.major_duration
-- title.da: Varighed af kritiske hændelser, i alt
-- title.en: Duration of major incidents, total
-- definition.da: Kritiske hændelsers samlede varighed i kalendertid, fra de begyndte, til driften var genoprettet, på dagen, hvor de sluttede. Hændelser, der overlapper i tid, tæller hver for sig.
-- definition.en: The duration of major incidents added up, in elapsed time from their beginning until service was restored, by the day they ended. Incidents that overlap in time count each for itself.
-- formula: Σ(restored − began)
-- formula.da: Σ(genoprettet − begyndt)
-- aggregate: sum
-- unit: seconds
-- dims: criticality, system, org
-- table: servicedesk_major
-- owner: IMT Servicedesk
-- status: published
SELECT id AS ref, day, criticality, system, org, seconds AS num, CAST(NULL AS BIGINT) AS den
FROM servicedesk_major
WHERE day BETWEEN :from AND :to
  AND kind = 'resolved'
