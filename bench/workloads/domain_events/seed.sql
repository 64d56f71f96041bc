-- Ten tenants, or as many as there are rows.
SELECT perfkit_seed_domain_events(tenants => greatest(1, least(10, :rows)), n => :rows);
