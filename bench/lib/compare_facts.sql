-- Stores with the first run of a side what perfkit compare has learned of the side: the shapes of
-- its plans, its indexes, and the blocks that its transactions touch.
UPDATE :perfkit.perfkit_runs
SET environment = environment || jsonb_strip_nulls(jsonb_build_object('sample_seed', nullif(:'sample_seed', '')::bigint))
        || jsonb_build_object('plans', :'plans'::jsonb, 'statements', :'statements'::jsonb,
                              'indexes', :'indexes'::jsonb),
    work = coalesce(work, nullif(:'work', '')::jsonb)
WHERE run_id = :run_id;
