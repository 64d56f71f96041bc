-- Those functions that hide functions of perfkit's in :names where the search path is :script_path,
-- in words; the empty string when there are none. It runs with that path, so calls are qualified.
SELECT set_config('search_path', :'script_path', true)
\g /dev/null
SELECT coalesce(pg_catalog.string_agg(
                    pg_catalog.format('function %I.%I(%s) hides the one of perfkit that the scripts call', n.nspname,
                                      other.proname, pg_catalog.pg_get_function_identity_arguments(other.oid)), '; '), '')
FROM pg_catalog.pg_extension e
     JOIN pg_catalog.pg_depend d
       ON d.refclassid OPERATOR(pg_catalog.=) 'pg_catalog.pg_extension'::pg_catalog.regclass
          AND d.refobjid OPERATOR(pg_catalog.=) e.oid AND d.deptype OPERATOR(pg_catalog.=) 'e'
          AND d.classid OPERATOR(pg_catalog.=) 'pg_catalog.pg_proc'::pg_catalog.regclass
     JOIN pg_catalog.pg_proc own ON own.oid OPERATOR(pg_catalog.=) d.objid
     JOIN pg_catalog.pg_proc other
       ON other.proname OPERATOR(pg_catalog.=) own.proname AND other.proargtypes OPERATOR(pg_catalog.=) own.proargtypes
          AND other.oid OPERATOR(pg_catalog.<>) own.oid
     JOIN pg_catalog.pg_namespace n ON n.oid OPERATOR(pg_catalog.=) other.pronamespace
WHERE e.extname OPERATOR(pg_catalog.=) 'perfkit'
  AND own.proname OPERATOR(pg_catalog.=) ANY (pg_catalog.string_to_array(:'names', ' ')::pg_catalog.name[])
  AND NOT pg_catalog.pg_function_is_visible(own.oid) AND pg_catalog.pg_function_is_visible(other.oid);
