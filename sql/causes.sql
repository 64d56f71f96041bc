-- Causes: what else changed when a scenario became slower, or faster.

CREATE FUNCTION perfkit_change_of_plans(baseline jsonb, run jsonb, scenario text) RETURNS text
LANGUAGE plpgsql IMMUTABLE PARALLEL SAFE
SET search_path = pg_catalog, pg_temp
AS $$
DECLARE
    shapes jsonb[] := ARRAY[baseline #> ARRAY['environment', 'plans', scenario], run #> ARRAY['environment', 'plans', scenario]];
    indexes jsonb[] := ARRAY[baseline #> '{environment,indexes}'::text[], run #> '{environment,indexes}'::text[]];
    lost text;
    gained text;
BEGIN
    IF jsonb_typeof(shapes[1]) IS DISTINCT FROM 'array' OR jsonb_typeof(shapes[2]) IS DISTINCT FROM 'array' OR shapes[1] = shapes[2] THEN
        RETURN NULL;
    END IF;
    WITH line AS (
        SELECT DISTINCT s.side, l.line,
               coalesce((regexp_match(l.line, ' using ("(?:[^"]|"")+"|\S+) on '))[1],
                        (regexp_match(l.line, '^Bitmap Index Scan on ("(?:[^"]|"")+"|\S+)'))[1]) AS index_name
        FROM (VALUES (1), (2)) AS s (side)
             CROSS JOIN LATERAL jsonb_array_elements_text(shapes[s.side]) AS p (shape)
             CROSS JOIN LATERAL (SELECT trim(t) FROM string_to_table(p.shape, E'\n') AS t) AS l (line)
    )
    SELECT string_agg(DISTINCT format(CASE WHEN indexes[1] ? a.index_name AND NOT indexes[2] ? a.index_name
                                           THEN 'index %s is missing' ELSE 'index %s is no longer read' END, a.index_name), ', ')
               FILTER (WHERE a.side = 1 AND a.index_name IS NOT NULL
                             AND NOT EXISTS (SELECT FROM line b WHERE b.side = 2 AND b.index_name = a.index_name)),
           string_agg(DISTINCT a.line, ', ')
               FILTER (WHERE a.side = 2 AND a.line ~ 'Scan' AND NOT EXISTS (SELECT FROM line b WHERE b.side = 1 AND b.line = a.line))
    INTO lost, gained
    FROM line a;
    RETURN 'plan changed' || coalesce(': ' || nullif(concat_ws(', now ', lost, gained), ''), '');
END
$$;

COMMENT ON FUNCTION perfkit_change_of_plans(jsonb, jsonb, text) IS
'In words, how the plans of a scenario differ between two runs; NULL if they do not, or are unknown.
Arguments: two runs as in run.json. Their environment has plans, an object: scenario -> the distinct
shapes of its statements'' plans, and indexes, the names of all indexes, as perfkit compare stores
them.';

CREATE FUNCTION perfkit_diff_of_shapes(old text, new text) RETURNS text
LANGUAGE plpgsql IMMUTABLE STRICT PARALLEL SAFE
SET search_path = pg_catalog, pg_temp
AS $$
DECLARE
    a text[] := string_to_array(old, E'\n');
    b text[] := string_to_array(new, E'\n');
    n int := cardinality(a);
    m int := cardinality(b);
    -- of the lines from i and j on: how many are common, in order
    common int[] := array_fill(0, ARRAY[n + 1, m + 1]);
    i int := 1;
    j int := 1;
    lines text[] := '{}';
BEGIN
    IF n * m > 10000 THEN
        RETURN '- ' || array_to_string(a, E'\n- ') || E'\n+ ' || array_to_string(b, E'\n+ ');
    END IF;
    FOR x IN REVERSE n..1 LOOP
        FOR y IN REVERSE m..1 LOOP
            common[x][y] := CASE WHEN a[x] = b[y] THEN common[x + 1][y + 1] + 1
                                 ELSE greatest(common[x + 1][y], common[x][y + 1]) END;
        END LOOP;
    END LOOP;
    WHILE i <= n OR j <= m LOOP
        IF i <= n AND j <= m AND a[i] = b[j] THEN
            lines := lines || ('  ' || a[i]);
            i := i + 1;
            j := j + 1;
        ELSIF j > m OR i <= n AND common[i + 1][j] >= common[i][j + 1] THEN
            lines := lines || ('- ' || a[i]);
            i := i + 1;
        ELSE
            lines := lines || ('+ ' || b[j]);
            j := j + 1;
        END IF;
    END LOOP;
    RETURN array_to_string(lines, E'\n');
END
$$;

COMMENT ON FUNCTION perfkit_diff_of_shapes(text, text) IS
'The lines of two texts, such as two shapes of plans, as a diff.
Lines that are in old alone begin with "- ", those that are in new alone with "+ ", others with two
blanks. The longest common sequence stays; if the numbers of lines multiply to more than 10000, none
does. NULL if an argument is.';

CREATE FUNCTION perfkit_plan_changes(
    baseline jsonb,
    run jsonb,
    OUT scenario text,
    OUT statement text,
    OUT baseline_plans text[],
    OUT plans text[],
    OUT diff text)
RETURNS SETOF record
LANGUAGE sql IMMUTABLE PARALLEL SAFE ROWS 5
BEGIN ATOMIC
    WITH planned AS (
        SELECT r.side, s.key AS scenario, p.statement ->> 'statement'::text AS statement, pg_catalog.min(p.place) AS place,
               pg_catalog.array_agg(DISTINCT (r.run #> '{environment,plans}'::text[]) -> s.key ->> n.number::integer
                                    ORDER BY (r.run #> '{environment,plans}'::text[]) -> s.key ->> n.number::integer) AS plans
        FROM (VALUES (1, perfkit_plan_changes.baseline), (2, perfkit_plan_changes.run)) AS r (side, run)
             CROSS JOIN LATERAL pg_catalog.jsonb_each(
                 CASE WHEN pg_catalog.jsonb_typeof(r.run #> '{environment,statements}'::text[]) = 'object'
                      THEN r.run #> '{environment,statements}'::text[] END) AS s
             CROSS JOIN LATERAL pg_catalog.jsonb_array_elements(
                 CASE WHEN pg_catalog.jsonb_typeof(s.value) = 'array' THEN s.value END) WITH ORDINALITY AS p (statement, place)
             CROSS JOIN LATERAL pg_catalog.jsonb_array_elements_text(
                 CASE WHEN pg_catalog.jsonb_typeof(p.statement -> 'plans'::text) = 'array' THEN p.statement -> 'plans'::text END) AS n (number)
        WHERE n.number ~ '^[0-9]{1,6}$'
        GROUP BY r.side, s.key, p.statement ->> 'statement'::text
    )
    SELECT a.scenario, a.statement, a.plans, b.plans,
           (SELECT pg_catalog.string_agg(coalesce(perfkit_diff_of_shapes(x.shape, y.shape),
                                                  '- ' || pg_catalog.replace(x.shape, E'\n', E'\n- '),
                                                  '+ ' || pg_catalog.replace(y.shape, E'\n', E'\n+ ')),
                                         E'\n' ORDER BY coalesce(x.place, y.place), x.place)
            FROM (SELECT u.shape, pg_catalog.row_number() OVER (ORDER BY u.place) AS place
                  FROM pg_catalog.unnest(a.plans) WITH ORDINALITY AS u (shape, place) WHERE u.shape <> ALL (b.plans)) AS x
                 FULL JOIN (SELECT u.shape, pg_catalog.row_number() OVER (ORDER BY u.place) AS place
                            FROM pg_catalog.unnest(b.plans) WITH ORDINALITY AS u (shape, place) WHERE u.shape <> ALL (a.plans)) AS y
                      ON y.place = x.place)
    FROM planned a
         JOIN planned b ON b.side = 2 AND b.scenario = a.scenario AND b.statement = a.statement
    WHERE a.side = 1 AND a.plans OPERATOR(pg_catalog.<>) b.plans
    ORDER BY a.scenario COLLATE "C", a.place;
END;

COMMENT ON FUNCTION perfkit_plan_changes(jsonb, jsonb) IS
'The statements whose plans differ between two runs, and how.
Arguments: two runs as in run.json. statement: as in perfkit_runs.environment, with a question mark
for each value. baseline_plans, plans: the distinct shapes of its plans, sorted; different values may
have different plans. diff: of those shapes that only one run has, as by perfkit_diff_of_shapes().
A statement that only one run has is left out, and so is a run without statements.';

CREATE FUNCTION perfkit_time_of_sessions(run jsonb, scenario text, OUT what text, OUT ms double precision, OUT samples bigint)
RETURNS SETOF record
LANGUAGE sql IMMUTABLE PARALLEL SAFE ROWS 5
BEGIN ATOMIC
    -- A session that is seen in every look is active for the whole load, so samples / looks is a
    -- number of sessions; divided by transactions per second, it is seconds for each transaction.
    SELECT s.what, 1000::double precision * pg_catalog.sum(s.samples)::double precision / r.looks / r.tps, pg_catalog.sum(s.samples)::bigint
    FROM (SELECT nullif((perfkit_time_of_sessions.run #>> '{observed,wait_looks}'::text[])::double precision, 0::double precision) AS looks,
                 (SELECT nullif((t.row ->> 'tps'::text)::double precision, 0::double precision)
                  FROM pg_catalog.jsonb_array_elements(perfkit_time_of_sessions.run -> 'summary'::text) AS t (row)
                  WHERE t.row ->> 'stage'::text IS NULL AND t.row ->> 'scenario'::text = perfkit_time_of_sessions.scenario LIMIT 1) AS tps) AS r
         CROSS JOIN LATERAL (
             SELECT pg_catalog.concat_ws('/'::text, w.seen ->> 'event_type'::text, w.seen ->> 'event'::text) AS what,
                    w.seen ->> 'scenario'::text AS scenario, (w.seen ->> 'samples'::text)::bigint AS samples
             FROM pg_catalog.jsonb_array_elements(perfkit_time_of_sessions.run #> '{observed,waits}'::text[]) AS w (seen)
             UNION ALL
             SELECT 'running', w.seen ->> 'scenario'::text, (w.seen ->> 'samples'::text)::bigint
             FROM pg_catalog.jsonb_array_elements(perfkit_time_of_sessions.run #> '{observed,running}'::text[]) AS w (seen)) AS s
    WHERE r.looks IS NOT NULL AND r.tps IS NOT NULL
          AND (perfkit_time_of_sessions.scenario = 'all' OR s.scenario = perfkit_time_of_sessions.scenario)
    GROUP BY s.what, r.looks, r.tps
    UNION ALL
    SELECT 'CPU', 1000::double precision * (perfkit_time_of_sessions.run #>> '{observed,cpu,seconds}'::text[])::double precision
                  / nullif((perfkit_time_of_sessions.run #>> '{observed,cpu,of_seconds}'::text[])::double precision, 0::double precision)
                  / nullif((t.row ->> 'tps'::text)::double precision, 0::double precision), NULL
    FROM pg_catalog.jsonb_array_elements(perfkit_time_of_sessions.run -> 'summary'::text) AS t (row)
    WHERE t.row ->> 'stage'::text IS NULL AND t.row ->> 'scenario'::text = 'all' AND perfkit_time_of_sessions.scenario = 'all'
          AND perfkit_time_of_sessions.run #>> '{observed,cpu,seconds}'::text[] IS NOT NULL;
END;

COMMENT ON FUNCTION perfkit_time_of_sessions(jsonb, text) IS
'What sessions did for a transaction of a scenario, and how long, from samples.
run: as in run.json, with observed. what: a wait event, as in Lock/tuple; running: those that waited
for nothing, and so ran or were ready to; CPU, of scenario all: processor time. ms: for each
transaction. samples: how often a session was seen so, NULL for CPU.';

CREATE FUNCTION perfkit_change_of_time(baseline jsonb, runs jsonb, scenario text, change_ms double precision) RETURNS text
LANGUAGE sql IMMUTABLE PARALLEL SAFE
BEGIN ATOMIC
    WITH spent AS (
        SELECT d.side, d.pair, t.what, t.ms, t.samples
        FROM (SELECT 1, a.pair, a.run FROM pg_catalog.jsonb_array_elements(perfkit_change_of_time.baseline) WITH ORDINALITY AS a (run, pair)
              UNION ALL
              SELECT 2, b.pair, b.run FROM pg_catalog.jsonb_array_elements(perfkit_change_of_time.runs) WITH ORDINALITY AS b (run, pair)) AS d (side, pair, run)
             CROSS JOIN LATERAL perfkit_time_of_sessions(d.run, perfkit_change_of_time.scenario) t
    ), change AS (
        -- What was never seen on a side took no time there.
        SELECT w.what, pg_catalog.percentile_cont(0.5::double precision) WITHIN GROUP (ORDER BY coalesce(a.ms, 0::double precision)) AS old_ms,
               pg_catalog.percentile_cont(0.5::double precision) WITHIN GROUP (ORDER BY coalesce(b.ms, 0::double precision)) AS new_ms,
               pg_catalog.bool_and(pg_catalog.sign(coalesce(b.ms, 0::double precision) - coalesce(a.ms, 0::double precision))
                                   = pg_catalog.sign(perfkit_change_of_time.change_ms)) AS always,
               pg_catalog.sum(greatest(a.samples, b.samples)) AS samples
        FROM (SELECT DISTINCT s.what FROM spent s) AS w
             CROSS JOIN (SELECT DISTINCT s.pair FROM spent s) AS p
             LEFT JOIN spent a ON a.side = 1 AND a.pair = p.pair AND a.what = w.what
             LEFT JOIN spent b ON b.side = 2 AND b.pair = p.pair AND b.what = w.what
        GROUP BY w.what
        HAVING pg_catalog.count(*) >= 6
    )
    SELECT pg_catalog.format(
               CASE c.what WHEN 'CPU' THEN '%s CPU: %s -> %s ms a transaction'
                           WHEN 'running' THEN '%s time running or ready to run: %s -> %s ms a transaction, by samples'
                           ELSE '%s waiting for ' || pg_catalog.replace(c.what, '%', '%%') || ': %s -> %s ms a transaction, by samples' END,
               CASE WHEN perfkit_change_of_time.change_ms > '0' THEN 'more' ELSE 'less' END,
               pg_catalog.round(c.old_ms::numeric, 2), pg_catalog.round(c.new_ms::numeric, 2))
    FROM change c
    WHERE c.always AND (c.samples IS NULL OR c.samples >= 30::numeric)
          -- a fourth of the change, at least
          AND pg_catalog.abs(c.new_ms - c.old_ms) * '4' >= pg_catalog.abs(perfkit_change_of_time.change_ms)
    ORDER BY c.what = 'running', pg_catalog.abs(c.new_ms - c.old_ms) DESC, c.what COLLATE "C"
    LIMIT 1;
END;

COMMENT ON FUNCTION perfkit_change_of_time(jsonb, jsonb, text, double precision) IS
'In words, what sessions did for longer, or less long, when a scenario became slower or faster.
baseline, runs: arrays of runs as in run.json, in pairs. change_ms: by how much the average latency
changed. Named is what changed in the same direction in every pair, of at least 6, was seen in at
least 30 samples, and accounts for at least a fourth of the change: a wait event or processor time
before mere running, since a session that is ready to run may wait for a processor. NULL if there is
no such thing.';

