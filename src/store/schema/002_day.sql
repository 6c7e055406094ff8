-- The calendar that indicators join instead of using date functions: one row per Copenhagen day.
-- month is yyyymm, quarter yyyyq, weekday 1 = Monday .. 7 = Sunday.
CREATE TABLE core_day (
    day {id},
    iso_year BIGINT NOT NULL,
    iso_week BIGINT NOT NULL,
    month BIGINT NOT NULL,
    quarter BIGINT NOT NULL,
    year BIGINT NOT NULL,
    weekday BIGINT NOT NULL,
    holiday BIGINT NOT NULL,
    workday BIGINT NOT NULL
);
