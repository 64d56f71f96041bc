-- The tables on the terminal: the summary, the load, the budgets that verdict.sql fetched, and what
-- the observer saw. Times are in milliseconds; a dash stands for a missing value. There are columns
-- for stages, schedule lag and offered rates only where they apply.
SELECT CASE WHEN bool_or(stage IS NOT NULL) THEN 'coalesce(stage::text, ''all'') AS stage,' ELSE '' END AS stage_column,
       CASE WHEN bool_or(lag_p95_ms IS NOT NULL)
            THEN ', round(lag_p95_ms::numeric, 2) AS "lag p95 ms", round(service_p95_ms::numeric, 2) AS "service p95 ms"'
            ELSE '' END AS lag_columns
FROM jsonb_to_recordset(:'summary') AS s (stage smallint, lag_p95_ms float8, service_p95_ms float8)
\gset
SELECT :stage_column scenario, transactions, round(tps::numeric, 1) AS tps, round(avg_ms::numeric, 2) AS "avg ms",
       round(p50_ms::numeric, 2) AS "p50 ms", round(p90_ms::numeric, 2) AS "p90 ms", round(p95_ms::numeric, 2) AS "p95 ms",
       round(p99_ms::numeric, 2) AS "p99 ms", round(max_ms::numeric, 2) AS "max ms" :lag_columns, errors, retries
FROM jsonb_to_recordset(:'summary')
     AS s (scenario text, stage smallint, transactions bigint, tps float8, avg_ms float8, p50_ms float8, p90_ms float8, p95_ms float8,
           p99_ms float8, max_ms float8, errors bigint, retries bigint, lag_p95_ms float8, service_p95_ms float8);
SELECT count(*) > 0 AS has_warmup FROM :perfkit.perfkit_run_warmup(:run_id::bigint)
\gset
\if :has_warmup
SELECT :stage_column round(seconds::numeric, 1) AS "warm-up, not counted, s", transactions, round(tps::numeric, 1) AS tps,
       round(avg_ms::numeric, 2) AS "avg ms", round(p95_ms::numeric, 2) AS "p95 ms", errors, round(tps_then::numeric, 1) AS "tps then"
FROM :perfkit.perfkit_run_warmup(:run_id::bigint);
\endif
SELECT CASE WHEN bool_or(offered_tps IS NOT NULL)
            THEN ', round(offered_tps::numeric, 1) AS "offered tps", round(mean_lag_ms::numeric, 2) AS "mean lag ms"'
            ELSE '' END AS offered_columns
FROM :perfkit.perfkit_run_load(:run_id::bigint)
\gset
SELECT :stage_column clients, round(clients_busy::numeric, 1) AS "busy on average", round(connect_ms::numeric, 1) AS "connecting ms"
       :offered_columns, round(achieved_tps::numeric, 1) AS "achieved tps", round(mean_service_ms::numeric, 2) AS "mean service ms",
       CASE finding WHEN 'overloaded' THEN 'overloaded: the rate offered was not achieved'
                    WHEN 'generator' THEN 'clients waited for pgbench: it was a bottleneck' END AS finding
FROM :perfkit.perfkit_run_load(:run_id::bigint);
SELECT :stage_column scenario, metric AS budget, limit_value AS "limit", round(observed::numeric, 3) AS observed,
       CASE WHEN lower IS NOT NULL OR upper IS NOT NULL
            THEN format('%s .. %s', coalesce(round(lower::numeric, 3)::text, '?'), coalesce(round(upper::numeric, 3)::text, '?'))
       END AS "95 % interval",
       verdict, CASE WHEN verdict = 'INCONCLUSIVE'
                     THEN coalesce('about ' || coalesce(more_seconds || ' s', more_transactions::text), 'cannot be told') END AS "more to tell"
FROM jsonb_to_recordset(:'budgets')
     AS v (scenario text, stage smallint, metric text, limit_value float8, observed float8, lower float8, upper float8, verdict text,
           more_transactions bigint, more_seconds bigint)
-- Single stages are listed only where they do not pass.
WHERE stage IS NULL OR verdict <> 'PASS';
SELECT :'comparison'::jsonb <> '[]' AS has_baseline
\gset
\if :has_baseline
-- Times are many, are not judged, and are in run.json: here those of all scenarios will do.
SELECT scenario, metric, round(baseline_value::numeric, 3) AS baseline, round(value::numeric, 3) AS "this run",
       round((100 * shift)::numeric, 1) AS "change %", verdict, cause,
       CASE WHEN verdict IN ('INCONCLUSIVE', 'NOT JUDGED') THEN split_part(note, '; ', 1) END AS note
FROM jsonb_to_recordset(:'comparison')
     AS c (scenario text, metric text, baseline_value float8, value float8, shift float8, verdict text, cause text, note text)
WHERE verdict <> 'NOT JUDGED' OR scenario = 'all';
\endif
SELECT bool_or(metric = 'max_error_rate' AND stage IS NULL AND lower IS NOT NULL) IS TRUE AS has_success
FROM jsonb_to_recordset(:'budgets') AS v (stage smallint, metric text, lower float8)
\gset
\if :has_success
-- Budgets of max_error_rate, as success rates.
SELECT scenario, transactions AS succeeded, transactions + errors AS tried, round((100 * (1 - observed))::numeric, 3) AS "success %",
       format('%s .. %s', round((100 * (1 - upper))::numeric, 3), round((100 * (1 - lower))::numeric, 3)) AS "95 % interval",
       format('at least %s', trim_scale(100 * (1 - limit_value)::numeric)) AS wanted
FROM jsonb_to_recordset(:'budgets')
     AS v (scenario text, stage smallint, metric text, limit_value float8, observed float8, lower float8, upper float8,
           transactions bigint, errors bigint)
WHERE metric = 'max_error_rate' AND stage IS NULL AND lower IS NOT NULL;
\endif
SELECT v.what AS observed, v.value
FROM :perfkit.perfkit_run(:run_id::bigint) r,
     LATERAL (VALUES
         (1, 'sessions waiting for a lock', format('%s on average, at most %s, of %s working%s',
             coalesce(observed #>> '{lock_waits,mean_sessions_waiting}', '?'), observed #>> '{lock_waits,most_sessions_waiting}',
             coalesce(observed #>> '{lock_waits,mean_sessions_working}', '?'),
             '; longest seen ' || (observed #>> '{lock_waits,longest_wait_ms}') || ' ms')),
         (1.5, 'sessions spent their time', (
             SELECT string_agg(format('%s %s %%', what, round(100 * share, 1)), ', ' ORDER BY share DESC, what) FILTER (WHERE place <= 5)
             FROM (SELECT what, sum(samples) / (observed->>'wait_samples')::numeric AS share,
                          row_number() OVER (ORDER BY sum(samples) DESC, what) AS place
                   FROM (SELECT 'running or ready to run' AS what, (e->>'samples')::numeric AS samples
                         FROM jsonb_array_elements(observed->'running') AS e
                         UNION ALL
                         SELECT format('%s %s', e->>'event_type', e->>'event'), (e->>'samples')::numeric
                         FROM jsonb_array_elements(observed->'waits') AS e) AS spent
                   GROUP BY what) AS ranked)),
         (1.6, 'CPU of the sessions', format('%s cores on average, of %s', round((observed #>> '{cpu,seconds}')::numeric
                                                                   / (observed #>> '{cpu,of_seconds}')::numeric, 2),
                                            coalesce(r.environment #>> '{client,cores}', '?'))),
         (2, 'deadlocks', observed->>'deadlocks'),
         (3, 'buffers per transaction', format('%s hit, %s read', coalesce(observed #>> '{buffers,hit_per_transaction}', '?'),
                                               coalesce(observed #>> '{buffers,read_per_transaction}', '?'))),
         (3.5, 'cache hit rate', (SELECT string_agg(format('%s %s %%', h.scenario, round(100 * h.hit_rate::numeric, 2)), ', ')
                                  FROM :perfkit.perfkit_run_cache_hit(:run_id::bigint) AS h WHERE h.hit_rate IS NOT NULL)),
         (4, 'WAL per transaction', format('%s bytes, %s records', coalesce(observed #>> '{wal,bytes_per_transaction}', '?'),
                                           coalesce(observed #>> '{wal,records_per_transaction}', '?'))),
         (5, 'temporary files', pg_size_pretty((observed->>'temp_bytes')::bigint)),
         (6, 'most memory of a backend', coalesce(
             nullif(concat_ws(', ', pg_size_pretty((observed #>> '{backend_memory,peak_bytes}')::bigint),
                       (SELECT string_agg(m.finding, '; ' ORDER BY m.turn)
                        FROM :perfkit.perfkit_run_memory(:run_id::bigint, 65536::float8, 0.95::float8) AS m
                        WHERE m.lower IS NOT NULL AND m.upper IS NOT NULL AND m.turn <= 5)), ''),
             'unknown: ' || (observed #>> '{backend_memory,unknown_because}'))),
         (7, 'pooled connections', format('%s, at most %s open and %s used, through pgbouncer %s',
             observed #>> '{pool,server_connections}', observed #>> '{pool,most_connections_open}',
             observed #>> '{pool,most_connections_used}', observed #>> '{pool,pgbouncer}')),
         (8, 'clients waiting for one', format('%s on average, at most %s seen; %s ms for a transaction, longest seen %s ms',
             coalesce(observed #>> '{pool,mean_clients_waiting}', '?'), observed #>> '{pool,most_clients_waiting}',
             coalesce(observed #>> '{pool,mean_wait_ms}', '?'), observed #>> '{pool,longest_wait_ms}')),
         (9, 'CPU of pgbouncer', format('%s %% of the machine, %s %% of the one core that it can use%s',
             coalesce(round(100 * (observed #>> '{pool,cpu_share_of_machine}')::numeric, 1)::text, '?'),
             coalesce(round(100 * (observed #>> '{pool,cpu_share_of_core}')::numeric, 1)::text, '?'),
             CASE WHEN (observed #>> '{pool,cpu_share_of_core}')::numeric > 0.9 THEN ': it was a bottleneck' END)),
         (10, 'memory of pgbouncer', format('%s at first, %s at last, %s at most',
             coalesce(pg_size_pretty((observed #>> '{pool,memory,first_bytes}')::bigint), '?'),
             coalesce(pg_size_pretty((observed #>> '{pool,memory,last_bytes}')::bigint), '?'),
             coalesce(pg_size_pretty((observed #>> '{pool,memory,most_bytes}')::bigint), '?')))
     ) AS v (position, what, value)
WHERE r.observed IS NOT NULL AND (v.position <= 6 OR r.observed ? 'pool') AND (v.position NOT IN (1.5, 1.6, 3.5) OR v.value IS NOT NULL AND v.value !~ '^ cores')
UNION ALL
SELECT format('size of %s %s', g->>'kind', g->>'relation'),
       format('%s%s', pg_size_pretty((g->>'bytes_after')::bigint),
              ', grown by ' || pg_size_pretty(nullif((g->>'bytes_after')::bigint - (g->>'bytes_before')::bigint, 0)))
FROM :perfkit.perfkit_run(:run_id::bigint) r, jsonb_array_elements(r.observed->'relations') AS g;
SELECT count(*) > 0 AS has_settings FROM :perfkit.perfkit_run_settings(:run_id::bigint)
\gset
\if :has_settings
SELECT setting AS "setting that does not fit", current_value AS now, coalesce(advised_value, '-') AS "try", evidence
FROM :perfkit.perfkit_run_settings(:run_id::bigint);
\endif
SELECT (SELECT count(*) > 0 FROM :perfkit.perfkit_run_notifications(:run_id::bigint)) AS has_listened,
       (SELECT r.notifications -> 'ceiling' IS NOT NULL FROM :perfkit.perfkit_run(:run_id::bigint) r) AS has_ceiling
\gset
\if :has_listened
SELECT :stage_column listeners, sent AS "notifications sent", received, lost, round(p50_ms::numeric, 2) AS "p50 ms",
       round(p95_ms::numeric, 2) AS "p95 ms", round(p99_ms::numeric, 2) AS "p99 ms", round(max_ms::numeric, 2) AS "max ms",
       '+- ' || round(clock_uncertainty_ms::numeric, 2) AS "clocks, ms"
FROM :perfkit.perfkit_run_notifications(:run_id::bigint);
\endif
\if :has_ceiling
SELECT coalesce(c->>'rate', 'none') AS "notifying commits per second that kept the limit", c->>'too_high' AS "too many",
       c->>'because' AS "because", c->>'limit_ms' AS "p95 limit, ms", c->>'listeners' AS listeners
FROM (SELECT r.notifications -> 'ceiling' AS c FROM :perfkit.perfkit_run(:run_id::bigint) r) AS ceiling;
\endif
SELECT count(*) > 0 AS has_invariants FROM :perfkit.perfkit_run_invariants WHERE run_id = :run_id
\gset
\if :has_invariants
SELECT invariant, CASE WHEN ok THEN 'holds' ELSE 'BROKEN' END AS "after the load", detail
FROM :perfkit.perfkit_run_invariants WHERE run_id = :run_id ORDER BY invariant;
\endif
