-- perfkit_expect_rows: a lost race as an error that clients try again.
\set VERBOSITY default
SELECT perfkit_expect_rows(10, 10) AS ten, perfkit_expect_rows(0, 0) AS none;
SELECT perfkit_expect_rows(7, 10);
\set VERBOSITY sqlstate
SELECT perfkit_expect_rows(11, 10);
SELECT perfkit_expect_rows(-1, 9223372036854775807);
SELECT perfkit_expect_rows(NULL, 1);
SELECT perfkit_expect_rows(1, NULL);

-- As it is meant: nothing of a batch stays when one of its versions is taken.
CREATE TEMP TABLE version (stream text, number bigint, UNIQUE (stream, number));
INSERT INTO version VALUES ('a', 0), ('a', 1), ('a', 3);
WITH appended AS (
    INSERT INTO version SELECT 'a', n FROM generate_series(2, 4) n ON CONFLICT DO NOTHING RETURNING 1)
SELECT perfkit_expect_rows(count(*), 3) FROM appended;
SELECT stream, array_agg(number ORDER BY number) FROM version GROUP BY stream;
WITH appended AS (
    INSERT INTO version SELECT 'b', n FROM generate_series(0, 4) n ON CONFLICT DO NOTHING RETURNING 1)
SELECT perfkit_expect_rows(count(*), 5) FROM appended;
WITH changed AS (UPDATE version SET number = 5 WHERE stream = 'a' AND number = 4 RETURNING 1)
SELECT perfkit_expect_rows(count(*), 1) FROM changed;

-- A check whose result nobody uses is still one.
\set VERBOSITY terse
DO $$
BEGIN
    PERFORM perfkit_expect_rows(0, 1);
    RAISE 'not reached';
EXCEPTION WHEN serialization_failure THEN
    RAISE NOTICE 'serialization failure';
END
$$;
SELECT count(*) FROM (SELECT perfkit_expect_rows(n, 1) FROM generate_series(1, 2) n) AS unused;
