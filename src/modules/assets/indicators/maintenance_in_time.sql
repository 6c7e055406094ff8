-- id: assets.maintenance_in_time
-- title.da: Vedligehold udført til tiden
-- title.en: Maintenance done in time
-- definition.da: Andel af periodens udførte vedligehold, der er udført senest på forfaldsdagen. Vedligehold, hvis forfaldsdag er ukendt, tælles ikke med.
-- definition.en: Share of the period's maintenance that was done by the day it was due. Maintenance whose due date is unknown is not counted.
-- formula: done by the due date / done
-- formula.da: udført senest på forfaldsdagen / udført
-- aggregate: ratio
-- unit: percent
-- table: assets_device_event
-- dims: kind, model, manufacturer, place, owner, register
-- owner: Medicoteknik
-- status: published
SELECT id AS ref, day, kind, model, manufacturer, place, owner, register,
       in_time AS num, 1 AS den
FROM assets_device_event
WHERE day BETWEEN :from AND :to AND activity = 'maintenance'
