-- The law of scalability through SQL, and the report's section about capacity. The fit itself has a
-- unit test, and perfkit capacity TAP tests.
CREATE FUNCTION law(clients float8) RETURNS float8 IMMUTABLE LANGUAGE sql
AS 'SELECT 50 * clients / (1 + 0.1 * (clients - 1) + 0.002 * clients * (clients - 1))';

SELECT round(f.single::numeric, 4) AS single, round(f.contention::numeric, 6) AS contention, round(f.coherency::numeric, 7) AS coherency,
       round(f.peak_clients) AS peak, f.throughput_limit, f.error < 1e-6 AS exact,
       f.single BETWEEN f.single_lower AND f.single_upper AND f.contention BETWEEN f.contention_lower AND f.contention_upper
       AND f.coherency BETWEEN f.coherency_lower AND f.coherency_upper AS within
FROM (SELECT array_agg(n) AS clients, array_agg(law(n)) AS throughput FROM unnest('{1,2,4,8,16,32,64}'::float8[]) n) AS m,
     perfkit_scalability(m.clients, m.throughput) f;
-- No peak, but a throughput that more clients approach. That of the last is above the law, so
-- coherency is 0.
SELECT f.coherency, f.contention BETWEEN 0.2 AND 0.25 AS contention, f.throughput_limit > 40 AS above, f.peak_clients
FROM perfkit_scalability('{1,2,3,4,5,6}', ARRAY(SELECT 10 * n / (1 + 0.25 * (n - 1)) * (1 + 0.002 * n * n) FROM generate_series(1, 6) n),
                         confidence => 0.5) f;
-- Wider intervals for more confidence.
SELECT b.contention_upper > a.contention_upper AND b.contention_lower < a.contention_lower AS wider
FROM perfkit_scalability('{1,2,4,8,16,32,64}', '{10,18,34,60,95,120,110}', 0.5) a,
     perfkit_scalability('{1,2,4,8,16,32,64}', '{10,18,34,60,95,120,110}', 0.99) b;
-- Too few different numbers of clients.
SELECT f IS NULL AS nothing FROM perfkit_scalability('{1,2,4,8,16,16,16}', '{1,2,3,4,5,5,5}') f;
SELECT f IS NULL AS nothing FROM perfkit_scalability('{}', '{}') f;
SELECT perfkit_scalability(NULL, '{1}');
SELECT perfkit_scalability('{1}', NULL);
SELECT perfkit_scalability('{1,2}', '{1}');
SELECT perfkit_scalability('{0.5}', '{1}');
SELECT perfkit_scalability('{1}', '{0}');
SELECT perfkit_scalability('{1,NULL}', '{1,1}');
SELECT perfkit_scalability('{1,2}', '{1,NaN}');
SELECT perfkit_scalability('{1,Infinity}', '{1,1}');
SELECT perfkit_scalability('{{1,2}}', '{1,2}');
SELECT perfkit_scalability('{1}', '{1}', 1);
SELECT perfkit_scalability('{1}', '{1}', 'NaN');
SELECT perfkit_scalability('{1}', '{1}', NULL);
SELECT perfkit_scalability(array_fill(1::float8, '{10001}'), array_fill(1::float8, '{10001}'));

-- The section: well-formed, with every measurement, and no text becomes markup.
SELECT jsonb_build_object(
           'verdict', 'PASS', 'reason', 'the ceiling is <b>4</b> clients & more', 'unit', 'clients', 'ceiling', 4,
           'scalability', jsonb_build_object('single', 10, 'contention', 0.1, 'coherency', 0.01),
           'advice', jsonb_build_array(jsonb_build_object('about', 'pool', 'value', 2, 'text', 'pool: <script>alert(1)</script>')),
           'levels', jsonb_agg(jsonb_build_object('load', n, 'holds', n <= 4, 'measurements', jsonb_build_array(
               jsonb_build_object('load', n, 'seconds', 10, 'run_id', n, 'verdict', CASE WHEN n <= 4 THEN 'PASS' ELSE 'FAIL' END,
                                  'tps', 10 * n, 'p50_ms', n, 'p95_ms', 2 * n, 'p99_ms', 3 * n, 'clients_busy', n, 'pressure', n / 4.5,
                                  'budget', jsonb_build_object('scenario', '<i>all</i>', 'metric', 'p95_ms', 'limit_value', 9, 'observed', 2 * n)))))) AS capacity
FROM unnest('{1,2,4,8}'::int[]) n
\gset
SELECT perfkit_report_capacity(:'capacity') AS html
\gset
SELECT xmlparse(document '<x>' || :'html' || '</x>') IS NOT NULL AS well_formed, :'html' ~ '<b>|<script|<i>' AS markup,
       (SELECT count(*) FROM regexp_matches(:'html', '<tr><th scope="row">', 'g')) AS measurements,
       (SELECT count(*) FROM regexp_matches(:'html', 'class="mark shown"', 'g')) AS kept,
       (SELECT count(*) FROM regexp_matches(:'html', 'class="mark base"', 'g')) AS broken,
       (SELECT count(*) FROM regexp_matches(:'html', 'class="line"', 'g')) AS curves,
       (SELECT count(*) FROM regexp_matches(:'html', 'class="stage"', 'g')) AS ceilings;
-- One measurement, of a load that was refused; no ceiling; no law.
SELECT xmlparse(document '<x>' || h.html || '</x>') IS NOT NULL AS well_formed, h.html ~ 'too &lt; much' AS reason, h.html ~ '<svg' AS plotted
FROM perfkit_report_capacity('{"verdict": "FAIL", "reason": "not even 1", "unit": "rate", "ceiling": null, "scalability": null, "advice": null,
    "levels": [{"load": 1, "holds": false, "measurements": [{"load": 1, "verdict": "FAIL", "pressure": 1e6, "refused": "too < much", "budget": null}]}]}') AS h (html);
SELECT perfkit_report_capacity(NULL) IS NULL AS none, perfkit_report_capacity('{}') IS NULL AS not_of_capacity, perfkit_report_capacity('{"levels": 7}') IS NULL AS nor_this;
DROP FUNCTION law;
