-- Observe: the memory of a run's backends over time.

CREATE FUNCTION perfkit_check_run_memory(max_growth double precision, confidence double precision) RETURNS boolean
LANGUAGE plpgsql IMMUTABLE PARALLEL SAFE
SET search_path = pg_catalog, pg_temp
AS $$
BEGIN
    IF max_growth IS NULL OR confidence IS NULL THEN
        RAISE '"%" must not be null', CASE WHEN max_growth IS NULL THEN 'max_growth' ELSE 'confidence' END
            USING ERRCODE = 'null_value_not_allowed';
    ELSIF NOT (max_growth >= 0 AND max_growth < 'Infinity') THEN
        RAISE '"max_growth" must be at least 0, and finite'
            USING ERRCODE = 'invalid_parameter_value', DETAIL = format('It is %s.', max_growth);
    ELSIF NOT (confidence >= 0.5 AND confidence <= 0.99) THEN
        RAISE '"confidence" must be between 0.5 and 0.99'
            USING ERRCODE = 'invalid_parameter_value', DETAIL = format('It is %s.', confidence);
    END IF;
    RETURN true;
END
$$;

COMMENT ON FUNCTION perfkit_check_run_memory(double precision, double precision) IS
'Raises an error unless perfkit_run_memory() takes these arguments.
Errors: 22023 an argument is out of range, 22004 null';

CREATE FUNCTION perfkit_run_memory(
    run_id bigint,
    max_growth double precision DEFAULT 65536,
    confidence double precision DEFAULT 0.95)
RETURNS TABLE (
    turn integer,
    samples bigint,
    seconds double precision,
    backends integer,
    first_bytes bigint,
    last_bytes bigint,
    most_bytes bigint,
    growth double precision,
    lower double precision,
    upper double precision,
    verdict text,
    finding text)
LANGUAGE sql STABLE PARALLEL RESTRICTED ROWS 5
SET jit = off
BEGIN ATOMIC
    WITH checked AS MATERIALIZED (
        SELECT perfkit_check_run_memory(perfkit_run_memory.max_growth, perfkit_run_memory.confidence) AS ok
    ), sample AS MATERIALIZED (
        SELECT (e.sample ->> 0)::integer AS turn, (e.sample ->> 1)::double precision AS at, (e.sample ->> 2)::bigint AS most_bytes,
               (e.sample ->> 4)::integer AS backends
        FROM checked k
             CROSS JOIN perfkit_run(perfkit_run_memory.run_id) r
             CROSS JOIN LATERAL pg_catalog.jsonb_array_elements(
                 CASE WHEN pg_catalog.jsonb_typeof(r.observed #> '{backend_memory,samples}'::text[]) = 'array'
                      THEN r.observed #> '{backend_memory,samples}'::text[] END) AS e (sample)
        WHERE k.ok
          -- While connections are cold their caches fill, which is no growth.
          AND NOT EXISTS (SELECT FROM pg_catalog.jsonb_to_recordset(r.warmup)
                                          AS w (began double precision, until double precision)
                          WHERE (e.sample ->> 1)::double precision >= w.began AND (e.sample ->> 1)::double precision < w.until)
    ), course AS (
        SELECT s.turn, pg_catalog.count(*) AS samples, pg_catalog.max(s.at) - pg_catalog.min(s.at) AS seconds,
               pg_catalog.max(s.backends) AS backends, pg_catalog.max(s.most_bytes) AS most_bytes,
               pg_catalog.array_agg(s.most_bytes::double precision ORDER BY s.at) AS series
        FROM sample s GROUP BY s.turn
    ), judged AS (
        -- Memory comes in pages: one more over the whole time is not seen.
        SELECT c.*, t.slope * u.per_minute AS growth, t.slope_lower * u.per_minute - u.page AS lower,
               t.slope_upper * u.per_minute + u.page AS upper
        FROM course c
             CROSS JOIN LATERAL (SELECT '60'::double precision * (c.samples - 1::bigint)::double precision
                                        / nullif(c.seconds, '0'::double precision) AS per_minute,
                                        '4096'::double precision * '60'::double precision
                                        / nullif(c.seconds, '0'::double precision) AS page) AS u
             -- The slope of all of it: no step reaches this margin.
             LEFT JOIN LATERAL (SELECT p.slope, p.slope_lower, p.slope_upper
                                FROM perfkit_change_points(c.series, '1e300'::double precision, perfkit_run_memory.confidence) p
                                LIMIT 1) AS t ON true
    )
    SELECT j.turn, j.samples, j.seconds, j.backends, j.series[1]::bigint, j.series[pg_catalog.cardinality(j.series)]::bigint,
           j.most_bytes, j.growth, j.lower, j.upper, v.verdict,
           CASE WHEN j.upper IS NULL OR j.lower IS NULL
                THEN pg_catalog.format('%s samples are too few to tell', j.samples)
                WHEN v.verdict = 'FLAT'
                THEN pg_catalog.format('flat within %s kB/min',
                                       pg_catalog.ceil(greatest(pg_catalog.abs(j.lower), pg_catalog.abs(j.upper)) / '1024'::double precision))
                WHEN v.verdict = 'GROWS'
                THEN pg_catalog.format('grows by %s to %s kB/min', pg_catalog.floor(j.lower / '1024'::double precision),
                                       pg_catalog.ceil(j.upper / '1024'::double precision))
                ELSE pg_catalog.format('grows by %s to %s kB/min; a longer run tells more',
                                       pg_catalog.floor(j.lower / '1024'::double precision), pg_catalog.ceil(j.upper / '1024'::double precision)) END
    FROM judged j
         CROSS JOIN LATERAL (SELECT CASE WHEN j.lower IS NULL OR j.upper IS NULL THEN 'INCONCLUSIVE'
                                         WHEN j.upper <= perfkit_run_memory.max_growth THEN 'FLAT'
                                         WHEN j.lower > perfkit_run_memory.max_growth THEN 'GROWS'
                                         ELSE 'INCONCLUSIVE' END AS verdict) AS v
    ORDER BY j.turn;
END;

COMMENT ON FUNCTION perfkit_run_memory(bigint, double precision, double precision) IS
'Whether the private memory of a run''s largest backend grew during the load.
One row for each turn of the load, which is a stage, as each turn has connections of its own; none
where the server''s processes could not be seen. Without the warm-up.
samples: how many there were, over so many seconds; they are a second or more apart. first_bytes,
last_bytes, most_bytes: of the backend that was the largest then. growth: bytes per minute, as the
median slope between samples (Theil and Sen); lower and upper: its interval, corrected for samples
that resemble those before, and at least as wide as one page of 4096 bytes in all of the time; NULL
for fewer than 10 samples.
max_growth: bytes per minute, at least 0. confidence: of the interval, 0.5 to 0.99.
verdict: FLAT if the whole interval is at or below max_growth, GROWS if it is above, otherwise
INCONCLUSIVE. finding: the same in words, such as: flat within 3 kB/min. A single step is no slope:
compare first_bytes and last_bytes.
Errors: 42704 no such run, 22004 an argument is null, 22023 an argument is out of range';
