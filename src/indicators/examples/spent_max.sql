-- id: desk.spent_max
-- title.da: Længste tid
-- title.en: Longest time
-- definition.da: Længste tid af en sag. Sager uden tid er ikke talt med.
-- definition.en: Longest time of a case. Cases without a time are not counted.
-- formula: max(time)
-- aggregate: max
-- unit: seconds
-- table: desk_case
-- dims: place
-- owner: example
-- status: published
SELECT id AS ref, day, place, spent_s AS num
FROM desk_case
WHERE day BETWEEN :from AND :to
