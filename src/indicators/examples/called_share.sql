-- id: desk.called_share
-- title.da: Sager med besvaret opkald
-- title.en: Cases with an answered call
-- definition.da: Andel af alle sager, hvis opkald er besvaret.
-- definition.en: Share of all cases whose call was answered.
-- formula: answered call / cases
-- aggregate: ratio
-- unit: percent
-- table: desk_case
-- dims: place, queue
-- owner: example
-- status: published
SELECT c.id AS ref, c.day, c.place, COALESCE(p.queue, 0) AS queue,
       CASE WHEN p.number IS NULL THEN 0 ELSE 1 END AS num,
       1 AS den
FROM desk_case AS c LEFT JOIN pub_phone_queue AS p ON p.number = c.number
WHERE c.day BETWEEN :from AND :to
