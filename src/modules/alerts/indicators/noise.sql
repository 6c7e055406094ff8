-- id: alerts.noise
-- title.da: Støj blandt alarmer
-- title.en: Noise among alerts
-- definition.da: Andel af de ophørte alarmer, der ophørte inden for 5 minutter, eller før nogen havde rørt sagen. Tæller på dagen, hvor alarmen ophørte. Lavere er bedre: støj vænner folk til at overhøre alarmer.
-- definition.en: Share of the alerts that cleared which did so within 5 minutes, or before anybody had touched the case. By the day they cleared. Lower is better: noise teaches people to ignore alerts.
-- formula: (cleared within 5 minutes or untouched) / cleared
-- formula.da: (ophørt inden for 5 minutter eller urørt) / ophørt
-- aggregate: ratio
-- unit: fraction
-- dims: rule, system, site
-- table: alerts_event
-- owner: IMT Drift
-- status: published
SELECT id AS ref, day, rule, system, site, noise AS num, 1 AS den
FROM alerts_event
WHERE day BETWEEN :from AND :to
  AND kind = 'cleared'
