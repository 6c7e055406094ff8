-- id: capacity.storage_total
-- title.da: Lagerplads i alt
-- title.en: Storage capacity
-- definition.da: Lagerplads i byte ved den seneste måling af hver enhed ved periodens udgang, lagt sammen (1 TB = 10^12 byte).
-- definition.en: Storage capacity in bytes at the last reading of each unit by the end of the period, added up (1 TB = 10^12 bytes).
-- formula: sum of last capacity bytes
-- formula.da: sum af seneste kapacitet i byte
-- aggregate: latest
-- unit: bytes
-- table: capacity_reading
-- dims: place, unit_name
-- owner: CIMT Drift
-- status: published
SELECT id AS ref, day, at, thing, place, unit_name, total AS num
FROM capacity_reading
WHERE kind = 'storage'
