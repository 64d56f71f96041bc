-- Compare: runs of two sides, pair by pair.

CREATE FUNCTION perfkit_paired_changes(
    differences double precision[],
    margin double precision DEFAULT 0.05,
    confidence double precision DEFAULT 0.95)
RETURNS TABLE (
    series integer,
    shift double precision,
    lower double precision,
    upper double precision,
    p double precision,
    verdict text,
    more_pairs integer)
LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE ROWS 10
AS 'MODULE_PATHNAME', 'perfkit_paired_changes';

COMMENT ON FUNCTION perfkit_paired_changes(double precision[], double precision, double precision) IS
'Judges several series of paired differences at once; a positive difference is worse.
differences: an array of arrays, one for each series, with one element for each pair (at most 100
pairs and 5000 series); usually natural logarithms of ratios. margin: the largest change that does
not matter, in the same unit. confidence: 0.5 to 0.999.
shift: Hodges-Lehmann estimate. lower, upper: its distribution-free interval, NULL with too few
pairs (a confidence of 0.95 takes 6). p: of the test against no change, adjusted for all series:
whole pairs are flipped, and the maximum over the series is compared (Westfall and Young,
step-down; Student''s t with a noise floor of half the margin). Up to 16 pairs, all flips are
enumerated; of more, 50,000 are drawn from a fixed seed.
verdict: WORSE if p is at most 1 - confidence and shift reaches margin. NOT WORSE if upper is below
margin; then BETTER if p is so small and shift reaches -margin. INCONCLUSIVE otherwise; more_pairs
is then about how many more pairs would tell, NULL if no number up to 100 in all will.
A series with an element that is NULL or not finite is INCONCLUSIVE, with NULL for all numbers.
Errors: 22023 an argument is out of range';

CREATE FUNCTION perfkit_two_samples(
    baseline double precision[],
    sample double precision[],
    OUT u double precision,
    OUT p double precision,
    OUT cliffs_delta double precision)
LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE
AS 'MODULE_PATHNAME', 'perfkit_two_samples';

COMMENT ON FUNCTION perfkit_two_samples(double precision[], double precision[]) IS
'Compares two independent samples: whether, and how often, values of sample are the larger ones.
u: Mann and Whitney''s U, the number of pairs of values in which that of sample is larger; ties
count one half. p: of the two-sided test that both are of one distribution, given the ties; exact
up to 50 values in all, a normal approximation beyond. cliffs_delta: how much more often a value of
sample is larger than smaller, from -1 to 1. A sample has 1 to 10000 values.
Values must be independent: compare runs, not transactions of one run.
Errors: 22023 an argument is out of range';

CREATE FUNCTION perfkit_check_comparison(
    baseline jsonb,
    runs jsonb,
    margin double precision,
    confidence double precision,
    OUT note text,
    OUT other_machine boolean)
LANGUAGE plpgsql IMMUTABLE PARALLEL SAFE
SET search_path = pg_catalog, pg_temp
AS $$
DECLARE
    sides jsonb[] := ARRAY[baseline, runs];
    names text[] := ARRAY['baseline', 'runs'];
    all_runs jsonb;
    fact record;
BEGIN
    IF margin IS NULL OR confidence IS NULL THEN
        RAISE '"%" must not be null', CASE WHEN margin IS NULL THEN 'margin' ELSE 'confidence' END
            USING ERRCODE = 'null_value_not_allowed';
    ELSIF NOT (margin > 0 AND margin < 'Infinity') THEN
        RAISE '"margin" must be finite and greater than 0'
            USING ERRCODE = 'invalid_parameter_value', DETAIL = format('It is %s.', margin);
    END IF;
    FOR side IN 1..2 LOOP
        IF sides[side] IS NULL OR jsonb_typeof(sides[side]) <> 'array' OR jsonb_array_length(sides[side]) = 0 THEN
            RAISE 'there are no runs in "%"', names[side] USING ERRCODE = 'invalid_parameter_value';
        END IF;
        IF EXISTS (SELECT FROM jsonb_array_elements(sides[side]) AS r (run)
                   WHERE jsonb_typeof(run) <> 'object' OR jsonb_typeof(run -> 'workload') IS DISTINCT FROM 'string'
                         OR jsonb_typeof(run -> 'summary') IS DISTINCT FROM 'array'
                         OR EXISTS (SELECT FROM jsonb_array_elements(run -> 'summary') AS s (row)
                                    WHERE s.row ->> 'stage' IS NULL
                                    GROUP BY s.row ->> 'scenario' HAVING count(*) > 1)) THEN
            RAISE 'an element of "%" is not a run', names[side]
                USING ERRCODE = 'invalid_parameter_value',
                      DETAIL = 'A run is an object such as run.json, with at least workload and a summary that has each scenario once.';
        END IF;
    END LOOP;
    IF jsonb_array_length(baseline) <> jsonb_array_length(runs) THEN
        RAISE 'numbers of runs differ'
            USING ERRCODE = 'invalid_parameter_value',
                  DETAIL = format('There are %s baseline runs and %s to compare with them.',
                                  jsonb_array_length(baseline), jsonb_array_length(runs)),
                  HINT = 'Runs are compared in pairs, the first with the first.';
    END IF;
    all_runs := baseline || runs;
    SELECT run -> 'run_id' AS run_id INTO fact
    FROM jsonb_array_elements(all_runs) AS r (run)
    WHERE run -> 'run_id' IS NOT NULL
    GROUP BY run -> 'run_id', run -> 'started_at', run #> '{environment,database}'::text[] HAVING count(*) > 1
    ORDER BY 1 LIMIT 1;
    IF FOUND THEN
        RAISE 'run % is given twice', fact.run_id USING ERRCODE = 'invalid_parameter_value';
    END IF;

    -- What all runs must have in common, and what those of a side must.
    FOR fact IN
        SELECT f.what, count(DISTINCT f.value) AS values,
               string_agg(DISTINCT coalesce(f.value #>> '{}'::text[], 'unknown'), ' and ') AS list,
               string_agg(DISTINCT f.value #>> '{}'::text[], ' and ') FILTER (WHERE r.side = 1) AS of_baseline,
               count(DISTINCT f.value) FILTER (WHERE r.side = 1) > 1
                   OR count(DISTINCT f.value) FILTER (WHERE r.side = 2) > 1 AS within, f.shared
        FROM (SELECT 1, run FROM jsonb_array_elements(baseline) AS a (run)
              UNION ALL SELECT 2, run FROM jsonb_array_elements(runs) AS b (run)) AS r (side, run)
             CROSS JOIN LATERAL (VALUES
                 (1, 'workload', run -> 'workload', true),
                 (2, 'scenarios', (SELECT to_jsonb(string_agg(s.row ->> 'scenario', ', ' ORDER BY s.row ->> 'scenario'))
                                FROM jsonb_array_elements(run -> 'summary') AS s (row)
                                WHERE s.row ->> 'stage' IS NULL AND s.row ->> 'scenario' <> 'all'), true),
                 (3, 'load', (SELECT to_jsonb(string_agg(concat_ws(', ', s.stage ->> 'clients' || ' clients', s.stage ->> 'seconds' || ' s',
                                                                s.stage ->> 'rate' || ' per second'), ' then ' ORDER BY place))
                           FROM jsonb_array_elements(run #> '{pgbench,stages}'::text[]) WITH ORDINALITY AS s (stage, place)), true),
                 (4, 'scripts', run #> '{environment,scripts}'::text[], false),
                 (5, 'settings', run #> '{environment,settings}'::text[], false),
                 (6, 'server version', run #> '{environment,server_version}'::text[], false))
                 AS f (place, what, value, shared)
        GROUP BY f.place, f.what, f.shared ORDER BY f.place
    LOOP
        IF fact.shared AND fact.values > 1 THEN
            RAISE 'runs of different % cannot be compared', CASE fact.what WHEN 'workload' THEN 'workloads' WHEN 'load' THEN 'loads' ELSE fact.what END
                USING ERRCODE = 'invalid_parameter_value', DETAIL = format('They are %s.', fact.list);
        ELSIF fact.within THEN
            RAISE 'runs of one side differ in their %', fact.what
                USING ERRCODE = 'invalid_parameter_value',
                      HINT = 'A side is several runs of one and the same thing.';
        ELSIF fact.values > 1 AND fact.what = 'server version' THEN
            note := concat_ws('; ', note, 'server versions ' || fact.list);
        END IF;
    END LOOP;

    -- What may differ between sides, since it may be what is compared.
    FOR fact IN
        SELECT o.what, string_agg(o.item, ', ' ORDER BY o.item COLLATE "C") AS items
        FROM (SELECT 'scripts' AS what, k.key AS item
              FROM jsonb_object_keys(coalesce(baseline #> '{0,environment,scripts}'::text[], '{}')) AS k (key)
              WHERE baseline #> ARRAY['0', 'environment', 'scripts', k.key] <> runs #> ARRAY['0', 'environment', 'scripts', k.key]
              UNION ALL
              SELECT 'settings', format('%s %s -> %s', k.key,
                                        coalesce(baseline #>> ARRAY['0', 'environment', 'settings', k.key], 'default'),
                                        coalesce(runs #>> ARRAY['0', 'environment', 'settings', k.key], 'default'))
              FROM (SELECT jsonb_object_keys(baseline #> '{0,environment,settings}'::text[])
                    UNION SELECT jsonb_object_keys(runs #> '{0,environment,settings}'::text[])) AS k (key)
              WHERE baseline #> ARRAY['0', 'environment', 'settings', k.key]
                    IS DISTINCT FROM runs #> ARRAY['0', 'environment', 'settings', k.key]
                    AND baseline #> '{0,environment,settings}'::text[] IS NOT NULL AND runs #> '{0,environment,settings}'::text[] IS NOT NULL
              UNION ALL
              SELECT 'rows', format('%s -> %s', baseline #>> '{0,rows}'::text[], runs #>> '{0,rows}'::text[])
              WHERE baseline #> '{0,rows}'::text[] <> runs #> '{0,rows}'::text[]) AS o
        GROUP BY o.what ORDER BY o.what
    LOOP
        note := concat_ws('; ', note, fact.what || ' differ: ' || fact.items);
    END LOOP;
    SELECT count(DISTINCT (run #> '{environment,client,cores}'::text[], run #> '{environment,client,system}'::text[])) > 1 INTO other_machine
    FROM jsonb_array_elements(all_runs) AS r (run)
    WHERE run #> '{environment,client}'::text[] IS NOT NULL;
    IF other_machine THEN
        note := concat_ws('; ', note, 'on different machines, between which time does not compare');
    END IF;
    -- Then everything that happened in between looks like a difference of the sides.
    SELECT max(run ->> 'started_at') FILTER (WHERE side = 1) < min(run ->> 'started_at') FILTER (WHERE side = 2)
           OR max(run ->> 'started_at') FILTER (WHERE side = 2) < min(run ->> 'started_at') FILTER (WHERE side = 1) AS apart INTO fact
    FROM (SELECT 1, run FROM jsonb_array_elements(baseline) AS a (run)
          UNION ALL SELECT 2, run FROM jsonb_array_elements(runs) AS b (run)) AS r (side, run);
    IF fact.apart AND jsonb_array_length(runs) > 1 THEN
        note := concat_ws('; ', note, 'one side was run after the other');
    END IF;
END
$$;

COMMENT ON FUNCTION perfkit_check_comparison(jsonb, jsonb, double precision, double precision) IS
'Raises what keeps runs from being compared, and returns what else differs between the sides.
Arguments as for perfkit_compare_results(). note: NULL if nothing differs. other_machine: the load
came from different machines.
Errors: 22023 runs that cannot be compared, 22004 margin or confidence is null';

CREATE FUNCTION perfkit_compare_results(
    baseline jsonb,
    runs jsonb,
    margin double precision DEFAULT 0.05,
    confidence double precision DEFAULT 0.95)
RETURNS TABLE (
    scenario text,
    metric text,
    baseline_value double precision,
    value double precision,
    shift double precision,
    lower double precision,
    upper double precision,
    verdict text,
    more_pairs integer,
    cause text,
    p double precision,
    note text)
LANGUAGE sql STABLE PARALLEL RESTRICTED
BEGIN ATOMIC
    WITH checked AS MATERIALIZED (
        SELECT c.note, c.other_machine
        FROM perfkit_check_comparison(perfkit_compare_results.baseline, perfkit_compare_results.runs,
                                      perfkit_compare_results.margin, perfkit_compare_results.confidence) c
    ), run AS MATERIALIZED (
        SELECT d.is_baseline, d.pair, d.run
        FROM checked c
             CROSS JOIN LATERAL (
                 SELECT true AS is_baseline, a.pair, a.run
                 FROM pg_catalog.jsonb_array_elements(perfkit_compare_results.baseline)
                      WITH ORDINALITY AS a (run, pair)
                 UNION ALL
                 SELECT false, b.pair, b.run
                 FROM pg_catalog.jsonb_array_elements(perfkit_compare_results.runs)
                      WITH ORDINALITY AS b (run, pair)) AS d
        -- so that it is looked at before the runs are
        WHERE c.other_machine IS NOT NULL
    ), summary AS (
        SELECT r.is_baseline, r.pair, r.run, s.position, s.row ->> 'scenario'::text AS scenario,
               pg_catalog.count(*) OVER (PARTITION BY r.is_baseline, r.pair) > 2 AS several,
               (s.row ->> 'transactions'::text)::double precision AS transactions,
               (s.row ->> 'errors'::text)::double precision AS errors, s.row
        FROM run r
             CROSS JOIN LATERAL pg_catalog.jsonb_array_elements(r.run -> 'summary'::text)
                 WITH ORDINALITY AS s (row, position)
        WHERE s.row ->> 'stage'::text IS NULL
    ), measured AS (
        -- A slow scenario keeps the clients, so all scenarios have fewer transactions; WAL is not
        -- counted by scenario. So these two are of all only.
        SELECT s.is_baseline, s.pair, s.position, s.scenario, m.place, m.metric, m.sign, m.value, s.errors
        FROM summary s
             CROSS JOIN LATERAL (VALUES
                 (1, 'p50_ms', 1, (s.row ->> 'p50_ms'::text)::double precision, s.several OR s.scenario <> 'all'),
                 (2, 'p95_ms', 1, (s.row ->> 'p95_ms'::text)::double precision, s.several OR s.scenario <> 'all'),
                 (3, 'avg_ms', 1, (s.row ->> 'avg_ms'::text)::double precision, s.several OR s.scenario <> 'all'),
                 (4, 'tps', -1, (s.row ->> 'tps'::text)::double precision, s.scenario = 'all'),
                 (5, 'wal_records', 1,
                  (s.run #>> '{observed,wal,records_per_transaction}'::text[])::double precision, s.scenario = 'all'))
                 AS m (place, metric, sign, value, applies)
        WHERE m.applies
    ), paired AS (
        SELECT a.position, a.scenario, a.place, a.metric, a.sign,
               pg_catalog.row_number() OVER (ORDER BY a.position, a.place)::integer AS series, a.differences,
               a.baseline_value, a.value, a.missing, a.runs, a.errors
        FROM (SELECT pg_catalog.min(m.position) AS position, m.scenario, m.place, m.metric, m.sign,
                     pg_catalog.array_agg(CASE WHEN m.value > '0' AND b.value > '0'
                                               THEN m.sign::double precision * pg_catalog.ln(b.value / m.value) END
                                          ORDER BY m.pair) AS differences,
                     pg_catalog.percentile_cont(0.5::double precision) WITHIN GROUP (ORDER BY m.value) AS baseline_value,
                     pg_catalog.percentile_cont(0.5::double precision) WITHIN GROUP (ORDER BY b.value) AS value,
                     pg_catalog.count(*) FILTER (WHERE m.value > '0' IS NOT TRUE)
                         + pg_catalog.count(*) FILTER (WHERE b.value > '0' IS NOT TRUE) AS missing,
                     2::bigint * pg_catalog.count(*) AS runs,
                     pg_catalog.sum(m.errors + b.errors) AS errors,
                     pg_catalog.min(m.value) AS least
              FROM measured m
                   JOIN measured b ON b.scenario = m.scenario AND b.metric = m.metric AND b.pair = m.pair AND NOT b.is_baseline
              WHERE m.is_baseline
              GROUP BY m.scenario, m.place, m.metric, m.sign) AS a
        -- A load that only reads leaves little but the server's own records.
        WHERE a.metric <> 'wal_records' OR a.least >= '1'
    ), judged AS (
        SELECT s.position, s.place, s.scenario, s.metric, s.baseline_value, s.value,
               pg_catalog.exp(s.sign::double precision * c.shift) - 1::double precision AS shift,
               pg_catalog.exp(CASE WHEN s.sign > 0 THEN c.lower ELSE - c.upper END) - 1::double precision AS lower,
               pg_catalog.exp(CASE WHEN s.sign > 0 THEN c.upper ELSE - c.lower END) - 1::double precision AS upper,
               CASE WHEN k.other_machine AND s.metric <> 'wal_records' THEN 'INCONCLUSIVE' ELSE c.verdict END AS verdict,
               CASE WHEN k.other_machine AND s.metric <> 'wal_records' THEN NULL ELSE nullif(c.more_pairs, 0) END AS more_pairs,
               c.shift AS badness, c.p,
               pg_catalog.concat_ws('; '::text,
                   CASE WHEN s.missing > 0
                        THEN pg_catalog.format('no value in %s of %s runs'::text, s.missing, s.runs) END,
                   CASE WHEN s.errors > '0' AND s.metric <> 'wal_records'
                        THEN pg_catalog.format('%s transactions failed or were skipped, and are left out'::text, s.errors) END) AS note
        FROM checked k
             CROSS JOIN perfkit_paired_changes(
                 (SELECT pg_catalog.array_agg(d.differences ORDER BY d.series) FROM paired d),
                 pg_catalog.ln(1::double precision + perfkit_compare_results.margin),
                 perfkit_compare_results.confidence) c
             JOIN paired s ON s.series = c.series
    ), counted AS (
        SELECT s.is_baseline, s.pair, s.position, s.scenario, w.metric, w.value
        FROM summary s
             CROSS JOIN LATERAL (VALUES
                 ('buffers',
                  (s.run #>> ARRAY['work', s.scenario, 'blocks'])::double precision
                      / nullif((s.run #>> ARRAY['work', s.scenario, 'transactions'])::double precision, 0::double precision)),
                 ('rows', (s.run #>> ARRAY['work', s.scenario, 'rows'])::double precision
                      / nullif((s.run #>> ARRAY['work', s.scenario, 'transactions'])::double precision, 0::double precision)),
                 ('temp_blocks', (s.run #>> ARRAY['work', s.scenario, 'temp_blocks'])::double precision
                      / nullif((s.run #>> ARRAY['work', s.scenario, 'transactions'])::double precision, 0::double precision)),
                 ('wal_records', (s.run #>> ARRAY['work', s.scenario, 'wal_records'])::double precision
                      / nullif((s.run #>> ARRAY['work', s.scenario, 'transactions'])::double precision, 0::double precision)),
                 ('error_rate', s.errors / nullif(s.transactions + s.errors, 0::double precision))) AS w (metric, value)
        WHERE w.value IS NOT NULL
    ), ranged AS (
        -- Work is compared exactly, by the ranges of its values. The sampled parameters, and so the
        -- buffers, are the same for the runs of a pair, but may not be for another.
        SELECT pg_catalog.min(a.position) AS position, a.scenario, a.metric,
               pg_catalog.percentile_cont(0.5::double precision) WITHIN GROUP (ORDER BY a.value) AS baseline_value,
               pg_catalog.percentile_cont(0.5::double precision) WITHIN GROUP (ORDER BY b.value) AS value,
               pg_catalog.min(a.value) AS a_least, pg_catalog.max(a.value) AS a_most,
               pg_catalog.min(b.value) AS b_least, pg_catalog.max(b.value) AS b_most,
               pg_catalog.min(CASE WHEN a.value > '0' THEN b.value / a.value WHEN b.value > '0' THEN 'Infinity' ELSE 1 END)
                   AS least_ratio,
               pg_catalog.max(CASE WHEN a.value > '0' THEN b.value / a.value WHEN b.value > '0' THEN 'Infinity' ELSE 1 END)
                   AS most_ratio,
               pg_catalog.count(*) AS pairs
        FROM counted a
             JOIN counted b ON b.scenario = a.scenario AND b.metric = a.metric AND b.pair = a.pair AND NOT b.is_baseline
        WHERE a.is_baseline
        GROUP BY a.scenario, a.metric
    ), exact AS (
        SELECT r.position, r.scenario, r.metric, r.baseline_value, r.value, r.least_ratio, r.most_ratio,
               CASE WHEN r.metric = 'error_rate'
                    THEN CASE WHEN r.b_least > r.a_most AND r.pairs >= 6 THEN 'WORSE'
                              WHEN r.b_most < r.a_least AND r.pairs >= 6 THEN 'BETTER'
                              WHEN r.b_most <= r.a_most AND r.pairs >= 6 THEN 'NOT WORSE'
                              ELSE 'INCONCLUSIVE' END
                    WHEN r.least_ratio > 1::double precision + perfkit_compare_results.margin THEN 'WORSE'
                    -- Fewer rows are another result, not a better one.
                    WHEN r.metric = 'rows' AND r.least_ratio * (1::double precision + perfkit_compare_results.margin) < '1'
                    THEN 'INCONCLUSIVE'
                    WHEN r.most_ratio * (1::double precision + perfkit_compare_results.margin) < '1' THEN 'BETTER'
                    WHEN r.most_ratio <= 1::double precision + perfkit_compare_results.margin THEN 'NOT WORSE'
                    ELSE 'INCONCLUSIVE' END AS verdict,
               CASE WHEN r.metric = 'error_rate' AND r.pairs < 6 THEN (6::bigint - r.pairs)::integer END AS more_pairs
        FROM ranged r
        WHERE CASE r.metric WHEN 'buffers' THEN true WHEN 'rows' THEN true
                            -- Reading writes some, such as of pages that were pruned.
                            WHEN 'wal_records' THEN greatest(r.a_most, r.b_most) >= '1'
                            ELSE greatest(r.a_most, r.b_most) > '0' END
    ), compared AS MATERIALIZED (
        SELECT j.position, j.place, j.scenario, j.metric, j.baseline_value, j.value, j.shift, j.lower, j.upper, j.verdict,
               j.more_pairs, j.badness, j.p, j.note
        FROM judged j
        UNION ALL
        SELECT e.position, CASE e.metric WHEN 'rows' THEN 6 WHEN 'buffers' THEN 7 WHEN 'temp_blocks' THEN 8
                                         WHEN 'wal_records' THEN 9 ELSE 10 END,
               e.scenario, e.metric, e.baseline_value, e.value,
               CASE WHEN e.metric <> 'error_rate' THEN e.value / nullif(e.baseline_value, '0') - 1::double precision END,
               CASE WHEN e.metric <> 'error_rate' THEN nullif(e.least_ratio, 'Infinity') - 1::double precision END,
               CASE WHEN e.metric <> 'error_rate' THEN nullif(e.most_ratio, 'Infinity') - 1::double precision END,
               e.verdict, e.more_pairs, NULL, NULL,
               CASE WHEN e.metric = 'rows' AND e.verdict = 'INCONCLUSIVE'
                    THEN 'other numbers of rows: the sides do not do the same' ELSE '' END
        FROM exact e
    ), first AS (
        SELECT (SELECT r.run FROM run r WHERE r.is_baseline ORDER BY r.pair LIMIT 1) AS baseline,
               (SELECT r.run FROM run r WHERE NOT r.is_baseline ORDER BY r.pair LIMIT 1) AS run
    ), change AS MATERIALIZED (
        -- By scenario: how its plans and its latency changed, and whether anything was observed
        -- that could tell a cause.
        SELECT s.scenario, pg_catalog.min(s.position) AS position,
               perfkit_change_of_plans(f.baseline, f.run, s.scenario) AS plans,
               pg_catalog.percentile_cont(0.5::double precision) WITHIN GROUP (ORDER BY (s.row ->> 'avg_ms'::text)::double precision)
                   FILTER (WHERE NOT s.is_baseline)
                   - pg_catalog.percentile_cont(0.5::double precision) WITHIN GROUP (ORDER BY (s.row ->> 'avg_ms'::text)::double precision)
                     FILTER (WHERE s.is_baseline) AS ms,
               pg_catalog.bool_and(s.run #> '{observed,waits}'::text[] IS NOT NULL)
                   OR f.baseline #> ARRAY['environment', 'plans', s.scenario] IS NOT NULL
                      AND f.run #> ARRAY['environment', 'plans', s.scenario] IS NOT NULL AS observed
        FROM summary s
             CROSS JOIN first f
        GROUP BY s.scenario, f.baseline, f.run
    ), shown AS MATERIALIZED (
        SELECT c.position, c.place, c.scenario, c.metric, c.baseline_value, c.value, c.shift, c.lower, c.upper, c.verdict,
               c.more_pairs, c.badness, c.p, c.note
        FROM compared c
        UNION ALL
        -- What was measured says whether it matters that a plan changed.
        SELECT h.position, 11, h.scenario, 'plan', NULL, NULL, NULL, NULL, NULL,
               CASE WHEN pg_catalog.bool_or(c.verdict = 'WORSE') THEN 'WORSE'
                    WHEN pg_catalog.bool_or(c.verdict = 'INCONCLUSIVE') IS NOT FALSE THEN 'INCONCLUSIVE'
                    WHEN pg_catalog.bool_or(c.verdict = 'BETTER') THEN 'BETTER' ELSE 'NOT WORSE' END,
               NULL, NULL, NULL, ''
        FROM change h
             LEFT JOIN compared c ON c.scenario = h.scenario
        WHERE h.plans IS NOT NULL
        GROUP BY h.position, h.scenario
    ), explained AS MATERIALIZED (
        SELECT v.scenario, v.verdict, v.badness,
               coalesce(h.plans,
                        (SELECT pg_catalog.format('%s %s: %s -> %s a transaction'::text,
                                                  CASE e.verdict WHEN 'WORSE' THEN 'more' ELSE 'fewer' END,
                                                  CASE e.metric WHEN 'temp_blocks' THEN 'blocks in temporary files'
                                                                WHEN 'wal_records' THEN 'WAL records' ELSE e.metric END,
                                                  pg_catalog.round(e.baseline_value::numeric, 1),
                                                  pg_catalog.round(e.value::numeric, 1))
                         FROM exact e
                         WHERE e.scenario = v.scenario AND e.verdict = v.verdict AND e.metric <> 'error_rate'
                         ORDER BY pg_catalog.array_position(ARRAY['rows', 'temp_blocks', 'buffers', 'wal_records'], e.metric)
                         LIMIT 1)) AS by_work,
               CASE WHEN (h.ms > '0') = (v.verdict = 'WORSE')
                    THEN perfkit_change_of_time(perfkit_compare_results.baseline, perfkit_compare_results.runs, v.scenario, h.ms)
               END AS by_time,
               h.plans, h.observed
        FROM (SELECT c.scenario, c.verdict, pg_catalog.max(pg_catalog.abs(c.badness)) AS badness
              FROM compared c WHERE c.verdict IN ('WORSE', 'BETTER') GROUP BY c.scenario, c.verdict) AS v
             JOIN change h ON h.scenario = v.scenario
    )
    SELECT c.scenario, c.metric, c.baseline_value, c.value, c.shift, c.lower, c.upper, c.verdict, c.more_pairs,
           CASE WHEN c.metric = 'plan' THEN (SELECT h.plans FROM change h WHERE h.scenario = c.scenario)
                WHEN c.place > 5 AND c.metric <> 'error_rate' THEN x.plans
                WHEN c.metric = 'error_rate' THEN x.by_work
                ELSE coalesce(
                    x.by_work,
                    -- all is as slow as its scenarios
                    CASE WHEN c.scenario = 'all'
                         THEN (SELECT pg_catalog.concat_ws(': '::text, o.scenario, coalesce(o.by_work, o.by_time))
                               FROM explained o
                               WHERE o.scenario <> 'all' AND o.verdict = c.verdict AND coalesce(o.by_work, o.by_time) IS NOT NULL
                               ORDER BY o.by_work IS NULL, o.badness DESC NULLS LAST LIMIT 1) END,
                    x.by_time,
                    CASE WHEN x.observed THEN 'nothing that was observed explains it' END) END,
           c.p, nullif(pg_catalog.concat_ws('; '::text, nullif(c.note, ''), k.note), '')
    FROM shown c
         CROSS JOIN checked k
         LEFT JOIN explained x ON x.scenario = c.scenario AND x.verdict = c.verdict
    ORDER BY CASE c.verdict WHEN 'WORSE' THEN 1 WHEN 'INCONCLUSIVE' THEN 2 WHEN 'BETTER' THEN 3 ELSE 4 END,
             c.place > 5, c.badness DESC NULLS LAST, c.position, c.place;
END;

COMMENT ON FUNCTION perfkit_compare_results(jsonb, jsonb, double precision, double precision) IS
'Compares runs given as JSON, in pairs: the first of baseline with the first of runs, and so on.
baseline, runs: arrays of objects such as run.json contains; of these, run_id, workload, started_at,
rows, environment, pgbench, observed, work and summary count. So runs of several databases can be
compared. margin: the largest relative change that does not matter, above 0. confidence: 0.5 to
0.999. One row per scenario (and "all") and metric, the worst first:
p50_ms, p95_ms, avg_ms; of all together tps and, where each transaction writes WAL, wal_records per
transaction. baseline_value, value: medians over the runs. shift, lower, upper: relative change
(0.1 is 10 % more) and its interval. Verdicts and more_pairs: see perfkit_paired_changes(). All
these rows are tested at once: the risk that any of them is wrongly WORSE or BETTER is at most 1 -
confidence. It takes at least 6 pairs (at 0.95).
Exactly, and so between machines, too: rows, buffers, and, where there are any, temp_blocks and
wal_records of each scenario, per transaction, where both runs of a pair have them
(perfkit_runs.work). lower and upper are the extremes of the pairs; WORSE if lower is above margin,
NOT WORSE if upper is not. Fewer rows are not BETTER, but INCONCLUSIVE. error_rate, where
transactions failed: WORSE if, in at least 6 pairs, every run is above every baseline run; NOT WORSE
if none is above all of them. plan, where the plans of the scenario changed: what the scenario''s
other rows say; see perfkit_plan_changes().
cause: of a WORSE or BETTER, the first of these that holds: the plans changed for the same
statements; other numbers of rows, blocks or WAL records; what sessions waited for, or processor
time (see perfkit_change_of_time()); of all, the cause of the scenario that changed most. Of a row
about time that nothing explains although something was observed, it says so. NULL: not known.
note: what else differs between the sides, and what limits the row. Time does not compare between
machines, so it is INCONCLUSIVE there.
Errors: 22023 runs of different workloads, scenarios or loads, a run given twice, different numbers
of runs, runs of one side with different scripts or settings, or another argument out of range, 22004
margin or confidence is null';

CREATE FUNCTION perfkit_run_result(run_id bigint) RETURNS jsonb
LANGUAGE sql STABLE PARALLEL RESTRICTED
BEGIN ATOMIC
    SELECT pg_catalog.jsonb_build_object(
        'run_id', r.run_id, 'workload', r.workload, 'label', r.label, 'started_at', r.started_at, 'clients', r.clients,
        'rows', r.data_rows, 'environment', r.environment, 'pgbench', r.pgbench, 'observed', r.observed, 'work', r.work,
        'summary', (SELECT pg_catalog.jsonb_agg(pg_catalog.to_jsonb(s))
                    FROM perfkit_run_summary(perfkit_run_result.run_id) s))
    FROM perfkit_run(perfkit_run_result.run_id) r;
END;

COMMENT ON FUNCTION perfkit_run_result(bigint) IS
'What perfkit_compare_results() compares of a run, as a JSON object with keys as in run.json.
Errors: 42704 no such run, 22004 run_id is null';

CREATE FUNCTION perfkit_compare_runs(
    baseline_runs bigint[],
    runs bigint[],
    margin double precision DEFAULT 0.05,
    confidence double precision DEFAULT 0.95)
RETURNS TABLE (
    scenario text,
    metric text,
    baseline_value double precision,
    value double precision,
    shift double precision,
    lower double precision,
    upper double precision,
    verdict text,
    more_pairs integer,
    cause text,
    p double precision,
    note text)
LANGUAGE sql STABLE PARALLEL RESTRICTED
BEGIN ATOMIC
    SELECT c.*
    FROM perfkit_compare_results(
             (SELECT pg_catalog.jsonb_agg(perfkit_run_result(a.run_id) ORDER BY a.pair)
              FROM pg_catalog.unnest(perfkit_compare_runs.baseline_runs) WITH ORDINALITY AS a (run_id, pair)),
             (SELECT pg_catalog.jsonb_agg(perfkit_run_result(b.run_id) ORDER BY b.pair)
              FROM pg_catalog.unnest(perfkit_compare_runs.runs) WITH ORDINALITY AS b (run_id, pair)),
             perfkit_compare_runs.margin, perfkit_compare_runs.confidence) c;
END;

COMMENT ON FUNCTION perfkit_compare_runs(bigint[], bigint[], double precision, double precision) IS
'Compares runs of this database in pairs: the first of baseline_runs with the first of runs, ...
Columns and arguments as in perfkit_compare_results(). The runs of a pair should have followed one
another, and a coin should have said which of them was first, as perfkit compare does.
Errors: 42704 no such run, 22004 a run is null, and as perfkit_compare_results()';
