-- The runs in :runs, an array, as JSON, a line each.
\set SHOW_CONTEXT never
SET LOCAL client_encoding TO 'UTF8';
SELECT :perfkit.perfkit_export_run(r.run_id) FROM unnest(:'runs'::bigint[]) WITH ORDINALITY AS r (run_id, place) ORDER BY r.place;
