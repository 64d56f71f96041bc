-- An aggregate of about 1000 events, from its latest snapshot and the events after it.
\set stream random(1, :snapshot_streams)
SELECT coalesce(max(s.last_sequence_number), -1) AS last_sequence_number, min(s.snapshot_payload::text) AS snapshot
FROM (SELECT last_sequence_number, snapshot_payload
      FROM aggregate_snapshots
      WHERE (tenant_id, aggregate_id) = (SELECT tenant_id, aggregate_id FROM perfkit_bench_targets
                                         WHERE kind = 'snapshot' AND number = :stream)
      ORDER BY last_sequence_number DESC
      LIMIT 1) AS s \gset
SELECT global_sequence_id, event_id, event_type, sequence_number, payload, metadata, timestamp_utc
FROM domain_events
WHERE (tenant_id, aggregate_id) = (SELECT tenant_id, aggregate_id FROM perfkit_bench_targets
                                   WHERE kind = 'snapshot' AND number = :stream)
  AND sequence_number > :last_sequence_number
ORDER BY sequence_number;
