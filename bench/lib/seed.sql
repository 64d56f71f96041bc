-- Calls the shipped seeder of :workload with :rows rows into :schema. The function is looked up
-- among perfkit's own, and called with its schema and all of its arguments, each of exactly the
-- declared type, so that a function that someone else has created there cannot match better. The
-- defaults are evaluated before the user's search path is set.
SELECT format('format(%L, %s)',
              format('SELECT %I.%I(%s)', f.nspname, f.proname,
                     string_agg(format('%I => %%L::%I.%I', a.name, y.nspname, t.typname), ', ' ORDER BY a.position)),
              string_agg(CASE a.name WHEN 'n' THEN quote_literal(:'rows')
                                     WHEN 'target_schema' THEN quote_literal(:'schema')
                                     ELSE pg_get_function_arg_default(f.oid, a.position::int) END,
                         ', ' ORDER BY a.position)) AS expression
FROM (SELECT p.oid, n.nspname, p.proname, p.proargnames, p.proargtypes
      FROM pg_extension e
           JOIN pg_depend d ON d.refclassid = 'pg_extension'::regclass AND d.refobjid = e.oid AND d.deptype = 'e'
                               AND d.classid = 'pg_proc'::regclass
           JOIN pg_proc p ON p.oid = d.objid
           JOIN pg_namespace n ON n.oid = p.pronamespace
      WHERE e.extname = 'perfkit' AND p.proname = 'perfkit_seed_' || :'workload'
      -- An integer twin of the function takes fewer rows.
      ORDER BY 'bigint'::regtype = ANY (p.proargtypes) DESC LIMIT 1) AS f,
     LATERAL unnest(f.proargnames, f.proargtypes::oid[]) WITH ORDINALITY AS a (name, type, position)
     JOIN pg_type t ON t.oid = a.type
     JOIN pg_namespace y ON y.oid = t.typnamespace
GROUP BY f.oid, f.nspname, f.proname
\gset seed_
\if :{?seed_expression}
SELECT :seed_expression AS call
\gset seed_
SELECT set_config('search_path', :'user_path', true)
\g /dev/null
:seed_call;
\else
DO $$ BEGIN RAISE 'perfkit has no seeder of that name'; END $$;
\endif
