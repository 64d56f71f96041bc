-- Advice: indexes for a whole workload.

CREATE FUNCTION perfkit_index_advice(
    queries text[] DEFAULT NULL,
    weights double precision[] DEFAULT NULL,
    min_gain double precision DEFAULT 0.005,
    max_bytes bigint DEFAULT NULL,
    include_unproven boolean DEFAULT false,
    OUT statement text,
    OUT relation regclass,
    OUT gain double precision,
    OUT size_bytes bigint,
    OUT write_cost double precision,
    OUT proof text,
    OUT queries text[])
RETURNS SETOF record
LANGUAGE C VOLATILE PARALLEL UNSAFE ROWS 20
AS 'MODULE_PATHNAME', 'perfkit_index_advice';
