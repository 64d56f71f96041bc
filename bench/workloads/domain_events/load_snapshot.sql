-- An aggregate's latest snapshot.
\set stream random(1, :snapshot_streams)
SELECT aggregate_type, last_sequence_number, snapshot_payload, version, timestamp_utc
FROM aggregate_snapshots
WHERE (tenant_id, aggregate_id) = (SELECT tenant_id, aggregate_id FROM perfkit_bench_targets
                                   WHERE kind = 'snapshot' AND number = :stream)
ORDER BY last_sequence_number DESC
LIMIT 1;
