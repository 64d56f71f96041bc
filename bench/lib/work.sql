-- What the statements in :statements, of :transactions transactions, touch: an object as perfkit_runs.work has it. With the
-- user's search path, and with the functions that it cannot replace.
SELECT set_config('search_path', :'user_path', true)
\g /dev/null
SELECT pg_catalog.jsonb_build_object('transactions', :transactions, 'statements', w.statements, 'blocks', w.blocks)
FROM :perfkit.perfkit_work_of(ARRAY(SELECT pg_catalog.jsonb_array_elements_text(:'statements'::pg_catalog.jsonb))::pg_catalog.text[]) AS w;
