-- A processor, one per client, that has the whole store to read. At the end it starts over.
WITH next AS MATERIALIZED (
    SELECT global_sequence_id, tenant_id, stream_id, sequence_number, event_type, payload, metadata, timestamp_utc
    FROM domain_events
    WHERE global_sequence_id > (SELECT token_position FROM tracking_tokens
                                WHERE processor_name = 'perfkit-catch-up' AND segment = :client_id)
    ORDER BY global_sequence_id
    LIMIT 1000
), moved AS (
    UPDATE tracking_tokens
    SET token_position = coalesce((SELECT max(global_sequence_id) FROM next), 0), updated_at = clock_timestamp()
    WHERE processor_name = 'perfkit-catch-up' AND segment = :client_id)
SELECT * FROM next;
