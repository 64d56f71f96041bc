-- Measure: exact statistics, and service time inside the server.

-- Statistics. Pure functions of their arguments: verdicts below use them, and so can anybody with samples of their own.

CREATE FUNCTION perfkit_quantile_interval(
    samples bigint,
    quantile double precision,
    confidence double precision DEFAULT 0.95,
    OUT lower_rank bigint,
    OUT upper_rank bigint,
    OUT coverage double precision)
LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE
AS 'MODULE_PATHNAME', 'perfkit_quantile_interval';

COMMENT ON FUNCTION perfkit_quantile_interval(bigint, double precision, double precision) IS
'Ranks in a sorted sample between which a quantile lies with at least some confidence.
Whatever the distribution (order statistics; binomial, exact). A rank is NULL when the sample is too small to have one: the p99 of 10 values has no upper rank. quantile and confidence are between 0 and 1, samples from 0 to 1000000000; anything else is error 22023. Assumes independent values.';

CREATE FUNCTION perfkit_share_interval(
    hits bigint,
    samples bigint,
    confidence double precision DEFAULT 0.95,
    OUT lower double precision,
    OUT upper double precision)
LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE
AS 'MODULE_PATHNAME', 'perfkit_share_interval';

COMMENT ON FUNCTION perfkit_share_interval(bigint, bigint, double precision) IS
'Exact (Clopper-Pearson) confidence interval for the share of which hits of samples were seen.
Its ends are between 0 and 1. samples is from 1 to 1000000000; anything else is error 22023.';

CREATE FUNCTION perfkit_more_for_quantile(
    samples bigint,
    below bigint,
    quantile double precision,
    confidence double precision DEFAULT 0.95)
RETURNS bigint
LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE
AS 'MODULE_PATHNAME', 'perfkit_more_for_quantile';

COMMENT ON FUNCTION perfkit_more_for_quantile(bigint, bigint, double precision, double precision) IS
'About how many more values it takes until a quantile''s interval lies on one side of a limit.
If the share seen below the limit (below of samples) persists. 0: it does now. NULL: not within 1000000000 values.';

CREATE FUNCTION perfkit_more_for_share(
    samples bigint,
    hits bigint,
    share_limit double precision,
    confidence double precision DEFAULT 0.95)
RETURNS bigint
LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE
AS 'MODULE_PATHNAME', 'perfkit_more_for_share';

COMMENT ON FUNCTION perfkit_more_for_share(bigint, bigint, double precision, double precision) IS
'About how many more samples it takes until a share''s exact interval lies on one side of a limit.
The limit is share_limit (0 to 1), and the share seen (hits of samples) persists. 0: it does now. NULL: not within 1000000000 samples.';

-- Service time

CREATE FUNCTION perfkit_bench(
    query text,
    iterations integer DEFAULT 1000,
    warmup integer DEFAULT 100,
    generic boolean DEFAULT NULL,
    parameters text[] DEFAULT NULL,
    OUT iterations integer,
    OUT mean_ms double precision,
    OUT stddev_ms double precision,
    OUT min_ms double precision,
    OUT p50_ms double precision,
    OUT p90_ms double precision,
    OUT p95_ms double precision,
    OUT p99_ms double precision,
    OUT max_ms double precision,
    OUT shared_hit double precision,
    OUT shared_read double precision,
    OUT wal_bytes double precision,
    OUT batch integer,
    OUT generic_plan boolean,
    OUT jit boolean,
    OUT workers integer)
LANGUAGE C VOLATILE PARALLEL UNSAFE
AS 'MODULE_PATHNAME', 'perfkit_bench';

COMMENT ON FUNCTION perfkit_bench(text, integer, integer, boolean, text[]) IS
'The distribution of a statement''s service time inside the server.
What is timed is the executor, from start to end, with a fresh snapshot for each execution: no network, parsing, planning or output functions; large values are not detoasted. The plan is made once; parallel plans run in parallel.
iterations: samples, 1 to 10000000. warmup: executions before them, 0 to 10000000. parameters: a text value for each of $1, $2 ... generic, where there are parameters: null takes the plan that the plan cache settles on, true the generic one, false the one for these values.
Times are in milliseconds, to a nanosecond; percentiles by nearest rank; stddev_ms null for one sample. shared_hit, shared_read (blocks) and wal_bytes: means for one execution, to six decimals, parallel workers included. batch: executions in a row that make one sample, above 1 where one alone is too short for the clock; the sample, and so what percentiles are of, is their mean. generic_plan, jit, workers: the plan was generic, expressions were compiled (in every execution, and its time is included), parallel workers launched (seen in one more execution).
Nothing that the statement writes stays, whatever it looks like: each sample runs in a subtransaction that is rolled back, whose begin and end are not timed; where an execution writes, batch is 1, so that each meets the same rows. Planning is taken back too. Not undone, as by no ROLLBACK: sequences, session-level advisory locks, what functions do outside the database, and the space of dead rows. Deferred triggers do not fire. In a REPEATABLE READ or SERIALIZABLE transaction all executions share the transaction''s snapshot.
Errors: 22004 query, iterations or warmup is null, 22023 another argument is out of range, not exactly one plannable statement or a wrong number of parameter values, 42P02 no parameter values, 42P18 a parameter without a type, 25006 a write in a read-only transaction or on a standby, and what planning and running the statement raise';

CREATE FUNCTION perfkit_assert_latency(
    query text,
    max_ms double precision,
    percentile double precision DEFAULT 0.95,
    iterations integer DEFAULT 200,
    generic boolean DEFAULT NULL,
    parameters text[] DEFAULT NULL)
RETURNS void
LANGUAGE C VOLATILE PARALLEL UNSAFE
AS 'MODULE_PATHNAME', 'perfkit_assert_latency';

COMMENT ON FUNCTION perfkit_assert_latency(text, double precision, double precision, integer, boolean, text[]) IS
'Fails unless a percentile of the statement''s service time is, with 95 % confidence, within a limit.
The time is measured as perfkit_bench() does; nothing that the statement writes stays. While the percentile''s confidence interval (order statistics, whatever the distribution) has max_ms inside, it doubles the samples, up to eight times iterations; then it fails as one that cannot tell.
The confidence is that of all looks together: the risk of 5 % is divided equally among the looks, at most four, of which each has an exact interval for its part (Bonferroni''s inequality with Pocock''s equal parts). So a wrong verdict, either way, has a probability of at most 2.5 %, if executions are independent. A p95 takes at least 99 samples to pass, a p99 at least 505.
max_ms: greater than 0, finite. percentile: greater than 0, at most 1; 1 is the maximum, which is compared as it is. iterations: 1 to 10000000, after a warm-up of half as many, at most 100. generic, parameters: as for perfkit_bench(). Where a sample is the mean of several executions (see batch there), the percentile is of these means.
Errors: P0004 failed assertion, 22004 query, max_ms, percentile or iterations is null, and as perfkit_bench()';
