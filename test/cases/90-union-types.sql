-- topic: a view with UNION ALL over tables whose columns have different types
-- source: siblings of test/cases/public/sort-union-view.sql
-- expected: above_set_operation; with the condition in each arm, both use their indexes. EXCEPT
--   lets
-- no condition pass; INTERSECT does.
CREATE TABLE orders90(id int PRIMARY KEY, code varchar(20));
CREATE TABLE archive90(id bigint PRIMARY KEY, code text);
INSERT INTO orders90 SELECT i, 'c' || i FROM generate_series(1, 20000) i;
INSERT INTO archive90 SELECT i, 'c' || i FROM generate_series(1, 20000) i;
CREATE INDEX ON orders90(code);
CREATE INDEX ON archive90(code);
CREATE VIEW both90 AS SELECT id FROM orders90 UNION ALL SELECT id FROM archive90;
VACUUM ANALYZE orders90, archive90;
SELECT cases.expect('SELECT * FROM both90 WHERE id = 7', 'above_set_operation',
    rewritten => 'SELECT id FROM orders90 WHERE id = 7 UNION ALL SELECT id FROM archive90 WHERE id = 7');
SELECT cases.expect($$SELECT * FROM (SELECT code FROM orders90 UNION SELECT code FROM archive90) u WHERE code = 'c7'$$,
    'above_set_operation');
SELECT cases.expect('SELECT * FROM (SELECT id FROM orders90 EXCEPT SELECT id::int FROM archive90 WHERE id < 9) u WHERE id = 7',
    'above_set_operation');
SELECT cases.expect('SELECT * FROM (SELECT id FROM orders90 INTERSECT SELECT id FROM orders90) u WHERE id = 7', NULL);
