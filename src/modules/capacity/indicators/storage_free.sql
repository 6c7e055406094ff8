-- id: capacity.storage_free
-- title.da: Ledig lagerplads
-- title.en: Storage free
-- definition.da: Lagerplads minus anvendt lagerplads i byte ved den seneste måling af hver enhed ved periodens udgang, lagt sammen (1 TB = 10^12 byte).
-- definition.en: Storage capacity less storage used in bytes at the last reading of each unit by the end of the period, added up (1 TB = 10^12 bytes).
-- formula: sum of last (capacity − used) bytes
-- formula.da: sum af seneste (kapacitet − anvendt) i byte
-- aggregate: latest
-- unit: bytes
-- table: capacity_reading
-- dims: place, unit_name
-- owner: CIMT Drift
-- status: published
SELECT id AS ref, day, at, thing, place, unit_name, total - used AS num
FROM capacity_reading
WHERE kind = 'storage'
