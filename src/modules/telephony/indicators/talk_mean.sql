-- id: telephony.talk_mean
-- title.da: Gennemsnitlig taletid
-- title.en: Mean talk time
-- definition.da: Gennemsnitlig samtaletid for besvarede opkald, hvor telefonanlægget har oplyst den.
-- definition.en: Mean talk time of answered calls for which the phone system states it.
-- formula: sum of talk / answered with stated talk
-- formula.da: sum af samtaletid / besvarede med oplyst samtaletid
-- aggregate: mean
-- unit: seconds
-- table: telephony_visit
-- dims: queue, hour, weekday
-- owner: IMT Servicedesk
-- status: published
SELECT id AS ref, day, queue, hour, weekday,
       talk_s AS num,
       1 AS den
FROM telephony_visit
WHERE day BETWEEN :from AND :to
  AND outcome = 'answered' AND talk_s IS NOT NULL
