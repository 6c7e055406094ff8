-- id: assets.servers
-- title.da: Servere
-- title.en: Servers
-- definition.da: Servere i registret ved udgangen af periodens sidste dag, konsoliderede indbefattet. Kasserede tælles ikke.
-- definition.en: Servers in the register at the end of the period's last day, consolidated ones included. Retired ones are not counted.
-- formula: servers not retired
-- formula.da: servere, der ikke er kasseret
-- aggregate: balance
-- unit: count
-- table: assets_asset
-- dims: model, place, owner, state
-- owner: CIMT Drift
-- status: published
SELECT id AS ref, from_day, to_day, cls, model, place, owner, status AS state
FROM assets_asset
WHERE kind = 'server'
