-- id: servicedesk.backlog_age_median
-- title.da: Aktive sagers alder, median
-- title.en: Age of the backlog, median
-- definition.da: Medianen af alderen på de sager, der er åbne ved udgangen af periodens sidste dag: fra de blev åbnet, til dagen er slut. Nærmeste rang.
-- definition.en: The median age of the cases open at the end of the last day of the period: from when they were opened until that day ends. Nearest rank.
-- formula: p50(end of the day − opened)
-- formula.da: p50(dagens slutning − åbning)
-- aggregate: percentile
-- percentile: 50
-- of: balance
-- unit: seconds
-- dims: level, org, group, category, type, priority, contact, system
-- table: servicedesk_stay
-- owner: IMT Servicedesk
-- status: published
SELECT id AS ref, from_day, to_day, level, org, grp AS "group", category, type, priority,
       contact, system, cls, opened_at AS num
FROM servicedesk_stay
