-- topic: orders that no index gives, under a LIMIT
-- source: siblings of test/cases/public/sort-*.sql and join-is-not-distinct.sql
-- expected: the cause, and one finding whose index gives the order
CREATE TABLE a93(id int PRIMARY KEY, x int, t text COLLATE "C", n int, d date);
CREATE TABLE b93(id int PRIMARY KEY, y int, s text, d date);
INSERT INTO a93 SELECT i, i % 1000, 'T' || i, nullif(i % 777, 0), date '2020-01-01' + i % 2000 FROM generate_series(1, 20000) i;
INSERT INTO b93 SELECT i, i % 1000, 's' || i, date '2020-01-01' + i % 2000 FROM generate_series(1, 20000) i;
CREATE INDEX ON a93(x);
CREATE INDEX ON a93(n);
CREATE INDEX ON a93(t);
CREATE INDEX ON b93(s);
VACUUM ANALYZE a93, b93;
SELECT cases.expect('SELECT * FROM a93 ORDER BY n NULLS FIRST LIMIT 5', 'sort_order', remedy => 'statement');
SELECT cases.expect('SELECT * FROM a93 ORDER BY coalesce(n, 0) DESC LIMIT 5', 'sort_expression', remedy => 'statement');
SELECT cases.expect('SELECT * FROM a93 WHERE x < 900 ORDER BY lower(t) LIMIT 5', 'sort_expression', remedy => 'statement');
SELECT cases.expect('SELECT * FROM a93 a JOIN b93 b ON b.id = a.id ORDER BY a.d, b.d LIMIT 5', 'sort_tables');
SELECT cases.expect('SELECT * FROM a93 a JOIN b93 b ON b.s IS NOT DISTINCT FROM a.t WHERE a.id = 7', 'not_distinct_from');
