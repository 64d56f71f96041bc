-- An error while the reason of a failure is looked for does not hide the failure. The errors are
-- raised by a function that the planner calls, once it was called as often as for the plan itself.
\set VERBOSITY terse
\pset format unaligned
\pset tuples_only on
SET client_min_messages = warning;
CREATE SCHEMA unknown_test;
SET search_path = unknown_test, public;
CREATE SEQUENCE calls;
CREATE FUNCTION key() RETURNS int LANGUAGE plpgsql IMMUTABLE AS $$
BEGIN
    IF nextval('unknown_test.calls') > coalesce(nullif(current_setting('unknown_test.calls', true), ''), '1000000')::bigint THEN
        RAISE EXCEPTION 'key is out' USING ERRCODE = current_setting('unknown_test.state');
    END IF;
    RETURN 7;
END $$;
CREATE TABLE t (id int PRIMARY KEY, k int, v text) WITH (autovacuum_enabled = off);
INSERT INTO t SELECT i, i % 100, md5(i::text) FROM generate_series(1, 5000) i;
CREATE INDEX t_k ON t (k);
ANALYZE t;

-- How a call ends if the function raises that SQLSTATE after "plannings" plans of the query.
CREATE FUNCTION outcome(call text, query text, state text, plannings int = 1) RETURNS text
LANGUAGE plpgsql AS $$
DECLARE
    raised text;
    message text;
    detail text;
    hint text;
    value bigint;
    result text;
BEGIN
    PERFORM set_config('unknown_test.calls', '', true), setval('calls', 1, false);
    EXECUTE 'EXPLAIN ' || query;
    value := nextval('calls') - 1;
    PERFORM set_config('unknown_test.calls', (plannings * value)::text, true), set_config('unknown_test.state', state, true),
        setval('calls', 1, false);
    EXECUTE 'SELECT ' || format(call, quote_literal(query)) INTO result;
    RETURN coalesce(nullif(result, ''), 'passes');
EXCEPTION WHEN OTHERS OR assert_failure OR query_canceled THEN
    GET STACKED DIAGNOSTICS raised = RETURNED_SQLSTATE, message = MESSAGE_TEXT, detail = PG_EXCEPTION_DETAIL, hint = PG_EXCEPTION_HINT;
    RETURN concat_ws(' | ', raised, message, substring(detail FROM 'The reason is not known.*?\)\.'), nullif(hint, ''));
END $$;

-- Without an error, the reason is told.
SELECT split_part(outcome('perfkit_assert_no_seq_scan(%s)', 'SELECT * FROM t WHERE v = md5(key()::text)', '22012', 1000), ' | ', 1);

SELECT state || ': ' || outcome('perfkit_assert_no_seq_scan(%s)', 'SELECT * FROM t WHERE v = md5(key()::text)', state)
FROM unnest('{22012,42501,XX000,55P03}'::text[]) state;
SELECT outcome('perfkit_assert_index_scan(%s)', 'SELECT * FROM t WHERE k <> key()', '22012');
SELECT outcome('perfkit_assert_index_scan(%s, ''t_pkey'')', 'SELECT * FROM t WHERE k = key()', '22012');
SELECT outcome('perfkit_assert_work(%s, max_rows_removed => 10)', 'SELECT * FROM t WHERE v = md5(key()::text)', '22012', 2);
INSERT INTO perfkit_index_checks (workload, check_name, query)
VALUES ('unknown', 'this', 'SELECT * FROM unknown_test.t WHERE v = md5(unknown_test.key()::text)');
SELECT outcome($$concat_ws(' | ', verdict, cause, reason, substring(detail FROM 'The reason.*'))
    FROM perfkit_verify_indexes('unknown') WHERE query LIKE '%%unknown_test%%' AND %s <> ''$$,
    'SELECT * FROM t WHERE v = md5(key()::text)', '22012');

-- Nor does one in the advice on an estimate.
CREATE FUNCTION refuse() RETURNS event_trigger LANGUAGE plpgsql AS $$ BEGIN RAISE 'locked' USING ERRCODE = '55P03'; END $$;
CREATE EVENT TRIGGER unknown_refuse ON ddl_command_start EXECUTE FUNCTION refuse();
SELECT outcome('perfkit_assert_estimates(%s, 1.5)', 'SELECT * FROM t WHERE k % 100 = key()', '22012', 1000);
DROP EVENT TRIGGER unknown_refuse;

-- What is about the session, the server or the transaction is raised as it is.
SELECT state || ': ' || outcome('perfkit_assert_no_seq_scan(%s)', 'SELECT * FROM t WHERE v = md5(key()::text)', state)
FROM unnest('{57014,57P01,53200,53100,40001,40P01,XX001,XX002,58030}'::text[]) state;
SELECT state || ': ' || outcome('perfkit_assert_work(%s, max_rows_removed => 10)', 'SELECT * FROM t WHERE v = md5(key()::text)', state, 2)
FROM unnest('{57014,53200}'::text[]) state;

DELETE FROM perfkit_index_checks WHERE workload = 'unknown';
DROP SCHEMA unknown_test CASCADE;
