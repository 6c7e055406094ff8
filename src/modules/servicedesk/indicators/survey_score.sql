-- id: servicedesk.survey_score
-- title.da: Tilfredshed efter løst sag
-- title.en: Satisfaction after a solved case
-- definition.da: Gennemsnittet af svarene (1 meget utilfreds, 5 meget tilfreds) på ét spørgsmål til den, der meldte sagen, på dagen for sagens løsning. Genåbnes sagen, falder svaret bort, og der spørges igen. Sammenlagte sager er ikke med. Tallet siger kun noget sammen med svarprocenten.
-- definition.en: The mean of the answers (1 very dissatisfied, 5 very satisfied) to one question to the person who reported the case, on the day the case was solved. When a case reopens the answer lapses and is asked for again. Merged cases are left out. The figure says something only together with the response rate.
-- formula: sum of scores / answers
-- formula.da: summen af svar / antal svar
-- aggregate: mean
-- unit: count
-- dims: level, org, group, category, type, priority, contact, system
-- beside: servicedesk.survey_response_share
-- table: servicedesk_survey
-- owner: IMT Servicedesk
-- status: published
SELECT id AS ref, day, level, org, grp AS "group", category, type, priority, contact, system,
       score AS num, 1 AS den
FROM servicedesk_survey
WHERE day BETWEEN :from AND :to
  AND score IS NOT NULL
