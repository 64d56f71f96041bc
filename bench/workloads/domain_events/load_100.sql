-- All events of an aggregate that has about 100.
\set stream random(1, :hundred_streams)
SELECT global_sequence_id, event_id, event_type, sequence_number, payload, metadata, timestamp_utc
FROM domain_events
WHERE (tenant_id, aggregate_id) = (SELECT tenant_id, aggregate_id FROM perfkit_bench_targets
                                   WHERE kind = 'hundred' AND number = :stream)
ORDER BY sequence_number;
