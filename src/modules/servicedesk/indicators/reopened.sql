-- id: servicedesk.reopened
-- title.da: Genåbnede sager
-- title.en: Cases reopened
-- definition.da: Hver gang genåbningstælleren stiger, eller sagen forlader Closed. Dimensionen from siger, om sagen var løst eller lukket. En genåbnet lukket sag tæller med de værdier, den blev lukket med.
-- definition.en: Every time the count of reopenings rises, or the case leaves Closed. The dimension from says whether the case was resolved or closed. A closed case that reopens counts with the values it was closed with.
-- formula: rises of reopen_count
-- formula.da: stigninger i reopen_count
-- aggregate: count
-- unit: count
-- dims: level, org, group, category, type, priority, contact, system, from
-- table: servicedesk_event
-- owner: IMT Servicedesk
-- status: published
SELECT id AS ref, day, level, org, grp AS "group", category, type, priority, contact, system, was AS "from",
       1 AS num, CAST(NULL AS BIGINT) AS den
FROM servicedesk_event
WHERE day BETWEEN :from AND :to
  AND kind = 'reopened'
