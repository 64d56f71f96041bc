-- Baselines: runs that others are compared with, by name.

-- No foreign key: a run may be deleted, and its baseline is then an error rather than another one.
CREATE TABLE perfkit_baselines (
    baseline text NOT NULL CHECK (baseline <> ''),
    workload text NOT NULL,
    run_id bigint NOT NULL,
    set_at timestamptz NOT NULL DEFAULT pg_catalog.now(),
    PRIMARY KEY (baseline, workload, run_id)
);
COMMENT ON TABLE perfkit_baselines IS
'Runs that others are compared with, a row for each; set by perfkit_set_baseline().
A name has a set of runs for each workload. Rows survive dump and restore, and stay when a run is
deleted: the baseline can then not be used until it is set again or forgotten.';
COMMENT ON COLUMN perfkit_baselines.baseline IS
'Name of the baseline.';
COMMENT ON COLUMN perfkit_baselines.workload IS
'Workload of the run.';
COMMENT ON COLUMN perfkit_baselines.run_id IS
'One of its runs.';
COMMENT ON COLUMN perfkit_baselines.set_at IS
'When it was set.';

SELECT pg_catalog.pg_extension_config_dump('perfkit_baselines', '');

CREATE FUNCTION perfkit_check_baseline(run_ids bigint[], baseline text, results jsonb) RETURNS boolean
LANGUAGE plpgsql IMMUTABLE PARALLEL SAFE
SET search_path = pg_catalog, pg_temp
AS $$
DECLARE
    fact record;
BEGIN
    IF baseline IS NULL OR run_ids IS NULL THEN
        RAISE '"%" must not be null', CASE WHEN run_ids IS NULL THEN 'run_ids' ELSE 'baseline' END
            USING ERRCODE = 'null_value_not_allowed';
    ELSIF array_position(run_ids, NULL) IS NOT NULL THEN
        RAISE '"run_ids" must not contain null' USING ERRCODE = 'null_value_not_allowed';
    ELSIF cardinality(run_ids) = 0 THEN
        RAISE 'there are no runs in "run_ids"'
            USING ERRCODE = 'invalid_parameter_value', HINT = 'To remove a baseline, call perfkit_forget_baseline().';
    ELSIF baseline = '' OR baseline ~ '[[:cntrl:]]' OR length(baseline) > 200 THEN
        RAISE '"baseline" must be a name of 1 to 200 characters, none of them a control character'
            USING ERRCODE = 'invalid_parameter_value';
    END IF;
    SELECT r.run_id INTO fact FROM unnest(run_ids) AS r (run_id) GROUP BY r.run_id HAVING count(*) > 1 ORDER BY 1 LIMIT 1;
    IF FOUND THEN
        RAISE 'run % is given twice', fact.run_id USING ERRCODE = 'invalid_parameter_value';
    END IF;
    FOR fact IN
        SELECT d.what, string_agg(DISTINCT coalesce(d.value #>> '{}'::text[], 'unknown'), ' and ') AS list
        FROM jsonb_array_elements(results) AS r (run)
             CROSS JOIN LATERAL (VALUES
                 (1, 'rows', r.run -> 'rows'),
                 (2, 'cores', r.run #> '{environment,client,cores}'::text[]),
                 (3, 'systems', r.run #> '{environment,client,system}'::text[])) AS d (place, what, value)
        GROUP BY d.place, d.what HAVING count(DISTINCT coalesce(d.value, 'null')) > 1
        ORDER BY d.place
    LOOP
        RAISE 'runs of a baseline must be of one kind, and these differ in their %', fact.what
            USING ERRCODE = 'invalid_parameter_value', DETAIL = format('They are %s.', fact.list),
                  HINT = 'A baseline is several runs of one and the same thing.';
    END LOOP;
    RETURN true;
END
$$;

COMMENT ON FUNCTION perfkit_check_baseline(bigint[], text, jsonb) IS
'Raises what keeps runs from being a baseline together.
That is apart from what perfkit_check_comparison() raises. results: an array of perfkit_run_result().
Errors: 22023 they differ, or an argument is out of range, 22004 run_ids or baseline is null';

CREATE FUNCTION perfkit_set_baseline(run_ids bigint[], baseline text DEFAULT 'default') RETURNS void
LANGUAGE sql VOLATILE PARALLEL UNSAFE
SET jit = off
BEGIN ATOMIC
    SELECT perfkit_check_baseline(perfkit_set_baseline.run_ids, perfkit_set_baseline.baseline, NULL::jsonb);
    -- Of two that set the same baseline at once, neither would delete what the other inserts. The
    -- statements below see what the first one has committed.
    SELECT pg_catalog.pg_advisory_xact_lock(
        pg_catalog.hashtextextended('perfkit baseline '::text || perfkit_set_baseline.baseline, 0::bigint));
    WITH result AS MATERIALIZED (
        SELECT pg_catalog.jsonb_agg(perfkit_run_result(r.run_id) ORDER BY r.position) AS runs
        FROM pg_catalog.unnest(perfkit_set_baseline.run_ids) WITH ORDINALITY AS r (run_id, position)
    )
    -- As both sides of a comparison they must be of one workload, load and so on. Without their
    -- numbers, since no run may be on both sides.
    SELECT perfkit_check_comparison(s.runs, s.runs, 1::double precision, 0.95::double precision),
           perfkit_check_baseline(perfkit_set_baseline.run_ids, perfkit_set_baseline.baseline, o.runs)
    FROM result o
         CROSS JOIN LATERAL (SELECT pg_catalog.jsonb_agg(e.run - 'run_id'::text) AS runs
                             FROM pg_catalog.jsonb_array_elements(o.runs) AS e (run)) AS s;
    DELETE FROM perfkit_baselines b
    WHERE b.baseline = perfkit_set_baseline.baseline
      AND b.workload = (SELECT r.workload FROM perfkit_run(perfkit_set_baseline.run_ids[1]) r);
    INSERT INTO perfkit_baselines (baseline, workload, run_id)
    SELECT perfkit_set_baseline.baseline, r.workload, r.run_id
    FROM pg_catalog.unnest(perfkit_set_baseline.run_ids) AS g (run_id) CROSS JOIN LATERAL perfkit_run(g.run_id) r;
END;

COMMENT ON FUNCTION perfkit_set_baseline(bigint[], text) IS
'Makes these runs the baseline of their workload under this name, in place of those it had.
The runs must be of one workload, with the same scenarios, load, scripts, settings, server version,
number of rows and machine. For what is exact (buffers, plans), one run will do.
Errors: 42704 no such run, 22023 runs that differ or another argument out of range, 22004 null';

CREATE FUNCTION perfkit_forget_baseline(baseline text, workload text DEFAULT NULL) RETURNS bigint
LANGUAGE plpgsql VOLATILE PARALLEL UNSAFE
SET search_path = pg_catalog, pg_temp
AS $$
DECLARE
    home text := (SELECT quote_ident(n.nspname) FROM pg_extension e JOIN pg_namespace n ON n.oid = e.extnamespace
                  WHERE e.extname = 'perfkit');
    forgotten bigint;
BEGIN
    IF baseline IS NULL THEN
        RAISE '"baseline" must not be null' USING ERRCODE = 'null_value_not_allowed';
    END IF;
    EXECUTE format('DELETE FROM %s.perfkit_baselines b WHERE b.baseline = $1 AND ($2 IS NULL OR b.workload = $2)', home)
        USING baseline, workload;
    GET DIAGNOSTICS forgotten = ROW_COUNT;
    IF forgotten = 0 THEN
        RAISE 'there is no baseline "%"%', baseline, coalesce(' of workload "' || workload || '"', '')
            USING ERRCODE = 'undefined_object', HINT = format('To list the baselines: SELECT DISTINCT baseline, workload FROM %s.perfkit_baselines;', home);
    END IF;
    RETURN forgotten;
END
$$;

COMMENT ON FUNCTION perfkit_forget_baseline(text, text) IS
'Removes a baseline, of one workload or, with NULL, of all; returns the number of runs it had.
The runs stay.
Errors: 42704 no such baseline, 22004 baseline is null';

CREATE FUNCTION perfkit_baseline_runs(workload text, baseline text DEFAULT 'default') RETURNS bigint[]
LANGUAGE plpgsql STABLE PARALLEL RESTRICTED
SET search_path = pg_catalog, pg_temp
AS $$
DECLARE
    home text := (SELECT quote_ident(n.nspname) FROM pg_extension e JOIN pg_namespace n ON n.oid = e.extnamespace
                  WHERE e.extname = 'perfkit');
    run_ids bigint[];
    lost text;
    others text;
BEGIN
    IF workload IS NULL OR baseline IS NULL THEN
        RAISE '"%" must not be null', CASE WHEN workload IS NULL THEN 'workload' ELSE 'baseline' END
            USING ERRCODE = 'null_value_not_allowed';
    END IF;
    EXECUTE format('SELECT array_agg(b.run_id ORDER BY b.run_id), '
                   'string_agg(b.run_id::text, '', '' ORDER BY b.run_id) FILTER (WHERE r.run_id IS NULL) '
                   'FROM %1$s.perfkit_baselines b LEFT JOIN %1$s.perfkit_runs r ON r.run_id = b.run_id AND r.workload = b.workload '
                   'WHERE b.workload = $1 AND b.baseline = $2', home)
        INTO run_ids, lost USING workload, baseline;
    IF run_ids IS NULL THEN
        EXECUTE format('SELECT string_agg(DISTINCT b.baseline, '', '') FROM %s.perfkit_baselines b WHERE b.workload = $1', home)
            INTO others USING workload;
        RAISE 'workload "%" has no baseline "%"', workload, baseline
            USING ERRCODE = 'undefined_object',
                  DETAIL = CASE WHEN others IS NULL THEN 'It has no baseline at all.' ELSE format('It has: %s.', others) END,
                  HINT = 'Set one with perfkit_set_baseline() or perfkit run --set-baseline, or import one with perfkit import --baseline.';
    ELSIF lost IS NOT NULL THEN
        RAISE 'runs of baseline "%" of workload "%" were deleted', baseline, workload
            USING ERRCODE = 'object_not_in_prerequisite_state', DETAIL = format('Missing: %s.', lost),
                  HINT = 'Set it again with perfkit_set_baseline(), or remove it with perfkit_forget_baseline().';
    END IF;
    RETURN run_ids;
END
$$;

COMMENT ON FUNCTION perfkit_baseline_runs(text, text) IS
'The runs of a baseline, in order of their numbers.
Errors: 42704 no such baseline (the detail lists those that there are), 55000 a run of it was
deleted, 22004 null';

CREATE FUNCTION perfkit_compare_with_baseline(
    run_id bigint,
    baseline text DEFAULT 'default',
    margin double precision DEFAULT 0.05)
RETURNS TABLE (
    scenario text,
    metric text,
    baseline_value double precision,
    value double precision,
    shift double precision,
    lower double precision,
    upper double precision,
    verdict text,
    cause text,
    note text)
LANGUAGE sql STABLE PARALLEL RESTRICTED
SET jit = off
BEGIN ATOMIC
    WITH base AS MATERIALIZED (
        SELECT b.position, perfkit_run_result(b.run_id) AS run
        FROM perfkit_run(perfkit_compare_with_baseline.run_id) r
             CROSS JOIN LATERAL pg_catalog.unnest(perfkit_baseline_runs(r.workload, perfkit_compare_with_baseline.baseline))
                 WITH ORDINALITY AS b (run_id, position)
    ), new AS MATERIALIZED (
        SELECT perfkit_run_result(perfkit_compare_with_baseline.run_id) AS run
    ), checked AS MATERIALIZED (
        -- One by one: the new run is compared with each of them.
        SELECT pg_catalog.string_agg(DISTINCT c.note, '; '::text) AS note, pg_catalog.bool_or(c.other_machine) AS other_machine
        FROM base b CROSS JOIN new n
             CROSS JOIN LATERAL perfkit_check_comparison(
                 pg_catalog.jsonb_build_array(b.run), pg_catalog.jsonb_build_array(n.run),
                 perfkit_compare_with_baseline.margin, 0.95::double precision) c
    ), comparable AS (
        -- Work is counted on a sample: of other data or with other parameters it is other work.
        SELECT pg_catalog.bool_and(b.run -> 'rows'::text IS NOT DISTINCT FROM n.run -> 'rows'::text
                                   AND b.run #> '{environment,sample_seed}'::text[] IS NOT DISTINCT FROM n.run #> '{environment,sample_seed}'::text[]
                                   AND b.run #> '{environment,scripts}'::text[] IS NOT DISTINCT FROM n.run #> '{environment,scripts}'::text[]) AS work
        FROM base b CROSS JOIN new n
    ), summary AS (
        SELECT d.is_new, d.position AS run, s.position, s.row ->> 'scenario'::text AS scenario, s.row,
               pg_catalog.count(*) OVER (PARTITION BY d.is_new, d.position) > 2 AS several,
               (s.row ->> 'transactions'::text)::bigint AS succeeded, (s.row ->> 'errors'::text)::bigint AS errors, d.run AS facts
        FROM (SELECT false AS is_new, b.position, b.run FROM base b UNION ALL SELECT true, 0::bigint, n.run FROM new n) AS d
             CROSS JOIN checked c
             CROSS JOIN LATERAL pg_catalog.jsonb_array_elements(d.run -> 'summary'::text) WITH ORDINALITY AS s (row, position)
        -- so that it is looked at before the runs are
        WHERE s.row ->> 'stage'::text IS NULL AND c.other_machine IS NOT NULL
    ), plan AS (
        -- A change of plans is no verdict by itself: what it costs or saves is.
        SELECT s.scenario, pg_catalog.min(perfkit_change_of_plans(b.run, n.run, s.scenario)) AS change
        FROM summary s CROSS JOIN base b CROSS JOIN new n
        WHERE s.is_new AND s.scenario <> 'all'
        GROUP BY s.scenario
    ), work AS (
        SELECT s.position, s.scenario, s.is_new, w.metric,
               (s.facts #>> ARRAY['work', s.scenario, 'transactions'])::double precision AS sampled,
               (w.value #>> '{}'::text[])::double precision
                   / nullif((s.facts #>> ARRAY['work', s.scenario, 'transactions'])::double precision, '0') AS value
        FROM summary s
             CROSS JOIN LATERAL (
                 SELECT CASE k.key WHEN 'blocks' THEN 'buffers' ELSE k.key END AS metric, k.value
                 FROM pg_catalog.jsonb_each(CASE WHEN pg_catalog.jsonb_typeof(s.facts #> ARRAY['work', s.scenario]) = 'object'
                                                 THEN s.facts #> ARRAY['work', s.scenario] ELSE '{}' END) AS k (key, value)
                 WHERE k.key NOT IN ('transactions', 'statements', 'wal_bytes') AND pg_catalog.jsonb_typeof(k.value) = 'number') AS w
    ), exact AS (
        SELECT w.position, w.scenario, w.metric, pg_catalog.min(w.sampled) = pg_catalog.max(w.sampled) AS alike,
               pg_catalog.percentile_cont(0.5::double precision) WITHIN GROUP (ORDER BY w.value) FILTER (WHERE NOT w.is_new) AS base,
               pg_catalog.min(w.value) FILTER (WHERE NOT w.is_new) AS least, pg_catalog.max(w.value) FILTER (WHERE NOT w.is_new) AS most,
               pg_catalog.max(w.value) FILTER (WHERE w.is_new) AS value,
               pg_catalog.count(w.value) FILTER (WHERE NOT w.is_new) = (SELECT pg_catalog.count(*) FROM base) AS in_all
        FROM work w
        GROUP BY w.position, w.scenario, w.metric
    ), failed AS (
        -- Transactions fail together, and more often on another machine; so a rate must be twice as
        -- high as that of every run of the baseline, beyond doubt, and by one in a thousand.
        SELECT s.position, s.scenario,
               pg_catalog.max(s.errors::double precision / nullif(s.succeeded + s.errors, 0)::double precision)
                   FILTER (WHERE NOT s.is_new) AS base,
               pg_catalog.max(coalesce(i.upper, '1')) FILTER (WHERE NOT s.is_new) AS base_upper,
               pg_catalog.max(s.errors::double precision / nullif(s.succeeded + s.errors, 0)::double precision)
                   FILTER (WHERE s.is_new) AS value,
               pg_catalog.max(i.lower) FILTER (WHERE s.is_new) AS lower, pg_catalog.max(i.upper) FILTER (WHERE s.is_new) AS upper
        FROM summary s
             LEFT JOIN LATERAL perfkit_share_interval(s.errors, nullif(s.succeeded + s.errors, 0), 0.99::double precision) i ON true
        GROUP BY s.position, s.scenario
        HAVING pg_catalog.sum(s.errors) > '0'
    ), timed AS (
        SELECT s.position, s.scenario, m.place, m.metric,
               pg_catalog.percentile_cont(0.5::double precision) WITHIN GROUP (ORDER BY m.value) FILTER (WHERE NOT s.is_new) AS base,
               pg_catalog.max(m.value) FILTER (WHERE s.is_new) AS value
        FROM summary s
             CROSS JOIN LATERAL (VALUES
                 (1, 'p50_ms', (s.row ->> 'p50_ms'::text)::double precision, s.several OR s.scenario <> 'all'),
                 (2, 'p95_ms', (s.row ->> 'p95_ms'::text)::double precision, s.several OR s.scenario <> 'all'),
                 (3, 'avg_ms', (s.row ->> 'avg_ms'::text)::double precision, s.several OR s.scenario <> 'all'),
                 (4, 'tps', (s.row ->> 'tps'::text)::double precision, s.scenario = 'all'),
                 (5, 'wal_records', (s.facts #>> '{observed,wal,records_per_transaction}'::text[])::double precision, s.scenario = 'all'))
                 AS m (place, metric, value, applies)
        WHERE m.applies
        GROUP BY s.position, s.scenario, m.place, m.metric
    ), judged AS (
        SELECT 1 AS kind, e.position, 0 AS place, e.scenario, e.metric, e.base, e.value,
               e.value / nullif(e.most, '0') - 1::double precision AS lower, e.value / nullif(e.least, '0') - 1::double precision AS upper,
               -- Reading prunes pages at times, which writes WAL.
               CASE WHEN NOT e.in_all OR e.value IS NULL OR NOT e.alike OR k.work IS NOT TRUE THEN 'INCONCLUSIVE'
                    WHEN e.metric = 'wal_records' AND e.value < e.most + 1::double precision THEN 'NOT WORSE'
                    WHEN e.value > e.most * (1::double precision + perfkit_compare_with_baseline.margin) THEN 'WORSE'
                    WHEN e.value * (1::double precision + perfkit_compare_with_baseline.margin) < e.least THEN 'BETTER'
                    ELSE 'NOT WORSE' END AS verdict,
               CASE WHEN NOT e.in_all OR e.value IS NULL THEN 'not counted on both sides'
                    WHEN NOT e.alike OR k.work IS NOT TRUE THEN 'counted for other rows, scripts or transactions' END AS note
        FROM exact e CROSS JOIN comparable k
        UNION ALL
        SELECT 2, f.position, 0, f.scenario, 'error_rate', f.base, f.value, NULL, NULL,
               CASE WHEN f.value IS NULL OR f.base IS NULL THEN 'INCONCLUSIVE'
                    WHEN f.lower > 2::double precision * f.base_upper AND f.lower > f.base_upper + 0.001::double precision THEN 'WORSE'
                    WHEN f.upper <= 2::double precision * f.base_upper OR f.upper <= f.base_upper + 0.001::double precision
                         OR f.value <= f.base THEN 'NOT WORSE'
                    ELSE 'INCONCLUSIVE' END, NULL
        FROM failed f
        UNION ALL
        SELECT 3, t.position, t.place, t.scenario, t.metric, t.base, t.value, NULL, NULL, 'NOT JUDGED',
               CASE WHEN t.metric = 'wal_records' THEN 'WAL is counted for the whole server'
                    -- (of that there is a note already)
                    WHEN NOT c.other_machine THEN 'not interleaved with the baseline; perfkit compare tells' END
        FROM timed t CROSS JOIN checked c
        WHERE t.base IS NOT NULL OR t.value IS NOT NULL
    )
    SELECT j.scenario, j.metric, j.base, j.value, j.value / nullif(j.base, '0') - 1::double precision, j.lower, j.upper, j.verdict,
           CASE WHEN j.kind = 1 THEN p.change END,
           nullif(pg_catalog.concat_ws('; '::text, j.note, c.note), '')
    FROM judged j
         CROSS JOIN checked c
         LEFT JOIN plan p ON p.scenario = j.scenario
    ORDER BY CASE j.verdict WHEN 'WORSE' THEN 1 WHEN 'INCONCLUSIVE' THEN 2 WHEN 'BETTER' THEN 3 WHEN 'NOT WORSE' THEN 4 ELSE 5 END,
             j.kind, j.value / nullif(j.base, '0') DESC NULLS LAST, j.position, j.place, j.metric;
END;

COMMENT ON FUNCTION perfkit_compare_with_baseline(bigint, text, double precision) IS
'Compares a run with a baseline of its workload, by what is exact; the worst first.
margin: the largest change that does not matter. baseline_value: the median of the baseline''s runs,
of error_rate the highest. shift: relative change from there. lower, upper: the change against the
highest and the lowest of them.
buffers, and whatever else perfkit_runs.work has counted of a scenario''s transactions: WORSE if the
run is above every run of the baseline by more than margin, BETTER if it is so far below. They
compare between machines, and one run decides. INCONCLUSIVE if they were not counted on both sides,
or for other rows, scripts or transactions. wal_records are WORSE only from one more on.
error_rate, where transactions failed: WORSE if its 99 % interval is above twice that of every run
of the baseline, and above it by one in a thousand.
Times (p50_ms, p95_ms, avg_ms, tps) and wal_records are NOT JUDGED: runs that were made one side
after the other differ by whatever has changed in between, and no number of them can tell that from
a slowdown. perfkit compare runs both sides in turns, and judges times.
cause: how the plans of the scenario''s statements have changed, if both sides have recorded them.
note: what else differs, and what limits the row.
Errors: 42704 no such run or baseline, 55000 a run of the baseline was deleted, 22023 runs that
cannot be compared or margin is out of range, 22004 null';
