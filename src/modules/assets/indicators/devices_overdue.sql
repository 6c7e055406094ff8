-- id: assets.devices_overdue
-- title.da: Apparatur med overskredet vedligehold
-- title.en: Devices with maintenance overdue
-- definition.da: Medicoteknisk apparatur, hvis vedligehold var forfaldent før periodens sidste dag: fra dagen efter forfaldsdagen, til det er udført. Apparatur, hvis forfaldsdag er ukendt, er ikke med; det vises for sig.
-- definition.en: Medical devices whose maintenance was due before the period's last day: from the day after it was due until it is done. Devices whose due date is unknown are not counted here; they are shown beside.
-- formula: devices from due date + 1 day
-- formula.da: apparatur fra forfaldsdag + 1 dag
-- aggregate: balance
-- unit: count
-- table: assets_device
-- dims: kind, model, manufacturer, place, owner, register, state, maintenance
-- beside: assets.devices_due_unknown
-- owner: Medicoteknik
-- status: published
SELECT id AS ref, from_day, to_day, cls, kind, model, manufacturer, place, owner, register,
       status AS state, maintenance
FROM assets_device
WHERE overdue = 1
