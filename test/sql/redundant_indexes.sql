-- perfkit_redundant_indexes(): what another index covers, what nobody reads, and what speaks
-- against a drop.
CREATE SCHEMA "odd ""s";
SET search_path = "odd ""s", public;
CREATE FUNCTION said(text[]) RETURNS text[] LANGUAGE sql AS $$
    SELECT array_agg(a) FROM unnest($1) a WHERE a !~ '^(scans are counted|it is not known|standbys)' $$;
CREATE TABLE p (id int PRIMARY KEY, a int, b text, c int, d jsonb, u int, CONSTRAINT "u 1" UNIQUE (u));
CREATE INDEX p_a ON p (a);
CREATE INDEX p_a2 ON p (a);
CREATE INDEX p_a_desc ON p (a DESC);
CREATE INDEX p_a_last ON p (a DESC NULLS LAST);
CREATE INDEX "p ab" ON p (a, b);
CREATE INDEX p_abc ON p (a, b, c);
CREATE INDEX p_ab_mixed ON p (a DESC, b);
CREATE INDEX p_ac ON p (a, c);
CREATE INDEX p_b_c ON p (b COLLATE "C");
CREATE INDEX p_b ON p (b);
CREATE INDEX p_b_pattern ON p (b text_pattern_ops);
CREATE INDEX p_hash ON p USING hash (a);
CREATE INDEX p_part ON p (a) WHERE c > 1;
CREATE INDEX p_part_ac ON p (a, c) WHERE c > 1;
CREATE INDEX p_part_other ON p (a) WHERE c > 2;
CREATE INDEX p_include_u ON p (c) INCLUDE (u);
CREATE INDEX p_include_b ON p (c) INCLUDE (b);
CREATE INDEX p_lower ON p (lower(b));
CREATE INDEX p_lower_c ON p (lower(b), c);
CREATE UNIQUE INDEX p_id2 ON p (id);
CREATE UNIQUE INDEX p_u_part ON p (u) WHERE a > 0;
CREATE UNIQUE INDEX p_b_nulls ON p (b, c) NULLS NOT DISTINCT;
CREATE UNIQUE INDEX p_b_plain ON p (b, c);
CREATE INDEX p_gin ON p USING gin (d);
CREATE INDEX p_gin2 ON p USING gin (d);
CREATE INDEX p_gin_path ON p USING gin (d jsonb_path_ops);
CREATE INDEX p_brin ON p USING brin (c) WITH (pages_per_range = 8);
CREATE INDEX p_brin2 ON p USING brin (c);
CREATE TABLE r (pid int REFERENCES p (id), pu int REFERENCES p (u), x int UNIQUE DEFERRABLE, y tsrange, EXCLUDE USING gist (y WITH &&));
CREATE INDEX r_pid ON r (pid);
CREATE UNIQUE INDEX r_x ON r (x);
CREATE TABLE q (k int NOT NULL, n int);
CREATE UNIQUE INDEX q_k ON q (k);
CREATE UNIQUE INDEX q_k2 ON q (k);
CREATE INDEX q_n ON q (n);
CREATE INDEX q_n2 ON q (n);
ALTER TABLE q REPLICA IDENTITY USING INDEX q_k2;
CLUSTER q USING q_n2;
CREATE MATERIALIZED VIEW m AS SELECT 1 AS one;
CREATE INDEX m_one ON m (one);
CREATE INDEX m_one2 ON m (one);
-- partitions: one row for what belongs together
CREATE TABLE part (k int, v int, w int, PRIMARY KEY (k)) PARTITION BY RANGE (k);
CREATE TABLE part1 PARTITION OF part FOR VALUES FROM (0) TO (10);
CREATE TABLE part2 PARTITION OF part FOR VALUES FROM (10) TO (20);
CREATE INDEX part_v ON part (v);
CREATE INDEX part_v2 ON part (v);
CREATE INDEX part1_v ON part1 (v);
CREATE INDEX part_w ON ONLY part (w);
CREATE TABLE bad (x int);
INSERT INTO bad VALUES (1), (1);
\set VERBOSITY terse
CREATE UNIQUE INDEX CONCURRENTLY bad_x ON bad (x);
\set VERBOSITY default
\pset format unaligned
SELECT index, verdict, covered_by, said(against) AS against, statement
FROM perfkit_redundant_indexes('odd "s') WHERE verdict <> 'unused' ORDER BY index::text COLLATE "C";
SELECT index, said(against) AS against, statement
FROM perfkit_redundant_indexes('odd "s') WHERE verdict = 'unused' ORDER BY index::text COLLATE "C";

-- A scan counts, also of a partition.
INSERT INTO p (id, a, c) SELECT i, i, i FROM generate_series(1, 1000) i;
INSERT INTO part SELECT i, i, i FROM generate_series(0, 19) i;
ANALYZE p, part;
SET enable_seqscan = off;
SET enable_bitmapscan = off;
SELECT count(*) FROM perfkit_redundant_indexes('odd "s') WHERE index = 'part_pkey'::regclass;
SELECT count(*) FROM part1 WHERE k = 5;
RESET enable_seqscan;
RESET enable_bitmapscan;
SELECT pg_stat_force_next_flush();
SELECT count(*) FROM perfkit_redundant_indexes('odd "s') WHERE index = 'part_pkey'::regclass;
-- without a schema: the same, and nothing of the system's or of extensions
SELECT (SELECT count(*) FROM perfkit_redundant_indexes('odd "s')) = count(*) FILTER (WHERE n.nspname = 'odd "s') AS same,
       count(*) FILTER (WHERE n.nspname IN ('pg_catalog', 'pg_toast', 'information_schema')) AS of_the_system,
       count(*) FILTER (WHERE relation::text LIKE '%perfkit%') AS of_perfkit
FROM perfkit_redundant_indexes() r JOIN pg_class c ON c.oid = r.relation JOIN pg_namespace n ON n.oid = c.relnamespace;
SELECT bool_and(size_bytes >= 0 AND scans >= 0 AND counted_since <= now()) AS numbers FROM perfkit_redundant_indexes();

-- What covers is larger.
DROP INDEX p_abc;
UPDATE p SET b = repeat(md5(id::text), 10);
REINDEX INDEX "p ab";
REINDEX INDEX p_a2;
SELECT (SELECT regexp_replace(a, '[\d.]+ times', 'N times') FROM unnest(against) a WHERE a LIKE '%times%') AS larger
FROM perfkit_redundant_indexes('odd "s') WHERE index = 'p_a2'::regclass;

-- Anyone may ask; only owners may drop.
CREATE ROLE regress_redundant;
GRANT USAGE ON SCHEMA "odd ""s" TO regress_redundant;
SELECT count(*) AS rows FROM perfkit_redundant_indexes('odd "s') \gset
SET ROLE regress_redundant;
SELECT count(*) = :rows AS same FROM perfkit_redundant_indexes('odd "s');
RESET ROLE;

-- All that is redundant can be dropped at once, and every column has an index afterwards.
SET client_min_messages = warning;
SELECT statement FROM perfkit_redundant_indexes('odd "s') WHERE verdict IN ('duplicate', 'prefix', 'invalid') AND statement IS NOT NULL
ORDER BY statement COLLATE "C" \gexec
SELECT index, verdict, covered_by FROM perfkit_redundant_indexes('odd "s') WHERE verdict <> 'unused' ORDER BY index::text COLLATE "C";
SELECT perfkit_assert_index_scan('SELECT a, b FROM p ORDER BY a LIMIT 1', demand => 'usable');
SELECT perfkit_assert_index_scan('SELECT * FROM p WHERE c > 1 AND a = 1', demand => 'usable');
SELECT perfkit_assert_index_scan('SELECT * FROM part WHERE v = 1', demand => 'usable');
SELECT perfkit_assert_index_scan($$SELECT * FROM p WHERE lower(b) = 'x'$$, demand => 'usable');

-- Bad input.
SELECT perfkit_redundant_indexes('no such schema');

DROP SCHEMA "odd ""s" CASCADE;
DROP ROLE regress_redundant;
