-- id: assets.pcs_age_unknown
-- title.da: PC'er med ukendt alder
-- title.en: PCs of unknown age
-- definition.da: PC'er i registret ved udgangen af periodens sidste dag, hvis basisdato mangler eller er umulig.
-- definition.en: PCs in the register at the end of the period's last day whose base date is missing or impossible.
-- formula: PCs without a base date
-- formula.da: PC'er uden basisdato
-- aggregate: balance
-- unit: count
-- table: assets_asset
-- dims: model, place, owner, state, age
-- owner: CIMT Arbejdsplads
-- status: published
SELECT id AS ref, from_day, to_day, cls, model, place, owner, status AS state, age
FROM assets_asset
WHERE kind = 'pc' AND base_day IS NULL
