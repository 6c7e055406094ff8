-- Numbers of batches that an agent passed over, first to last: what comes under one of them is new.
CREATE TABLE probes_agent_gap (
    agent TEXT NOT NULL,
    epoch TEXT NOT NULL,
    first_batch BIGINT NOT NULL,
    last_batch BIGINT NOT NULL,
    PRIMARY KEY (agent, epoch, first_batch)
);
