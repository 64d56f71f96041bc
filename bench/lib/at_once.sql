-- Judges what AtOnce.pm measured, :pairs of seconds, and returns a row like those of index checks.
WITH pair AS (
    SELECT (p->>0)::float8 / (p->>1)::float8 AS ratio, (p->>0)::float8 * 1000 AS several_ms, (p->>1)::float8 * 1000 AS one_ms
    FROM jsonb_array_elements(:'pairs'::jsonb) AS p
), ranked AS (
    SELECT ratio, row_number() OVER (ORDER BY ratio) AS rank FROM pair
), measured AS (
    SELECT n.rounds, n.several_ms, n.one_ms,
           (SELECT min(ratio) FROM ranked WHERE rank >= (n.rounds + 1) / 2) AS ratio,
           (SELECT min(ratio) FROM ranked WHERE rank = i.lower_rank) AS lower,
           (SELECT min(ratio) FROM ranked WHERE rank = i.upper_rank) AS upper,
           CASE WHEN inet_server_addr() IS NULL OR inet_server_addr() = inet_client_addr() THEN :cores END AS cores
    FROM (SELECT count(*) AS rounds, percentile_disc(0.5) WITHIN GROUP (ORDER BY several_ms) AS several_ms,
                 percentile_disc(0.5) WITHIN GROUP (ORDER BY one_ms) AS one_ms FROM pair) AS n,
         LATERAL :perfkit.perfkit_quantile_interval(n.rounds, 0.5::float8, 0.95::float8) AS i
), judged AS (
    SELECT *,
           CASE WHEN rounds = 0 THEN 'INCONCLUSIVE'
                WHEN upper < :factor THEN 'PASS'
                WHEN cores IS NULL OR :number::float8 / cores >= :factor THEN 'NOT JUDGED'
                WHEN lower >= :factor THEN 'FAIL'
                ELSE 'INCONCLUSIVE' END AS verdict
    FROM measured
)
SELECT jsonb_build_object(
    'kind', 'at once', 'check_name', format('%s: %s at once', :'what', :number), 'verdict', verdict,
    'demand', format('less than %s times one', :factor), 'number', :number, 'factor', :factor, 'rounds', rounds,
    'ratio', round(ratio::numeric, 3), 'lower', round(lower::numeric, 3), 'upper', round(upper::numeric, 3),
    'several_ms', round(several_ms::numeric, 3), 'one_ms', round(one_ms::numeric, 3), 'cores', cores,
    'reason', CASE WHEN rounds = 0 THEN 'not measured: ' || :'unmeasured'
                   ELSE format('they take %s times as long as one (95 %% interval %s to %s, limit %s; medians %s and %s ms of %s rounds)%s',
                               round(ratio::numeric, 2), round(lower::numeric, 2), round(upper::numeric, 2), :factor,
                               round(several_ms::numeric, 1), round(one_ms::numeric, 1), rounds,
                               CASE WHEN verdict <> 'NOT JUDGED' THEN ''
                                    WHEN cores IS NULL
                                    THEN format('; transactions that keep a processor busy need more than %s cores to do better, and the number of the server''s cores is unknown',
                                                round(:number / :factor::numeric, 1))
                                    ELSE format('; on %s cores, %s that keep a processor busy take at least %s times as long (%s / %s)',
                                                cores, :number, round(:number / cores::numeric, 1), :number, cores) END) END)
FROM judged;
