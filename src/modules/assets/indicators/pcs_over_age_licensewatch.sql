-- id: assets.pcs_over_age_licensewatch
-- title.da: PC'er over 4 år efter Licensewatch
-- title.en: PCs over 4 years by Licensewatch
-- definition.da: PC'er, der er 4 år eller ældre efter den basisdato, som Licensewatch beregner.
-- definition.en: PCs that are 4 years old or more by the base date that Licensewatch computes.
-- formula: PCs from Licensewatch's base date + 4 years
-- formula.da: PC'er fra Licensewatchs basisdato + 4 år
-- aggregate: balance
-- unit: count
-- table: assets_asset
-- dims: model, place, owner, state, age
-- owner: CIMT Arbejdsplads
-- status: withheld
-- caveat.da: Der er fundet en fejl i den kode i Licensewatch, der opgør pc'ernes alder. Tallet er tilbageholdt, til kilden er rettet.
-- caveat.en: A fault was found in the code of Licensewatch that works out the age of PCs. The figure is withheld until the source is corrected.
SELECT id AS ref, from_day, to_day, cls, model, place, owner, status AS state, age
FROM assets_asset
WHERE kind = 'pc' AND over_age = 1
