-- Remote-write requests that the receiver has not taken yet: packed samples, in the order of their time.
CREATE TABLE core_write_out (
    id BIGINT PRIMARY KEY,
    at BIGINT NOT NULL,
    samples BIGINT NOT NULL,
    body {bytes} NOT NULL
);
