-- Which machine a seat is, as agents said it: a row where that changed, and never updated. It holds
-- from the first measurement that came with it (from_at, UTC second) until the next row of its seat;
-- known from entry `seq` on. An empty agent: more than one machine measures under the seat's name, so
-- that nobody knows which. source, site, seat and model are core_name ids, 0: not said.
CREATE TABLE probes_pc (
    id {id},
    seq BIGINT NOT NULL,
    source BIGINT NOT NULL,
    site BIGINT NOT NULL,
    seat BIGINT NOT NULL,
    agent TEXT NOT NULL,
    serial TEXT NOT NULL,
    model BIGINT NOT NULL,
    bios_day BIGINT,
    from_at BIGINT NOT NULL
);
CREATE INDEX probes_pc_seat ON probes_pc (seat, site, source, id);
