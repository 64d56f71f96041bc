-- The table of :comparison on the terminal, as pool_compare.sql makes it.
SELECT CASE WHEN bool_or(stage IS NOT NULL) THEN 'coalesce(stage::text, ''all'') AS stage,' ELSE '' END AS stage_column
FROM jsonb_to_recordset(:'comparison') AS c (stage smallint)
\gset
SELECT :stage_column scenario, metric, round(pooled::numeric, 2) AS pooled, round(direct::numeric, 2) AS direct,
       round(ratio::numeric, 2) AS "pooled / direct",
       CASE WHEN metric <> 'tps' THEN format('%s .. %s', coalesce(round(pooled_lower::numeric, 2)::text, '?'),
                                             coalesce(round(pooled_upper::numeric, 2)::text, '?')) END AS "95 % interval, pooled",
       CASE WHEN metric <> 'tps' THEN format('%s .. %s', coalesce(round(direct_lower::numeric, 2)::text, '?'),
                                             coalesce(round(direct_upper::numeric, 2)::text, '?')) END AS "95 % interval, direct",
       finding
FROM jsonb_to_recordset(:'comparison')
     AS c (scenario text, stage smallint, metric text, pooled float8, direct float8, ratio float8, pooled_lower float8,
           pooled_upper float8, direct_lower float8, direct_upper float8, finding text);
