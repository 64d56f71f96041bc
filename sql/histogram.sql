-- Histogram: latencies counted in buckets; merged, stored and asked for quantiles.

CREATE TYPE perfkit_histogram;

CREATE FUNCTION perfkit_histogram_in(text_form cstring) RETURNS perfkit_histogram
LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE
AS 'MODULE_PATHNAME', 'perfkit_histogram_in';
COMMENT ON FUNCTION perfkit_histogram_in(cstring) IS
'Input function of type perfkit_histogram.
Errors: 22P02 not of the form {latency:count,...}, 22003 a number is too large';

CREATE FUNCTION perfkit_histogram_out(histogram perfkit_histogram) RETURNS cstring
LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE
AS 'MODULE_PATHNAME', 'perfkit_histogram_out';
COMMENT ON FUNCTION perfkit_histogram_out(perfkit_histogram) IS
'Output function of type perfkit_histogram.';

CREATE FUNCTION perfkit_histogram_recv(buffer internal) RETURNS perfkit_histogram
LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE
AS 'MODULE_PATHNAME', 'perfkit_histogram_recv';
COMMENT ON FUNCTION perfkit_histogram_recv(internal) IS
'Binary input function of type perfkit_histogram.
Errors: 22P03 not a histogram';

CREATE FUNCTION perfkit_histogram_send(histogram perfkit_histogram) RETURNS bytea
LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE
AS 'MODULE_PATHNAME', 'perfkit_histogram_send';
COMMENT ON FUNCTION perfkit_histogram_send(perfkit_histogram) IS
'Binary output function of type perfkit_histogram.';

CREATE TYPE perfkit_histogram (
    INPUT = perfkit_histogram_in,
    OUTPUT = perfkit_histogram_out,
    RECEIVE = perfkit_histogram_recv,
    SEND = perfkit_histogram_send,
    INTERNALLENGTH = variable,
    ALIGNMENT = int4,
    STORAGE = extended);
COMMENT ON TYPE perfkit_histogram IS
'Counts of latencies, in whole microseconds from 0 to 4294967295 (71 minutes).
Below 1024 microseconds every latency is counted by itself. Longer ones are counted in buckets
whose middle differs from any latency in them by less than 0.1 %; latencies of more than 71 minutes
are in the last bucket. Merging is exact, and its result does not depend on the order.
Written as {latency:count,...} with the middles of the buckets, such as {850:3,2001:1}; {} is
empty. Any latency may stand for its bucket in input. Equal histograms have equal text and bytes.';

CREATE FUNCTION perfkit_histogram_take_latency(state internal, latency_us bigint) RETURNS internal
LANGUAGE C IMMUTABLE PARALLEL SAFE
AS 'MODULE_PATHNAME', 'perfkit_histogram_take_latency';
COMMENT ON FUNCTION perfkit_histogram_take_latency(internal, bigint) IS
'Transition function of perfkit_histogram_agg(bigint).';

CREATE FUNCTION perfkit_histogram_take(state internal, histogram perfkit_histogram) RETURNS internal
LANGUAGE C IMMUTABLE PARALLEL SAFE
AS 'MODULE_PATHNAME', 'perfkit_histogram_take';
COMMENT ON FUNCTION perfkit_histogram_take(internal, perfkit_histogram) IS
'Transition function of perfkit_histogram_agg(perfkit_histogram).';

CREATE FUNCTION perfkit_histogram_combine(state internal, other internal) RETURNS internal
LANGUAGE C IMMUTABLE PARALLEL SAFE
AS 'MODULE_PATHNAME', 'perfkit_histogram_combine';
COMMENT ON FUNCTION perfkit_histogram_combine(internal, internal) IS
'Combines two states of perfkit_histogram_agg().';

CREATE FUNCTION perfkit_histogram_serialize(state internal) RETURNS bytea
LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE
AS 'MODULE_PATHNAME', 'perfkit_histogram_serialize';
COMMENT ON FUNCTION perfkit_histogram_serialize(internal) IS
'Passes a state of perfkit_histogram_agg() to another process.';

CREATE FUNCTION perfkit_histogram_deserialize(state bytea, unused internal) RETURNS internal
LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE
AS 'MODULE_PATHNAME', 'perfkit_histogram_deserialize';
COMMENT ON FUNCTION perfkit_histogram_deserialize(bytea, internal) IS
'Takes a state of perfkit_histogram_agg() from another process.';

CREATE FUNCTION perfkit_histogram_result(state internal) RETURNS perfkit_histogram
LANGUAGE C IMMUTABLE PARALLEL SAFE
AS 'MODULE_PATHNAME', 'perfkit_histogram_result';
COMMENT ON FUNCTION perfkit_histogram_result(internal) IS
'Final function of perfkit_histogram_agg().';

-- SSPACE is the size of a histogram of latencies that span a factor of ten.
CREATE AGGREGATE perfkit_histogram_agg(latency_us bigint) (
    SFUNC = perfkit_histogram_take_latency,
    STYPE = internal,
    SSPACE = 20000,
    FINALFUNC = perfkit_histogram_result,
    COMBINEFUNC = perfkit_histogram_combine,
    SERIALFUNC = perfkit_histogram_serialize,
    DESERIALFUNC = perfkit_histogram_deserialize,
    PARALLEL = SAFE);
COMMENT ON AGGREGATE perfkit_histogram_agg(bigint) IS
'The histogram of latencies, in microseconds; NULL if there are none but nulls.
Nulls are left out. It takes at most 100 kB of memory, for any number of rows.
Errors: 22023 a negative latency';

CREATE AGGREGATE perfkit_histogram_agg(histogram perfkit_histogram) (
    SFUNC = perfkit_histogram_take,
    STYPE = internal,
    SSPACE = 20000,
    FINALFUNC = perfkit_histogram_result,
    COMBINEFUNC = perfkit_histogram_combine,
    SERIALFUNC = perfkit_histogram_serialize,
    DESERIALFUNC = perfkit_histogram_deserialize,
    PARALLEL = SAFE);
COMMENT ON AGGREGATE perfkit_histogram_agg(perfkit_histogram) IS
'All histograms merged into one; NULL if there are none but nulls.
The result is that of the aggregate over all their latencies, in any order.
Errors: 22003 there are more latencies than a bigint can count';

CREATE FUNCTION perfkit_histogram_add(a perfkit_histogram, b perfkit_histogram) RETURNS perfkit_histogram
LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE
AS 'MODULE_PATHNAME', 'perfkit_histogram_add';
COMMENT ON FUNCTION perfkit_histogram_add(perfkit_histogram, perfkit_histogram) IS
'Operator + of perfkit_histogram: the two merged.
Errors: 22003 there are more latencies than a bigint can count';

CREATE OPERATOR + (
    FUNCTION = perfkit_histogram_add,
    LEFTARG = perfkit_histogram,
    RIGHTARG = perfkit_histogram,
    COMMUTATOR = +);
COMMENT ON OPERATOR + (perfkit_histogram, perfkit_histogram) IS
'The two merged.';

CREATE FUNCTION perfkit_quantile(histogram perfkit_histogram, quantile double precision) RETURNS bigint
LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE
AS 'MODULE_PATHNAME', 'perfkit_quantile';
COMMENT ON FUNCTION perfkit_quantile(perfkit_histogram, double precision) IS
'A quantile of the latencies, in microseconds, to within 0.1 %.
By nearest rank, as percentile_disc(): the latency that this share of all does not exceed. quantile
is from 0, the smallest latency, to 1, the largest. NULL for an empty histogram.
Errors: 22023 quantile is not between 0 and 1';

CREATE FUNCTION perfkit_count(
    histogram perfkit_histogram,
    from_us bigint DEFAULT NULL,
    to_us bigint DEFAULT NULL)
RETURNS bigint
LANGUAGE C IMMUTABLE PARALLEL SAFE
AS 'MODULE_PATHNAME', 'perfkit_count';
COMMENT ON FUNCTION perfkit_count(perfkit_histogram, bigint, bigint) IS
'Number of latencies from from_us to to_us, both included; NULL means no limit.
A bucket is counted when its middle is within the limits. Ranges without a gap between them
therefore count every latency once. NULL for a null histogram.';

CREATE FUNCTION perfkit_histogram_buckets(histogram perfkit_histogram)
RETURNS TABLE (lowest_us bigint, highest_us bigint, latencies bigint)
LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE ROWS 1000
AS 'MODULE_PATHNAME', 'perfkit_histogram_buckets';
COMMENT ON FUNCTION perfkit_histogram_buckets(perfkit_histogram) IS
'One row for each bucket that is not empty, in ascending order.
lowest_us and highest_us: the range of its latencies, both included. latencies: how many there are.';
