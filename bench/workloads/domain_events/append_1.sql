-- One event onto a stream.
-- Written by append.pl; change it there, and run: make appends
\set stream random(1, :append_streams)
\set payload random(0, :payloads - 1)
\set event random(1, 4611686018427387904)
-- The current version, as known to an application that has loaded the aggregate.
SELECT coalesce(max(sequence_number), -1) AS version
FROM domain_events
WHERE (tenant_id, aggregate_id) = (SELECT tenant_id, aggregate_id FROM perfkit_bench_targets
                                   WHERE kind = 'append' AND number = :stream) \gset
-- A writer that loses the race finds the version taken and starts over, with the same stream and
-- event IDs, since pgbench restores its random state for a retry.
WITH appended AS (
    INSERT INTO domain_events (event_id, stream_id, aggregate_id, aggregate_type, expected_version, sequence_number, tenant_id,
                               event_type, payload, metadata, timestamp_utc)
    SELECT (lpad(to_hex(:run_token::bigint + :stage::bigint), 16, '0') || lpad(to_hex(:event::bigint + i), 16, '0'))::uuid,
           t.aggregate_type || '-' || t.aggregate_id, t.aggregate_id, t.aggregate_type,
           :version::bigint + i - 1, :version::bigint + i, t.tenant_id, p.event_type, p.payload::jsonb,
           pg_catalog.jsonb_build_object('userId', 'perfkit-' || :client_id::text, 'scenario', 'append_1', 'correlationId',
                                         (lpad(to_hex(:run_token::bigint + :stage::bigint), 16, '0')
                                          || lpad(to_hex(:event::bigint), 16, '0'))::uuid),
           clock_timestamp()
    FROM perfkit_bench_targets t
         CROSS JOIN generate_series(1, 1) AS i
         CROSS JOIN LATERAL (SELECT event_type, payload FROM perfkit_bench_payloads
                             WHERE number = (:payload::bigint + i) % :payloads::bigint LIMIT 1) AS p
    WHERE t.kind = 'append' AND t.number = :stream
    ORDER BY i
    ON CONFLICT (tenant_id, aggregate_id, sequence_number) DO NOTHING
    RETURNING global_sequence_id)
SELECT perfkit_expect_rows(count(*), 1::bigint), max(global_sequence_id) FROM appended;
