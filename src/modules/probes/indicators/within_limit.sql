-- id: probes.within_limit
-- title.da: Svartid inden for grænsen
-- title.en: Response time within the limit
-- definition.da: Andel af målingerne, der lykkedes og svarede inden for grænsen, også i servicevinduer. Grænsen er den, der gjaldt for handlingen på målingens tidspunkt (3 sekunder for almindelige handlinger, 15 sekunder for datatunge, hvis intet andet er oplyst). Målinger, der mislykkedes eller ikke fik svar i tide, holder ikke grænsen. Målinger uden gældende grænse kan ikke bedømmes; de tæller ikke med, og deres antal vises for sig.
-- definition.en: Share of measurements that succeeded and answered within the limit, maintenance windows included. The limit is the one in force for the action at the time of the measurement (3 seconds for standard actions, 15 seconds for data-heavy ones, unless stated otherwise). Measurements that failed or timed out are not within the limit. Measurements without a limit in force cannot be judged; they do not count, and their number is shown apart.
-- formula: succeeded within the limit / measurements with a limit
-- formula.da: lykkedes inden for grænsen / målinger med en grænse
-- aggregate: ratio
-- green: > 95 %
-- yellow: >= 90 %
-- unit: percent
-- table: probes_result
-- dims: system, action, kind, site, seat, hour, weekday
-- owner: IMT Drift
-- status: published
SELECT id AS ref, day, system, action, kind, site, seat, hour, weekday,
       met AS num,
       1 AS den
FROM probes_result
WHERE day BETWEEN :from AND :to
