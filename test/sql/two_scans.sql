-- The same table scanned twice in one statement: each scan is judged by itself.
SET client_min_messages = warning;
CREATE TABLE twice (id int PRIMARY KEY, parent int, k int, v text);
INSERT INTO twice SELECT i, i / 8, i % 1000, 'v' || i FROM generate_series(1, 20000) i;
VACUUM ANALYZE twice;

-- What perfkit_diagnose() finds, a line for each scan. Its order is that of costs.
CREATE FUNCTION found(query text) RETURNS SETOF text LANGUAGE sql AS $$
    SELECT format('%s of %s: %s', cause, alias, remedy_sql) FROM perfkit_diagnose(query) ORDER BY 1
$$;

-- The arms of UNION ALL: one index each, and one that has it.
SELECT found($$SELECT id FROM twice WHERE v = 'x' UNION ALL SELECT id FROM twice WHERE parent = 7$$);
SELECT found($$SELECT id FROM twice WHERE id = 5 UNION ALL SELECT id FROM twice WHERE parent = 7$$);
-- (From 18 on, the arms are sorted, and what is wanted of their indexes differs.)
SELECT DISTINCT split_part(f, ':', 1) AS found
FROM found($$SELECT id FROM twice WHERE v = 'x' EXCEPT SELECT id FROM twice WHERE parent = 7$$) f ORDER BY 1;

-- Self joins
SELECT found($$SELECT * FROM twice a JOIN twice b ON b.parent = a.id WHERE a.id = 5$$);
SELECT found($$SELECT * FROM twice a JOIN twice b ON b.parent = a.id WHERE a.v = 'v5'$$);

-- Subqueries, whether they are joined, planned by themselves, or run for each row
-- (19 may read the parent from the index, too.)
SELECT replace(found($$SELECT * FROM twice WHERE id IN (SELECT parent FROM twice WHERE v = 'v9')$$), '(v, parent)', '(v)') AS found;
SELECT found($$SELECT * FROM twice WHERE k = (SELECT max(parent) FROM twice WHERE v = 'v9')$$);
SELECT found($$SELECT (SELECT count(*) FROM twice c WHERE c.parent = t.id) FROM twice t WHERE t.id = 77$$);

-- CTEs
SELECT found($$WITH a AS MATERIALIZED (SELECT * FROM twice WHERE v = 'v9')
    SELECT * FROM a JOIN twice t ON t.id = a.parent$$);
SELECT found($$WITH RECURSIVE r AS (
    SELECT id FROM twice WHERE id = 1 UNION ALL SELECT b.id FROM twice b JOIN r ON b.parent = r.id)
    SELECT * FROM r$$);

-- The target of an UPDATE or DELETE, and the same table in its condition
SELECT found($$UPDATE twice t SET k = 1 WHERE parent IN (SELECT id FROM twice s WHERE v = 'v9')$$);
SELECT found($$DELETE FROM twice t USING twice s WHERE t.id = s.parent AND s.v = 'v9'$$);

-- An index that serves one of the scans is no answer to the other one.
CREATE INDEX twice_v ON twice (v);
SELECT found($$SELECT id FROM twice WHERE v = 'x' UNION ALL SELECT id FROM twice WHERE parent = 7$$);
SELECT perfkit_assert_index_scan($$SELECT id FROM twice WHERE v = 'x' UNION ALL SELECT id FROM twice WHERE id = 7$$);
\set VERBOSITY sqlstate
SELECT perfkit_assert_index_scan($$SELECT id FROM twice WHERE v = 'x' UNION ALL SELECT id FROM twice WHERE parent = 7$$);

-- A partitioned table: what is found of one of its partitions is told once for each scan of it.
CREATE TABLE parts (id int, day date, v text) PARTITION BY RANGE (day);
CREATE TABLE parts_1 PARTITION OF parts FOR VALUES FROM ('2024-01-01') TO ('2024-02-01');
CREATE TABLE parts_2 PARTITION OF parts FOR VALUES FROM ('2024-02-01') TO ('2024-03-01');
INSERT INTO parts SELECT i, date '2024-01-01' + i % 60, 'v' || i FROM generate_series(1, 20000) i;
ANALYZE parts;
SELECT found($$SELECT id FROM parts WHERE v = 'v7' UNION ALL SELECT id FROM parts WHERE id = 7$$);
SELECT found($$SELECT a.id FROM parts a JOIN parts b ON b.id = a.id WHERE a.v = 'v7'$$);
SELECT found($$SELECT a.id FROM parts a JOIN parts_1 b ON b.id = a.id WHERE a.v = 'v7' AND b.v = 'v8'$$);

DROP TABLE twice, parts;
DROP FUNCTION found;
