-- topic: conditions, and joins with few rows, above subqueries of several kinds
-- source: siblings of test/cases/public/above-*.sql and barrier-view-lower.sql
-- expected: what keeps the condition above; none where it can sink
CREATE TABLE a92(id int PRIMARY KEY, x int, t text, n numeric);
CREATE TABLE b92(id int PRIMARY KEY, a_id int, y int, d date);
INSERT INTO a92 SELECT i, i % 1000, 'T' || i, i FROM generate_series(1, 20000) i;
INSERT INTO b92 SELECT i, i % 20000 + 1, i % 1000, date '2020-01-01' + i % 2000 FROM generate_series(1, 20000) i;
CREATE INDEX ON a92(t text_pattern_ops);
CREATE INDEX ON a92(n);
CREATE INDEX ON b92(a_id);
CREATE INDEX ON b92(y);
CREATE VIEW open92 WITH (security_barrier) AS SELECT * FROM a92 WHERE x > 3;
VACUUM ANALYZE a92, b92;
SELECT cases.expect($$SELECT * FROM open92 WHERE t LIKE 'T77%'$$, 'security_barrier');
SELECT cases.expect('SELECT * FROM open92 WHERE n = 5', 'security_barrier');
SELECT cases.expect('SELECT * FROM open92 WHERE id = 5', NULL);
SELECT cases.expect('SELECT * FROM (SELECT DISTINCT ON (a_id) * FROM b92 ORDER BY a_id, id) w WHERE y = 7', 'above_distinct');
SELECT cases.expect($$SELECT * FROM (SELECT a_id, max(d) AS m FROM b92 GROUP BY a_id) g WHERE m = '2020-02-02'$$, 'above_aggregate');
SELECT cases.expect('SELECT * FROM (SELECT a_id, max(d) AS m FROM b92 GROUP BY a_id) g WHERE a_id = 7', NULL);
SELECT cases.expect('SELECT * FROM a92 a JOIN (SELECT a_id, row_number() OVER (PARTITION BY a_id ORDER BY y) FROM b92) w'
    ' ON a.id = w.a_id WHERE a.n = 5', 'above_window',
    rewritten => 'SELECT * FROM a92 a, LATERAL (SELECT a_id, row_number() OVER (PARTITION BY a_id ORDER BY y)'
    ' FROM b92 WHERE a_id = a.id) w WHERE a.n = 5');
SELECT cases.expect('WITH w AS MATERIALIZED (SELECT * FROM b92) SELECT * FROM a92 a JOIN w ON w.a_id = a.id WHERE a.n = 7', 'above_cte',
    rewritten => 'WITH w AS NOT MATERIALIZED (SELECT * FROM b92) SELECT * FROM a92 a JOIN w ON w.a_id = a.id WHERE a.n = 7');
SELECT cases.expect('WITH RECURSIVE r AS (SELECT id, id AS root FROM a92 UNION ALL SELECT b.id, r.root FROM b92 b'
    ' JOIN r ON b.a_id = r.id AND b.id < 0) SELECT * FROM r WHERE root = 7', 'above_cte', also => '{no_index,whole_table}');
