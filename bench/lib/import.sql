-- Stores the runs in :document, one or an array of them. Their numbers are then in :run_ids, a line
-- each, and at the end of :imported. Files are UTF-8.
\set SHOW_CONTEXT never
SET LOCAL client_encoding TO 'UTF8';
SELECT concat_ws(',', nullif(:'imported', ''), string_agg(run_id::text, ',' ORDER BY place)) AS imported,
       string_agg(run_id::text, E'\n' ORDER BY place) AS run_ids
FROM (SELECT place, :perfkit.perfkit_import_run(one) AS run_id
      FROM (SELECT :'document'::jsonb) AS f (document),
           jsonb_array_elements(CASE jsonb_typeof(document) WHEN 'array' THEN document ELSE jsonb_build_array(document) END)
               WITH ORDINALITY AS e (one, place)) AS new
\gset
