-- A tenant other than the noisy one reads its next 100 events after a token.
--
-- The tenant is an array, and comes first in ORDER BY, so that only the index on tenant and
-- position has the rows in that order. With a plain "=", the primary key has that order as well,
-- and a generic plan may use it and discard the events of all other tenants.
\set tenant random(least(2, :tenants), :tenants)
\set position random(:first_position - 1, :last_position)
SELECT global_sequence_id, stream_id, sequence_number, event_type, payload, metadata, timestamp_utc
FROM domain_events
WHERE tenant_id = ANY (ARRAY[(SELECT tenant_id FROM perfkit_bench_targets WHERE kind = 'tenant' AND number = :tenant)])
  AND global_sequence_id > :position
ORDER BY tenant_id, global_sequence_id
LIMIT 100;
