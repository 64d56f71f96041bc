-- Report: runs against a baseline, and changes of plans.

CREATE FUNCTION perfkit_report_change(share double precision) RETURNS text
LANGUAGE sql IMMUTABLE PARALLEL SAFE
BEGIN ATOMIC
    SELECT CASE WHEN perfkit_report_change.share IS NULL THEN '&#8211;'
                ELSE pg_catalog.concat(CASE WHEN perfkit_report_change.share >= '0' THEN '+' END,
                                       perfkit_report_number('100' * perfkit_report_change.share,
                                                             CASE WHEN pg_catalog.abs(perfkit_report_change.share) < '1'
                                                                 THEN 1 ELSE 0 END), ' %') END;
END;

COMMENT ON FUNCTION perfkit_report_change(double precision) IS
'A relative change in a report, with its sign.';

CREATE FUNCTION perfkit_report_headline(comparison jsonb) RETURNS text
LANGUAGE sql STABLE PARALLEL SAFE
BEGIN ATOMIC
    -- The same words as perfkit compare: the worst row, which is the first, and why.
    WITH row AS MATERIALIZED (
        SELECT c.*, o.place
        FROM pg_catalog.jsonb_array_elements(perfkit_report_headline.comparison) WITH ORDINALITY AS o (row, place)
             CROSS JOIN LATERAL pg_catalog.jsonb_to_record(o.row)
                 AS c (scenario text, metric text, baseline_value double precision, value double precision,
                     shift double precision,
                       lower double precision, upper double precision, verdict text, more_pairs integer, cause text,
                           p double precision, note text)
    ), conclusion AS (
        SELECT CASE WHEN pg_catalog.bool_or(r.verdict = 'WORSE') THEN 'WORSE'
            WHEN pg_catalog.bool_or(r.verdict = 'INCONCLUSIVE') THEN 'INCONCLUSIVE'
                    WHEN pg_catalog.bool_or(r.verdict = 'BETTER') THEN 'BETTER' ELSE 'NOT WORSE' END AS verdict,
               pg_catalog.count(*) AS rows, pg_catalog.max(r.more_pairs) AS more_pairs
        FROM row r
    )
    SELECT pg_catalog.format('<p class="banner">%s %s</p>%s', perfkit_report_badge(c.verdict),
               CASE WHEN w.scenario IS NOT NULL AND c.verdict <> 'INCONCLUSIVE'
                    THEN pg_catalog.concat('<bdi>', perfkit_html(w.scenario), '</bdi> ', perfkit_html(w.metric), ': ',
                        perfkit_report_change(w.shift),
                             CASE WHEN w.p IS NOT NULL AND w.lower IS NOT NULL AND w.upper IS NOT NULL
                                  THEN pg_catalog.format(' (95 %% interval %s to %s)', perfkit_report_change(w.lower),
                                      perfkit_report_change(w.upper)) END,
                             CASE WHEN w.more > 0 THEN pg_catalog.format('; %s more', w.more) END,
                             CASE WHEN w.cause IS NOT NULL THEN pg_catalog.format('. Cause: <bdi>%s</bdi>',
                                 perfkit_html(w.cause)) END)
                    WHEN c.verdict = 'INCONCLUSIVE'
                    THEN pg_catalog.concat(w.more + 1, ' of ', c.rows, ' cannot be told', CASE WHEN c.more_pairs > 0
                        THEN pg_catalog.format('; about %s more pairs would tell', c.more_pairs) END)
                    ELSE pg_catalog.format('none of %s is worse', c.rows) END,
               (SELECT '<p class="muted">' || pg_catalog.string_agg(pg_catalog.format('%s %s', n.rows,
                   pg_catalog.lower(n.verdict)), ', ' ORDER BY n.place) || '.</p>'
                FROM (SELECT r.verdict, pg_catalog.count(*) AS rows, pg_catalog.min(r.place) AS place FROM row r
                    GROUP BY r.verdict) AS n))
    FROM conclusion c
         LEFT JOIN LATERAL (SELECT r.*, pg_catalog.count(*) OVER () - 1 AS more FROM row r WHERE r.verdict = c.verdict
             AND c.verdict <> 'NOT WORSE'
                            ORDER BY r.place LIMIT 1) AS w ON true;
END;

COMMENT ON FUNCTION perfkit_report_headline(jsonb) IS
'What a report says first of a comparison. comparison: rows of perfkit_compare_runs(), as JSON.';

CREATE FUNCTION perfkit_report_comparison(comparison jsonb, run_ids bigint[], baseline_runs bigint[]) RETURNS text
LANGUAGE sql STABLE PARALLEL RESTRICTED
SET jit = off
BEGIN ATOMIC
    WITH row AS MATERIALIZED (
        SELECT c.*, o.place,
               CASE WHEN greatest(c.baseline_value, c.value) < '1' THEN 3
                   WHEN greatest(c.baseline_value, c.value) < '1000' THEN 2 ELSE 1 END AS digits
        FROM pg_catalog.jsonb_array_elements(perfkit_report_comparison.comparison) WITH ORDINALITY AS o (row, place)
             CROSS JOIN LATERAL pg_catalog.jsonb_to_record(o.row)
                 AS c (scenario text, metric text, baseline_value double precision, value double precision,
                     shift double precision,
                       lower double precision, upper double precision, verdict text, more_pairs integer, cause text,
                           p double precision, note text)
    ), measured AS MATERIALIZED (
        SELECT s.is_baseline, s.pair, m.scenario, v.metric, v.value
        FROM (SELECT true AS is_baseline, a.pair, a.run_id FROM pg_catalog.unnest(perfkit_report_comparison.baseline_runs)
            WITH ORDINALITY AS a (run_id, pair)
              UNION ALL
              SELECT false, b.pair, b.run_id FROM pg_catalog.unnest(perfkit_report_comparison.run_ids)
                  WITH ORDINALITY AS b (run_id, pair)) AS s
             CROSS JOIN LATERAL perfkit_run_summary(s.run_id) m
             CROSS JOIN LATERAL (VALUES ('p50_ms', m.p50_ms), ('p95_ms', m.p95_ms), ('avg_ms', m.avg_ms),
                 ('tps', m.tps)) AS v (metric, value)
        WHERE m.stage IS NULL AND v.value > '0'
    ), pair AS MATERIALIZED (
        SELECT a.scenario, a.metric, a.pair, a.value AS baseline_value, b.value,
            pg_catalog.ln(b.value / a.value) AS change
        FROM measured a JOIN measured b ON b.scenario = a.scenario AND b.metric = a.metric AND b.pair = a.pair
            AND NOT b.is_baseline
        WHERE a.is_baseline
    ), scale AS (
        -- Changes beyond tenfold would leave no room for the others.
        SELECT least(pg_catalog.ln(10::double precision), greatest(pg_catalog.ln(1.15::double precision),
            pg_catalog.max(x.change))) AS reach
        FROM (SELECT pg_catalog.abs(p.change) AS change FROM pair p
              UNION ALL SELECT pg_catalog.abs(pg_catalog.ln(1::double precision + v.value)) FROM row r CROSS
                  JOIN LATERAL (VALUES (r.lower), (r.upper), (r.shift)) AS v (value)
                        WHERE v.value > '-1' AND v.value < 'Infinity') AS x
    )
    SELECT pg_catalog.concat(
        perfkit_report_table('Baseline and runs compared, pair by pair',
            '{Scenario,Verdict,Metric,>Baseline,>Runs,>Change,>95 % interval,Change of each pair}',
            (SELECT pg_catalog.array_agg(ARRAY[
                        pg_catalog.format('<bdi>%s</bdi>', perfkit_html(r.scenario)),
                        pg_catalog.concat(perfkit_report_badge(r.verdict),
                            CASE WHEN r.verdict = 'INCONCLUSIVE' AND r.more_pairs > 0
                                THEN pg_catalog.format('<span class="more">about %s more pairs would tell</span>',
                                r.more_pairs) END),
                        perfkit_html(r.metric), perfkit_report_number(r.baseline_value, r.digits),
                            perfkit_report_number(r.value, r.digits),
                        perfkit_report_change(r.shift),
                        CASE WHEN r.lower IS NOT NULL AND r.upper IS NOT NULL
                             THEN pg_catalog.format('%s to %s', perfkit_report_change(r.lower),
                                 perfkit_report_change(r.upper)) ELSE '&#8211;' END,
                        pg_catalog.format('<svg class="forest" viewBox="-100 0 200 14" aria-hidden="true"><path class="margin" d="M%s 0H%sv14H%sz"/><path class="limit" d="M0 0v14"/>%s%s%s</svg>',
                            pg_catalog.round((-100::double precision * pg_catalog.ln(1.05::double precision) / k.reach)::numeric, 1),
                            pg_catalog.round((100::double precision * pg_catalog.ln(1.05::double precision) / k.reach)::numeric, 1),
                            pg_catalog.round((-100::double precision * pg_catalog.ln(1.05::double precision) / k.reach)::numeric, 1),
                            CASE WHEN r.lower > '-1' AND r.upper < 'Infinity'
                                 THEN pg_catalog.format('<path class="interval" d="M%s 7H%s"/>',
                                          pg_catalog.round((100::double precision * greatest('-1',
                                              least('1', pg_catalog.ln(1::double precision + r.lower) / k.reach)))::numeric, 1),
                                          pg_catalog.round((100::double precision * greatest('-1',
                                              least('1', pg_catalog.ln(1::double precision + r.upper) / k.reach)))::numeric, 1)) END,
                            (SELECT pg_catalog.string_agg(pg_catalog.format('<circle cx="%s" cy="7" r="2.2"/>',
                                        pg_catalog.round((97.5::double precision * greatest('-1',
                                            least('1', p.change / k.reach)))::numeric, 1)), '' ORDER BY p.pair)
                             FROM pair p WHERE p.scenario = r.scenario AND p.metric = r.metric),
                            CASE WHEN r.shift > '-1' AND r.shift < 'Infinity'
                                 THEN pg_catalog.format('<path class="tick" d="M%s 1v12"/>',
                                          pg_catalog.round((98::double precision * greatest('-1',
                                              least('1', pg_catalog.ln(1::double precision + r.shift) / k.reach)))::numeric, 1)) END)]
                    ORDER BY r.place)
             FROM row r)),
        (SELECT pg_catalog.format('<h3>Causes, as far as they can be shown</h3><ul class="causes">%s</ul>',
                    pg_catalog.string_agg(pg_catalog.format('<li><bdi>%s</bdi>: <bdi>%s</bdi></li>',
                        perfkit_html(k.scenario), perfkit_html(k.cause)), '' ORDER BY k.place))
         FROM (SELECT r.scenario, r.cause, pg_catalog.min(r.place) AS place FROM row r WHERE r.cause IS NOT NULL
             GROUP BY r.scenario, r.cause) AS k
         HAVING pg_catalog.count(*) > 0),
        pg_catalog.format('<p class="muted">The pictures reach from %s to %s; the gray band is the margin of 5 %%, dots are pairs, the bar is the interval, the tick is the estimate.</p>',
            perfkit_report_change(pg_catalog.exp(- k.reach) - 1::double precision),
                perfkit_report_change(pg_catalog.exp(k.reach) - 1::double precision)),
        (SELECT pg_catalog.format('<p class="muted">Notes: <bdi>%s</bdi>.</p>',
            perfkit_html(pg_catalog.string_agg(n.note, '; ' ORDER BY n.place)))
         FROM (SELECT r.note, pg_catalog.min(r.place) AS place FROM row r WHERE r.note IS NOT NULL GROUP BY r.note
             ORDER BY 2 LIMIT 20) AS n
         HAVING pg_catalog.count(*) > 0),
        perfkit_report_details('Each pair, all scenarios together',
            perfkit_report_table('Each pair, all scenarios together', '{Pair,Metric,>Baseline,>Run,>Change}',
                (SELECT pg_catalog.array_agg(ARRAY[p.pair::text, p.metric, perfkit_report_number(p.baseline_value, 3),
                    perfkit_report_number(p.value, 3),
                                                   perfkit_report_change(pg_catalog.exp(p.change) - 1::double precision)]
                                                       ORDER BY p.pair, p.metric)
                 FROM pair p WHERE p.scenario = 'all'))))
    FROM scale k;
END;

COMMENT ON FUNCTION perfkit_report_comparison(jsonb, bigint[], bigint[]) IS
'A report''s table of paired differences. comparison: rows of perfkit_compare_runs(), as JSON.
Errors: 42704 no such run';

CREATE FUNCTION perfkit_line_diff(a text[], b text[]) RETURNS TABLE (sign text, line text)
LANGUAGE plpgsql IMMUTABLE PARALLEL SAFE
SET search_path = pg_catalog, pg_temp
AS $$
DECLARE
    n int := coalesce(cardinality(a), 0);
    m int := coalesce(cardinality(b), 0);
    first int := 0;  -- how many lines both begin with
    last int := 0;   -- and end with
    common int[];    -- the longest common part of what follows line i of a and line j of b
    width int;
    i int;
    j int;
BEGIN
    WHILE first < least(n, m) AND a[first + 1] = b[first + 1] LOOP
        first := first + 1;
    END LOOP;
    WHILE last < least(n, m) - first AND a[n - last] = b[m - last] LOOP
        last := last + 1;
    END LOOP;
    FOR i IN 1..first LOOP
        sign := ' '; line := a[i]; RETURN NEXT;
    END LOOP;
    i := first + 1;
    j := first + 1;
    -- The work grows with the product; beyond this, nobody reads it either.
    IF (n - last - first) * (m - last - first) BETWEEN 1 AND 40000 THEN
        width := m - last + 2;
        common := array_fill(0, ARRAY[(n - last + 2) * width]);
        FOR x IN REVERSE n - last .. first + 1 LOOP
            FOR y IN REVERSE m - last .. first + 1 LOOP
                common[x * width + y] := CASE WHEN a[x] = b[y] THEN common[(x + 1) * width + y + 1] + 1
                                              ELSE greatest(common[(x + 1) * width + y], common[x * width + y + 1]) END;
            END LOOP;
        END LOOP;
        WHILE i <= n - last AND j <= m - last LOOP
            IF a[i] = b[j] THEN
                sign := ' '; line := a[i]; i := i + 1; j := j + 1;
            ELSIF common[(i + 1) * width + j] >= common[i * width + j + 1] THEN
                sign := '-'; line := a[i]; i := i + 1;
            ELSE
                sign := '+'; line := b[j]; j := j + 1;
            END IF;
            RETURN NEXT;
        END LOOP;
    END IF;
    FOR x IN i .. n - last LOOP
        sign := '-'; line := a[x]; RETURN NEXT;
    END LOOP;
    FOR y IN j .. m - last LOOP
        sign := '+'; line := b[y]; RETURN NEXT;
    END LOOP;
    FOR x IN n - last + 1 .. n LOOP
        sign := ' '; line := a[x]; RETURN NEXT;
    END LOOP;
END
$$;

COMMENT ON FUNCTION perfkit_line_diff(text[], text[]) IS
'The lines of a (sign "-") and of b ("+") in order, those in common once (" ").
As few lines as possible have a sign, unless there are more than about 200 lines.';

CREATE FUNCTION perfkit_report_plans(run_ids bigint[], baseline_runs bigint[]) RETURNS text
LANGUAGE sql STABLE PARALLEL RESTRICTED
BEGIN ATOMIC
    -- Of each side, the first run that has plans. Without a baseline, the sides are the plans from
    -- before the load, and those that were others after it.
    WITH side AS (
        SELECT DISTINCT ON (s.side) s.side, r.environment -> s.key AS plans
        FROM (SELECT 1 AS side, 'plans' AS key, a.place, a.run_id
              FROM pg_catalog.unnest(coalesce(perfkit_report_plans.baseline_runs, perfkit_report_plans.run_ids))
                   WITH ORDINALITY AS a (run_id, place)
              UNION ALL
              SELECT 2, CASE WHEN perfkit_report_plans.baseline_runs IS NULL THEN 'plans_after' ELSE 'plans' END, b.place,
                  b.run_id
              FROM pg_catalog.unnest(perfkit_report_plans.run_ids) WITH ORDINALITY AS b (run_id, place)) AS s
             CROSS JOIN LATERAL perfkit_run(s.run_id) r
        WHERE pg_catalog.jsonb_typeof(r.environment -> s.key) = 'object'
        ORDER BY s.side, s.place
    ), shape AS (
        SELECT s.side, p.key AS scenario, h.shape
        FROM side s
             CROSS JOIN LATERAL pg_catalog.jsonb_each(s.plans) AS p (key, shapes)
             CROSS JOIN LATERAL pg_catalog.jsonb_array_elements_text(CASE pg_catalog.jsonb_typeof(p.shapes) WHEN 'array'
                 THEN p.shapes END) AS h (shape)
    ), scenario AS (
        SELECT s.scenario, pg_catalog.bool_or(s.side = 1) AS before, pg_catalog.bool_or(s.side = 2) AS after FROM shape s
            GROUP BY s.scenario
    ), changed AS (
        SELECT o.side, o.scenario, o.shape, pg_catalog.row_number() OVER (PARTITION BY o.side, o.scenario
            ORDER BY o.shape COLLATE "C") AS number
        FROM shape o JOIN scenario s ON s.scenario = o.scenario AND s.before AND s.after
        WHERE NOT EXISTS (SELECT FROM shape x WHERE x.side <> o.side AND x.scenario = o.scenario AND x.shape = o.shape)
    ), statement AS (
        SELECT c.scenario, c.number, pg_catalog.min(pg_catalog.left(c.shape, 8000)) FILTER (WHERE c.side = 1) AS before,
               pg_catalog.min(pg_catalog.left(c.shape, 8000)) FILTER (WHERE c.side = 2) AS after
        FROM changed c GROUP BY c.scenario, c.number
        ORDER BY c.scenario COLLATE "C", c.number LIMIT 40
    ), diff AS (
        SELECT s.scenario, pg_catalog.string_agg(pg_catalog.format('<pre class="diff" tabindex="0">%s</pre>',
                   (SELECT pg_catalog.string_agg(CASE d.sign WHEN '-'
                       THEN pg_catalog.format('<del>- %s</del>', perfkit_html(d.line))
                                                             WHEN '+' THEN pg_catalog.format('<ins>+ %s</ins>',
                                                                 perfkit_html(d.line))
                                                             ELSE pg_catalog.format('<span>  %s</span>',
                                                                 perfkit_html(d.line)) END, E'\n' ORDER BY d.place)
                    FROM perfkit_line_diff(pg_catalog.string_to_array(s.before, E'\n'),
                        pg_catalog.string_to_array(s.after, E'\n')) WITH ORDINALITY AS d (sign, line, place))),
                   '' ORDER BY s.number) AS html
        FROM statement s GROUP BY s.scenario
    )
    SELECT CASE WHEN perfkit_report_plans.baseline_runs IS NULL
                THEN pg_catalog.concat(
                     (SELECT pg_catalog.concat('<p>Plans that changed during the load:</p>',
                                               pg_catalog.string_agg(pg_catalog.format('<h3><bdi>%s</bdi></h3>%s',
                                                   perfkit_html(d.scenario), d.html), '' ORDER BY d.scenario COLLATE "C"))
                      FROM diff d HAVING pg_catalog.count(*) > 0),
                     (SELECT perfkit_report_details('Plans of the scenarios&#8217; statements',
                                 pg_catalog.string_agg(pg_catalog.format('<h3><bdi>%s</bdi></h3>%s',
                                     perfkit_html(p.scenario), p.html), '' ORDER BY p.scenario COLLATE "C"))
                      FROM (SELECT s.scenario, pg_catalog.string_agg(pg_catalog.format('<pre tabindex="0">%s</pre>',
                          perfkit_html(pg_catalog.left(s.shape, 4000))), '' ORDER BY s.shape COLLATE "C") AS html
                            FROM shape s WHERE s.side = 1 GROUP BY s.scenario
                                ORDER BY s.scenario COLLATE "C" LIMIT 40) AS p))
                WHEN NOT EXISTS (SELECT FROM scenario s WHERE s.before AND s.after)
                THEN '<p class="muted">Plans are not known of both sides; perfkit compare stores them.</p>'
                ELSE pg_catalog.concat(
                    (SELECT pg_catalog.string_agg(pg_catalog.format('<h3><bdi>%s</bdi></h3>%s', perfkit_html(d.scenario),
                        d.html), '' ORDER BY d.scenario COLLATE "C") FROM diff d),
                    (SELECT pg_catalog.format('<p class="muted">%s: <bdi>%s</bdi>.</p>', 'Plans are the same',
                        perfkit_html(pg_catalog.string_agg(s.scenario, ', ' ORDER BY s.scenario COLLATE "C")))
                     FROM scenario s WHERE s.before AND s.after
                         AND NOT EXISTS (SELECT FROM changed c WHERE c.scenario = s.scenario)
                     HAVING pg_catalog.count(*) > 0)) END;
END;

COMMENT ON FUNCTION perfkit_report_plans(bigint[], bigint[]) IS
'A report''s section on plans: what changed, line by line.
Without a baseline, those that changed during the load, and all that are known.
At most 40 statements. Errors: 42704 no such run';
