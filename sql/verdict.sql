-- The verdict on a run as a whole.

CREATE FUNCTION perfkit_run_verdict(
    run_id bigint,
    OUT verdict text,
    OUT reason text,
    OUT findings text,
    OUT budgets jsonb)
LANGUAGE sql STABLE PARALLEL RESTRICTED
SET jit = off
BEGIN ATOMIC
    WITH judged AS MATERIALIZED (
        SELECT v.*,
               pg_catalog.concat_ws(''::text,
                   CASE WHEN v.several THEN coalesce('stage '::text || v.stage::text, 'all stages') || ', '::text END,
                   pg_catalog.format('%s: %s is %s'::text, v.scenario, v.metric,
                                     coalesce(pg_catalog.round(v.observed::numeric, 3)::text, 'unknown')),
                   CASE WHEN v.lower IS NOT NULL OR v.upper IS NOT NULL
                        THEN pg_catalog.format(' (95 %% interval %s to %s)'::text,
                                               coalesce(pg_catalog.round(v.lower::numeric, 3)::text, 'unknown'),
                                               coalesce(pg_catalog.round(v.upper::numeric, 3)::text, 'unknown')) END,
                   pg_catalog.format(', limit %s.'::text, v.limit_value),
                   CASE WHEN v.errors > 0 AND v.metric NOT IN ('max_error_rate', 'max_buffers', 'min_cache_hit', 'notify_p95_ms')
                        THEN pg_catalog.format(' %s of %s transactions failed or were skipped.'::text,
                                               v.errors, v.transactions + v.errors) END,
                   CASE WHEN v.more_seconds > 0
                        THEN pg_catalog.format(' About %s more seconds of load would tell.'::text, v.more_seconds)
                        WHEN v.more_transactions > 0
                        THEN pg_catalog.format(' About %s more transactions would tell.'::text, v.more_transactions)
                   END) AS finding
        FROM (SELECT d.*, pg_catalog.max(d.stage) OVER () IS NOT NULL AS several,
                     d.metric = 'avg_ms' AND d.verdict = 'INCONCLUSIVE' AND d.upper < d.limit_value AS partial,
                     d.verdict = 'INCONCLUSIVE'
                     AND (d.metric IN ('max_buffers', 'min_cache_hit')
                          OR (d.metric = 'notify_p95_ms' AND d.observed IS NULL)) AS unknown
              FROM perfkit_run_verdicts(perfkit_run_verdict.run_id) WITH ORDINALITY
                   AS d (scenario, stage, metric, limit_value, observed, lower, upper, verdict, more_transactions,
                         transactions, errors, more_seconds, position)) AS v
    ), stage AS (
        -- The stages that have a verdict, in words; NULL for a run of one stage.
        SELECT f.verdict,
               CASE WHEN pg_catalog.bool_or(f.several)
                    THEN pg_catalog.format(' (stage %s)'::text,
                                           pg_catalog.string_agg(coalesce(f.stage::text, 'all'), ', '::text
                                                                 ORDER BY f.stage)) END AS names
        FROM (SELECT DISTINCT j.verdict, j.stage, j.several FROM judged j) AS f
        GROUP BY f.verdict
    ), unmeasured AS (
        SELECT pg_catalog.string_agg(pg_catalog.format('%s was not measured (%s budgets left out)'::text,
                                                       m.metric, m.budgets), ', '::text ORDER BY m.metric) AS metrics
        FROM (SELECT b.metric, pg_catalog.count(*) AS budgets
              FROM perfkit_run(perfkit_run_verdict.run_id) r
                   JOIN perfkit_budgets b
                     ON b.workload = r.workload AND (b.max_rows IS NULL OR r.data_rows <= b.max_rows)
                        AND b.scenario = ANY (pg_catalog.array_append(r.scenarios, 'all'::text))
              WHERE ((r.work IS NULL AND b.metric = 'max_buffers')
                     OR (r.notifications IS NULL AND b.metric = 'notify_p95_ms'))
                AND b.limit_value IS NOT NULL
                AND NOT EXISTS (SELECT FROM judged j WHERE j.scenario = b.scenario AND j.metric = b.metric)
              GROUP BY b.metric) AS m
    ), budget AS (
        SELECT pg_catalog.count(*) AS all_of_them,
               pg_catalog.count(*) FILTER (WHERE j.verdict = 'FAIL') AS failed,
               pg_catalog.count(*) FILTER (WHERE j.verdict = 'FAIL'
                                          AND j.metric NOT IN ('max_buffers', 'min_cache_hit',
                                                               'notify_p95_ms')) AS slow,
               pg_catalog.count(*) FILTER (WHERE j.verdict = 'INCONCLUSIVE' AND NOT j.unknown
                                          AND j.partial IS NOT TRUE) AS untold,
               pg_catalog.count(*) FILTER (WHERE j.partial) AS partial,
               -- A single stage may have too few transactions, as long as these are within the
               -- limit; a server that can no longer keep up has few, too.
               pg_catalog.count(*) FILTER (WHERE j.verdict = 'INCONCLUSIVE'
                                          AND (j.stage IS NULL
                                               OR CASE WHEN j.metric LIKE 'min\_%' THEN j.observed < j.limit_value
                                                       WHEN j.metric LIKE 'max\_%' THEN j.observed > j.limit_value
                                                       ELSE j.observed >= j.limit_value END)) AS undecided,
               pg_catalog.max(j.more_seconds) FILTER (WHERE j.stage IS NULL AND NOT j.unknown) AS more_seconds,
               pg_catalog.count(*) FILTER (WHERE j.verdict = 'PASS') AS kept,
               pg_catalog.count(*) FILTER (WHERE j.unknown) AS unknown,
               pg_catalog.string_agg(j.finding, E'\n'::text ORDER BY j.position)
                   FILTER (WHERE j.verdict = 'FAIL') AS broken,
               pg_catalog.string_agg(j.finding, E'\n'::text ORDER BY j.position)
                   FILTER (WHERE j.verdict = 'INCONCLUSIVE') AS open,
               pg_catalog.jsonb_agg(pg_catalog.jsonb_build_object(
                   'scenario', j.scenario, 'stage', j.stage, 'metric', j.metric, 'limit_value', j.limit_value,
                   'observed', j.observed, 'lower', j.lower, 'upper', j.upper, 'verdict', j.verdict,
                   'more_transactions', j.more_transactions, 'more_seconds', j.more_seconds, 'transactions', j.transactions,
                   'errors', j.errors) ORDER BY j.position) AS rows
        FROM judged j
    ), failure AS (
        -- Of all scenarios where a budget is for all, or else of those that have budgets.
        SELECT pg_catalog.sum(f.errors) AS errors, pg_catalog.sum(f.transactions + f.errors) AS tried
        FROM (SELECT DISTINCT j.scenario, j.transactions, j.errors FROM judged j WHERE j.stage IS NULL) AS f
        WHERE f.scenario = 'all' OR NOT EXISTS (SELECT FROM judged o WHERE o.scenario = 'all')
    ), load AS (
        SELECT pg_catalog.string_agg(
                   pg_catalog.concat_ws(' '::text, pg_catalog.round(l.achieved_tps::numeric, 1)::text, 'of',
                                        pg_catalog.round(l.offered_tps::numeric, 1)::text,
                                        '(stage '::text || l.stage::text || ')'::text),
                   ', '::text ORDER BY l.stage) FILTER (WHERE l.finding = 'overloaded') AS overloaded,
               pg_catalog.string_agg(
                   pg_catalog.concat_ws(' '::text, pg_catalog.round(l.clients_busy::numeric, 1)::text, 'of',
                                        l.clients::text, '(stage '::text || l.stage::text || ')'::text),
                   ', '::text ORDER BY l.stage) FILTER (WHERE l.finding = 'generator') AS generator
        FROM perfkit_run_load(perfkit_run_verdict.run_id) l
        -- It reads all transactions, so only where it can find something to say.
        WHERE (SELECT b.slow + b.untold > 0 FROM budget b)
           OR (SELECT pg_catalog.bool_or(s.offered_tps IS NOT NULL)
               FROM perfkit_run_stages(perfkit_run_verdict.run_id) s)
    ), index_check AS (
        -- Those of another kind (AtOnce.pm) are counted apart.
        SELECT pg_catalog.count(*) FILTER (WHERE NOT k.other) AS all_of_them,
               pg_catalog.count(*) FILTER (WHERE NOT k.other AND k.verdict = 'FAIL') AS failed,
               pg_catalog.count(*) FILTER (WHERE k.other AND k.verdict <> 'NOT JUDGED') AS others,
               pg_catalog.count(*) FILTER (WHERE k.other AND k.verdict = 'FAIL') AS others_failed,
               pg_catalog.count(*) FILTER (WHERE k.other AND k.verdict = 'INCONCLUSIVE') AS others_untold,
               pg_catalog.string_agg(k.finding, E'\n'::text ORDER BY k.position) FILTER (WHERE k.verdict = 'FAIL') AS broken,
               pg_catalog.string_agg(k.finding, E'\n'::text ORDER BY k.position)
                   FILTER (WHERE k.verdict = 'INCONCLUSIVE') AS open
        FROM perfkit_run(perfkit_run_verdict.run_id) r
             CROSS JOIN LATERAL pg_catalog.jsonb_array_elements(coalesce(r.index_checks, '[]'))
                 WITH ORDINALITY AS c (value, position)
             CROSS JOIN LATERAL (SELECT c.position, c.value ->> 'verdict'::text AS verdict,
                                        c.value ->> 'kind'::text IS NOT NULL AS other,
                                        pg_catalog.format(CASE WHEN c.value ->> 'kind'::text IS NULL
                                                               THEN 'index check %s: %s'::text ELSE '%s: %s'::text END,
                                                          c.value ->> 'check_name'::text,
                                                          coalesce(c.value ->> 'reason'::text, 'failed')) AS finding) AS k
    ), invariant AS (
        SELECT pg_catalog.count(*) AS all_of_them, pg_catalog.count(*) FILTER (WHERE NOT n.ok) AS failed,
               pg_catalog.string_agg(pg_catalog.concat_ws(': '::text, n.invariant, n.detail),
                                     E'\n'::text ORDER BY n.invariant)
                   FILTER (WHERE NOT n.ok) AS broken
        FROM perfkit_run_invariants n
        WHERE n.run_id = perfkit_run_verdict.run_id
    ), overall AS (
        SELECT CASE WHEN b.failed + i.failed + i.others_failed + n.failed > 0 THEN 'FAIL'
                    WHEN b.undecided + i.others_untold > 0 OR b.all_of_them = 0 THEN 'INCONCLUSIVE'
                    ELSE 'PASS' END AS verdict
        FROM budget b, index_check i, invariant n
    )
    SELECT o.verdict,
           pg_catalog.concat_ws(', '::text,
               'overloaded: '::text || l.overloaded || ' transactions per second offered were achieved'::text,
               CASE WHEN n.failed > 0
                    THEN pg_catalog.format('%s of %s invariants broken'::text, n.failed, n.all_of_them) END,
               CASE WHEN b.failed > 0
                    THEN pg_catalog.format('%s of %s budgets broken%s'::text, b.failed, b.all_of_them,
                                           (SELECT g.names FROM stage g WHERE g.verdict = 'FAIL')) END,
               CASE WHEN i.failed > 0
                    THEN pg_catalog.format('%s of %s index checks failed'::text, i.failed, i.all_of_them) END,
               CASE WHEN i.others_failed > 0
                    THEN pg_catalog.format('%s of %s concurrency checks failed'::text, i.others_failed, i.others) END,
               CASE WHEN i.others_untold > 0
                    THEN pg_catalog.format('%s of %s concurrency checks cannot be told'::text, i.others_untold, i.others) END,
               CASE WHEN b.untold > 0
                    THEN pg_catalog.format('%s of %s budgets cannot be told from so few transactions%s'::text,
                                           b.untold, b.all_of_them,
                                           (SELECT g.names FROM stage g WHERE g.verdict = 'INCONCLUSIVE')) END,
               CASE WHEN o.verdict = 'INCONCLUSIVE' AND b.more_seconds > 0
                    THEN pg_catalog.format('about %s more seconds of load would tell'::text, b.more_seconds) END,
               CASE WHEN b.partial > 0
                    THEN pg_catalog.format('%s of %s budgets cannot be told without a max_error_rate'::text,
                                           b.partial, b.all_of_them) END,
               CASE WHEN b.unknown > 0
                    THEN pg_catalog.format('%s of %s budgets were not measured'::text, b.unknown, b.all_of_them) END,
               CASE WHEN b.all_of_them = 0 THEN 'no budget applies (rows of perfkit_budgets do)' END,
               CASE WHEN o.verdict = 'PASS' THEN pg_catalog.format('%s budgets kept'::text, b.kept) END,
               CASE WHEN o.verdict = 'PASS' AND i.all_of_them > 0
                    THEN pg_catalog.format('%s index checks passed'::text, i.all_of_them) END,
               CASE WHEN o.verdict = 'PASS' AND i.others > 0
                    THEN pg_catalog.format('%s concurrency checks passed'::text, i.others) END,
               CASE WHEN o.verdict = 'PASS' AND n.all_of_them > 0
                    THEN pg_catalog.format('%s invariants hold'::text, n.all_of_them) END,
               CASE WHEN f.errors > '0'
                    THEN pg_catalog.format('%s of %s transactions failed or were skipped'::text,
                                           f.errors, f.tried) END,
               u.metrics,
               CASE WHEN o.verdict <> 'PASS' AND b.slow + b.untold > 0
                    THEN 'the load generator was a bottleneck: '::text || l.generator
                         || ' clients were busy on average'::text END),
           CASE o.verdict WHEN 'FAIL' THEN pg_catalog.concat_ws(E'\n'::text, n.broken, b.broken, i.broken)
                          WHEN 'INCONCLUSIVE'
                          THEN nullif(pg_catalog.concat_ws(E'\n'::text, i.open, b.open), ''::text) END,
           coalesce(b.rows, '[]')
    FROM overall o, budget b, index_check i, invariant n, failure f, load l, unmeasured u;
END;

COMMENT ON FUNCTION perfkit_run_verdict(bigint) IS
'The run''s overall verdict, which perfkit run exits with and perfkit_assert_run() raises.
verdict: FAIL if a budget, a check or an invariant failed, in one stage or over all. INCONCLUSIVE
if none did, but a budget cannot be decided over all stages, or a concurrency check cannot, or no
budget applies. PASS otherwise: a budget that cannot be decided for a single stage, but is kept by
what was observed there, is only reported.
reason: the counts, in words, and which stages they are about; how many transactions failed or
were skipped (of all, or, where no budget is for all, of the scenarios that have budgets); whether
the run was overloaded and, if budgets were not met, whether the load generator was a bottleneck
(see perfkit_run_load()).
findings: a line for each budget, check and invariant behind a FAIL or INCONCLUSIVE. budgets: the
rows of perfkit_run_verdicts().
Errors: 42704 no such run';

CREATE FUNCTION perfkit_assert_run(run_id bigint) RETURNS void
LANGUAGE C STABLE PARALLEL RESTRICTED
AS 'MODULE_PATHNAME', 'perfkit_assert_run';

COMMENT ON FUNCTION perfkit_assert_run(bigint) IS
'Fails unless perfkit_run_verdict() says PASS.
The detail lists the invariants that do not hold; or else the budgets and index checks that fail;
or else the budgets that cannot be decided.
Errors: P0004 failed assertion, 55000 no budget applies and nothing failed, 42704 no such run';
