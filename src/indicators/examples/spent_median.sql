-- id: desk.spent_median
-- title.da: Mediantid
-- title.en: Median time
-- definition.da: Medianen af tid pr. sag. Sager uden tid er ikke talt med.
-- definition.en: Median time per case. Cases without a time are not counted.
-- formula: p50(time)
-- aggregate: percentile
-- percentile: 50
-- unit: seconds
-- table: desk_case
-- dims: place
-- owner: example
-- status: published
SELECT id AS ref, day, place, spent_s AS num
FROM desk_case
WHERE day BETWEEN :from AND :to
