-- The table into which \copy puts the lines of the log. Columns that a log lacks stay NULL.
CREATE TEMP TABLE staged_log (
    client int, transaction_no bigint, latency text, script int, epoch bigint, microseconds bigint,
    schedule_lag bigint, retries int, stage smallint NOT NULL DEFAULT 1)
ON COMMIT DROP;
