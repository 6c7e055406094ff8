-- id: servicedesk.first_response_median
-- title.da: Tid til første svar, median
-- title.en: Time to first response, median
-- definition.da: Medianen af tiden fra sagen er åbnet til første svar, i kalendertid, på dagen for svaret. Første svar er en persons første synlige svar eller løsningen; en sag, der oprettes under opkaldet, er besvaret med det samme. Sager, hvis kilde ikke fortæller om svar, og sager, der er lukket uden svar, tæller ikke med, men står for sig. Nærmeste rang.
-- definition.en: The median of the time from the opening of a case to its first response, in elapsed time, on the day of the response. The first response is the first public reply of a person or the resolution; a case opened during its call is answered at once. Cases whose source does not tell of replies, and cases closed without one, are not counted but listed apart. Nearest rank.
-- formula: p50(first response − opened)
-- formula.da: p50(første svar − åbning)
-- aggregate: percentile
-- percentile: 50
-- unit: seconds
-- dims: level, org, group, category, type, priority, contact, system
-- table: servicedesk_target
-- owner: IMT Servicedesk
-- status: published
SELECT id AS ref, day, level, org, grp AS "group", category, type, priority, contact, system,
       elapsed_s AS num, CAST(NULL AS BIGINT) AS den
FROM servicedesk_target
WHERE day BETWEEN :from AND :to
  AND clock IN (4, 5, 6, 7)
