-- id: alerts.episodes
-- title.da: Alarmer
-- title.en: Alerts
-- definition.da: Alarmer fra overvågningen, der er meldt til servicedesken, på dagen, hvor de blev udløst. Mange alarmer på én gang er samlet til én. Alarmer, der blev holdt tilbage, til de ophørte, tæller ikke.
-- definition.en: Alerts of the monitoring that the service desk was told of, by the day they fired. Many at once are gathered into one. Alerts that were held back until they cleared do not count.
-- formula: alerts told
-- formula.da: meldte alarmer
-- aggregate: count
-- unit: count
-- dims: rule, system, site
-- table: alerts_event
-- owner: IMT Drift
-- status: published
SELECT id AS ref, day, rule, system, site, 1 AS num, CAST(NULL AS BIGINT) AS den
FROM alerts_event
WHERE day BETWEEN :from AND :to
  AND kind = 'fired'
