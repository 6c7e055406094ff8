-- id: servicedesk.first_contact_share
-- title.da: Løst ved første kontakt
-- title.en: Solved at first contact
-- definition.da: Andel af sagerne fra besvarede opkald, på dagen for oprettelsen, der blev løst senest 900 sekunder efter opkaldets slutning, af den medarbejder, der besvarede det, uden at være flyttet, og som ikke blev genåbnet inden for 7 døgn. Telefonsager uden et besvaret opkald tæller ikke med, men står for sig. Sager, der er slået sammen med en anden, er ikke med.
-- definition.en: Share of the cases from answered calls, by the day they were opened, that were solved within 900 seconds after the call ended, by the agent who answered it, without having been moved, and that were not reopened within 7 days. Phone cases without an answered call are not counted but listed apart. Cases merged into another one are left out.
-- formula: solved ≤ 900 s after the call by its agent, unmoved, not reopened in 7 days / cases of answered calls
-- aggregate: ratio
-- unit: fraction
-- dims: level, org, group, category, type, priority, contact, system
-- table: servicedesk_call_case
-- owner: IMT Servicedesk
-- status: published
SELECT c.id AS ref, c.day, c.level, c.org, c.grp AS "group", c.category, c.type, c.priority,
       c.contact, c.system,
       CASE WHEN v.callid IS NULL THEN CAST(NULL AS BIGINT)
            WHEN c.moves = 0 AND c.resolver <> 0 AND c.resolver = v.agent
                 AND c.resolved_at <= COALESCE(v.ended, c.resolved_at) + 900
                 AND (c.reopened_at IS NULL OR c.reopened_at > c.resolved_at + 604800)
            THEN 1 ELSE 0 END AS num,
       1 AS den
FROM servicedesk_call_case c
LEFT JOIN (SELECT callid, agent, ended,
                  ROW_NUMBER() OVER (PARTITION BY callid ORDER BY entered DESC, ref DESC) AS place
           FROM pub_telephony_visit
           WHERE outcome = 'answered' AND day BETWEEN :from - 1 AND :to) v
       ON v.callid = c.callid AND v.place = 1
WHERE c.day BETWEEN :from AND :to
