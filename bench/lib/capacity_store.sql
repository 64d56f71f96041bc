-- Stores what perfkit capacity has found with the run that shows it best, where perfkit report
-- finds it. Not every role that may store runs may change them.
SELECT has_table_privilege(format('%s.perfkit_runs', :'perfkit')::regclass, 'UPDATE') AS may_change
\gset
\if :may_change
UPDATE :perfkit.perfkit_runs SET environment = environment || jsonb_build_object('capacity', :'capacity'::jsonb)
WHERE run_id = :run_id;
\endif
