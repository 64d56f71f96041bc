-- A tracking processor, one per client: reads the next 100 events and, in the same transaction,
-- moves its token past them.
WITH next AS MATERIALIZED (
    SELECT global_sequence_id, tenant_id, stream_id, sequence_number, event_type, payload, metadata, timestamp_utc
    FROM domain_events
    WHERE global_sequence_id > (SELECT token_position FROM tracking_tokens
                                WHERE processor_name = 'perfkit-track' AND segment = :client_id)
    ORDER BY global_sequence_id
    LIMIT 100
), moved AS (
    UPDATE tracking_tokens
    SET token_position = coalesce((SELECT max(global_sequence_id) FROM next), token_position), updated_at = clock_timestamp()
    WHERE processor_name = 'perfkit-track' AND segment = :client_id)
SELECT * FROM next;
