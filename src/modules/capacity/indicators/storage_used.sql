-- id: capacity.storage_used
-- title.da: Anvendt lagerplads
-- title.en: Storage used
-- definition.da: Anvendt lagerplads i byte ved den seneste måling af hver enhed ved periodens udgang, lagt sammen (1 TB = 10^12 byte).
-- definition.en: Storage used in bytes at the last reading of each unit by the end of the period, added up (1 TB = 10^12 bytes).
-- formula: sum of last used bytes
-- formula.da: sum af senest anvendte byte
-- aggregate: latest
-- unit: bytes
-- table: capacity_reading
-- dims: place, unit_name
-- owner: CIMT Drift
-- status: published
SELECT id AS ref, day, at, thing, place, unit_name, used AS num
FROM capacity_reading
WHERE kind = 'storage'
