-- Observe: what the server has counted: slow statements.

CREATE FUNCTION perfkit_slow_queries(
    min_mean_ms double precision DEFAULT 100,
    OUT queryid bigint,
    OUT userid oid,
    OUT dbid oid,
    OUT toplevel boolean,
    OUT query text,
    OUT calls bigint,
    OUT mean_ms double precision,
    OUT max_ms double precision,
    OUT total_ms double precision,
    OUT share double precision,
    OUT rows double precision,
    OUT shared_hit double precision,
    OUT shared_read double precision,
    OUT temp_blocks double precision,
    OUT wal_bytes double precision,
    OUT counted_since timestamptz,
    OUT plan text,
    OUT not_planned text)
RETURNS SETOF record
LANGUAGE C VOLATILE PARALLEL UNSAFE ROWS 20
AS 'MODULE_PATHNAME', 'perfkit_slow_queries';

COMMENT ON FUNCTION perfkit_slow_queries(double precision) IS
'Statements that take min_mean_ms milliseconds or more on average; the most time in all first.
They are those of pg_stat_statements, of all databases and roles. min_mean_ms is 0 or more; 0: all
statements.
queryid, userid, dbid, toplevel and query: as in pg_stat_statements, which shows the text of other
roles'' statements only to superusers and members of pg_read_all_stats. share: of the time of all
statements that clients sent, 0 to 1. Statements within functions (toplevel false) are counted in
those that call them, too. rows, shared_hit, shared_read (blocks), temp_blocks (written to temporary
files) and wal_bytes are means per call. counted_since: when counting began; NULL: not known.
plan: the shape of the plan that the statement gets now for unknown values, as by
perfkit_plan_shape(query, generic => true). What the application got can be another plan, made for
its values. Names are looked up in the caller''s search path. The statement is planned as the role
that ran it, because planning can run code; the caller must have that role''s privileges, or that
role the caller''s. Locks that planning takes are released at once. A literal such as
date ''2026-01-01'', which pg_stat_statements keeps as date $1, is planned as CAST($1 AS date).
not_planned: why there is no plan, in words: a command without a plan, another database, a missing
privilege, or the error that planning raised; otherwise NULL.
Errors: 55000 pg_stat_statements is not loaded, not installed or too old (the hint has the command),
42501 the caller may not read it, 22023 min_mean_ms is out of range, 22004 it is null';
