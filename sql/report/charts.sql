-- Report: latency over time, and its percentiles. Only histograms are read, so that an hour's run
-- takes hardly longer than a minute's; both have the same number of columns.

CREATE FUNCTION perfkit_report_seconds(run_id bigint)
RETURNS TABLE (
    stage smallint,
    scenario smallint,
    second timestamptz,
    succeeded bigint,
    errors bigint,
    longest_us bigint,
    latencies perfkit_histogram,
    warmup boolean)
LANGUAGE sql STABLE PARALLEL RESTRICTED
BEGIN ATOMIC
    WITH warmup AS MATERIALIZED (
        SELECT w.* FROM perfkit_run_warmups(perfkit_report_seconds.run_id) w
    )
    SELECT s.stage, s.scenario, s.second, s.succeeded, s.failed + s.skipped, s.longest_us, s.latencies,
           EXISTS (SELECT FROM warmup w WHERE w.stage = s.stage AND s.second >= w.began AND s.second < w.until)
    FROM perfkit_run_seconds s
    WHERE s.run_id = perfkit_report_seconds.run_id
    UNION ALL
    SELECT t.stage, t.scenario, pg_catalog.date_trunc('second', t.finished_at), pg_catalog.count(t.latency_us),
           pg_catalog.count(*) - pg_catalog.count(t.latency_us), pg_catalog.max(t.latency_us),
           perfkit_histogram_agg(t.latency_us),
           EXISTS (SELECT FROM warmup w WHERE w.stage = t.stage AND t.finished_at >= w.began AND t.finished_at < w.until)
    FROM perfkit_run_transactions t
    WHERE t.run_id = perfkit_report_seconds.run_id
      AND NOT EXISTS (SELECT FROM perfkit_run_seconds s WHERE s.run_id = perfkit_report_seconds.run_id)
    GROUP BY 1, 2, 3, 8;
END;

COMMENT ON FUNCTION perfkit_report_seconds(bigint) IS
'The run''s transactions by stage, scenario and second.
From perfkit_run_seconds, or, of a run without rows there, from perfkit_run_transactions.
warmup: they do not count.';

CREATE FUNCTION perfkit_run_timeline(run_id bigint, most_steps integer DEFAULT 120)
RETURNS TABLE (
    step integer,
    starts_s double precision,
    ends_s double precision,
    stage smallint,
    transactions bigint,
    errors bigint,
    tps double precision,
    p50_ms double precision,
    p95_ms double precision,
    p99_ms double precision,
    max_ms double precision,
    latencies perfkit_histogram,
    warmup boolean)
LANGUAGE sql STABLE PARALLEL RESTRICTED
SET jit = off
BEGIN ATOMIC
    WITH second AS (
        SELECT s.stage, extract(epoch FROM s.second)::bigint AS second, s.succeeded, s.errors, s.longest_us, s.latencies,
               s.warmup
        FROM perfkit_run(perfkit_run_timeline.run_id) r
             CROSS JOIN perfkit_report_seconds(r.run_id) s
    ), extent AS (
        SELECT x.first, x.last,
               (SELECT pg_catalog.min(w.seconds)
                FROM (SELECT pg_catalog.unnest('{1,2,5,10,15,30,60,120,300,600,900,1800,3600,7200,14400,86400}'::bigint[])
                      UNION ALL
                      -- a run of many days, or one whose clock was set
                      SELECT (x.last - x.first) / greatest(1, perfkit_run_timeline.most_steps)::bigint + 1) AS w (seconds)
                WHERE (x.last - x.first) / w.seconds < greatest(1, perfkit_run_timeline.most_steps)::bigint) AS width
        FROM (SELECT pg_catalog.min(s.second) AS first, pg_catalog.max(s.second) AS last FROM second s) AS x
    ), merged AS (
        SELECT (s.second - e.first) / e.width AS step, pg_catalog.min(s.stage) AS stage,
               pg_catalog.sum(s.succeeded)::bigint AS transactions, pg_catalog.sum(s.errors)::bigint AS errors,
               pg_catalog.max(s.longest_us) AS longest_us, perfkit_histogram_agg(s.latencies) AS latencies,
               pg_catalog.bool_or(s.warmup) AS warmup,
               e.width, e.last - e.first + 1 AS seconds
        FROM second s CROSS JOIN extent e
        GROUP BY 1, e.width, e.last, e.first
    )
    SELECT m.step::integer + 1, t.starts_s::double precision, t.ends_s::double precision, m.stage, m.transactions,
        m.errors,
           m.transactions::double precision / (t.ends_s - t.starts_s)::double precision,
           -- A bucket's middle may lie beyond the longest.
           least(perfkit_quantile(m.latencies, 0.5::double precision),
               m.longest_us)::double precision / 1000::double precision,
           least(perfkit_quantile(m.latencies, 0.95::double precision),
               m.longest_us)::double precision / 1000::double precision,
           least(perfkit_quantile(m.latencies, 0.99::double precision),
               m.longest_us)::double precision / 1000::double precision,
           m.longest_us::double precision / 1000::double precision, m.latencies, m.warmup
    FROM merged m
         CROSS JOIN LATERAL (SELECT m.step * m.width AS starts_s, least((m.step + 1) * m.width, m.seconds) AS ends_s) AS t
    ORDER BY m.step;
END;

COMMENT ON FUNCTION perfkit_run_timeline(bigint, integer) IS
'The run over time, in at most so many steps of equal length.
starts_s, ends_s: seconds since the first one in which a transaction ended. Steps are whole seconds,
so the first and the last may have fewer transactions. stage: that of the step''s beginning. warmup:
some of the transactions are of the warm-up; they are shown here, and count nowhere else. There is
no row where no transaction ended. Percentiles: see perfkit_quantile(); NULL if none succeeded.
Errors: 42704 no such run, 22004 run_id is null';

CREATE FUNCTION perfkit_report_cells(steps integer[], histograms perfkit_histogram[], lowest_us bigint, highest_us bigint)
RETURNS TABLE (lowest_level integer, highest_level integer, levels integer, paths text)
LANGUAGE sql STABLE PARALLEL SAFE
BEGIN ATOMIC
    -- Eight levels to a power of ten. A cell's shade is the share of its moment's transactions.
    WITH bucket AS (
        SELECT s.step, pg_catalog.floor(8::double precision
                   * pg_catalog.log(greatest(1, (b.lowest_us + b.highest_us) / 2)::double precision))::integer AS level,
               pg_catalog.sum(b.latencies) AS latencies
        FROM ROWS FROM (pg_catalog.unnest(perfkit_report_cells.steps), pg_catalog.unnest(perfkit_report_cells.histograms))
                 AS s (step, histogram)
             CROSS JOIN LATERAL perfkit_histogram_buckets(s.histogram) b
        GROUP BY 1, 2
    ), cell AS (
        SELECT b.step, b.level,
               pg_catalog.width_bucket(b.latencies / pg_catalog.sum(b.latencies) OVER (PARTITION BY b.step),
                                       '{0.001,0.01,0.03,0.1,0.3}'::numeric[]) + 1 AS shade
        FROM bucket b
    ), extent AS (
        SELECT least(pg_catalog.min(c.level), CASE WHEN perfkit_report_cells.lowest_us IS NOT NULL
                         THEN pg_catalog.floor(8::double precision * pg_catalog.log(greatest(1,
                             perfkit_report_cells.lowest_us)::double precision))::integer END) AS lowest,
               greatest(pg_catalog.max(c.level), CASE WHEN perfkit_report_cells.highest_us IS NOT NULL
                         THEN pg_catalog.floor(8::double precision * pg_catalog.log(greatest(1,
                             perfkit_report_cells.highest_us)::double precision))::integer END) AS highest
        FROM cell c
        HAVING pg_catalog.count(*) > 0
    ), island AS (
        -- Neighbors of one shade are one rectangle.
        SELECT c.level, c.shade, pg_catalog.min(c.step) AS step, pg_catalog.count(*) AS steps
        FROM (SELECT o.*, o.step::bigint - pg_catalog.row_number() OVER (PARTITION BY o.level, o.shade
            ORDER BY o.step) AS island
              FROM cell o) AS c
        GROUP BY c.level, c.shade, c.island
    ), path AS (
        SELECT i.shade,
               pg_catalog.string_agg(pg_catalog.format('M%s %sh%sv1h-%sz', i.step - 1, e.highest - i.level, i.steps,
                   i.steps), ''
                                     ORDER BY i.level, i.step) AS path
        FROM island i CROSS JOIN extent e
        GROUP BY i.shade
    )
    SELECT e.lowest, e.highest, e.highest - e.lowest + 1,
           (SELECT pg_catalog.string_agg(pg_catalog.format('<path class="h%s" d="%s"/>', p.shade, p.path), ''
               ORDER BY p.shade) FROM path p)
    FROM extent e;
END;

COMMENT ON FUNCTION perfkit_report_cells(integer[], perfkit_histogram[], bigint, bigint) IS
'The cells of a heat map, as SVG: one path for each of six shades.
A cell is one step wide and an eighth of a power of ten high. The axis reaches from lowest_us to
highest_us at least. lowest_level, highest_level: the ends of
the axis, in eighths of powers of ten of a microsecond. No row without latencies.';

CREATE FUNCTION perfkit_report_shades() RETURNS text
LANGUAGE sql IMMUTABLE PARALLEL SAFE
BEGIN ATOMIC
    SELECT pg_catalog.concat('<span class="legend"><svg width="18" height="10" aria-hidden="true"><path class="line p50" d="M0 5h18"/></svg> p50 '
                             '<svg width="18" height="10" aria-hidden="true"><path class="line p99" d="M0 5h18"/></svg> p99 &#160; Shades: share of a step&#8217;s transactions ',
               pg_catalog.string_agg(pg_catalog.format('<span class="key"><svg width="12" height="12" aria-hidden="true"><rect class="h%s" width="12" height="12"/></svg> %s</span>', k.shade, k.label),
                                     ' ' ORDER BY k.shade), '</span>')
    FROM pg_catalog.unnest('{"below 0.1 %","0.1 to 1 %","1 to 3 %","3 to 10 %","10 to 30 %","30 % or more"}'::text[])
        WITH ORDINALITY AS k (label, shade);
END;

COMMENT ON FUNCTION perfkit_report_shades() IS
'What the lines and the shades of a report''s heat maps mean.';

CREATE FUNCTION perfkit_report_heat_map(run_id bigint, most_steps integer, lowest_us bigint, highest_us bigint, legend boolean) RETURNS text
LANGUAGE sql STABLE PARALLEL RESTRICTED
SET jit = off
BEGIN ATOMIC
    WITH step AS MATERIALIZED (
        SELECT * FROM perfkit_run_timeline(perfkit_report_heat_map.run_id, perfkit_report_heat_map.most_steps)
    ), extent AS (
        SELECT pg_catalog.max(s.step) AS steps, pg_catalog.max(s.ends_s) AS seconds,
            pg_catalog.min(s.ends_s - s.starts_s) AS least_width,
               pg_catalog.max(s.ends_s - s.starts_s) AS width, pg_catalog.max(s.tps) AS most_tps,
                   pg_catalog.sum(s.errors) AS errors,
               pg_catalog.min(s.p50_ms) AS least_p50, pg_catalog.max(s.p50_ms) AS most_p50,
               pg_catalog.min(s.p99_ms) AS least_p99, pg_catalog.max(s.p99_ms) AS most_p99,
                   pg_catalog.max(s.max_ms) AS max_ms,
               CASE WHEN pg_catalog.max(s.max_ms) < '10' THEN 3 WHEN pg_catalog.max(s.max_ms) < '1000' THEN 2
                   ELSE 1 END AS digits
        FROM step s
    ), cells AS (
        SELECT c.* FROM perfkit_report_cells((SELECT pg_catalog.array_agg(s.step ORDER BY s.step) FROM step s),
                                             (SELECT pg_catalog.array_agg(s.latencies ORDER BY s.step) FROM step s),
                                             perfkit_report_heat_map.lowest_us, perfkit_report_heat_map.highest_us) c
    ), stage AS (
        SELECT s.stage, pg_catalog.min(s.step) AS first_step,
               (SELECT g.clients FROM perfkit_run_stages(perfkit_report_heat_map.run_id) g
                   WHERE g.stage = s.stage LIMIT 1) AS clients
        FROM step s GROUP BY s.stage
    ), warmup AS (
        SELECT pg_catalog.string_agg(pg_catalog.format('M%s 0h1v%sh-1z', s.step - 1, c.levels), '' ORDER BY s.step) AS path,
               pg_catalog.sum(s.ends_s - s.starts_s) AS seconds
        FROM step s CROSS JOIN cells c
        WHERE s.warmup
    ), line AS (
        SELECT l.class,
               pg_catalog.string_agg(pg_catalog.format('%s %s', s.step::numeric - 0.5,
                   pg_catalog.round((c.highest_level + 1)::numeric
                                    - 8::numeric * pg_catalog.log(greatest(l.value_ms::numeric * 1000::numeric, '1')),
                                        2)), 'L' ORDER BY s.step) AS points
        FROM step s CROSS JOIN cells c
             CROSS JOIN LATERAL (VALUES ('p50', s.p50_ms), ('p99', s.p99_ms)) AS l (class, value_ms)
        WHERE l.value_ms IS NOT NULL
        GROUP BY l.class
    ), bottom AS (
        SELECT pg_catalog.string_agg(perfkit_report_label('left', t.seconds / (e.steps::double precision * e.width),
                   CASE WHEN e.seconds > '300' THEN pg_catalog.concat(pg_catalog.trim_scale(pg_catalog.round((t.seconds / '60')::numeric, 1)), ' min')
                        ELSE pg_catalog.concat(t.seconds::numeric, ' s') END), '' ORDER BY t.seconds) AS labels
        FROM extent e
             CROSS JOIN LATERAL (SELECT pg_catalog.min(w.seconds) AS seconds
                                 FROM (SELECT pg_catalog.unnest('{1,2,5,10,20,30,60,120,300,600,1200,1800,3600,7200,14400,43200}'::double precision[])
                                       UNION ALL SELECT e.seconds) AS w (seconds)
                                 WHERE w.seconds * '5' >= e.seconds) AS w
             CROSS JOIN pg_catalog.generate_series(0, 5) AS n (number)
             CROSS JOIN LATERAL (SELECT n.number::double precision * w.seconds AS seconds) AS t
        WHERE t.seconds <= e.seconds
    ), map AS (
        SELECT perfkit_report_plot('heat', 'Latency over time',
                   pg_catalog.format('Heat map with a logarithmic axis of latency, from %s to %s. In steps of %s s, the median is between %s and %s ms,'
                                     ' and the 99th percentile between %s and %s ms; the longest latency is %s ms.%s',
                                     perfkit_report_latency('10'::double precision ^ (c.lowest_level::double precision / '8')),
                                     perfkit_report_latency('10'::double precision ^ ((c.highest_level + 1)::double precision / '8')), e.width,
                                     perfkit_report_number(e.least_p50, e.digits),
                                         perfkit_report_number(e.most_p50, e.digits),
                                     perfkit_report_number(e.least_p99, e.digits),
                                         perfkit_report_number(e.most_p99, e.digits),
                                     perfkit_report_number(e.max_ms, e.digits),
                                     ' The paler steps, ' OPERATOR(pg_catalog.||) w.seconds::text OPERATOR(pg_catalog.||) ' s in all, have transactions of the warm-up.'),
                   e.steps::double precision, c.levels::double precision,
                   pg_catalog.concat('<g class="cells">', c.paths, '</g>', '<path class="warmup" d="' OPERATOR(pg_catalog.||) w.path OPERATOR(pg_catalog.||) '"/>',
                       (SELECT pg_catalog.string_agg(pg_catalog.format('<path class="stage" d="M%s 0v%s"/>',
                           g.first_step - 1, c.levels), '' ORDER BY g.stage)
                        FROM stage g WHERE g.first_step > 1),
                       (SELECT pg_catalog.string_agg(pg_catalog.format('<path class="halo" d="M%2$s"/><path class="line %1$s" d="M%2$s"/>', l.class, l.points), '' ORDER BY l.class)
                        FROM line l)),
                   (SELECT pg_catalog.string_agg(
                               perfkit_report_label('top', ((c.highest_level + 1)::double precision - 8::double precision * pg_catalog.log(t.microseconds))
                                                           / c.levels::double precision, t.label), ''
                                                               ORDER BY t.microseconds)
                    FROM perfkit_report_ticks('10'::double precision ^ (c.lowest_level::double precision / '8'),
                                              '10'::double precision ^ ((c.highest_level + 1)::double precision / '8')) t),
                   b.labels) AS html
        FROM extent e CROSS JOIN cells c CROSS JOIN bottom b CROSS JOIN warmup w
    ), strip AS (
        SELECT pg_catalog.concat(
                   perfkit_report_plot('strip', 'Throughput over time',
                       pg_catalog.format('Transactions per second in the same steps, at most %s.',
                           perfkit_report_number(e.most_tps, 0)),
                       e.steps::double precision, 100,
                       pg_catalog.format('<path class="bars" d="%s"/>',
                           (SELECT pg_catalog.string_agg(pg_catalog.format('M%s 100v-%sh1V100z', s.step - 1,
                                        pg_catalog.round(('100' * s.tps / nullif(e.most_tps, '0'))::numeric, 1)), ''
                                            ORDER BY s.step)
                            FROM step s WHERE s.tps > '0')),
                       pg_catalog.concat(perfkit_report_label('top', 0,
                           pg_catalog.concat(perfkit_report_number(e.most_tps, 0), ' tps')),
                                         perfkit_report_label('top', 1, '0')), ''),
                   CASE WHEN e.errors > '0'
                        THEN perfkit_report_plot('strip', 'Errors over time',
                                 pg_catalog.format('Transactions that failed or were skipped: %s in all.', e.errors),
                                 e.steps::double precision, 100,
                                 pg_catalog.format('<path class="errors" d="%s"/>',
                                     (SELECT pg_catalog.string_agg(pg_catalog.format('M%s 100v-%sh1V100z', s.step - 1,
                                                  pg_catalog.round(100::numeric * s.errors::numeric
                                                                   / (SELECT pg_catalog.max(o.errors)
                                                                       FROM step o)::numeric, 1)), '' ORDER BY s.step)
                                      FROM step s WHERE s.errors > 0)),
                                 perfkit_report_label('top', 0, pg_catalog.concat((SELECT pg_catalog.max(o.errors)
                                     FROM step o), ' errors')), '') END) AS html
        FROM extent e
    )
    SELECT pg_catalog.format('<figure class="time" data-steps="%s">%s%s%s<figcaption>Steps of %s s; the first and the last may be cut short.%s%s%s</figcaption>%s</figure>',
        e.steps, CASE WHEN NOT perfkit_report_heat_map.legend THEN pg_catalog.format('<h3>Run %s</h3>',
            perfkit_report_heat_map.run_id) END, m.html, t.html, e.width,
        (SELECT CASE WHEN pg_catalog.count(*) > 1
                     THEN pg_catalog.concat(' Stages: ',
                         pg_catalog.string_agg(pg_catalog.format('%s%s', g.stage, ' (' OPERATOR(pg_catalog.||) g.clients::text OPERATOR(pg_catalog.||) ' clients)'),
                         ', ' ORDER BY g.stage), '.') END
         FROM stage g),
        (SELECT pg_catalog.format(' Paler: warm-up, %s s; verdicts, percentiles and summaries leave it out.', w.seconds)
         FROM warmup w WHERE w.seconds IS NOT NULL),
        CASE WHEN perfkit_report_heat_map.legend THEN perfkit_report_shades() END,
        perfkit_report_details('The same as a table',
            perfkit_report_table('Latency over time',
                '{"Time, s",">Stage",">Transactions",">tps",">p50 ms",">p95 ms",">p99 ms",">max ms",">Errors"}',
                (SELECT pg_catalog.array_agg(ARRAY[
                            pg_catalog.format('%s to %s', s.starts_s, s.ends_s),
                            pg_catalog.concat(s.stage, CASE WHEN s.warmup THEN ', warm-up' END),
                            perfkit_report_number(s.transactions::double precision, 0), perfkit_report_number(s.tps, 1),
                            perfkit_report_number(s.p50_ms, e.digits), perfkit_report_number(s.p95_ms, e.digits),
                            perfkit_report_number(s.p99_ms, e.digits), perfkit_report_number(s.max_ms, e.digits),
                            perfkit_report_number(s.errors::double precision, 0)] ORDER BY s.step)
                 FROM step s))))
    FROM extent e CROSS JOIN strip t LEFT JOIN map m ON true
    WHERE e.steps IS NOT NULL;
END;

COMMENT ON FUNCTION perfkit_report_heat_map(bigint, integer, bigint, bigint, boolean) IS
'A report''s picture of a run''s latency over time, with throughput, errors and a table.
The axis reaches from lowest_us to highest_us at least. legend: say what the shades mean, instead of
which run it is. NULL for a run without transactions. Errors: 42704 no such run';

CREATE FUNCTION perfkit_report_heat_maps(run_ids bigint[]) RETURNS text
LANGUAGE sql STABLE PARALLEL RESTRICTED
SET jit = off
BEGIN ATOMIC
    -- Side by side, they have one axis of latency. All together have a bounded number of steps.
    SELECT CASE WHEN pg_catalog.cardinality(perfkit_report_heat_maps.run_ids) = 1
                THEN perfkit_report_heat_map(perfkit_report_heat_maps.run_ids[1], 160, NULL, NULL, true)
                ELSE (SELECT pg_catalog.format('<div class="several">%s</div><p class="muted">%s</p>',
                    pg_catalog.string_agg(m.html, '' ORDER BY r.place), perfkit_report_shades())
                      FROM pg_catalog.unnest(perfkit_report_heat_maps.run_ids) WITH ORDINALITY AS r (run_id, place)
                           CROSS JOIN (SELECT perfkit_quantile(perfkit_histogram_agg(s.latencies),
                               0::double precision) AS lowest_us, pg_catalog.max(s.longest_us) AS highest_us
                                       FROM pg_catalog.unnest(perfkit_report_heat_maps.run_ids) AS o (run_id) CROSS
                                           JOIN LATERAL perfkit_report_seconds(o.run_id) s) AS x
                           CROSS JOIN LATERAL (SELECT perfkit_report_heat_map(r.run_id,
                               greatest(30, 200 / pg_catalog.cardinality(perfkit_report_heat_maps.run_ids)),
                                                                              x.lowest_us, x.highest_us, false) AS html) AS m
                      HAVING pg_catalog.count(m.html) > 0) END;
END;

COMMENT ON FUNCTION perfkit_report_heat_maps(bigint[]) IS
'A report''s heat maps of runs, on the same scale; NULL if none has transactions.
Errors: 42704 no such run';

CREATE FUNCTION perfkit_report_percentiles(run_ids bigint[], baseline_runs bigint[]) RETURNS text
LANGUAGE sql STABLE PARALLEL RESTRICTED
SET jit = off
BEGIN ATOMIC
    -- Lines: the two sides of a comparison; or several runs; or all and the scenarios of one.
    WITH part AS MATERIALIZED (
        SELECT CASE WHEN s.is_baseline THEN 1 ELSE 2 END AS side, s.place, s.run_id, r.scenarios[t.scenario] AS scenario,
               perfkit_histogram_agg(t.latencies) AS latencies, pg_catalog.max(t.longest_us) AS longest_us
        FROM (SELECT true AS is_baseline, b.place, b.run_id
              FROM pg_catalog.unnest(perfkit_report_percentiles.baseline_runs) WITH ORDINALITY AS b (run_id, place)
              UNION ALL
              SELECT false, a.place, a.run_id
              FROM pg_catalog.unnest(perfkit_report_percentiles.run_ids) WITH ORDINALITY AS a (run_id, place)) AS s
             CROSS JOIN LATERAL perfkit_run(s.run_id) r
             CROSS JOIN LATERAL perfkit_report_seconds(s.run_id) t
        WHERE NOT t.warmup
        GROUP BY s.is_baseline, s.place, s.run_id, t.scenario, r.scenarios
    ), series AS (
        SELECT n.place, n.name, n.bold, perfkit_histogram_agg(p.latencies) AS latencies,
            pg_catalog.max(p.longest_us) AS longest_us
        FROM part p
             CROSS JOIN LATERAL (
                 SELECT p.side::bigint AS place, CASE p.side WHEN 1 THEN 'baseline' ELSE 'runs compared' END AS name,
                     p.side = 2 AS bold
                 WHERE perfkit_report_percentiles.baseline_runs IS NOT NULL
                 UNION ALL
                 SELECT p.place, pg_catalog.concat('run ', p.run_id), false
                 WHERE perfkit_report_percentiles.baseline_runs IS NULL
                     AND pg_catalog.cardinality(perfkit_report_percentiles.run_ids) > 1
                 UNION ALL
                 SELECT 0, 'all', true
                 WHERE perfkit_report_percentiles.baseline_runs IS NULL
                     AND pg_catalog.cardinality(perfkit_report_percentiles.run_ids) = 1
                 UNION ALL
                 SELECT 1, p.scenario, false
                 WHERE perfkit_report_percentiles.baseline_runs IS NULL
                     AND pg_catalog.cardinality(perfkit_report_percentiles.run_ids) = 1
                   AND (SELECT pg_catalog.count(DISTINCT o.scenario) FROM part o) > 1) AS n
        GROUP BY n.place, n.name, n.bold
    ), counted AS MATERIALIZED (
        SELECT s.*, perfkit_count(s.latencies, NULL::bigint, NULL::bigint)::double precision AS n,
               CASE WHEN s.bold THEN 0::bigint
                    ELSE pg_catalog.row_number() OVER (PARTITION BY s.bold ORDER BY s.place,
                        perfkit_quantile(s.latencies, 0.95::double precision) DESC,
                                                                                    s.name COLLATE "C") END AS number
        FROM series s
        WHERE s.latencies IS NOT NULL
    ), point AS MATERIALIZED (
        -- x is the number of nines. Ten transactions are slower than the last point.
        SELECT c.number, c.name, x.x::double precision AS x,
               greatest(least(perfkit_quantile(c.latencies,
                   1::double precision - '10'::double precision ^ (- x.x::double precision)), c.longest_us), 1)
                   ::double precision AS microseconds
        FROM counted c CROSS JOIN pg_catalog.generate_series(0.0, 4.0, 0.05) AS x (x)
        WHERE x.x = '0' OR c.n * '10'::double precision ^ (- x.x::double precision) >= '10'
    ), extent AS (
        SELECT pg_catalog.min(pg_catalog.log(p.microseconds)) AS low,
               greatest(pg_catalog.max(pg_catalog.log(p.microseconds)),
                   pg_catalog.min(pg_catalog.log(p.microseconds)) + '0.1') AS high,
               greatest(pg_catalog.max(p.x), '0.5') AS nines
        FROM point p
    ), line AS (
        SELECT p.number, p.name,
               pg_catalog.string_agg(pg_catalog.format('%s %s', pg_catalog.round((p.x * '100')::numeric, 0),
                   pg_catalog.round(('100' * (e.high - pg_catalog.log(p.microseconds)) / (e.high - e.low))::numeric, 2)),
                       'L' ORDER BY p.x) AS points
        FROM point p CROSS JOIN extent e
        WHERE p.number <= 12
        GROUP BY p.number, p.name
    ), legend AS (
        SELECT pg_catalog.string_agg(pg_catalog.format('<li><svg width="28" height="10" aria-hidden="true"><path class="line s%s" d="M0 5h28"/></svg> <bdi>%s</bdi></li>',
                                                       l.number, perfkit_html(l.name)), '' ORDER BY l.number) AS items
        FROM line l
    ), quantile (place, name, q) AS (
        VALUES (1, 'p50', 0.5::double precision), (2, 'p90', 0.9), (3, 'p95', 0.95), (4, 'p99', 0.99),
            (5, 'p99.9', 0.999), (6, 'p99.99', 0.9999)
    ), scale AS (
        SELECT CASE WHEN pg_catalog.max(c.longest_us) < 10000 THEN 3 WHEN pg_catalog.max(c.longest_us) < 1000000 THEN 2
            ELSE 1 END AS digits
        FROM counted c
    )
    SELECT pg_catalog.format('<figure class="curve">%s<figcaption>Each curve ends where ten transactions are slower. '
                             'Both axes are logarithmic: a step to the right is a tenth of the transactions.</figcaption><ul class="legend">%s</ul>%s</figure>',
        perfkit_report_plot('percentiles', 'Percentiles of latency',
            pg_catalog.format('Curves of latency against the share of transactions that are no slower, up to the %s%%. The table below has their values.',
                              pg_catalog.trim_scale(pg_catalog.round((100::double precision
                                  * (1::double precision - '10'::double precision ^ (- pg_catalog.floor(e.nines))))::numeric, 2))),
            e.nines * '100', 100,
            pg_catalog.concat(
                (SELECT pg_catalog.string_agg(pg_catalog.format('<path class="grid" d="M%s 0v100"/>', g.x * 100), ''
                    ORDER BY g.x)
                 FROM pg_catalog.generate_series(1, 3) AS g (x) WHERE g.x::double precision < e.nines),
                (SELECT pg_catalog.string_agg(pg_catalog.format('<path class="line s%s" d="M%s"><title>%s</title></path>',
                    l.number, l.points, perfkit_html(l.name)), ''
                                              ORDER BY l.number DESC) FROM line l)),
            (SELECT pg_catalog.string_agg(perfkit_report_label('top',
                (e.high - pg_catalog.log(t.microseconds)) / (e.high - e.low), t.label), '' ORDER BY t.microseconds)
             FROM perfkit_report_ticks('10'::double precision ^ e.low, '10'::double precision ^ e.high) t),
            (SELECT pg_catalog.string_agg(perfkit_report_label('left', g.x / e.nines, g.label), '' ORDER BY g.x)
             FROM (VALUES ('0'::double precision, 'min'), ('0.301', 'p50'), ('1', 'p90'), ('2', 'p99'), ('3', 'p99.9'),
                 ('4', 'p99.99')) AS g (x, label)
             WHERE g.x <= e.nines)),
        l.items,
        perfkit_report_table('Percentiles of latency, ms', (SELECT ARRAY['Curve', '>Transactions']
            OPERATOR(pg_catalog.||) pg_catalog.array_agg('>' OPERATOR(pg_catalog.||) q.name ORDER BY q.place) OPERATOR(pg_catalog.||) ARRAY['>max'] FROM quantile q),
            (SELECT pg_catalog.array_agg(
                        ARRAY[pg_catalog.format('<bdi>%s</bdi>', perfkit_html(c.name)), perfkit_report_number(c.n, 0)]
                        OPERATOR(pg_catalog.||) (SELECT pg_catalog.array_agg(CASE WHEN c.n * (1::double precision - q.q) >= '10'
                            OR q.q <= '0.5'
                                                             THEN perfkit_report_number(least(perfkit_quantile(c.latencies, q.q), c.longest_us)::double precision / 1000::double precision, k.digits)
                                                             ELSE '<span title="fewer than ten transactions are slower">&#8211;</span>' END ORDER BY q.place)
                            FROM quantile q)
                        OPERATOR(pg_catalog.||) ARRAY[perfkit_report_number(c.longest_us::double precision / 1000::double precision, k.digits)]
                            ORDER BY c.number)
             FROM counted c CROSS JOIN scale k)))
    FROM extent e CROSS JOIN legend l
    WHERE e.low IS NOT NULL;
END;

COMMENT ON FUNCTION perfkit_report_percentiles(bigint[], bigint[]) IS
'A report''s curves of percentiles, with a table; NULL if there are no latencies.
One curve for each side of a comparison, or for each of several runs, or for each scenario of one.
Errors: 42704 no such run';
