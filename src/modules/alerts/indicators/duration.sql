-- id: alerts.duration
-- title.da: Varighed af alarmer, median
-- title.en: Duration of alerts, median
-- definition.da: Medianen af alarmernes varighed i kalendertid, fra de blev udløst, til de ophørte, på dagen, hvor de ophørte. Nærmeste rang. Kun alarmer, der er meldt til servicedesken; mange på én gang er samlet til én.
-- definition.en: The median duration of alerts in elapsed time from firing to clear, by the day they cleared. Nearest rank. Only alerts that the service desk was told of; many at once are gathered into one.
-- formula: p50(cleared − fired)
-- formula.da: p50(ophørt − udløst)
-- aggregate: percentile
-- percentile: 50
-- unit: seconds
-- dims: rule, system, site
-- table: alerts_event
-- owner: IMT Drift
-- status: published
SELECT id AS ref, day, rule, system, site, seconds AS num, CAST(NULL AS BIGINT) AS den
FROM alerts_event
WHERE day BETWEEN :from AND :to
  AND kind = 'cleared'
