-- id: servicedesk.survey_response_share
-- title.da: Svarprocent for tilfredshed
-- title.en: Response rate of the survey
-- definition.da: Andel af de løste sager, hvor den, der meldte sagen, er spurgt og har svaret, på dagen for sagens løsning. Spurgt er alle, der har en konto at svare med, og alle, der fik spørgsmålet i mailen om løsningen. Sammenlagte sager og sager, der er lukket uden løsning, er ikke med.
-- definition.en: Share of the solved cases whose reporter was asked and has answered, on the day the case was solved. Everybody with an account to answer with is asked, and everybody who got the question in the letter about the solution. Merged cases and cases closed without a solution are left out.
-- formula: cases with an answer / solved cases asked about
-- formula.da: sager med svar / løste sager, der er spurgt om
-- aggregate: ratio
-- unit: fraction
-- dims: level, org, group, category, type, priority, contact, system
-- table: servicedesk_survey
-- owner: IMT Servicedesk
-- status: published
SELECT id AS ref, day, level, org, grp AS "group", category, type, priority, contact, system,
       CASE WHEN score IS NULL THEN 0 ELSE 1 END AS num, 1 AS den
FROM servicedesk_survey
WHERE day BETWEEN :from AND :to
