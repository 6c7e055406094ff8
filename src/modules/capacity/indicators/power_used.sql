-- id: capacity.power_used
-- title.da: Forbrugt strøm
-- title.en: Power used
-- definition.da: Forbrugt strøm i watt ved den seneste måling af hver enhed ved periodens udgang, lagt sammen.
-- definition.en: Power used in watts at the last reading of each unit by the end of the period, added up.
-- formula: sum of last used W
-- formula.da: sum af senest forbrugt W
-- aggregate: latest
-- unit: watts
-- table: capacity_reading
-- dims: place, unit_name
-- owner: CIMT Drift
-- status: published
SELECT id AS ref, day, at, thing, place, unit_name, used AS num
FROM capacity_reading
WHERE kind = 'power'
