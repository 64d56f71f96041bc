-- A tenant other than the noisy one loads an aggregate of about 100 events.
\set stream random(1, :quiet_hundred_streams)
SELECT global_sequence_id, event_id, event_type, sequence_number, payload, metadata, timestamp_utc
FROM domain_events
WHERE (tenant_id, aggregate_id) = (SELECT tenant_id, aggregate_id FROM perfkit_bench_targets
                                   WHERE kind = 'quiet_hundred' AND number = :stream)
ORDER BY sequence_number;
