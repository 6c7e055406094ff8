-- id: capacity.power_free
-- title.da: Ledig strøm
-- title.en: Power free
-- definition.da: Strømkapacitet minus forbrug i watt ved den seneste måling af hver enhed ved periodens udgang, lagt sammen.
-- definition.en: Power capacity less power used in watts at the last reading of each unit by the end of the period, added up.
-- formula: sum of last (capacity − used) W
-- formula.da: sum af seneste (kapacitet − forbrug) W
-- aggregate: latest
-- unit: watts
-- table: capacity_reading
-- dims: place, unit_name
-- owner: CIMT Drift
-- status: published
SELECT id AS ref, day, at, thing, place, unit_name, total - used AS num
FROM capacity_reading
WHERE kind = 'power'
