-- The workload's index checks as JSON; a dash if there are none. The checks of a user's own folder,
-- in :own_checks, are inserted into the table and rolled back afterwards.
SAVEPOINT before_own_checks;
SELECT :'own_checks' <> '[]' AS has_own_checks
\gset
\if :has_own_checks
INSERT INTO :perfkit.perfkit_index_checks (workload, check_name, query, expected_index, also_accepted, demand, max_rows_removed)
SELECT :'workload', check_name, query, expected_index, also_accepted, demand, max_rows_removed
FROM jsonb_to_recordset(:'own_checks')
     AS c (check_name text, query text, expected_index text, also_accepted text[], demand text, max_rows_removed bigint);
\endif
SELECT EXISTS (SELECT FROM :perfkit.perfkit_index_checks WHERE workload = :'workload') AS has_checks
\gset
\if :has_checks
SELECT set_config('search_path', :'user_path', true)
\g /dev/null
SELECT coalesce(pg_catalog.jsonb_agg(pg_catalog.to_jsonb(c)), '[]') FROM :perfkit.perfkit_verify_indexes(:'workload'::pg_catalog.text, NULL::pg_catalog.name) c;
\else
\echo -
\endif
ROLLBACK TO SAVEPOINT before_own_checks;
