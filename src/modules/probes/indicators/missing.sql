-- id: probes.missing
-- title.da: Manglende målinger
-- title.en: Missing measurements
-- definition.da: Antal målinger, som planen ventede, men som ikke kom. Planen deler tiden i lige lange felter fra sin begyndelse; et felt, hvori ingen måling af serien begynder, mangler. Er planen slut, tæller alle dens felter; løber den endnu, tæller de til og med det felt, hvori nogen sidst har målt. Hver post er en række felter i træk. Uden plan er tallet ukendt.
-- definition.en: Number of measurements that the schedule expected and that did not come. The schedule divides time into equal slots from its beginning; a slot in which no measurement of the series begins is missing. All slots of a schedule that is over count; of one that goes on those up to the slot in which anybody measured last. Each record is a run of such slots. Without a schedule the number is unknown.
-- formula: scheduled slots without a measurement
-- formula.da: planlagte felter uden måling
-- aggregate: sum
-- known_by: probes_schedule
-- unit: count
-- table: probes_missing
-- dims: system, action, kind, site, seat
-- owner: IMT Drift
-- status: published
SELECT id AS ref, day, system, action, kind, site, seat,
       slots AS num,
       CAST(NULL AS BIGINT) AS den
FROM probes_missing
WHERE day BETWEEN :from AND :to
