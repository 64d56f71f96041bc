-- Measure: exact statistics, and service time inside the server.

-- Statistics. Pure functions of their arguments: verdicts.sql uses them, and so can users on
-- samples of their own.

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
'Confidence interval of a quantile, as two ranks in the sorted sample.
Exact (binomial), and valid for any distribution of independent values. A rank is NULL when the
sample is too small to have one: the p99 of 10 values has no upper rank. quantile and confidence
are between 0 and 1, samples is from 0 to 1000000000.
Errors: 22023 an argument is out of range';

CREATE FUNCTION perfkit_share_interval(
    hits bigint,
    samples bigint,
    confidence double precision DEFAULT 0.95,
    OUT lower double precision,
    OUT upper double precision)
LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE
AS 'MODULE_PATHNAME', 'perfkit_share_interval';

COMMENT ON FUNCTION perfkit_share_interval(bigint, bigint, double precision) IS
'Exact (Clopper-Pearson) confidence interval of a share of which hits of samples were seen.
Its ends are between 0 and 1. samples is from 1 to 1000000000.
Errors: 22023 an argument is out of range';

CREATE FUNCTION perfkit_more_for_quantile(
    samples bigint,
    below bigint,
    quantile double precision,
    confidence double precision DEFAULT 0.95)
RETURNS bigint
LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE
AS 'MODULE_PATHNAME', 'perfkit_more_for_quantile';

COMMENT ON FUNCTION perfkit_more_for_quantile(bigint, bigint, double precision, double precision) IS
'About how many more values a quantile''s interval needs to lie on one side of a limit.
below: how many of samples were below the limit; that share is assumed to persist. 0: the interval
lies on one side already. NULL: not within 1000000000 values.
Errors: 22023 an argument is out of range';

CREATE FUNCTION perfkit_more_for_share(
    samples bigint,
    hits bigint,
    share_limit double precision,
    confidence double precision DEFAULT 0.95)
RETURNS bigint
LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE
AS 'MODULE_PATHNAME', 'perfkit_more_for_share';

COMMENT ON FUNCTION perfkit_more_for_share(bigint, bigint, double precision, double precision) IS
'About how many more samples a share''s exact interval needs to lie on one side of a limit.
share_limit: the limit, from 0 to 1. The share seen, hits of samples, is assumed to persist. 0:
the interval lies on one side already. NULL: not within 1000000000 samples.
Errors: 22023 an argument is out of range';

CREATE FUNCTION perfkit_blocks_of_time(
    periods integer[],
    seconds bigint[],
    samples double precision[],
    sums double precision[],
    guides double precision[],
    confidence double precision DEFAULT 0.95,
    OUT estimate double precision,
    OUT half_width double precision,
    OUT independent double precision,
    OUT longer double precision)
LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE
AS 'MODULE_PATHNAME', 'perfkit_blocks_of_time';

COMMENT ON FUNCTION perfkit_blocks_of_time(integer[], bigint[], double precision[], double precision[],
                                           double precision[], double precision) IS
'A mean or share over time, and how well it is known, whether or not its values are independent.
Each element is about one second: how many values it had (samples), their sum, or of a share the
number of hits (sums), and the hits of the share that shows best what moves all of it (guides: that
up to the median). Seconds of the same period follow one another, and those between its first and
last that are not given had no values.
estimate: sum / samples. half_width: half of the width of its confidence interval, by Student''s t
from some 20 blocks of time and their correlation; NULL where the time was too short to know.
independent: of a share, how many independent values would tell as much; 0 where it is not known.
longer: where it is not known, about how many times as long it takes; otherwise 1.
Errors: 22023 arrays of different lengths, or an element or confidence that is out of range';

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
'Distribution of a statement''s service time inside the server.
Each sample times the executor from start to end, with a fresh snapshot. Network, parsing,
planning and output functions are left out, and large values are not detoasted. The statement is
planned once; parallel plans run in parallel.
iterations: number of samples, 1 to 10000000. warmup: executions before them, 0 to 10000000.
parameters: values of $1, $2 ... as text. generic, for a statement with parameters: null lets the
plan cache choose, true takes the generic plan, false the plan for these values.
Times are in milliseconds, with a resolution of a nanosecond. Percentiles are by nearest rank;
stddev_ms is null for a single sample. shared_hit and shared_read (blocks) and wal_bytes are means
per execution, parallel workers included.
batch: number of consecutive executions that make one sample. It is above 1 where a single
execution is too short for the clock; a sample, and so each percentile, is then a mean over the
batch.
generic_plan: the plan was generic. jit: expressions were compiled, in each execution, and that
time is included. workers: parallel workers launched, as seen in one more execution.
All that the statement writes is rolled back, in a subtransaction for each sample whose start and
end are not timed; a statement that writes has batch 1, so that each execution meets the same
rows. What planning writes is rolled back too. Not undone, as by no ROLLBACK: sequences,
session-level advisory locks, what functions do outside the database, and the space of dead rows.
Deferred triggers do not fire. In a REPEATABLE READ or SERIALIZABLE transaction all executions
share the transaction''s snapshot.
Errors: 22004 query, iterations or warmup is null, 22023 another argument is out of range, not
exactly one plannable statement or a wrong number of parameter values, 42P02 no parameter values,
42P18 a parameter without a type, 25006 a write in a read-only transaction or on a standby, and
what planning and running the statement raise';

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
'Fails unless a percentile of the statement''s service time is below a limit, with 95 % confidence.
Measures as perfkit_bench() does, and rolls back all that the statement writes. While the
percentile''s confidence interval contains max_ms, the number of samples is doubled, up to eight
times iterations; if the interval then still contains max_ms, the assertion fails as undecided.
The confidence covers all looks together: the risk of 5 % is divided equally among at most four
looks, each with an exact interval for its part (Bonferroni''s inequality with Pocock''s equal
parts). A wrong verdict in either direction has a probability of at most 2.5 %, provided that
executions are independent. A p95 needs at least 99 samples to pass, a p99 at least 505.
max_ms: greater than 0 and finite. percentile: greater than 0, at most 1; 1 is the maximum, which
is compared without an interval. iterations: 1 to 10000000, after a warm-up of half as many, at
most 100. generic, parameters: as for perfkit_bench(). Where a sample is the mean of a batch (see
there), the percentile is that of the means.
Errors: P0004 failed assertion, 22004 query, max_ms, percentile or iterations is null, and as
perfkit_bench()';
