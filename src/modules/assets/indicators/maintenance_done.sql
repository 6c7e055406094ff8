-- id: assets.maintenance_done
-- title.da: Udført vedligehold
-- title.en: Maintenance done
-- definition.da: Vedligehold af medicoteknisk apparatur, der er udført i perioden.
-- definition.en: Maintenance of medical devices done in the period.
-- formula: maintenance done
-- formula.da: udført vedligehold
-- aggregate: count
-- unit: count
-- table: assets_device_event
-- dims: kind, model, manufacturer, place, owner, register
-- owner: Medicoteknik
-- status: published
SELECT id AS ref, day, kind, model, manufacturer, place, owner, register, 1 AS num
FROM assets_device_event
WHERE day BETWEEN :from AND :to AND activity = 'maintenance'
