-- Registers of IT equipment and of medical devices: stretches in which nothing changed. `to_day` is
-- the first day after, null while it lasts. Columns of names hold core_name ids, 0 for unknown.
-- Written by the ingest engine alone.
CREATE TABLE assets_asset (
    id {id},
    seq BIGINT NOT NULL,
    retracted_seq BIGINT,
    group_key BIGINT NOT NULL,
    source_key TEXT NOT NULL,
    row_hash BIGINT NOT NULL,
    from_day BIGINT NOT NULL,
    to_day BIGINT,
    cls BIGINT NOT NULL,
    asset TEXT NOT NULL,
    code TEXT NOT NULL,
    kind TEXT NOT NULL,
    kind_name BIGINT,
    model BIGINT,
    place BIGINT,
    owner BIGINT,
    status BIGINT,
    age BIGINT,
    over_age BIGINT,
    base_day BIGINT,
    source BIGINT
);
CREATE INDEX assets_asset_class ON assets_asset (cls, from_day, to_day);
CREATE INDEX assets_asset_code ON assets_asset (code);
CREATE INDEX assets_asset_group ON assets_asset (group_key) WHERE retracted_seq IS NULL;

-- `serial_code` and `udi_code` are letters and digits alone, by which a device is found.
CREATE TABLE assets_device (
    id {id},
    seq BIGINT NOT NULL,
    retracted_seq BIGINT,
    group_key BIGINT NOT NULL,
    source_key TEXT NOT NULL,
    row_hash BIGINT NOT NULL,
    from_day BIGINT NOT NULL,
    to_day BIGINT,
    cls BIGINT NOT NULL,
    device TEXT NOT NULL,
    serial_code TEXT NOT NULL,
    udi TEXT NOT NULL,
    udi_code TEXT NOT NULL,
    model BIGINT,
    manufacturer BIGINT,
    kind BIGINT,
    place BIGINT,
    owner BIGINT,
    register BIGINT,
    status BIGINT,
    maintenance BIGINT,
    overdue BIGINT,
    due_day BIGINT,
    purchased_day BIGINT,
    price BIGINT,
    every_months BIGINT,
    source BIGINT
);
CREATE INDEX assets_device_class ON assets_device (cls, from_day, to_day);
CREATE INDEX assets_device_serial ON assets_device (serial_code);
CREATE INDEX assets_device_udi ON assets_device (udi_code);
CREATE INDEX assets_device_group ON assets_device (group_key) WHERE retracted_seq IS NULL;

-- What was done with a device or found: maintenance, quality activities, recalls. `in_time` is 1
-- where maintenance was done by the day it was due, null where nothing tells when that was.
CREATE TABLE assets_device_event (
    id {id},
    seq BIGINT NOT NULL,
    retracted_seq BIGINT,
    group_key BIGINT NOT NULL,
    source_key TEXT NOT NULL,
    row_hash BIGINT NOT NULL,
    day BIGINT NOT NULL,
    device TEXT NOT NULL,
    serial_code TEXT NOT NULL,
    activity TEXT NOT NULL,
    note TEXT NOT NULL,
    due_day BIGINT,
    in_time BIGINT,
    model BIGINT,
    manufacturer BIGINT,
    kind BIGINT,
    place BIGINT,
    owner BIGINT,
    register BIGINT,
    source BIGINT
);
CREATE INDEX assets_device_event_day ON assets_device_event (day);
CREATE INDEX assets_device_event_serial ON assets_device_event (serial_code);
CREATE INDEX assets_device_event_group ON assets_device_event (group_key)
    WHERE retracted_seq IS NULL;

-- What is wrong with the registers, and what was made of it.
CREATE TABLE assets_finding (
    id {id},
    seq BIGINT NOT NULL,
    retracted_seq BIGINT,
    group_key BIGINT NOT NULL,
    source_key TEXT NOT NULL,
    row_hash BIGINT NOT NULL,
    what TEXT NOT NULL,
    thing TEXT NOT NULL,
    field TEXT NOT NULL,
    value TEXT NOT NULL,
    source BIGINT
);
CREATE INDEX assets_finding_what ON assets_finding (what, field);
CREATE INDEX assets_finding_group ON assets_finding (group_key) WHERE retracted_seq IS NULL;
