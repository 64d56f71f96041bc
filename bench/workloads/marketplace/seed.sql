-- As many programs as there are rows, and a fifth as many users. The function is called with its
-- schema and all of its arguments, each of exactly its type, so that no other can match better.
SELECT :perfkit.perfkit_seed_marketplace(programs => :rows::bigint, users => greatest(:rows::bigint / 5, 1::bigint),
                                         random_seed => 42::bigint, target_schema => NULL::pg_catalog.name, password_cost => 8,
                                         ends_at => pg_catalog.date_trunc('day'::pg_catalog.text, pg_catalog.now()));
