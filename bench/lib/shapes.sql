-- The plans of the statements in :statements, which are planned with the user's search path, as one
-- JSON object. plans: their distinct shapes. statements: an array of objects: statement, the text
-- with a question mark for each value, and plans, positions in the other array, from 0. Texts that
-- differ in nothing but values are one statement.
SELECT set_config('search_path', :'user_path', true)
\g /dev/null
WITH planned AS MATERIALIZED (
    SELECT :perfkit.perfkit_plan_shape(statement::pg_catalog.text, false, 1::pg_catalog.float8) COLLATE pg_catalog."C" AS shape,
           place,
           -- strings first, since they may contain numbers; digits within names stay
           pg_catalog.left(pg_catalog.btrim(pg_catalog.regexp_replace(pg_catalog.regexp_replace(pg_catalog.regexp_replace(
               statement::pg_catalog.text, $re$'(?:[^']|'')*'$re$, '?', 'g'), '\m[0-9][0-9.]*\M', '?', 'g'), '\s+', ' ', 'g'),
               ' ;'), 1000) AS statement
    FROM pg_catalog.jsonb_array_elements_text(:'statements'::pg_catalog.jsonb) WITH ORDINALITY AS s (statement, place)
), numbered AS (
    SELECT shape, (pg_catalog.row_number() OVER (ORDER BY shape)) OPERATOR(pg_catalog.-) 1::pg_catalog.int8 AS number
    FROM planned GROUP BY shape
)
SELECT pg_catalog.json_build_object(
    'plans', (SELECT coalesce(pg_catalog.json_agg(shape ORDER BY number), '[]') FROM numbered),
    'statements', (SELECT coalesce(pg_catalog.json_agg(pg_catalog.json_build_object('statement', statement, 'plans', plans) ORDER BY place), '[]')
                   FROM (SELECT p.statement, pg_catalog.min(p.place) AS place, pg_catalog.json_agg(DISTINCT n.number::pg_catalog.int4) AS plans
                         FROM planned p JOIN numbered n ON n.shape OPERATOR(pg_catalog.=) p.shape
                         GROUP BY p.statement) AS by_statement));
