-- Report: what perfkit capacity has found: the ceiling, and throughput and latency against load.

CREATE FUNCTION perfkit_report_capacity_plot(
    capacity jsonb,
    name text,
    is_latency boolean)
RETURNS text
LANGUAGE sql STABLE PARALLEL SAFE
BEGIN ATOMIC
    WITH given AS (
        SELECT c.scalability, c.ceiling, coalesce(c.unit, 'clients') AS unit
        FROM pg_catalog.jsonb_to_record(perfkit_report_capacity_plot.capacity) AS c (scalability jsonb, ceiling double precision, unit text)
    ), measured AS MATERIALIZED (
        SELECT m.load, CASE WHEN perfkit_report_capacity_plot.is_latency THEN m.p95_ms ELSE m.tps END AS value, l.holds
        FROM pg_catalog.jsonb_array_elements(perfkit_report_capacity_plot.capacity -> 'levels'::text) AS v (level)
             CROSS JOIN LATERAL pg_catalog.jsonb_to_record(v.level) AS l (holds boolean, measurements jsonb)
             CROSS JOIN LATERAL pg_catalog.jsonb_to_recordset(l.measurements) AS m (load double precision, tps double precision, p95_ms double precision)
        WHERE m.load >= '1' AND CASE WHEN perfkit_report_capacity_plot.is_latency THEN m.p95_ms ELSE m.tps END > '0'
    ), extent AS (
        SELECT pg_catalog.ln(pg_catalog.min(m.load)) AS first, pg_catalog.ln(pg_catalog.max(m.load)) AS last,
               CASE WHEN perfkit_report_capacity_plot.is_latency THEN pg_catalog.ln(pg_catalog.min(m.value)) - '0.2' ELSE '0' END AS low,
               CASE WHEN perfkit_report_capacity_plot.is_latency THEN pg_catalog.ln(pg_catalog.max(m.value)) + '0.2'
                    ELSE '1.1' * pg_catalog.max(m.value) END AS high,
               pg_catalog.count(*) AS points, pg_catalog.min(m.value) AS least, pg_catalog.max(m.value) AS most
        FROM measured m
    ), curve AS (
        -- The law that was fitted, at sixty places between the first load and the last.
        SELECT pg_catalog.exp(e.first + (e.last - e.first) * p.place::double precision / '60') AS load,
               s.single, s.contention, s.coherency
        FROM given g
             CROSS JOIN extent e
             CROSS JOIN LATERAL pg_catalog.jsonb_to_record(g.scalability) AS s (single double precision, contention double precision, coherency double precision)
             CROSS JOIN pg_catalog.generate_series(0, 60) AS p (place)
        WHERE pg_catalog.jsonb_typeof(g.scalability) = 'object' AND NOT perfkit_report_capacity_plot.is_latency
    ), point AS (
        SELECT 1 AS kind, m.load, m.value, m.holds FROM measured m
        UNION ALL
        SELECT 2, c.load,
               c.single * c.load / ('1' + c.contention * (c.load - '1') + c.coherency * c.load * (c.load - '1')), NULL
        FROM curve c
    ), placed AS (
        SELECT p.kind, p.load, p.holds,
               pg_catalog.round(('2' + '96' * (pg_catalog.ln(p.load) - e.first) / greatest(e.last - e.first, '1e-9'))::numeric, 2) AS x,
               pg_catalog.round(('100' * (e.high - CASE WHEN perfkit_report_capacity_plot.is_latency
                   THEN pg_catalog.ln(p.value) ELSE p.value END) / (e.high - e.low))::numeric, 2) AS y
        FROM point p CROSS JOIN extent e
    ), label AS (
        -- Of loads that are near to each other, the first.
        SELECT pg_catalog.min(p.x) AS x, pg_catalog.min(p.load) AS load
        FROM placed p WHERE p.kind = 1 GROUP BY pg_catalog.floor(p.x / '12')
    ), height AS (
        SELECT t.label, (e.high - pg_catalog.ln(t.microseconds / '1000')) / (e.high - e.low) AS share
        FROM extent e
             CROSS JOIN LATERAL perfkit_report_ticks('1000' * pg_catalog.exp(e.low), '1000' * pg_catalog.exp(e.high)) t
        WHERE perfkit_report_capacity_plot.is_latency
        UNION ALL
        SELECT perfkit_report_number(e.high * q.share, CASE WHEN e.high < '10' THEN 2 WHEN e.high < '100' THEN 1 ELSE 0 END), '1' - q.share
        FROM extent e CROSS JOIN pg_catalog.unnest('{0.25,0.5,0.75}'::double precision[]) AS q (share)
        WHERE NOT perfkit_report_capacity_plot.is_latency
    )
    SELECT perfkit_report_plot('capacity', perfkit_html(perfkit_report_capacity_plot.name),
        pg_catalog.format('%s measurements, from %s to %s. The table below has their values.', e.points,
                          perfkit_report_number(e.least, 1), perfkit_report_number(e.most, 1)),
        100, 100,
        pg_catalog.concat(
            (SELECT pg_catalog.format('<path class="stage" d="M%s 0v100"/>', pg_catalog.min(p.x))
             FROM placed p WHERE p.kind = 1 AND p.load = g.ceiling HAVING pg_catalog.count(*) > 0),
            (SELECT pg_catalog.format('<path class="line" d="M%s"/>', pg_catalog.string_agg(pg_catalog.concat(p.x, ' ', p.y), 'L' ORDER BY p.x))
             FROM placed p WHERE p.kind = 2 HAVING pg_catalog.count(*) > 0),
            (SELECT pg_catalog.string_agg(pg_catalog.format('<path class="mark%s" d="M%s %sh0"/>',
                        CASE WHEN p.holds THEN ' shown' ELSE ' base' END, p.x, p.y), '' ORDER BY p.x, p.y)
             FROM placed p WHERE p.kind = 1)),
        (SELECT pg_catalog.string_agg(perfkit_report_label('top', h.share, h.label), '' ORDER BY h.share) FROM height h),
        (SELECT pg_catalog.string_agg(perfkit_report_label('left', l.x::double precision / '100',
                    perfkit_report_number(l.load, 0)), '' ORDER BY l.x) FROM label l))
    FROM extent e, given g
    WHERE e.points > 0;
END;

COMMENT ON FUNCTION perfkit_report_capacity_plot(jsonb, text, boolean) IS
'A report''s plot of throughput, or of p95 latency, against load; NULL without measurements.
capacity: what perfkit capacity has found. name: of the plot, as text.';

CREATE FUNCTION perfkit_report_capacity(capacity jsonb) RETURNS text
LANGUAGE sql STABLE PARALLEL SAFE
BEGIN ATOMIC
    WITH given AS (
        SELECT c.verdict, c.reason, c.advice, c.levels,
               CASE WHEN c.unit = 'rate' THEN 'Offered, tps' ELSE 'Clients' END AS head
        FROM pg_catalog.jsonb_to_record(perfkit_report_capacity.capacity)
                 AS c (verdict text, reason text, unit text, advice jsonb, levels jsonb)
        WHERE pg_catalog.jsonb_typeof(c.levels) = 'array'
    ), measured AS (
        SELECT o.place, m.*, b.scenario, b.metric, b.limit_value, b.observed
        FROM given g
             CROSS JOIN LATERAL pg_catalog.jsonb_array_elements(g.levels) AS v (level)
             CROSS JOIN LATERAL pg_catalog.jsonb_array_elements(v.level -> 'measurements'::text) WITH ORDINALITY AS o (measurement, place)
             CROSS JOIN LATERAL pg_catalog.jsonb_to_record(o.measurement)
                 AS m (load double precision, seconds double precision, verdict text, tps double precision, p50_ms double precision,
                       p95_ms double precision, p99_ms double precision, clients_busy double precision, pressure double precision,
                       run_id bigint, refused text, budget jsonb)
             LEFT JOIN LATERAL pg_catalog.jsonb_to_record(CASE pg_catalog.jsonb_typeof(m.budget) WHEN 'object' THEN m.budget END)
                 AS b (scenario text, metric text, limit_value double precision, observed double precision) ON true
    )
    SELECT pg_catalog.concat(
        pg_catalog.format('<p class="banner">%s <bdi>%s</bdi></p>', perfkit_report_badge(g.verdict), perfkit_html(g.reason)),
        (SELECT pg_catalog.format('<ul class="causes">%s</ul>', pg_catalog.string_agg(pg_catalog.format('<li><bdi>%s</bdi></li>',
                    perfkit_html(a.advice ->> 'text'::text)), '' ORDER BY a.place))
         FROM pg_catalog.jsonb_array_elements(CASE pg_catalog.jsonb_typeof(g.advice) WHEN 'array' THEN g.advice END)
                  WITH ORDINALITY AS a (advice, place)
         HAVING pg_catalog.count(*) > 0),
        '<figure><h3>Throughput, transactions per second</h3>' || perfkit_report_capacity_plot(perfkit_report_capacity.capacity, 'Throughput against load', false)
        || '<figcaption>Each mark is a measurement: round, the budgets are kept; square, they are not. The axis of load is logarithmic. '
           'Dashed: the ceiling. Line: the Universal Scalability Law, fitted.</figcaption></figure>',
        '<figure><h3>Latency, p95 of all scenarios</h3>' || perfkit_report_capacity_plot(perfkit_report_capacity.capacity, 'Latency against load', true)
        || '<figcaption>Both axes are logarithmic.</figcaption></figure>',
        (SELECT perfkit_report_table('Every load that was measured',
                    ARRAY[g.head, 'Verdict', '>Seconds', '>tps', '>p50 ms', '>p95 ms', '>p99 ms', '>Clients busy', 'Nearest budget', '>Of the limit', '>Run'],
                    pg_catalog.array_agg(ARRAY[perfkit_report_number(m.load, 0), perfkit_report_badge(m.verdict), perfkit_report_number(m.seconds, 0),
                        perfkit_report_number(m.tps, 1), perfkit_report_number(m.p50_ms, 2), perfkit_report_number(m.p95_ms, 2),
                        perfkit_report_number(m.p99_ms, 2), perfkit_report_number(m.clients_busy, 1),
                        CASE WHEN m.refused IS NOT NULL THEN pg_catalog.format('<bdi>%s</bdi>', perfkit_html(m.refused))
                             WHEN m.metric IS NOT NULL
                             THEN pg_catalog.format('<bdi>%s %s</bdi>: %s of %s', perfkit_html(m.scenario), perfkit_html(m.metric),
                                      perfkit_report_number(m.observed, CASE WHEN m.limit_value < '10' THEN 4 ELSE 1 END),
                                      perfkit_report_number(m.limit_value, CASE WHEN m.limit_value < '10' THEN 4 ELSE 1 END))
                             ELSE '&#8211;' END,
                        pg_catalog.concat(perfkit_report_number('100' * m.pressure, 0), ' %'), coalesce(m.run_id::text, '&#8211;')]
                        ORDER BY m.load, m.place))
         FROM measured m
         HAVING pg_catalog.count(*) > 0))
    FROM given g;
END;

COMMENT ON FUNCTION perfkit_report_capacity(jsonb) IS
'A report''s section about capacity; NULL for anything but what perfkit capacity has found.
capacity: capacity.json, which is member capacity of perfkit_runs.environment in the run at the
ceiling.';
