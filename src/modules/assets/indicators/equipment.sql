-- id: assets.equipment
-- title.da: IT-udstyr
-- title.en: IT equipment
-- definition.da: Alt IT-udstyr i registret ved udgangen af periodens sidste dag: PC'er, servere, netværk og tynde klienter. Kasseret udstyr tælles ikke.
-- definition.en: All IT equipment in the register at the end of the period's last day: PCs, servers, network and thin clients. Retired equipment is not counted.
-- formula: equipment not retired
-- formula.da: udstyr, der ikke er kasseret
-- aggregate: balance
-- unit: count
-- table: assets_asset
-- dims: kind, model, place, owner, state
-- owner: CIMT Drift
-- status: published
SELECT id AS ref, from_day, to_day, cls, kind_name AS kind, model, place, owner, status AS state
FROM assets_asset
