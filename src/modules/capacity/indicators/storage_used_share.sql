-- id: capacity.storage_used_share
-- title.da: Anvendt andel af lagerpladsen
-- title.en: Share of storage used
-- definition.da: Anvendt lagerplads delt med lagerplads i alt ved den seneste måling af hver enhed ved periodens udgang. En måling, der mangler et af tallene, tælles ikke med.
-- definition.en: Storage used divided by storage capacity at the last reading of each unit by the end of the period. A reading that lacks one of them is not counted.
-- formula: last used bytes / last capacity bytes
-- formula.da: senest anvendte byte / seneste kapacitet i byte
-- aggregate: latest
-- unit: percent
-- table: capacity_reading
-- dims: place, unit_name
-- owner: CIMT Drift
-- status: published
SELECT id AS ref, day, at, thing, place, unit_name,
       CASE WHEN total IS NOT NULL THEN used END AS num, total AS den
FROM capacity_reading
WHERE kind = 'storage'
