-- id: capacity.power_used_share
-- title.da: Forbrugt andel af strømkapaciteten
-- title.en: Share of power capacity used
-- definition.da: Forbrugt strøm delt med strømkapaciteten, ved den seneste måling af hver enhed ved periodens udgang. Regionens mål er højst 90 %. En måling, der mangler forbrug eller kapacitet, tælles ikke med.
-- definition.en: Power used divided by power capacity, at the last reading of each unit by the end of the period. The region's limit is 90 %. A reading that lacks use or capacity is not counted.
-- formula: last used W / last capacity W
-- formula.da: senest forbrugt W / seneste kapacitet W
-- aggregate: latest
-- unit: percent
-- table: capacity_reading
-- dims: place, unit_name
-- target: <= 90 % from 2000-01-01
-- green: <= 90 %
-- owner: CIMT Drift
-- status: published
SELECT id AS ref, day, at, thing, place, unit_name,
       CASE WHEN total IS NOT NULL THEN used END AS num, total AS den
FROM capacity_reading
WHERE kind = 'power'
