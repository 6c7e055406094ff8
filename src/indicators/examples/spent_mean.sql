-- id: desk.spent_mean
-- title.da: Gennemsnitlig tid
-- title.en: Mean time
-- definition.da: Gennemsnitlig tid pr. sag. Sager uden tid er ikke talt med.
-- definition.en: Mean time per case. Cases without a time are not counted.
-- formula: time / cases
-- aggregate: mean
-- unit: seconds
-- table: desk_case
-- dims: place
-- owner: example
-- status: published
SELECT id AS ref, day, place, spent_s AS num, 2 AS den
FROM desk_case
WHERE day BETWEEN :from AND :to
