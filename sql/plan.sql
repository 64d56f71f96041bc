-- Plan: a query's plan as rows, as a shape, at other sizes.

-- All functions that plan are VOLATILE and PARALLEL UNSAFE: a plan may differ from one call to the next within a statement,
-- since settings, statistics and sizes change meanwhile; and no setting can be changed in a parallel worker.

CREATE FUNCTION perfkit_plan(
    query text,
    generic boolean DEFAULT false,
    "analyze" boolean DEFAULT false,
    size_factor double precision DEFAULT 1,
    OUT node_id integer,
    OUT parent_id integer,
    OUT depth integer,
    OUT relationship text,
    OUT node_type text,
    OUT join_type text,
    OUT relation regclass,
    OUT alias text,
    OUT index regclass,
    OUT index_condition text,
    OUT filter text,
    OUT startup_cost double precision,
    OUT total_cost double precision,
    OUT plan_rows double precision,
    OUT plan_width integer,
    OUT actual_rows double precision,
    OUT loops double precision,
    OUT actual_ms double precision,
    OUT rows_removed double precision,
    OUT shared_hit bigint,
    OUT shared_read bigint,
    OUT temp_blocks bigint)
RETURNS SETOF record
LANGUAGE c VOLATILE PARALLEL UNSAFE ROWS 10
AS 'MODULE_PATHNAME', 'perfkit_plan';

COMMENT ON FUNCTION perfkit_plan(text, boolean, boolean, double precision) IS
'The plan of one statement as rows, one for each node, in the order and with the names of EXPLAIN (FORMAT JSON). The statement is planned, and run only with analyze.
node_id counts from 1; parent_id is null and depth 0 for the root. relation, index and the conditions are null where a node has none. Costs are in the planner''s units, plan_rows in rows, plan_width in bytes, as EXPLAIN rounds them. The columns from actual_rows on are null unless analyze.
generic: plans for unknown values of the parameters $1, $2 ..., whose types are inferred as EXPLAIN (GENERIC_PLAN) infers them, which also plans what no PREPARE without a list of types accepts; it is the plan that a prepared statement gets under plan_cache_mode = force_generic_plan. No partition is pruned by a value that is not known. Without it a parameter is an error.
"analyze" (a reserved word, so calls need the quotes: "analyze" => true): runs the statement to its end with the caller''s rights, throws its rows away, and rolls back what it wrote, also through triggers, functions and CTEs. Not undone, as by no ROLLBACK: sequences, session-level advisory locks, what functions do outside the database, and the space of dead rows. Deferred triggers do not fire. actual_rows, actual_ms and rows_removed (by filters, join conditions and rechecks) are averages over the loops and include parallel workers'' loops; shared_hit and shared_read are in blocks, temp_blocks in blocks written to temporary files, all of the node and those below it.
size_factor: plans as if every table of the query were that many times as large, and its indexes with it; no catalog or data is touched. Statistics stay as ANALYZE left them, so that the answer is for more of the same data: numbers of distinct values that ANALYZE took for a share of the rows grow, those it took for fixed do not. A table ends at 2^32 pages. With "analyze", that plan runs over the rows that there are.
Rows are those that the caller may see: policies of row security are part of the plan.
Errors: 22004 an argument is null, 22023 not exactly one plannable statement, analyze of parameters without values, or a size_factor that is not a finite number above 0, 25006 analyze of a statement that writes in a read-only transaction or on a standby, 42P02 parameters without generic, 42P18 analyze of a parameter whose type nothing tells, 42501 no privilege, and what parsing, planning and running raise';

CREATE FUNCTION perfkit_plan_shape(
    query text,
    generic boolean DEFAULT false,
    size_factor double precision DEFAULT 1)
RETURNS text
LANGUAGE c VOLATILE PARALLEL UNSAFE
AS 'MODULE_PATHNAME', 'perfkit_plan_shape';

COMMENT ON FUNCTION perfkit_plan_shape(text, boolean, double precision) IS
'The plan of one statement without its numbers: a line for each node with its type, index and relation, indented by two blanks a level. No cost, estimate, condition or alias, so it may stand in expected output. Relations outside the search path are qualified.
generic, size_factor and errors: as perfkit_plan()';

CREATE FUNCTION perfkit_plan_hash(
    query text,
    generic boolean DEFAULT false,
    size_factor double precision DEFAULT 1)
RETURNS text
LANGUAGE c VOLATILE PARALLEL UNSAFE
AS 'MODULE_PATHNAME', 'perfkit_plan_hash';

COMMENT ON FUNCTION perfkit_plan_hash(text, boolean, double precision) IS
'A short name of the plan''s shape, to store and compare: the first 16 hexadecimal digits of the SHA-256 of perfkit_plan_shape(). Equal shapes have equal hashes on every server and platform.
generic, size_factor and errors: as perfkit_plan()';

CREATE FUNCTION perfkit_plan_flips(
    query text,
    from_factor double precision DEFAULT 1,
    to_factor double precision DEFAULT 1000,
    generic boolean DEFAULT false,
    OUT size_factor double precision,
    OUT largest_table_rows double precision,
    OUT shape text)
RETURNS SETOF record
LANGUAGE c VOLATILE PARALLEL UNSAFE ROWS 3
AS 'MODULE_PATHNAME', 'perfkit_plan_flips';

COMMENT ON FUNCTION perfkit_plan_flips(text, double precision, double precision, boolean) IS
'The sizes at which the plan''s shape changes while the tables grow from from_factor to to_factor times as large as they are. The first row is the plan at from_factor; each other row is a new shape, the size_factor from which it is chosen, to 1 %, and the number of rows that the largest table of the query then has. The tables are not touched.
Eight sizes per power of ten are looked at, and between two that differ the change is searched for. A shape that comes and goes between two of these sizes is not seen.
generic and size_factor: as perfkit_plan().
Errors: 22023 from_factor is above to_factor, or one is not a finite number above 0, and as perfkit_plan()';
