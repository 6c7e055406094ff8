-- id: assets.pcs_over_age
-- title.da: PC'er over 4 år
-- title.en: PCs over 4 years
-- definition.da: PC'er i registret ved udgangen af periodens sidste dag, som er 4 år eller ældre: fra basisdatoen + 4 år. En basisdato den 29. februar regnes til 1. marts i år uden 29. februar. PC'er uden basisdato er ikke med; de er ukendte og vises for sig.
-- definition.en: PCs in the register at the end of the period's last day that are 4 years old or more: from the base date + 4 years. A base date on 29 February counts to 1 March in years without one. PCs without a base date are not counted here; they are unknown and shown beside.
-- formula: PCs from base date + 4 years
-- formula.da: PC'er fra basisdato + 4 år
-- aggregate: balance
-- unit: count
-- table: assets_asset
-- dims: model, place, owner, state, age
-- beside: assets.pcs_age_unknown
-- owner: CIMT Arbejdsplads
-- status: published
SELECT id AS ref, from_day, to_day, cls, model, place, owner, status AS state, age
FROM assets_asset
WHERE kind = 'pc' AND over_age = 1
