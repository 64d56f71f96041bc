-- Before everything bench/run does in a session: stop at the first error, stay quiet, and find perfkit in whatever schema it
-- is. That comes last, so that the user's own tables are found first, and are made in the user's own schema. A session that
-- has no business with the user's tables sets own: it finds nothing but the server's things, whatever others have put into
-- the schemas of the user's search_path or into perfkit's, and perfkit's by the schema that variable perfkit has.
\set ON_ERROR_STOP on
\set QUIET on
\pset footer off
\pset null -
\pset pager off
SET client_min_messages = warning;
SET work_mem = '64MB';
-- The runner reads all of a log and of a workload's tables: no business of a guard that is for the application.
SELECT pg_catalog.set_config(name, 'off', false)
FROM pg_catalog.pg_settings
WHERE name OPERATOR(pg_catalog.=) 'perfkit.guard' AND
	(context OPERATOR(pg_catalog.=) 'user' OR pg_catalog.has_parameter_privilege(name, 'SET'))
\g /dev/null
SELECT pg_catalog.current_schema() IS NULL AS no_schema
\gset
\if :{?own}
SELECT pg_catalog.set_config('search_path', 'pg_catalog, pg_temp', false)
\g /dev/null
SELECT (SELECT pg_catalog.quote_ident(n.nspname)
        FROM pg_catalog.pg_extension e JOIN pg_catalog.pg_namespace n ON n.oid OPERATOR(pg_catalog.=) e.extnamespace
        WHERE e.extname OPERATOR(pg_catalog.=) 'perfkit') AS perfkit
\gset
\else
SELECT pg_catalog.set_config('search_path', pg_catalog.concat_ws(', ', nullif(pg_catalog.current_setting('search_path'), ''),
                                                      pg_catalog.quote_ident(n.nspname)), false)
FROM pg_catalog.pg_extension e JOIN pg_catalog.pg_namespace n ON n.oid OPERATOR(pg_catalog.=) e.extnamespace
WHERE e.extname OPERATOR(pg_catalog.=) 'perfkit' AND NOT n.nspname OPERATOR(pg_catalog.=) ANY (pg_catalog.current_schemas(false))
\g /dev/null
\endif
