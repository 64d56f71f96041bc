-- Ten tenants, or as many as there are rows. The function is called with its schema and all of its
-- arguments, each of exactly its type, so that no other can match better.
SELECT :perfkit.perfkit_seed_domain_events(tenants => greatest(1, least(10, :rows))::integer, n => :rows::bigint,
                                           random_seed => 42::bigint, ends_at => pg_catalog.date_trunc('day'::pg_catalog.text, pg_catalog.now()),
                                           target_schema => NULL::pg_catalog.name);
