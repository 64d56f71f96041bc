-- Measures the work of the statements in :statements, which are those of :transactions
-- transactions, as an object such as perfkit_runs.work contains. The statements run with the user's
-- search path, so calls here are qualified.
SELECT set_config('search_path', :'user_path', true)
\g /dev/null
SELECT pg_catalog.jsonb_build_object('transactions', :transactions, 'statements', w.statements, 'blocks', w.blocks, 'rows', w.rows,
                                     'temp_blocks', w.temp_blocks, 'wal_records', w.wal_records, 'wal_bytes', w.wal_bytes)
FROM :perfkit.perfkit_work_of(ARRAY(SELECT pg_catalog.jsonb_array_elements_text(:'statements'::pg_catalog.jsonb))::pg_catalog.text[]) AS w;
