-- The end of a tenant's events.
\set tenant random_exponential(1, :tenants, 8)
SELECT max(global_sequence_id)
FROM domain_events
WHERE tenant_id = (SELECT tenant_id FROM perfkit_bench_targets WHERE kind = 'tenant' AND number = :tenant);
