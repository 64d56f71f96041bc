-- perfkit_report_html(): what is on the page, and that no text can become markup. Runs are made by
-- hand, so that every number is known.
\set VERBOSITY terse
SET client_min_messages = warning;
SELECT setting !~ 'libxml' AS lacks_xml FROM pg_config WHERE name = 'CONFIGURE'
\gset
\if :lacks_xml
\quit
\endif

-- Texts.
SELECT perfkit_html(E'<script>"a" & \'b\'</script>\x01\x1b\t\r\nx\x7f');
SELECT perfkit_html(U&'caf\00E9 \0085\FFFE \+01F418 \202Ex') = U&'caf\00E9 &#xFFFD;&#xFFFD; \+01F418 \202Ex' AS text, perfkit_html(NULL) IS NULL AS null;
SELECT n, perfkit_report_number(n, 2) FROM unnest('{0,1234567.891,-0.5,Infinity,NaN,NULL,1e17}'::float8[]) AS n;
SELECT n, perfkit_report_latency(n) FROM unnest('{0,999,1234,25000,999999,61000000,NULL}'::float8[]) AS n;
SELECT perfkit_report_badge(v) FROM unnest('{PASS,FAIL,INCONCLUSIVE,"NOT WORSE",BETTER,WORSE,<b>}'::text[]) AS v;
SELECT perfkit_report_table('c', '{a,>b}', '{{x,1},{y,2}}');
SELECT perfkit_report_details('s', NULL) IS NULL AS no_details, perfkit_report_section('i', 'h', NULL) IS NULL AS no_section;
SELECT low, high, string_agg(t.label, ', ' ORDER BY t.microseconds) FROM (VALUES (9000, 15000), (150, 900), (900, 20000), (5, 70000000), (0.2, 40)) AS v (low, high),
       LATERAL perfkit_report_ticks(low, high) t GROUP BY 1, 2 ORDER BY 1;

-- Differences of lines: the least there are; together the two texts again.
SELECT string_agg(sign || line, ' ' ORDER BY place) FROM perfkit_line_diff('{a,b,c,d,e}', '{a,c,x,d,e}') WITH ORDINALITY AS d (sign, line, place);
SELECT count(*) FROM perfkit_line_diff('{}', NULL);
SELECT string_agg(sign || line, ' ' ORDER BY place) FROM perfkit_line_diff('{}', '{a,b}') WITH ORDINALITY AS d (sign, line, place);
SELECT bool_and(string_to_array(string_agg, ',') = a) AS both_again
FROM (SELECT a, string_agg(line, ',' ORDER BY place) FILTER (WHERE sign <> '+')
      FROM (SELECT array_agg(chr(97 + (i * i * k) % 7) ORDER BY i) AS a, array_agg(chr(97 + (i * k) % 5) ORDER BY i) AS b, k
            FROM generate_series(1, 30) i, generate_series(1, 20) k GROUP BY k) AS texts,
           LATERAL perfkit_line_diff(a, b) WITH ORDINALITY AS d (sign, line, place)
      GROUP BY k, a) AS found;
-- Beyond a product of 40000, only what is equal at both ends is found.
SELECT count(*) FILTER (WHERE sign = '-') AS minus, count(*) FILTER (WHERE sign = '+') AS plus, count(*) FILTER (WHERE sign = ' ') AS same
FROM perfkit_line_diff((SELECT array_agg(i::text ORDER BY i) FROM generate_series(1, 300) i),
                       (SELECT array_agg(CASE i WHEN 2 THEN 'x' WHEN 299 THEN 'y' ELSE i::text END ORDER BY i) FROM generate_series(1, 300) i));

-- new_run(): a run of some seconds whose latencies are 1 to 100 ms, times factor.
CREATE FUNCTION new_run(seconds int, factor float8 = 1, changes jsonb = '{}') RETURNS bigint LANGUAGE plpgsql AS $$
DECLARE
    new_id bigint;
BEGIN
    INSERT INTO perfkit_runs (workload, label, duration, clients, scenarios, started_at, data_rows, environment, observed, budgets, index_checks, pgbench)
    SELECT r.workload, r.label, r.duration, r.clients, r.scenarios, timestamptz '2026-01-01 12:00:00+00', r.data_rows, r.environment, r.observed, r.budgets,
           r.index_checks, r.pgbench
    FROM jsonb_populate_record(NULL::perfkit_runs, jsonb_build_object(
        'workload', 'handmade', 'duration', seconds || ' s', 'clients', 4, 'scenarios', '["slow", "fast"]'::jsonb, 'data_rows', 1234567,
        'environment', '{"server_version": "15.1 (vendor)", "settings": {"work_mem": "4MB"}, "client": {"cores": 2, "system": "Linux"}}'::jsonb,
        'budgets', '[{"metric": "p95_ms", "limit_value": 50}, {"metric": "max_error_rate", "limit_value": 0.5}, {"metric": "p50_ms", "limit_value": 75}]'::jsonb) || changes) AS r
    RETURNING run_id INTO new_id;
    INSERT INTO perfkit_run_seconds (run_id, stage, scenario, second, succeeded, failed, latency_sum_us, longest_us, latencies)
    SELECT new_id, 1, s, timestamptz '2026-01-01 12:00:00+00' + i * interval '1 second', 50, CASE WHEN s = 1 AND i = 2 THEN 3 ELSE 0 END,
           sum((factor * l * 1000)::bigint), max((factor * l * 1000)::bigint), perfkit_histogram_agg((factor * l * 1000)::bigint)
    FROM generate_series(0, seconds - 1) i, unnest('{1,2}'::int[]) s, generate_series(1, 100) l
    WHERE (l > 50) = (s = 1)
    GROUP BY s, i;
    RETURN new_id;
END
$$;
SELECT new_run(5) AS plain \gset

-- Over time: whole seconds, then steps that keep their number below the limit.
SELECT step, starts_s, ends_s, stage, transactions, errors, tps, round(p50_ms) AS p50, round(p99_ms) AS p99, max_ms FROM perfkit_run_timeline(:plain);
SELECT step, starts_s, ends_s, transactions, tps, perfkit_count(latencies) FROM perfkit_run_timeline(:plain, 3);
SELECT step, ends_s, transactions FROM perfkit_run_timeline(:plain, 0);
SELECT new_run(400) AS long \gset
SELECT count(*) AS steps, max(ends_s), sum(transactions) FROM perfkit_run_timeline(:long);

-- Pages are XML, too.
CREATE TABLE page (name text PRIMARY KEY, html text);
INSERT INTO page VALUES ('plain', perfkit_report_html(ARRAY[:plain]));
SELECT xpath('/html/@lang', d)::text AS lang, xpath('count(//main)', d)::text AS main, xpath('count(//h1)', d)::text AS h1,
       xpath('//h2/text()', d)::text AS sections, xpath('boolean(//nav[@aria-label])', d)::text AS nav
FROM page, LATERAL xmlparse(DOCUMENT html) AS d;
SELECT xpath('count(//table)', d)::text <> '{0}' AS tables, xpath('count(//table[not(caption)])', d)::text AS no_caption, xpath('count(//th[not(@scope)])', d)::text AS no_scope,
       xpath('count(//svg[@role="img"][not(title) or not(desc)])', d)::text AS no_title, xpath('count(//svg[not(@role="img")][not(@aria-hidden)])', d)::text AS seen,
       xpath('count(//a[starts-with(@href, "#")][not(substring(@href, 2) = //@id)])', d)::text AS dead_links
FROM page, LATERAL xmlparse(DOCUMENT html) AS d;
-- The rows of a table have as many cells as it has heads.
SELECT xpath('count(//tbody/tr[count(*) != count(ancestor::table/thead/tr/th)])', d)::text AS ragged FROM page, LATERAL xmlparse(DOCUMENT html) AS d;
-- Verdicts come first, the worst of them first; every value has its unit.
SELECT array_to_string(xpath('//section[1]//tr/*/descendant::text()', d)::text[], ' ') AS verdicts FROM page, LATERAL xmlparse(DOCUMENT html) AS d;
SELECT xpath('//header//text()', d)::text FROM page, LATERAL xmlparse(DOCUMENT html) AS d;
-- Nothing is loaded, and only the page's own script may run.
SELECT html ~ 'default-src ''none''' AS policy, html !~* '(?:src|href|action|data)=["''](?!#)' AS no_links, html !~* 'url\(|@import|https?:' AS no_addresses,
       html ~ ('sha256-' || replace(encode(sha256(convert_to(perfkit_report_script(), 'UTF8')), 'base64'), '+', '\+')) AS own_script,
       length(perfkit_report_script()) < 5000 AS small_script
FROM page;
-- The same bytes, whatever the session's settings are.
SET TimeZone = 'Asia/Kathmandu';
SET DateStyle = 'SQL, DMY';
SET IntervalStyle = 'sql_standard';
SET extra_float_digits = -10;
SET bytea_output = 'escape';
SELECT html = perfkit_report_html(ARRAY[:plain]) AS same FROM page;
RESET TimeZone;
RESET DateStyle;
RESET IntervalStyle;
RESET extra_float_digits;
RESET bytea_output;

-- Whatever texts there are.
CREATE FUNCTION odd(n int) RETURNS text LANGUAGE sql AS $$
SELECT n || E'</script></style></title><script>alert(1)</script><img src="x" onerror=''a''>\x01\x1f&amp;]]><!-- \u202E\u05D0\u0627 \U0001F418 ' || repeat('long', 60) $$;
SELECT new_run(3, 1, jsonb_build_object('workload', odd(1), 'label', odd(2), 'scenarios', jsonb_build_array(odd(3), odd(4)),
    'environment', jsonb_build_object('server_version', odd(5), 'database', odd(6), 'settings', jsonb_build_object(odd(7), odd(8)), 'client', jsonb_build_object('system', odd(9)),
                                      'pgbench_commands', jsonb_build_array(odd(10)), 'notes', jsonb_build_array(odd(11)), 'mixes', jsonb_build_array(odd(12)),
                                      'scripts', jsonb_build_object(odd(13), jsonb_build_object('weight', odd(14), 'sha256', odd(15))),
                                      'plans', jsonb_build_object(odd(16), jsonb_build_array(odd(17)))),
    'observed', jsonb_build_object('deadlocks', odd(18), 'wait_samples', 9, 'waits', jsonb_build_array(jsonb_build_object('event', odd(19), 'event_type', odd(20), 'samples', 3, 'scenario', odd(21)))),
    'index_checks', jsonb_build_array(jsonb_build_object('check_name', odd(22), 'verdict', odd(23), 'reason', odd(24), 'kind', odd(25)),
                                      jsonb_build_object('check_name', odd(26), 'verdict', 'PASS', 'used_index', odd(27))))) AS odd \gset
INSERT INTO perfkit_run_invariants VALUES (:odd, odd(28), false, odd(29));
INSERT INTO page VALUES ('odd', perfkit_report_html(ARRAY[:odd], NULL, odd(30)));
-- Each is there, escaped, and no element or attribute comes from them. A digest (15) is cut short.
SELECT string_agg(n::text, ' ' ORDER BY n) AS missing FROM page, generate_series(1, 30) n WHERE name = 'odd' AND strpos(html, perfkit_html(odd(n))) = 0;
SELECT html !~ '<img|<script>alert|\x01|\x1f' AS escaped, (SELECT count(*) FROM regexp_matches(html, '<script', 'g')) AS scripts,
       (SELECT count(*) FROM regexp_matches(html, '</style', 'g')) AS styles FROM page WHERE name = 'odd';
SELECT xpath('count(//main)', xmlparse(DOCUMENT html))::text AS main, xpath('count(//img | //*[@onerror])', xmlparse(DOCUMENT html))::text AS planted FROM page WHERE name = 'odd';

-- What is missing is left out, or said.
INSERT INTO perfkit_runs (workload, duration, clients, scenarios) VALUES ('empty', '1 s', 1, '{s}') RETURNING run_id AS empty \gset
SELECT (SELECT string_agg(m[1], ', ') FROM regexp_matches(perfkit_report_html(ARRAY[:empty]), '<h2[^>]*>([^<]*)', 'g') m) AS sections;
-- Shapes that no program of perfkit's has stored.
SELECT new_run(2, 1, '{"environment": {"settings": [], "plans": [], "scripts": 3, "notes": "x"}, "observed": {"waits": "none"}, "index_checks": null, "pgbench": {}}') AS shapes \gset
SELECT length(perfkit_report_html(ARRAY[:shapes])) > 0 AS odd_shapes;
-- Transactions that were kept or stored by hand.
INSERT INTO perfkit_run_transactions (run_id, scenario, client, finished_at, latency_us, failure)
SELECT :empty, 1, 0, timestamptz '2026-01-01 00:00:00.5+00' + i % 4 * interval '1 second', CASE WHEN i <> 7 THEN 1000 + i END, CASE WHEN i = 7 THEN 'failed' END FROM generate_series(1, 40) i;
SELECT step, transactions, errors, p50_ms, max_ms FROM perfkit_run_timeline(:empty);

-- Waits, as shares of all samples; the baseline's beside them.
SELECT new_run(3, 1, '{"observed": {"wait_samples": 200, "waits": [{"event_type": "Lock", "event": "tuple", "samples": 50}, {"event_type": "IO", "event": "DataFileRead", "samples": 30}], "running": [{"samples": 120}]}}') AS waiting \gset
SELECT regexp_replace(regexp_replace(perfkit_report_server(ARRAY[:waiting], NULL), '<svg.*?</svg>', '', 'g'), '<[^>]*>', ' ', 'g');

-- History: rows as perfkit_history() has them.
SELECT jsonb_agg(jsonb_build_object('run_id', i, 'started_at', timestamptz '2026-01-01 00:00:00+00' + i * interval '1 day', 'label', 'l<' || i, 'value', CASE WHEN i < 9 THEN 10 ELSE 15 END,
                                    'segment', CASE WHEN i < 9 THEN 1 ELSE 2 END, 'change_point', i = 9, 'change', CASE WHEN i = 9 THEN 0.5 END) ORDER BY i) AS past
FROM generate_series(1, 12) i \gset
SELECT regexp_replace(regexp_replace(perfkit_report_history(:'past', '{12}', '{3}'), '<div class="y".*?</figcaption>', '', 'g'), '<[^>]*>', ' ', 'g');
SELECT m[1] AS picture FROM regexp_matches(perfkit_report_history(:'past', '{12}', '{3}'), '(<path class="(?:stage|median|mark )[^>]*>)', 'g') m;
SELECT perfkit_report_history(NULL, '{1}', NULL) IS NULL AS none, perfkit_report_history('[]', '{1}', NULL) IS NULL AS empty;

-- Plans that changed during the load.
SELECT new_run(2, 1, '{"environment": {"plans": {"slow": ["Index Scan"], "fast": ["Result"]}, "plans_after": {"slow": ["Seq Scan"]}}}') AS changing \gset
SELECT regexp_replace(perfkit_report_plans(ARRAY[:changing], NULL), '<[^>]*>', ' ', 'g') AS plans;

-- Against a baseline: eight pairs, the last side a fifth slower, with another plan.
CREATE TABLE pair AS
SELECT i, new_run(4, 1 + i / 1000.0, '{"environment": {"plans": {"slow": ["Limit\n  Index Scan using \"<a>\" on t"], "fast": ["Result"]}, "indexes": ["<a>"], "settings": {"jit": "off"}}}') AS baseline,
       new_run(4, 1.2 + i / 1000.0, '{"environment": {"plans": {"slow": ["Limit\n  Seq Scan on t"], "fast": ["Result"]}, "indexes": [], "settings": {"jit": "on"}}}') AS run
FROM generate_series(1, 8) i;
INSERT INTO page SELECT 'compared', perfkit_report_html(array_agg(run ORDER BY i), array_agg(baseline ORDER BY i)) FROM pair;
SELECT regexp_replace(m[1], '<[^>]*>', '', 'g') AS headline FROM page, LATERAL regexp_matches(html, '<p class="banner">(.*?)</p>') m WHERE name = 'compared';
SELECT regexp_replace(m[1], '&#160;', ' ') AS changed FROM page, LATERAL regexp_matches(html, '(<pre class="diff".*?</pre>)') m WHERE name = 'compared';
SELECT (SELECT string_agg(m[1], ', ') FROM regexp_matches(html, '<h2[^>]*>([^<]*)', 'g') m) AS sections, html ~ 'Settings that differ between the runs' AS settings,
       (SELECT count(*) FROM regexp_matches(html, '<figure class="time"', 'g')) AS maps
FROM page WHERE name = 'compared';
SELECT xpath('count(//tbody/tr[count(*) != count(ancestor::table/thead/tr/th)])', d)::text AS ragged, xpath('count(//@id[. = preceding::*/@id])', d)::text AS ids_twice
FROM page, LATERAL xmlparse(DOCUMENT html) AS d WHERE name = 'compared';
-- Several runs without a baseline: the first eight are drawn.
SELECT length(html) < 500000 AS small, (SELECT count(*) FROM regexp_matches(html, '<figure class="time"', 'g')) AS maps, html ~ 'The other 2 runs are left out' AS said
FROM (SELECT perfkit_report_html(array_agg(run ORDER BY i) || ARRAY[:plain, :odd]) AS html FROM pair) AS p;

-- A warm-up: 2 of 5 seconds, whose latencies are a hundred times as long. It is shown, and nothing
-- else has it.
SELECT new_run(5) AS warm, new_run(3) AS three \gset
UPDATE perfkit_run_seconds s SET latencies = l.latencies, longest_us = 10000000
FROM (SELECT perfkit_histogram_agg(i * 100000::bigint) AS latencies FROM generate_series(51, 100) i) AS l
WHERE run_id = :warm AND extract(second FROM second) < 2;
UPDATE perfkit_runs SET warmup = jsonb_build_array(jsonb_build_object('stage', 1, 'began', extract(epoch FROM timestamptz '2026-01-01 12:00:00+00'), 'seconds', 2,
    'until', extract(epoch FROM timestamptz '2026-01-01 12:00:02+00'))) WHERE run_id = :warm;
SELECT step, transactions, max_ms, warmup FROM perfkit_run_timeline(:warm);
SELECT step, transactions, warmup FROM perfkit_run_timeline(:warm, 2);
SELECT regexp_replace(m[1], '<[^>]*>', ' ', 'g') AS warm FROM regexp_matches(perfkit_report_heat_maps(ARRAY[:warm]), '(The paler[^<]*|Paler[^<]*|<td[^>]*>1, warm-up</td>)', 'g') m;
SELECT m[1] AS drawn FROM regexp_matches(perfkit_report_heat_maps(ARRAY[:warm]), '<path class="warmup" d="([^"]*)"', 'g') m;
SELECT perfkit_report_percentiles(ARRAY[:warm], NULL) = perfkit_report_percentiles(ARRAY[:three], NULL) AS same_curves,
       strpos(perfkit_report_heat_maps(ARRAY[:plain]), 'warm') = 0 AS none,
       perfkit_report_heat_maps(ARRAY[:warm, :plain]) ~ 'Paler' AS of_several;

-- What cannot be reported.
SELECT perfkit_report_html(NULL);
SELECT perfkit_report_html('{}');
SELECT perfkit_report_html('{1,NULL}');
SELECT perfkit_report_html(ARRAY[:plain, :plain]);
SELECT perfkit_report_html('{999999999}');
SELECT perfkit_report_html(ARRAY[:plain], '{}');
SELECT perfkit_report_html(ARRAY[:plain], ARRAY[:plain]);
SELECT perfkit_report_html((SELECT array_agg(i::bigint) FROM generate_series(1, 201) i));
SELECT * FROM perfkit_run_timeline(NULL);
DROP FUNCTION new_run, odd;
DROP TABLE page, pair;
DELETE FROM perfkit_runs;
