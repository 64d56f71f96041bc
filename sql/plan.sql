-- Plan: the plan of a query as rows, as a shape, and at other table sizes.

-- Functions that plan are VOLATILE, because settings, statistics and sizes may change within a
-- statement, and PARALLEL UNSAFE, because a parallel worker cannot change settings.

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
LANGUAGE C VOLATILE PARALLEL UNSAFE ROWS 10
AS 'MODULE_PATHNAME', 'perfkit_plan';

COMMENT ON FUNCTION perfkit_plan(text, boolean, boolean, double precision) IS
'Shows the plan of a statement as rows, one for each node.
The order of the nodes and the names are those of EXPLAIN (FORMAT JSON). The statement is planned,
and run only with "analyze".
node_id counts from 1; parent_id is null and depth 0 for the root. relation, index and the
conditions are null if a node has none. Costs are in the planner''s units, plan_rows in rows,
plan_width in bytes, as EXPLAIN rounds them. The columns from actual_rows on are null without
"analyze".
generic: plans for unknown values of the parameters $1, $2 ..., like a prepared statement with
plan_cache_mode = force_generic_plan. Types are inferred as by EXPLAIN (GENERIC_PLAN), which
accepts more than PREPARE without a list of types. No partition is pruned by an unknown value.
Without generic, a parameter is an error.
"analyze" (a reserved word, so calls need the quotes: "analyze" => true): runs the statement to
its end with the privileges of the caller, discards its rows, and rolls back what it wrote,
including writes of triggers, functions and CTEs. As with any ROLLBACK, this does not undo changes
of sequences, session-level advisory locks, what functions do outside the database, and the space
of dead rows. Deferred triggers do not fire. actual_rows, actual_ms and rows_removed (by filters,
join conditions and rechecks) are averages over the loops, including those of parallel workers.
shared_hit and shared_read are in blocks, temp_blocks in blocks written to temporary files; all
include the nodes below.
size_factor: plans as if every table of the query, and its indexes, were that many times as large;
no catalog or data is changed. The answer is for more of the same data. Numbers of distinct values
grow if ANALYZE stored them as a share of the rows, or if the column is a foreign key (unless the
table it refers to is a list of at most 100 kinds, with 100 rows or more for each), and values in
such columns keep their numbers of rows (those more than 30 times as common as the average keep
their shares); other columns keep the shares of their values. Extended statistics of growing columns
are not used. A table cannot exceed 2^32 pages. With "analyze", that plan runs over the actual rows.
Row security applies: its policies are part of the plan, and only rows that the caller may see are
returned to it.
Errors: 22004 an argument is null; 22023 not exactly one plannable statement, "analyze" of
parameters without values, or a size_factor that is not finite and positive; 25006 "analyze" of a
statement that writes in a read-only transaction or on a standby; 42P02 parameters without
generic; 42P18 "analyze" of a parameter of undeterminable type; 42501 missing privilege; and
whatever parsing, planning and running raise.';

CREATE FUNCTION perfkit_plan_shape(
    query text,
    generic boolean DEFAULT false,
    size_factor double precision DEFAULT 1)
RETURNS text
LANGUAGE C VOLATILE PARALLEL UNSAFE
AS 'MODULE_PATHNAME', 'perfkit_plan_shape';

COMMENT ON FUNCTION perfkit_plan_shape(text, boolean, double precision) IS
'Shows the plan of a statement without its numbers.
One line for each node has its type, index and relation, indented by two blanks per level. There
are no costs, estimates, conditions or aliases, so the shape is suitable for expected output.
Relations outside the search path are qualified.
generic, size_factor and errors: see perfkit_plan().';

CREATE FUNCTION perfkit_plan_hash(
    query text,
    generic boolean DEFAULT false,
    size_factor double precision DEFAULT 1)
RETURNS text
LANGUAGE C VOLATILE PARALLEL UNSAFE
AS 'MODULE_PATHNAME', 'perfkit_plan_hash';

COMMENT ON FUNCTION perfkit_plan_hash(text, boolean, double precision) IS
'Returns a short name of the plan''s shape, to store and compare.
It is the first 16 hexadecimal digits of the SHA-256 of perfkit_plan_shape(). Equal shapes have
equal hashes on every server and platform.
generic, size_factor and errors: see perfkit_plan().';

CREATE FUNCTION perfkit_statement_work(
    query text,
    OUT rows bigint,
    OUT blocks bigint,
    OUT temp_blocks bigint,
    OUT wal_records bigint,
    OUT wal_bytes bigint)
LANGUAGE C VOLATILE PARALLEL UNSAFE
AS 'MODULE_PATHNAME', 'perfkit_statement_work';

COMMENT ON FUNCTION perfkit_statement_work(text) IS
'Runs a statement, rolls back what it wrote, and returns how much it did.
rows: returned, or written without RETURNING. blocks: shared blocks hit and read. temp_blocks:
written to temporary files. wal_records, wal_bytes: WAL. Triggers and parallel workers are
included; planning is not. The numbers depend on the data, the plan and the values in the
statement, but neither on what is cached nor on the speed of the machine, but for these: the first
use of an index in a session adds its metapage, and wal_bytes has more full-page images after a
checkpoint.
The statement runs as by perfkit_plan() with "analyze", which says what a rollback does not undo.
Errors: as perfkit_plan()';

CREATE FUNCTION perfkit_plan_flips(
    query text,
    from_factor double precision DEFAULT 1,
    to_factor double precision DEFAULT 1000,
    generic boolean DEFAULT false,
    OUT size_factor double precision,
    OUT largest_table_rows double precision,
    OUT shape text)
RETURNS SETOF record
LANGUAGE C VOLATILE PARALLEL UNSAFE ROWS 3
AS 'MODULE_PATHNAME', 'perfkit_plan_flips';

COMMENT ON FUNCTION perfkit_plan_flips(text, double precision, double precision, boolean) IS
'Finds the table sizes at which the shape of a plan changes.
The sizes range from from_factor to to_factor times the present ones; the tables are not changed.
The first row is the plan at from_factor. Each further row is a new shape with the size_factor
from which it is chosen, to within 1 %, and the number of rows that the largest table of the query
then has.
Eight sizes per power of ten are planned, and the change is searched for between two that differ.
A shape that comes and goes between two of these sizes is missed.
generic and size_factor: see perfkit_plan().
Errors: 22023 from_factor is greater than to_factor, or one is not finite and positive; and those
of perfkit_plan().';
