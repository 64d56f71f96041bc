-- Assert: checks of plans, of the work a query does and of its estimates; checks kept as rows.

CREATE FUNCTION perfkit_assert_index_scan(
    query text,
    expected_index regclass DEFAULT NULL,
    demand text DEFAULT 'chosen',
    generic boolean DEFAULT false,
    size_factor double precision DEFAULT 1)
RETURNS void
LANGUAGE c VOLATILE PARALLEL UNSAFE
AS 'MODULE_PATHNAME', 'perfkit_assert_index_scan';

COMMENT ON FUNCTION perfkit_assert_index_scan(text, regclass, text, boolean, double precision) IS
'Fails with P0004, and says why, when the plan of the query reads a table by a sequential scan, or does not use the expected index.
expected_index: of one of the query''s tables; a partitioned index is met by any index under it; null accepts any. demand: ''chosen'' judges the plan as it is, ''usable'' the plan with sequential scans disabled, so that a small test table can prove that an index serves; there, an index that was read as a whole and filtered afterwards does not count, unless it is the expected one or a LIMIT may stop the reading; nor does a b-tree without a condition on its first column.
generic and size_factor: as perfkit_plan().
Errors: P0004 failed assertion, 22004 query, demand, generic or size_factor is null, 22023 unknown demand or an index on none of the query''s tables, 42809 not an index, and as perfkit_plan()';

CREATE FUNCTION perfkit_assert_no_seq_scan(
    query text,
    min_rows bigint DEFAULT 0,
    generic boolean DEFAULT false,
    size_factor double precision DEFAULT 1)
RETURNS void
LANGUAGE c VOLATILE PARALLEL UNSAFE
AS 'MODULE_PATHNAME', 'perfkit_assert_no_seq_scan';

COMMENT ON FUNCTION perfkit_assert_no_seq_scan(text, bigint, boolean, double precision) IS
'Fails with P0004, and says why, when the plan of the query reads a table of at least min_rows rows by a sequential scan.
min_rows: 0 or more; compared with the number of rows that the planner estimates for the table, times size_factor. generic and size_factor: as perfkit_plan().
Errors: P0004 failed assertion, 22004 an argument is null, 22023 min_rows is negative, and as perfkit_plan()';

CREATE FUNCTION perfkit_assert_shape(
    query text,
    shape text,
    generic boolean DEFAULT false,
    size_factor double precision DEFAULT 1)
RETURNS void
LANGUAGE c VOLATILE PARALLEL UNSAFE
AS 'MODULE_PATHNAME', 'perfkit_assert_shape';

COMMENT ON FUNCTION perfkit_assert_shape(text, text, boolean, double precision) IS
'Fails with P0004, and shows the first line that differs, when the plan of the query does not have the shape.
shape: as perfkit_plan_shape() returns it; it may be indented as a whole, and empty lines before and after it do not count. generic and size_factor: as perfkit_plan().
Errors: P0004 failed assertion, 22004 an argument is null, 22023 no plan can have that shape, and as perfkit_plan()';

CREATE FUNCTION perfkit_assert_work(
    query text,
    max_shared_blocks bigint DEFAULT NULL,
    max_rows_removed bigint DEFAULT NULL,
    max_temp_blocks bigint DEFAULT NULL,
    max_wal_bytes bigint DEFAULT NULL,
    generic boolean DEFAULT false,
    parameters text[] DEFAULT NULL)
RETURNS void
LANGUAGE c VOLATILE PARALLEL UNSAFE
AS 'MODULE_PATHNAME', 'perfkit_assert_work';

COMMENT ON FUNCTION perfkit_assert_work(text, bigint, bigint, bigint, bigint, boolean, text[]) IS
'Runs the query, takes back what it wrote, and fails with P0004 when it does more work than a budget allows. Budgets are amounts of work and not of time, so that they hold on any machine; null sets none, and one is needed. Planning does not count; triggers, functions and parallel workers do.
max_shared_blocks: blocks of tables and indexes touched, in cache or not, each as often as it is; not those of temporary tables. max_rows_removed: rows read and thrown away by filters, join conditions and rechecks, over all loops. max_temp_blocks: blocks written to temporary files. max_wal_bytes: WAL.
A broken budget is measured a second time, and the smaller amount counts: the first execution may look up catalogs and write full-page images.
generic, parameters: runs the plan for unknown values with these values of $1, $2 ..., written as text.
What is not undone: as perfkit_plan() with "analyze".
Errors: P0004 failed assertion, 22004 query or generic is null, 22023 no budget, a negative one, or a wrong number of parameter values, 42P02 no parameter values, and as perfkit_plan()';

CREATE FUNCTION perfkit_assert_estimates(
    query text,
    max_q_error double precision DEFAULT 10,
    parameters text[] DEFAULT NULL)
RETURNS void
LANGUAGE c VOLATILE PARALLEL UNSAFE
AS 'MODULE_PATHNAME', 'perfkit_assert_estimates';

COMMENT ON FUNCTION perfkit_assert_estimates(text, double precision, text[]) IS
'Runs the query, takes back what it wrote, and fails with P0004 when the planner expects more than max_q_error times as many or as few rows of a node as there are. The q-error is max(expected / actual, actual / expected), both at least 1, on average over a node''s executions (Moerkotte, Neumann, Steidl: Preventing Bad Plans by Bounding the Impact of Cardinality Estimation Errors, PVLDB 2, 2009).
The failure names the node that is wrong most though its inputs are right, and where one exists the statement that mends it: ANALYZE, CREATE STATISTICS, ALTER TABLE ... SET STATISTICS. It was tried on a temporary copy of the table, by the caller''s privileges, which takes the time of reading the table; of one larger than 1 GB (131072 blocks) a sample is copied. In a read-only transaction, on a standby, under row security, of another user''s table where functions of his would run as you, without the privileges to read the table and to make temporary ones, and for joins, only statistics that are missing or out of date are reported.
Of a node that a LIMIT or a join stopped early, only too low an estimate counts; nodes that were not executed do not.
max_q_error: at least 1. parameters: runs the plan for unknown values with these values of $1, $2 ..., written as text.
What is not undone: as perfkit_plan() with "analyze".
Errors: P0004 failed assertion, 22004 query or max_q_error is null, 22023 max_q_error is below 1 or not finite, or a wrong number of parameter values, 42P02 no parameter values, and as perfkit_plan()';

CREATE TYPE perfkit_role;

CREATE FUNCTION perfkit_role_in(name cstring) RETURNS perfkit_role
LANGUAGE c STABLE STRICT PARALLEL SAFE
AS 'MODULE_PATHNAME', 'perfkit_role_in';
COMMENT ON FUNCTION perfkit_role_in(cstring) IS 'Input function of type perfkit_role.';

CREATE FUNCTION perfkit_role_out(role perfkit_role) RETURNS cstring
LANGUAGE c STABLE STRICT PARALLEL SAFE
AS 'MODULE_PATHNAME', 'perfkit_role_out';
COMMENT ON FUNCTION perfkit_role_out(perfkit_role) IS 'Output function of type perfkit_role.';

CREATE TYPE perfkit_role (INPUT = perfkit_role_in, OUTPUT = perfkit_role_out, LIKE = pg_catalog.oid);
COMMENT ON TYPE perfkit_role IS
'A role, kept by OID and written by name, without quotes.
Unlike regrole, a name that no role has is read as - (no role), and a role that was dropped is written as -: a row can be restored where its role is missing, and never becomes the row of another role.';
CREATE CAST (perfkit_role AS pg_catalog.oid) WITHOUT FUNCTION;

CREATE TABLE perfkit_index_checks (
    workload text NOT NULL,
    check_name text NOT NULL,
    query text NOT NULL,
    expected_index text,
    also_accepted text[] NOT NULL DEFAULT '{}',
    demand text NOT NULL DEFAULT 'chosen' CHECK (demand OPERATOR(pg_catalog.=) ANY (ARRAY['chosen', 'usable'])),
    enabled boolean NOT NULL DEFAULT true,
    shipped boolean NOT NULL DEFAULT false,
    replaces_shipped boolean NOT NULL DEFAULT false,
    added_by perfkit_role NOT NULL DEFAULT current_user::pg_catalog.text::perfkit_role,
    PRIMARY KEY (workload, check_name)
);
COMMENT ON TABLE perfkit_index_checks IS
'What perfkit_verify_indexes(workload) checks.
Insert rows of your own; inserting the key of a shipped row replaces it. A row inserted with ON CONFLICT DO NOTHING replaces a shipped row too, since that gives way before the conflict is looked for. Inserting takes the privileges INSERT, SELECT and DELETE, for the same reason. Your rows and your edits survive dump, restore and upgrade. A shipped row that was deleted returns with a restore: set enabled to false instead. For the same reason the key of a shipped row, edited or not, cannot be changed (55000).';
COMMENT ON COLUMN perfkit_index_checks.workload IS 'Name under which checks are run together; any name will do.';
COMMENT ON COLUMN perfkit_index_checks.check_name IS 'Name of the check, unique within its workload.';
COMMENT ON COLUMN perfkit_index_checks.query IS
'One plannable statement. It is planned, and its plan is not run.
Planning evaluates what is constant: an IMMUTABLE function of constants, and in some places a STABLE one, is called, wherever it hides: in the query itself, in a view, a domain, an operator or an index of its tables. That code runs with the privileges of added_by or of the caller; see perfkit_verify_indexes().';
COMMENT ON COLUMN perfkit_index_checks.expected_index IS
'Name of the index that must be used, looked up among the indexes of the query''s tables; schema-qualified where that is ambiguous. NULL: any index, as long as no table is read sequentially.';
COMMENT ON COLUMN perfkit_index_checks.also_accepted IS 'Names of other indexes that satisfy the check as well.';
COMMENT ON COLUMN perfkit_index_checks.demand IS
'chosen: the planner picks the index. usable: it does so once sequential scans are disabled, which proves that the index can serve the query.';
COMMENT ON COLUMN perfkit_index_checks.enabled IS 'false: the check is skipped.';
COMMENT ON COLUMN perfkit_index_checks.shipped IS 'true: the row is perfkit''s own, and unchanged. Kept by a trigger.';
COMMENT ON COLUMN perfkit_index_checks.replaces_shipped IS 'true: the row is an edited row of perfkit''s, or took the place of one. Kept by a trigger.';
COMMENT ON COLUMN perfkit_index_checks.added_by IS
'The role whose query it is: the one that wrote it last. Kept by a trigger.
A change of other columns does not change it. A role whose privileges the writer has, and no other (42501), may be given instead; so a superuser''s restore leaves rows with their roles. -: a role that was dropped, or that a restore did not find; nobody verifies such a row until added_by is set.';

CREATE FUNCTION perfkit_verify_indexes(
    workload text,
    target_schema name DEFAULT NULL,
    OUT check_name text,
    OUT query text,
    OUT expected_index text,
    OUT demand text,
    OUT verdict text,
    OUT used_index text,
    OUT reason text,
    OUT detail text)
RETURNS SETOF record
LANGUAGE c VOLATILE PARALLEL UNSAFE ROWS 10
AS 'MODULE_PATHNAME', 'perfkit_verify_indexes';

COMMENT ON FUNCTION perfkit_verify_indexes(text, name) IS
'Makes the enabled checks of a workload in perfkit_index_checks, in order of their names.
verdict is PASS or FAIL; used_index has the names of the indexes that the plan reads; reason says in a line why a check failed, also when its query is broken or its table is missing; detail has the facts and what to do.
Planning can call functions (see the column query), so a check is planned as the caller only if its writer (added_by) has the privileges of the caller anyway, as superusers have; the checks that perfkit ships are. Otherwise it is planned as its writer if the caller has the privileges of that role, and fails without being planned if not. Either way it is planned in a security-restricted operation, which cannot change the role.
Names are looked up along the caller''s search path, as if the caller had typed the query; "$user" in it stands for the role that the check is planned as. Keep schemas out of it in which roles that you do not trust may create objects.
target_schema: searched for the tables first; null searches the search path as it is.
Errors: 22004 workload is null, 42704 no checks for the workload, 3F000 no such schema, 42501 no privilege on the schema';
