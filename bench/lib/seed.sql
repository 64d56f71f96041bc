-- Calls the shipped seeder of :workload with :rows rows into :schema. The function is looked up among perfkit's own, and called
-- by its schema with all of its arguments, each of the very type that it takes: a function that somebody planted
-- beside it cannot be the better match.
SELECT format('SELECT %I.%I(%s)', f.nspname, f.proname, string_agg(
           format('%I => (%s)::%s', a.name,
                             CASE a.name WHEN 'n' THEN :'rows' WHEN 'target_schema' THEN quote_literal(:'schema')
                                         ELSE pg_get_function_arg_default(f.oid, a.position::int) END,
                             format_type(a.type, NULL)), ', ' ORDER BY a.position)) AS call
FROM (SELECT p.oid, n.nspname, p.proname, p.proargnames, p.proargtypes
      FROM pg_extension e
           JOIN pg_depend d ON d.refclassid = 'pg_extension'::regclass AND d.refobjid = e.oid AND d.deptype = 'e'
                               AND d.classid = 'pg_proc'::regclass
           JOIN pg_proc p ON p.oid = d.objid
           JOIN pg_namespace n ON n.oid = p.pronamespace
      WHERE e.extname = 'perfkit' AND p.proname = 'perfkit_seed_' || :'workload'
      -- (an integer twin of the function takes fewer rows)
      ORDER BY 'bigint'::regtype = ANY (p.proargtypes) DESC LIMIT 1) AS f,
     LATERAL unnest(f.proargnames, f.proargtypes::oid[]) WITH ORDINALITY AS a (name, type, position)
GROUP BY f.oid, f.nspname, f.proname
\gset seed_
\if :{?seed_call}
SELECT set_config('search_path', :'user_path', true)
\g /dev/null
:seed_call;
\else
DO $$ BEGIN RAISE 'perfkit has no seeder of that name'; END $$;
\endif
