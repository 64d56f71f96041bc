-- The next 1000 events of the store after a token, of any tenant.
\set position random(:first_position - 1, :last_position)
SELECT global_sequence_id, tenant_id, stream_id, sequence_number, event_type, payload, metadata, timestamp_utc
FROM domain_events
WHERE global_sequence_id > :position
ORDER BY global_sequence_id
LIMIT 1000;
