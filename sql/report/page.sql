-- Report: the page.

CREATE FUNCTION perfkit_report_runs(runs bigint[], name text) RETURNS bigint[]
LANGUAGE plpgsql IMMUTABLE PARALLEL SAFE
SET search_path = pg_catalog, pg_temp
AS $$
DECLARE
    twice bigint;
BEGIN
    IF runs IS NULL OR array_position(runs, NULL) IS NOT NULL THEN
        RAISE '"%" must not be null or contain null', name USING ERRCODE = 'null_value_not_allowed';
    ELSIF cardinality(runs) NOT BETWEEN 1 AND 200 THEN
        RAISE '"%" must have 1 to 200 runs', name
            USING ERRCODE = 'invalid_parameter_value', DETAIL = format('It has %s.', cardinality(runs));
    END IF;
    SELECT run_id INTO twice FROM unnest(runs) AS r (run_id) GROUP BY run_id HAVING count(*) > 1 ORDER BY run_id LIMIT 1;
    IF FOUND THEN
        RAISE 'run % is given twice', twice USING ERRCODE = 'invalid_parameter_value';
    END IF;
    RETURN ARRAY(SELECT run_id FROM unnest(runs) WITH ORDINALITY AS r (run_id, place) ORDER BY place);
END
$$;

COMMENT ON FUNCTION perfkit_report_runs(bigint[], text) IS
'The runs, checked. name: that of the argument, for messages.
Errors: 22004 null, 22023 none, more than 200, or one twice';

CREATE FUNCTION perfkit_report_verdicts(run_ids bigint[], comparison jsonb) RETURNS text
LANGUAGE sql STABLE PARALLEL RESTRICTED
BEGIN ATOMIC
    WITH judged AS MATERIALIZED (
        SELECT s.place, r.run_id, r.label, r.started_at, r.workload, v.verdict, v.reason, v.budgets
        FROM pg_catalog.unnest(perfkit_report_verdicts.run_ids) WITH ORDINALITY AS s (run_id, place)
             CROSS JOIN LATERAL perfkit_run(s.run_id) r
             CROSS JOIN LATERAL perfkit_run_verdict(r.run_id) v
    ), each AS (
        SELECT CASE WHEN pg_catalog.count(*) = 1 AND perfkit_report_verdicts.comparison IS NULL
                    THEN pg_catalog.string_agg(pg_catalog.concat(
                             pg_catalog.format('<p class="banner">%s <bdi>%s</bdi></p>', perfkit_report_badge(j.verdict),
                                 perfkit_html(j.reason)),
                             perfkit_report_budgets(j.run_id, j.budgets, false), perfkit_report_checks(j.run_id)), '')
                    ELSE pg_catalog.concat(
                        perfkit_report_table('Each run against its budgets', '{Run,Verdict,Started,Label,Reason}',
                            pg_catalog.array_agg(ARRAY[j.run_id::text, perfkit_report_badge(j.verdict),
                                perfkit_report_time(j.started_at),
                                                       pg_catalog.format('<bdi>%s</bdi>',
                                                           perfkit_html(coalesce(j.label, ''))),
                                                       pg_catalog.format('<bdi>%s</bdi>', perfkit_html(j.reason))]
                                                 ORDER BY CASE j.verdict WHEN 'FAIL' THEN 1 WHEN 'PASS' THEN 3 ELSE 2 END,
                                                     j.place)),
                        pg_catalog.string_agg(CASE WHEN j.verdict <> 'PASS' AND j.number <= 6
                                                   THEN pg_catalog.concat(perfkit_report_budgets(j.run_id, j.budgets,
                                                       true)) END, '' ORDER BY j.place)) END AS html
        FROM (SELECT o.*, pg_catalog.row_number() OVER (PARTITION BY o.verdict = 'PASS' ORDER BY o.place) AS number
            FROM judged o) AS j
    )
    SELECT CASE WHEN perfkit_report_verdicts.comparison IS NULL THEN e.html
                ELSE pg_catalog.concat(perfkit_report_headline(perfkit_report_verdicts.comparison),
                                       perfkit_report_details('The runs against their budgets', e.html)) END
    FROM each e;
END;

COMMENT ON FUNCTION perfkit_report_verdicts(bigint[], jsonb) IS
'A report''s first section: the verdict of the run, of each of several runs, or of a comparison.
Of several runs, only budgets that are not kept are listed, of at most 6 runs.
Errors: 42704 no such run';

CREATE FUNCTION perfkit_report_header(run_ids bigint[], baseline_runs bigint[], title text) RETURNS text
LANGUAGE sql STABLE PARALLEL RESTRICTED
BEGIN ATOMIC
    WITH given AS (
        SELECT s.place, r.* FROM pg_catalog.unnest(perfkit_report_header.run_ids) WITH ORDINALITY AS s (run_id, place)
            CROSS JOIN LATERAL perfkit_run(s.run_id) r
    ), shared AS (
        SELECT pg_catalog.count(*) AS runs, pg_catalog.string_agg(DISTINCT g.workload, ', ') AS workloads,
               pg_catalog.min(g.started_at) AS first, pg_catalog.max(g.started_at) AS last,
               CASE WHEN pg_catalog.count(DISTINCT coalesce(g.label, '')) = 1 THEN pg_catalog.max(g.label) END AS label,
               CASE WHEN pg_catalog.count(DISTINCT g.environment ->> 'server_version'::text) = 1
                   THEN pg_catalog.max(g.environment ->> 'server_version'::text) END AS version,
               CASE WHEN pg_catalog.count(DISTINCT coalesce(g.data_rows, '-1')) = 1
                   THEN pg_catalog.max(g.data_rows) END AS data_rows,
               CASE WHEN pg_catalog.count(DISTINCT g.clients) = 1 THEN pg_catalog.max(g.clients) END AS clients,
               pg_catalog.sum(extract(epoch FROM g.duration)) AS seconds,
               pg_catalog.array_agg(g.run_id ORDER BY g.place) AS run_ids
        FROM given g
    )
    SELECT pg_catalog.format('<header><h1><bdi>%s</bdi></h1>%s<p class="facts">%s</p></header>',
               perfkit_html(coalesce(nullif(perfkit_report_header.title, ''),
                   pg_catalog.concat(s.workloads, CASE WHEN s.runs > 1 THEN pg_catalog.format(', %s runs', s.runs) END,
                                                                                              CASE WHEN perfkit_report_header.baseline_runs IS NOT NULL THEN ' against a baseline' END))),
               '<p><bdi>' || nullif(perfkit_html(s.label), '') || '</bdi></p>',
               pg_catalog.concat_ws(' &#183; ',
                   CASE WHEN perfkit_report_header.title <> ''
                       THEN pg_catalog.format('<bdi>%s</bdi>', perfkit_html(s.workloads)) END,
                   CASE WHEN s.runs = 1 THEN pg_catalog.format('run %s', s.run_ids[1])
                       ELSE pg_catalog.format('runs %s', pg_catalog.left(pg_catalog.array_to_string(s.run_ids, ', '),
                       300)) END,
                   'baseline ' || pg_catalog.left(pg_catalog.array_to_string(perfkit_report_header.baseline_runs, ', '),
                       300),
                   CASE WHEN s.first = s.last THEN perfkit_report_time(s.first)
                       ELSE pg_catalog.format('%s to %s', perfkit_report_time(s.first), perfkit_report_time(s.last)) END,
                   pg_catalog.format('%s s under load', perfkit_report_number(s.seconds::double precision, 0)),
                   CASE WHEN s.clients > 0 THEN pg_catalog.format('%s clients', s.clients) END,
                   CASE WHEN s.data_rows >= 0 THEN pg_catalog.format('%s rows',
                       perfkit_report_number(s.data_rows::double precision, 0)) END,
                   'PostgreSQL ' || perfkit_html(pg_catalog.split_part(s.version, ' ', 1))))
    FROM shared s;
END;

COMMENT ON FUNCTION perfkit_report_header(bigint[], bigint[], text) IS
'The head of a report''s page: what it is about. Errors: 42704 no such run';

CREATE FUNCTION perfkit_report_html(
    run_ids bigint[],
    baseline_runs bigint[] DEFAULT NULL,
    title text DEFAULT NULL,
    capacity jsonb DEFAULT NULL)
RETURNS text
LANGUAGE sql STABLE PARALLEL RESTRICTED
SET jit = off
BEGIN ATOMIC
    WITH given AS MATERIALIZED (
        SELECT perfkit_report_runs(perfkit_report_html.run_ids, 'run_ids') AS runs,
               CASE WHEN perfkit_report_html.baseline_runs IS NOT NULL
                    THEN perfkit_report_runs(perfkit_report_html.baseline_runs, 'baseline_runs') END AS baseline
    ), compared AS MATERIALIZED (
        SELECT g.runs, g.baseline,
               CASE WHEN g.baseline IS NOT NULL
                    THEN (SELECT coalesce(pg_catalog.jsonb_agg(pg_catalog.to_jsonb(c)), '[]')
                          FROM perfkit_compare_runs(g.baseline, g.runs, 0.05::double precision,
                              0.95::double precision) c) END AS rows
        FROM given g
    ), section AS MATERIALIZED (
        SELECT s.place, s.id, s.heading, perfkit_report_section(s.id, s.heading, s.content) AS html
        FROM compared c
             CROSS JOIN LATERAL (
                 SELECT 1 AS place, 'verdicts' AS id, 'Verdicts' AS heading,
                     perfkit_report_verdicts(c.runs, c.rows) AS content
                 UNION ALL
                 -- The search that this run belongs to; of several runs, the first one's.
                 SELECT 0, 'capacity', 'Capacity',
                        perfkit_report_capacity(coalesce(perfkit_report_html.capacity,
                            (SELECT r.environment -> 'capacity'::text
                             FROM pg_catalog.unnest(c.runs) WITH ORDINALITY AS o (run_id, place)
                                  CROSS JOIN LATERAL perfkit_run(o.run_id) r
                             WHERE r.environment -> 'capacity'::text IS NOT NULL
                             ORDER BY o.place LIMIT 1)))
                 UNION ALL
                 -- All maps together have a bounded number of steps.
                 SELECT 2, 'time', 'Latency over time',
                        perfkit_report_heat_maps(c.runs[1:8])
                        || CASE WHEN pg_catalog.cardinality(c.runs) > 8
                                THEN pg_catalog.format('<p class="muted">The other %s runs are left out here.</p>',
                                    pg_catalog.cardinality(c.runs) - 8) ELSE '' END
                 UNION ALL
                 SELECT 3, 'percentiles', 'Percentiles', perfkit_report_percentiles(c.runs, c.baseline)
                 UNION ALL
                 SELECT 4, 'stages', 'Scenarios and stages',
                        (SELECT pg_catalog.string_agg(
                                    CASE WHEN pg_catalog.cardinality(c.runs) > 1
                                        THEN perfkit_report_details(pg_catalog.format('Run %s', r.run_id), t.html)
                                        ELSE t.html END, '' ORDER BY r.place)
                         FROM pg_catalog.unnest(c.runs) WITH ORDINALITY AS r (run_id, place)
                              CROSS JOIN LATERAL (SELECT perfkit_report_stages(r.run_id) AS html) AS t
                         WHERE r.place <= 8)
                 UNION ALL
                 SELECT 5, 'differences', 'Paired differences', perfkit_report_comparison(c.rows, c.runs, c.baseline)
                     WHERE c.baseline IS NOT NULL
                 UNION ALL
                 SELECT 6, 'plans', CASE WHEN c.baseline IS NULL THEN 'Plans' ELSE 'Changes of plans' END,
                     perfkit_report_plans(c.runs, c.baseline)
                 UNION ALL
                 SELECT 7, 'waits', 'Waits', perfkit_report_server(c.runs, c.baseline)
                 UNION ALL
                 SELECT 8, 'history', 'History',
                        (SELECT perfkit_report_history(perfkit_report_past(r.workload,
                            (SELECT m.run_id FROM pg_catalog.unnest(c.runs) AS m (run_id) CROSS JOIN LATERAL perfkit_run(m.run_id) o
                             ORDER BY o.started_at DESC, m.run_id DESC LIMIT 1)), c.runs,
                            c.baseline)
                         FROM perfkit_run(c.runs[1]) r)
                 UNION ALL
                 SELECT 9, 'environment', 'Environment', perfkit_report_environment(c.runs, c.baseline)) AS s
    )
    SELECT pg_catalog.concat(
        E'<!DOCTYPE html>\n<html lang="en"><head><meta charset="utf-8"/><meta name="viewport" content="width=device-width, initial-scale=1"/>'
        -- Nothing can be loaded, and no script but this one runs, whatever a label contains.
        '<meta http-equiv="Content-Security-Policy" content="default-src ''none''; style-src ''unsafe-inline''; script-src ''sha256-',
        pg_catalog.encode(pg_catalog.sha256(pg_catalog.convert_to(perfkit_report_script(), 'UTF8')), 'base64'),
        '''; base-uri ''none''; form-action ''none''"/><title>',
        perfkit_html(coalesce(nullif(perfkit_report_html.title, ''), 'perfkit: '
            || (SELECT r.workload FROM perfkit_run(c.runs[1]) r))),
        '</title><style>', perfkit_report_style(),
            '</style></head><body><a class="skip" href="#main">Skip to the verdicts</a>',
        perfkit_report_header(c.runs, c.baseline, perfkit_report_html.title),
        '<nav aria-label="Sections"><ul>',
        (SELECT pg_catalog.string_agg(pg_catalog.format('<li><a href="#%s">%s</a></li>', s.id, s.heading), ''
            ORDER BY s.place) FROM section s WHERE s.html IS NOT NULL),
        '</ul></nav><main id="main">', (SELECT pg_catalog.string_agg(s.html, E'\n' ORDER BY s.place) FROM section s),
        '</main><footer>Times are UTC. Percentiles are by nearest rank, to within 0.1 %.</footer><script>',
            perfkit_report_script(), E'</script></body></html>\n')
    FROM compared c;
END;

COMMENT ON FUNCTION perfkit_report_html(bigint[], bigint[], text, jsonb) IS
'Runs as one page of HTML that needs nothing else.
run_ids: 1 to 200 runs. baseline_runs: as many, which they are compared with in pairs, as by
perfkit_compare_runs(). title: of the page; the workload when NULL. capacity: what perfkit capacity
has found; NULL: what is stored with one of the runs. Sections, in this order: capacity; verdicts;
latency over time; percentiles; scenarios and stages; paired differences; plans; waits; history;
environment. Those without content are left out. Of several runs, pictures and tables of the first 8
are shown. The page is in the encoding of the database, which should be UTF8, depends on nothing but
these runs and earlier ones, and is well-formed XML. No request is made when it is read.
Errors: 42704 no such run, 22004 run_ids is null or a run is, 22023 no runs, too many, or one twice,
and as perfkit_compare_runs()';
