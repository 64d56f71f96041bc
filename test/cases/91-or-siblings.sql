-- topic: OR over two tables in DELETE, over an outer join; a subquery in an arm of UPDATE
-- source: siblings of test/cases/public/or-two-tables.sql and or-in-subselect.sql
-- expected: or_two_tables, or_subquery; arms of one table are combined by a bitmap, with no finding
CREATE TABLE a91(id int PRIMARY KEY, x int);
CREATE TABLE b91(id int PRIMARY KEY, a_id int NOT NULL, y int);
INSERT INTO a91 SELECT i, i % 1000 FROM generate_series(1, 20000) i;
INSERT INTO b91 SELECT i, i % 20000 + 1, i % 1000 FROM generate_series(1, 20000) i;
CREATE INDEX ON a91(x);
CREATE INDEX ON b91(a_id);
CREATE INDEX ON b91(y);
VACUUM ANALYZE a91, b91;
SELECT cases.expect('SELECT a.id FROM a91 a LEFT JOIN b91 b ON b.a_id = a.id WHERE a.x = 7 OR b.y = 8', 'or_two_tables');
SELECT cases.expect('DELETE FROM b91 b USING a91 a WHERE b.a_id = a.id AND (a.x = 5 OR b.y = 7)', 'or_two_tables');
SELECT cases.expect('UPDATE a91 SET x = 1 WHERE x = 5 OR id IN (SELECT a_id FROM b91 WHERE y = 7)', 'or_subquery',
    rewritten => 'UPDATE a91 SET x = 1 WHERE x = 5 OR id = ANY (ARRAY(SELECT a_id FROM b91 WHERE y = 7))');
SELECT cases.expect('SELECT id FROM a91 a WHERE x = 7 OR EXISTS (SELECT FROM b91 b WHERE b.a_id = a.id AND b.y = 5)', 'or_subquery');
SELECT cases.expect('SELECT id FROM b91 WHERE a_id = 7 OR y = 5', NULL);
