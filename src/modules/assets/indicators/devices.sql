-- id: assets.devices
-- title.da: Medicoteknisk apparatur
-- title.en: Medical devices
-- definition.da: Medicoteknisk apparatur i registret ved udgangen af periodens sidste dag. Kasseret apparatur tælles ikke.
-- definition.en: Medical devices in the register at the end of the period's last day. Retired ones are not counted.
-- formula: devices not retired
-- formula.da: apparatur, der ikke er kasseret
-- aggregate: balance
-- unit: count
-- table: assets_device
-- dims: kind, model, manufacturer, place, owner, register, state, maintenance
-- owner: Medicoteknik
-- status: published
SELECT id AS ref, from_day, to_day, cls, kind, model, manufacturer, place, owner, register,
       status AS state, maintenance
FROM assets_device
