-- id: assets.pcs
-- title.da: PC'er
-- title.en: PCs
-- definition.da: PC'er i registret ved udgangen af periodens sidste dag. Kasserede tælles ikke. Alder regnes i hele år fra basisdatoen, som registret angiver; uden basisdato er den ukendt.
-- definition.en: PCs in the register at the end of the period's last day. Retired ones are not counted. Age is in whole years from the base date that the register states; without one it is unknown.
-- formula: PCs not retired
-- formula.da: PC'er, der ikke er kasseret
-- aggregate: balance
-- unit: count
-- table: assets_asset
-- dims: model, place, owner, state, age
-- owner: CIMT Arbejdsplads
-- status: published
SELECT id AS ref, from_day, to_day, cls, model, place, owner, status AS state, age
FROM assets_asset
WHERE kind = 'pc'
