-- Runs: what was read from shared buffers. Qualified as in runs.sql.

CREATE FUNCTION perfkit_run_cache_hit(run_id bigint)
RETURNS TABLE (
    scenario text,
    hits bigint,
    reads bigint,
    hit_rate double precision)
LANGUAGE sql STABLE PARALLEL RESTRICTED ROWS 10
BEGIN ATOMIC
    SELECT s.scenario, b.hits, b.reads,
           CASE WHEN b.hits + b.reads > 0::bigint THEN b.hits::double precision / (b.hits + b.reads)::double precision END
    FROM perfkit_run(perfkit_run_cache_hit.run_id) r
         CROSS JOIN LATERAL pg_catalog.unnest(pg_catalog.array_append(r.scenarios, 'all'::text))
             WITH ORDINALITY AS s (scenario, position)
         CROSS JOIN LATERAL (SELECT CASE WHEN s.scenario = 'all' THEN r.observed -> 'buffers'::text
                                         ELSE r.observed -> 'scenario_buffers'::text -> s.scenario END AS counted) AS c
         CROSS JOIN LATERAL (SELECT (c.counted ->> 'hit'::text)::numeric::bigint AS hits,
                                    (c.counted ->> 'read'::text)::numeric::bigint AS reads) AS b
    ORDER BY s.position;
END;

COMMENT ON FUNCTION perfkit_run_cache_hit(bigint) IS
'How often blocks were found in shared buffers during a run, by scenario and for all of them.
Scenario all, the last row: what all sessions of the database read. Of a single scenario: what its
statements read, from pg_stat_statements; NULL where that was not loaded or lacks one of them, where
another scenario has one of them, too, or where counters were reset or dropped during the load. So
scenarios need not add up to all. hits and reads are blocks; hit_rate is hits / (hits + reads), 0 to
1, NULL where nothing was read. The warm-up is included.
Errors: 42704 no such run, 22004 run_id is null';
