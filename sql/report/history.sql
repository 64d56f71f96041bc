-- Report: the runs before, with what has changed since.

CREATE FUNCTION perfkit_report_past(workload text, last_run bigint) RETURNS jsonb
LANGUAGE plpgsql STABLE PARALLEL RESTRICTED
SET search_path = pg_catalog, pg_temp
AS $$
DECLARE
    -- The extension may be moved, so its schema is not known before.
    home text := (SELECT quote_ident(n.nspname) FROM pg_extension e JOIN pg_namespace n ON n.oid = e.extnamespace
                  WHERE e.extname = 'perfkit');
    past jsonb;
BEGIN
    IF NOT EXISTS (SELECT FROM pg_proc p WHERE p.pronamespace = home::regnamespace AND p.proname = 'perfkit_history') THEN
        RETURN NULL;
    END IF;
    -- Later runs are not of this page, and those of another load are no measure for this one.
    EXECUTE format('WITH h AS MATERIALIZED (SELECT * FROM %s.perfkit_history(workload => $1, most_runs => 200)) '
                   'SELECT jsonb_agg(to_jsonb(past) ORDER BY past.started_at, past.run_id) '
                   'FROM (SELECT h.* FROM h JOIN h l ON l.run_id = $2 AND l.series = h.series '
                   'AND (h.started_at, h.run_id) <= (l.started_at, l.run_id) '
                   'ORDER BY h.started_at DESC, h.run_id DESC LIMIT 60) AS past', home)
        INTO past USING workload, last_run;
    RETURN past;
END
$$;

COMMENT ON FUNCTION perfkit_report_past(text, bigint) IS
'The last rows of perfkit_history() up to a run, of the same load, as JSON; NULL for none.
p95_ms of scenario all, at most 60 runs.';

CREATE FUNCTION perfkit_report_history(past jsonb, run_ids bigint[], baseline_runs bigint[]) RETURNS text
LANGUAGE sql STABLE PARALLEL SAFE
BEGIN ATOMIC
    WITH run AS MATERIALIZED (
        SELECT h.run_id, h.started_at, h.label, h.value, h.lower, h.upper, coalesce(h.segment, 1) AS segment,
            coalesce(h.change_point, false) AS change_point,
               h.change, h.creep, h.note, pg_catalog.row_number() OVER (ORDER BY o.place)::double precision - 0.5::double precision AS x,
               h.run_id = ANY (perfkit_report_history.run_ids) AS is_shown,
               coalesce(h.run_id = ANY (perfkit_report_history.baseline_runs), false) AS is_baseline
        FROM pg_catalog.jsonb_array_elements(perfkit_report_history.past) WITH ORDINALITY AS o (row, place)
             CROSS JOIN LATERAL pg_catalog.jsonb_to_record(o.row)
                 AS h (run_id bigint, started_at timestamptz, label text, value double precision, lower double precision,
                     upper double precision,
                       segment integer, change_point boolean, change double precision, creep double precision, note text)
        WHERE h.value > '0'
    ), extent AS (
        SELECT pg_catalog.count(*) AS runs, pg_catalog.count(*) FILTER (WHERE r.change_point) AS changes,
               pg_catalog.ln(pg_catalog.min(r.value)) - '0.1' AS low,
                   pg_catalog.ln(pg_catalog.max(r.value)) + '0.1' AS high,
               CASE WHEN pg_catalog.max(r.value) < '1' THEN 3 WHEN pg_catalog.max(r.value) < '1000' THEN 2
                   ELSE 1 END AS digits
        FROM run r
    ), segment AS (
        SELECT r.segment, pg_catalog.min(r.x) AS first, pg_catalog.max(r.x) AS last,
               pg_catalog.percentile_cont(0.5::double precision) WITHIN GROUP (ORDER BY r.value) AS median
        FROM run r GROUP BY r.segment
    ), placed AS (
        SELECT r.*, pg_catalog.round((100::double precision * (e.high - pg_catalog.ln(r.value)) / (e.high - e.low))::numeric, 2) AS y
        FROM run r CROSS JOIN extent e
    )
    SELECT pg_catalog.format('<figure class="history">%s<figcaption>p95 of all scenarios together, by run, of the same load on a like machine; the axis is logarithmic. Bars are medians between changes. '
                             'Large: runs of this page; square: baseline; dashed line: change point.</figcaption>%s</figure>',
        perfkit_report_plot('past', 'p95 of the runs before',
            pg_catalog.format('%s runs, with %s change points, from %s to %s ms. The table below has their values.',
                e.runs, e.changes,
                              perfkit_report_number((SELECT pg_catalog.min(r.value) FROM run r), e.digits),
                                  perfkit_report_number((SELECT pg_catalog.max(r.value) FROM run r), e.digits)),
            e.runs::double precision, 100,
            pg_catalog.concat(
                (SELECT pg_catalog.string_agg(pg_catalog.format('<path class="stage" d="M%s 0v100"/>',
                    p.x - 0.5::double precision), '' ORDER BY p.x) FROM placed p WHERE p.change_point),
                (SELECT pg_catalog.string_agg(pg_catalog.format('<path class="median" d="M%s %sH%s"/>',
                    pg_catalog.round((s.first - 0.4::double precision)::numeric, 1),
                            pg_catalog.round((100::double precision * (e.high - pg_catalog.ln(s.median)) / (e.high - e.low))::numeric, 2), pg_catalog.round((s.last + 0.4::double precision)::numeric, 1)), '' ORDER BY s.segment)
                 FROM segment s),
                -- Marks are ends of lines without a length: stretched, they stay as they are.
                (SELECT pg_catalog.string_agg(pg_catalog.format('<path class="mark%s%s" d="M%s %sh0"/>', CASE
                    WHEN p.is_shown THEN ' shown' END, CASE WHEN p.is_baseline THEN ' base' END, p.x, p.y), ''
                                              ORDER BY p.is_shown OR p.is_baseline, p.x) FROM placed p)),
            (SELECT pg_catalog.string_agg(perfkit_report_label('top',
                (e.high - pg_catalog.ln(t.microseconds / '1000')) / (e.high - e.low), t.label), ''
                ORDER BY t.microseconds)
             FROM perfkit_report_ticks('1000' * pg_catalog.exp(e.low), '1000' * pg_catalog.exp(e.high)) t),
            (SELECT pg_catalog.string_agg(perfkit_report_label('left', p.x / e.runs::double precision,
                pg_catalog.concat('run ', p.run_id)), '' ORDER BY p.x)
             FROM placed p WHERE p.x IN (0.5::double precision, e.runs::double precision - 0.5::double precision))),
        pg_catalog.concat(
            (SELECT perfkit_report_table('Where it has changed', '{Run,Started,Label,">p95 ms",">Change"}',
                        pg_catalog.array_agg(ARRAY[p.run_id::text, perfkit_report_time(p.started_at),
                            pg_catalog.format('<bdi>%s</bdi>', perfkit_html(coalesce(p.label, ''))),
                                                   perfkit_report_number(p.value, e.digits),
                                                       perfkit_report_change(p.change)] ORDER BY p.x))
             FROM placed p WHERE p.change_point HAVING pg_catalog.count(*) > 0),
            perfkit_report_details('The same as a table',
                perfkit_report_table('p95 of the runs before', '{Run,Started,Label,">p95 ms",">95 % interval",Note}',
                    (SELECT pg_catalog.array_agg(ARRAY[p.run_id::text, perfkit_report_time(p.started_at),
                        pg_catalog.format('<bdi>%s</bdi>', perfkit_html(coalesce(p.label, ''))),
                                perfkit_report_number(p.value, e.digits),
                                CASE WHEN p.lower IS NULL AND p.upper IS NULL THEN '&#8211;'
                                     ELSE pg_catalog.format('%s to %s', perfkit_report_number(p.lower, e.digits),
                                         perfkit_report_number(p.upper, e.digits)) END,
                                pg_catalog.concat_ws('; ', CASE WHEN p.is_shown THEN 'of this page' END, CASE
                                    WHEN p.is_baseline THEN 'baseline' END,
                                                     CASE WHEN p.change_point THEN 'change point' END,
                                                     CASE WHEN p.creep IS NOT NULL THEN pg_catalog.format('creeps by %s from run to run', perfkit_report_change(p.creep)) END,
                                                         '<bdi>' || nullif(perfkit_html(p.note), '') || '</bdi>')]
                                ORDER BY p.x) FROM placed p)))))
    FROM extent e
    WHERE e.runs >= 3;
END;

COMMENT ON FUNCTION perfkit_report_history(jsonb, bigint[], bigint[]) IS
'A report''s picture of earlier runs; NULL for fewer than three.
past: rows of perfkit_history(), as JSON. run_ids, baseline_runs: those to be marked.';
