-- id: assets.devices_due_unknown
-- title.da: Apparatur med ukendt forfaldsdag
-- title.en: Devices of unknown due date
-- definition.da: Medicoteknisk apparatur i registret ved udgangen af periodens sidste dag, hvor intet fortæller, hvornår vedligehold forfalder, eller at det ikke er nødvendigt.
-- definition.en: Medical devices in the register at the end of the period's last day of which nothing tells when maintenance is due or that none is needed.
-- formula: devices without a due date
-- formula.da: apparatur uden forfaldsdag
-- aggregate: balance
-- unit: count
-- table: assets_device
-- dims: kind, model, manufacturer, place, owner, register, state, maintenance
-- owner: Medicoteknik
-- status: published
SELECT id AS ref, from_day, to_day, cls, kind, model, manufacturer, place, owner, register,
       status AS state, maintenance
FROM assets_device
WHERE maintenance = 0
