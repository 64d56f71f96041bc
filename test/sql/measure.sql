-- The statistics behind verdicts, as SQL. Their arithmetic is tested against tables in test/unit;
-- here are the edges.
\set VERBOSITY terse

-- Tabulated: 95 % interval of the median of 10 values; p99 of 10 values has no upper rank, one
-- value has neither.
SELECT n, q, lower_rank, upper_rank, coverage >= 0.95 AS covers
FROM (VALUES (10, 0.5), (100, 0.5), (10, 0.99), (368, 0.99), (1, 0.5), (0, 0.5), (1000000000, 0.99)) AS v (n, q),
     perfkit_quantile_interval(n, q);
SELECT * FROM perfkit_quantile_interval(59, 0.95, 0.90);

SELECT k, n, round(lower::numeric, 4) AS lower, round(upper::numeric, 4) AS upper
FROM (VALUES (0, 10), (5, 10), (10, 10), (1, 100), (10, 1000)) AS v (k, n), perfkit_share_interval(k, n);

SELECT perfkit_more_for_quantile(10, 10, 0.99) AS none_above, perfkit_more_for_quantile(368, 368, 0.99) AS decided,
       perfkit_more_for_quantile(100, 50, 0.5) AS never, perfkit_more_for_quantile(0, 0, 0.5) AS nothing_seen;
SELECT perfkit_more_for_share(10, 0, 0.01) AS no_error, perfkit_more_for_share(10, 10, 0.01) AS all_errors,
       perfkit_more_for_share(100, 1, 0.01) AS never, perfkit_more_for_share(10, 0, 0) AS unprovable;

-- What is no sample, no probability.
SELECT * FROM perfkit_quantile_interval(NULL, 0.5);
SELECT perfkit_quantile_interval(-1, 0.5);
SELECT perfkit_quantile_interval(1000000001, 0.5);
SELECT perfkit_quantile_interval(9223372036854775807, 0.5);
SELECT perfkit_quantile_interval(10, 0);
SELECT perfkit_quantile_interval(10, 1);
SELECT perfkit_quantile_interval(10, 'NaN');
SELECT perfkit_quantile_interval(10, 0.5, 1);
SELECT perfkit_share_interval(0, 0);
SELECT perfkit_share_interval(11, 10);
SELECT perfkit_share_interval(-1, 10);
SELECT perfkit_share_interval(1, 10, 'Infinity');
SELECT perfkit_more_for_quantile(10, 11, 0.5);
SELECT perfkit_more_for_share(10, 1, 1.5);
SELECT perfkit_more_for_share(10, 1, 'NaN');
\set VERBOSITY sqlstate
SELECT perfkit_quantile_interval(10, 2);

-- An environment says which server it was, and keeps secrets to itself.
\set VERBOSITY terse
SELECT e->>'server_version' = current_setting('server_version') AS version, jsonb_typeof(e->'settings') AS settings,
       NOT e::text ~* 'conninfo|passphrase|_command' AS no_secrets
FROM perfkit_environment() AS e;
