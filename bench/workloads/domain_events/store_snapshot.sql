-- Stores a snapshot of an aggregate of about 100 events at its current version, replacing any
-- snapshot of the same version.
\set stream random(1, :hundred_streams)
\set payload random(0, :payloads - 1)
INSERT INTO aggregate_snapshots AS s (tenant_id, aggregate_id, aggregate_type, last_sequence_number, snapshot_payload, version,
                                      timestamp_utc)
SELECT t.tenant_id, t.aggregate_id, t.aggregate_type, e.last, p.payload::jsonb, e.last + 1, clock_timestamp()
FROM perfkit_bench_targets t
     CROSS JOIN LATERAL (SELECT max(sequence_number) AS last FROM domain_events
                         WHERE tenant_id = t.tenant_id AND aggregate_id = t.aggregate_id) AS e
     CROSS JOIN perfkit_bench_payloads p
WHERE t.kind = 'hundred' AND t.number = :stream AND p.number = :payload
ON CONFLICT (tenant_id, aggregate_id, last_sequence_number) DO UPDATE
SET snapshot_payload = excluded.snapshot_payload, version = excluded.version, timestamp_utc = excluded.timestamp_utc;
