-- Assert: checks of plans, of the work of a query and of its row estimates; stored checks.

CREATE FUNCTION perfkit_assert_index_scan(
    query text,
    expected_index regclass DEFAULT NULL,
    demand text DEFAULT 'chosen',
    generic boolean DEFAULT false,
    size_factor double precision DEFAULT 1,
    min_rows bigint DEFAULT 0)
RETURNS void
LANGUAGE C VOLATILE PARALLEL UNSAFE
AS 'MODULE_PATHNAME', 'perfkit_assert_index_scan';

COMMENT ON FUNCTION perfkit_assert_index_scan(text, regclass, text, boolean, double precision, bigint) IS
'Fails, with the reason, unless a query uses an index rather than a sequential scan.
It fails if the plan reads any table sequentially, or does not use the expected index.
expected_index: an index on a table of the query; any index under a partitioned index will do;
null accepts any index.
demand: ''chosen'' checks the plan as it is. ''usable'' checks the plan with sequential scans
disabled, so that a small test table can show that an index serves. There, an index that is read
as a whole and filtered does not count, unless it is the expected one or a LIMIT may stop the
scan; neither does a B-tree without a condition on its first column.
generic and size_factor: see perfkit_plan().
min_rows: 0 or more; a table of fewer rows, by the planner''s estimate times size_factor, may be
read sequentially.
Errors: P0004 failed assertion; 22004 query, demand, generic, size_factor or min_rows is null; 22023
unknown demand, an index on none of the query''s tables, or min_rows is negative; 42809 not an index;
and those of perfkit_plan().';

CREATE FUNCTION perfkit_assert_no_seq_scan(
    query text,
    min_rows bigint DEFAULT 0,
    generic boolean DEFAULT false,
    size_factor double precision DEFAULT 1)
RETURNS void
LANGUAGE C VOLATILE PARALLEL UNSAFE
AS 'MODULE_PATHNAME', 'perfkit_assert_no_seq_scan';

COMMENT ON FUNCTION perfkit_assert_no_seq_scan(text, bigint, boolean, double precision) IS
'Fails, with the reason, if a query scans a table of at least min_rows rows sequentially.
min_rows: 0 or more; compared with the planner''s estimate of the rows in the table, times
size_factor.
generic and size_factor: see perfkit_plan().
Errors: P0004 failed assertion; 22004 an argument is null; 22023 min_rows is negative; and those
of perfkit_plan().';

CREATE FUNCTION perfkit_assert_shape(
    query text,
    shape text,
    generic boolean DEFAULT false,
    size_factor double precision DEFAULT 1)
RETURNS void
LANGUAGE C VOLATILE PARALLEL UNSAFE
AS 'MODULE_PATHNAME', 'perfkit_assert_shape';

COMMENT ON FUNCTION perfkit_assert_shape(text, text, boolean, double precision) IS
'Fails, with the first line that differs, unless the plan of a query has the given shape.
shape: as perfkit_plan_shape() returns it. It may be indented as a whole, and empty lines before
and after it are ignored.
generic and size_factor: see perfkit_plan().
Errors: P0004 failed assertion; 22004 an argument is null; 22023 no plan can have that shape; and
those of perfkit_plan().';

CREATE FUNCTION perfkit_assert_work(
    query text,
    max_shared_blocks bigint DEFAULT NULL,
    max_rows_removed bigint DEFAULT NULL,
    max_temp_blocks bigint DEFAULT NULL,
    max_wal_bytes bigint DEFAULT NULL,
    generic boolean DEFAULT false,
    parameters text[] DEFAULT NULL)
RETURNS void
LANGUAGE C VOLATILE PARALLEL UNSAFE
AS 'MODULE_PATHNAME', 'perfkit_assert_work';

COMMENT ON FUNCTION perfkit_assert_work(text, bigint, bigint, bigint, bigint, boolean, text[]) IS
'Runs a query, rolls back what it wrote, and fails if it did more work than allowed.
Limits are on amounts of work rather than time, so that they hold on any machine. Null sets no
limit, and at least one is required. Planning does not count; triggers, functions and parallel
workers do.
max_shared_blocks: accesses to blocks of tables and indexes, cached or not, without those of
temporary tables. max_rows_removed: rows read and discarded by filters, join conditions and
rechecks, over all loops, also by statements of triggers, unless they run with the privileges of a
role that the caller lacks; of foreign keys'' triggers, those of tables that the caller may read
count nevertheless. max_temp_blocks: blocks written to
temporary files. max_wal_bytes: bytes of WAL.
If a limit is exceeded, the work is measured a second time, and the smaller amount counts: the
first execution may look up catalogs and write full-page images.
generic, parameters: runs the generic plan with these values of $1, $2 ..., given as text.
For what is not undone, see "analyze" of perfkit_plan().
Errors: P0004 failed assertion; 22004 query or generic is null; 22023 no limit, a negative one, or
a wrong number of parameter values; 42P02 no parameter values; and those of perfkit_plan().';

CREATE FUNCTION perfkit_assert_estimates(
    query text,
    max_q_error double precision DEFAULT 10,
    parameters text[] DEFAULT NULL)
RETURNS void
LANGUAGE C VOLATILE PARALLEL UNSAFE
AS 'MODULE_PATHNAME', 'perfkit_assert_estimates';

COMMENT ON FUNCTION perfkit_assert_estimates(text, double precision, text[]) IS
'Runs a query, rolls back what it wrote, and fails if row estimates are off by too much.
It fails if the q-error of a node exceeds max_q_error. The q-error is max(expected / actual,
actual / expected), both at least 1, of the average rows per execution of the node (Moerkotte,
Neumann, Steidl: Preventing Bad Plans by Bounding the Impact of Cardinality Estimation Errors,
PVLDB 2, 2009).
The failure names the node with the largest error among those with correct inputs and, if there is
one, the statement that corrects the estimate: ANALYZE, CREATE STATISTICS, or ALTER TABLE ... SET
STATISTICS. The statement was tried on a temporary copy of the table, made with the privileges of
the caller, which takes the time to read the table. Of a table larger than 1 GB (131072 blocks), a
sample is copied.
Only statistics that are missing or out of date are reported in a read-only transaction, on a
standby, under row security, without the privileges to read the table and to create temporary
tables, for joins, and for a table of another user whose functions would run as the caller.
For a node that a LIMIT or a join stopped early, only too low an estimate counts. Nodes that were
not executed do not count.
max_q_error: at least 1. parameters: runs the generic plan with these values of $1, $2 ..., given
as text.
For what is not undone, see "analyze" of perfkit_plan().
Errors: P0004 failed assertion; 22004 query or max_q_error is null; 22023 max_q_error is below 1
or not finite, or a wrong number of parameter values; 42P02 no parameter values; and those of
perfkit_plan().';

CREATE FUNCTION perfkit_causes(
    OUT cause text,
    OUT meaning text,
    OUT example text)
RETURNS SETOF record
LANGUAGE C IMMUTABLE PARALLEL SAFE ROWS 50
AS 'MODULE_PATHNAME', 'perfkit_causes';

COMMENT ON FUNCTION perfkit_causes() IS
'Lists the causes that perfkit_diagnose() and failed assertions can name.
The names do not change between versions; later versions may add some.';

CREATE FUNCTION perfkit_diagnose(
    query text,
    expected_index regclass DEFAULT NULL,
    generic boolean DEFAULT false,
    size_factor double precision DEFAULT 1,
    min_rows bigint DEFAULT 0,
    OUT cause text,
    OUT relation regclass,
    OUT alias text,
    OUT condition text,
    OUT index regclass,
    OUT detail text,
    OUT remedy text,
    OUT remedy_sql text,
    OUT proof text,
    OUT cost double precision,
    OUT cost_with_remedy double precision,
    OUT share double precision,
    OUT break_even_factor double precision,
    OUT proven text,
    OUT same_result text,
    OUT changes text[])
RETURNS SETOF record
LANGUAGE C VOLATILE PARALLEL UNSAFE ROWS 5
AS 'MODULE_PATHNAME', 'perfkit_diagnose';

COMMENT ON FUNCTION perfkit_diagnose(text, regclass, boolean, double precision, bigint) IS
'Tells what keeps the tables of a query from being read by an index, worst first.
The query is planned, many times, but not run; indexes that hypopg does not support are built on a
sample of the table, and rewritten conditions are compared on one, which is rolled back. Findings
about one table follow each other, the one to be remedied first. No row means that there is nothing
to say.
cause: see perfkit_causes(). relation and alias: the table, and its name in the query. condition:
the condition concerned. index: the existing index that is kept from serving, or null. detail:
facts. remedy: what to do. remedy_sql: a statement to run, or the condition as an index would serve
it. proof: how it is known that this helps, or why it was not tried. cost, cost_with_remedy: of the
whole query, in the planner''s units; null if unknown. share: of the table''s rows that the
condition keeps, in percent. break_even_factor: how many times as large the table must be for the
index to be chosen. Both are null where an index would not serve.
proven: planned, hypothetical (an index of hypopg), built (an index on a sample of the table, rolled
back), or null. same_result, of a rewrite: by_rule (for any data), on_sample (both conditions were
run on a sample of the table), no, or null where it is not known. changes: when the rewrite changes
the result, such as nulls, time_zone, blank_padding or case; null if never, or if not known.
expected_index, generic, size_factor, min_rows: see perfkit_assert_index_scan().
Errors: 22004 query, generic, size_factor or min_rows is null; 22023 an index on none of the query''s
tables, or min_rows is negative; 42809 not an index; and those of perfkit_plan().';

CREATE TYPE perfkit_role;

CREATE FUNCTION perfkit_role_in(name cstring)
RETURNS perfkit_role
LANGUAGE C STABLE STRICT PARALLEL SAFE
AS 'MODULE_PATHNAME', 'perfkit_role_in';
COMMENT ON FUNCTION perfkit_role_in(cstring) IS
'Input function of type perfkit_role.';

CREATE FUNCTION perfkit_role_out(role perfkit_role)
RETURNS cstring
LANGUAGE C STABLE STRICT PARALLEL SAFE
AS 'MODULE_PATHNAME', 'perfkit_role_out';
COMMENT ON FUNCTION perfkit_role_out(perfkit_role) IS
'Output function of type perfkit_role.';

CREATE FUNCTION perfkit_role_recv(buffer internal)
RETURNS perfkit_role
LANGUAGE C STABLE STRICT PARALLEL SAFE
AS 'MODULE_PATHNAME', 'perfkit_role_recv';
COMMENT ON FUNCTION perfkit_role_recv(internal) IS
'Binary input function of type perfkit_role: the name, as text.';

CREATE FUNCTION perfkit_role_send(role perfkit_role)
RETURNS pg_catalog.bytea
LANGUAGE C STABLE STRICT PARALLEL SAFE
AS 'MODULE_PATHNAME', 'perfkit_role_send';
COMMENT ON FUNCTION perfkit_role_send(perfkit_role) IS
'Binary output function of type perfkit_role: the name, as text.';

CREATE TYPE perfkit_role (
    INPUT = perfkit_role_in,
    OUTPUT = perfkit_role_out,
    RECEIVE = perfkit_role_recv,
    SEND = perfkit_role_send,
    LIKE = pg_catalog.oid);
COMMENT ON TYPE perfkit_role IS
'A role, stored by OID and written by name, without quotes.
Unlike regrole, it reads an unknown name as no role, and writes no role and a dropped role as an
empty string. So a row can be restored where its role is missing, and does not become the row of
another role then. On the same server, a new role could get the OID of a dropped role after OIDs
have wrapped around, and its rows with it. Comparisons and ORDER BY go by OID.';
CREATE CAST (perfkit_role AS pg_catalog.oid) WITHOUT FUNCTION;

-- Comparisons are those of oid. They are needed for WHERE, DISTINCT, UNION and ORDER BY.

CREATE FUNCTION perfkit_role_eq(a perfkit_role, b perfkit_role)
RETURNS boolean
LANGUAGE internal IMMUTABLE STRICT PARALLEL SAFE
AS 'oideq';
COMMENT ON FUNCTION perfkit_role_eq(perfkit_role, perfkit_role) IS
'Function of operator = of type perfkit_role; compares OIDs.';

CREATE FUNCTION perfkit_role_ne(a perfkit_role, b perfkit_role)
RETURNS boolean
LANGUAGE internal IMMUTABLE STRICT PARALLEL SAFE
AS 'oidne';
COMMENT ON FUNCTION perfkit_role_ne(perfkit_role, perfkit_role) IS
'Function of operator <> of type perfkit_role; compares OIDs.';

CREATE FUNCTION perfkit_role_lt(a perfkit_role, b perfkit_role)
RETURNS boolean
LANGUAGE internal IMMUTABLE STRICT PARALLEL SAFE
AS 'oidlt';
COMMENT ON FUNCTION perfkit_role_lt(perfkit_role, perfkit_role) IS
'Function of operator < of type perfkit_role; compares OIDs.';

CREATE FUNCTION perfkit_role_le(a perfkit_role, b perfkit_role)
RETURNS boolean
LANGUAGE internal IMMUTABLE STRICT PARALLEL SAFE
AS 'oidle';
COMMENT ON FUNCTION perfkit_role_le(perfkit_role, perfkit_role) IS
'Function of operator <= of type perfkit_role; compares OIDs.';

CREATE FUNCTION perfkit_role_gt(a perfkit_role, b perfkit_role)
RETURNS boolean
LANGUAGE internal IMMUTABLE STRICT PARALLEL SAFE
AS 'oidgt';
COMMENT ON FUNCTION perfkit_role_gt(perfkit_role, perfkit_role) IS
'Function of operator > of type perfkit_role; compares OIDs.';

CREATE FUNCTION perfkit_role_ge(a perfkit_role, b perfkit_role)
RETURNS boolean
LANGUAGE internal IMMUTABLE STRICT PARALLEL SAFE
AS 'oidge';
COMMENT ON FUNCTION perfkit_role_ge(perfkit_role, perfkit_role) IS
'Function of operator >= of type perfkit_role; compares OIDs.';

CREATE FUNCTION perfkit_role_cmp(a perfkit_role, b perfkit_role)
RETURNS integer
LANGUAGE internal IMMUTABLE STRICT PARALLEL SAFE
AS 'btoidcmp';
COMMENT ON FUNCTION perfkit_role_cmp(perfkit_role, perfkit_role) IS
'B-tree comparison of type perfkit_role, by OID.';

CREATE FUNCTION perfkit_role_hash(role perfkit_role)
RETURNS integer
LANGUAGE internal IMMUTABLE STRICT PARALLEL SAFE
AS 'hashoid';
COMMENT ON FUNCTION perfkit_role_hash(perfkit_role) IS
'Hash function of type perfkit_role.';

CREATE FUNCTION perfkit_role_hash_extended(role perfkit_role, seed bigint)
RETURNS bigint
LANGUAGE internal IMMUTABLE STRICT PARALLEL SAFE
AS 'hashoidextended';
COMMENT ON FUNCTION perfkit_role_hash_extended(perfkit_role, bigint) IS
'Hash function of type perfkit_role, with a seed.';

CREATE OPERATOR = (
    FUNCTION = perfkit_role_eq, LEFTARG = perfkit_role, RIGHTARG = perfkit_role,
    COMMUTATOR = =, NEGATOR = <>,
    RESTRICT = pg_catalog.eqsel, JOIN = pg_catalog.eqjoinsel,
    HASHES, MERGES);
CREATE OPERATOR <> (
    FUNCTION = perfkit_role_ne, LEFTARG = perfkit_role, RIGHTARG = perfkit_role,
    COMMUTATOR = <>, NEGATOR = =,
    RESTRICT = pg_catalog.neqsel, JOIN = pg_catalog.neqjoinsel);
CREATE OPERATOR < (
    FUNCTION = perfkit_role_lt, LEFTARG = perfkit_role, RIGHTARG = perfkit_role,
    COMMUTATOR = >, NEGATOR = >=,
    RESTRICT = pg_catalog.scalarltsel, JOIN = pg_catalog.scalarltjoinsel);
CREATE OPERATOR <= (
    FUNCTION = perfkit_role_le, LEFTARG = perfkit_role, RIGHTARG = perfkit_role,
    COMMUTATOR = >=, NEGATOR = >,
    RESTRICT = pg_catalog.scalarlesel, JOIN = pg_catalog.scalarlejoinsel);
CREATE OPERATOR > (
    FUNCTION = perfkit_role_gt, LEFTARG = perfkit_role, RIGHTARG = perfkit_role,
    COMMUTATOR = <, NEGATOR = <=,
    RESTRICT = pg_catalog.scalargtsel, JOIN = pg_catalog.scalargtjoinsel);
CREATE OPERATOR >= (
    FUNCTION = perfkit_role_ge, LEFTARG = perfkit_role, RIGHTARG = perfkit_role,
    COMMUTATOR = <=, NEGATOR = <,
    RESTRICT = pg_catalog.scalargesel, JOIN = pg_catalog.scalargejoinsel);

CREATE OPERATOR CLASS perfkit_role_ops DEFAULT FOR TYPE perfkit_role USING btree AS
    OPERATOR 1 <, OPERATOR 2 <=, OPERATOR 3 =, OPERATOR 4 >=, OPERATOR 5 >,
    FUNCTION 1 perfkit_role_cmp(perfkit_role, perfkit_role);
CREATE OPERATOR CLASS perfkit_role_ops DEFAULT FOR TYPE perfkit_role USING hash AS
    OPERATOR 1 =,
    FUNCTION 1 perfkit_role_hash(perfkit_role),
    FUNCTION 2 perfkit_role_hash_extended(perfkit_role, bigint);

CREATE TABLE perfkit_index_checks (
    workload text NOT NULL,
    check_name text NOT NULL,
    query text NOT NULL,
    expected_index text,
    also_accepted text[] NOT NULL DEFAULT '{}',
    demand text NOT NULL DEFAULT 'chosen'
        CHECK (demand OPERATOR(pg_catalog.=) ANY (ARRAY['chosen', 'usable'])),
    max_rows_removed bigint CHECK (max_rows_removed OPERATOR(pg_catalog.>=) 0),
    enabled boolean NOT NULL DEFAULT true,
    shipped boolean NOT NULL DEFAULT false,
    replaces_shipped boolean NOT NULL DEFAULT false,
    added_by perfkit_role NOT NULL DEFAULT current_user::pg_catalog.text::perfkit_role,
    PRIMARY KEY (workload, check_name)
);
COMMENT ON TABLE perfkit_index_checks IS
'The checks that perfkit_verify_indexes(workload) makes.
Insert rows of your own; a row with the key of a shipped row replaces it, even if inserted with ON
CONFLICT DO NOTHING, because a trigger removes the shipped row before conflicts are looked for.
For the same reason, inserting requires the privileges INSERT, SELECT and DELETE.
Your rows and edits survive dump, restore and upgrade. A deleted shipped row returns with a
restore: set enabled to false instead. For the same reason, the key of a shipped row, edited or
not, cannot be changed (55000).
A data-only restore must fire the table''s triggers, or edited rows collide with the shipped rows of
the new database, and rows are restored without a check of added_by: do not use pg_dump --data-only
--disable-triggers.';
COMMENT ON COLUMN perfkit_index_checks.workload IS
'Name that groups checks to be run together; any name will do.';
COMMENT ON COLUMN perfkit_index_checks.check_name IS
'Name of the check, unique within its workload.';
COMMENT ON COLUMN perfkit_index_checks.query IS
'One plannable statement; it is planned, and run only with max_rows_removed.
@extschema:NAME@ in it stands for the schema of extension NAME, as in @extschema:postgis@.st_dwithin.
Planning evaluates constants: it calls an IMMUTABLE function of constants, and in some places a
STABLE one, wherever it is: in the query itself, in a view, a domain, an operator or an index of
its tables. That code runs with the privileges of added_by or of the caller; see
perfkit_verify_indexes().';
COMMENT ON COLUMN perfkit_index_checks.expected_index IS
'Name of the index that must be used; null accepts any, if no table is read sequentially.
It is looked up among the indexes of the query''s tables. Qualify it with its schema if it is
ambiguous.';
COMMENT ON COLUMN perfkit_index_checks.also_accepted IS
'Names of other indexes that also satisfy the check.';
COMMENT ON COLUMN perfkit_index_checks.demand IS
'chosen: the planner chooses the index. usable: it does so with sequential scans disabled.
The latter shows that the index can serve the query.';
COMMENT ON COLUMN perfkit_index_checks.max_rows_removed IS
'How many rows the query may discard by filters, join conditions and rechecks; null: it is not run.
An index can be used and yet return far more rows than the query keeps. With a limit, the query is
also run, with the privileges that it is planned with, and rolled back; see perfkit_assert_work(). It
is not run with sequential scans disabled, whatever demand is.
A query that ships with perfkit is only run if the owner of each table and view in it has the
privileges of the caller, as the caller and superusers have; otherwise the check fails. Views and
policies of another role would call functions as the caller.';
COMMENT ON COLUMN perfkit_index_checks.enabled IS
'false: the check is skipped.';
COMMENT ON COLUMN perfkit_index_checks.shipped IS
'true: the row ships with perfkit, unchanged. Maintained by a trigger.';
COMMENT ON COLUMN perfkit_index_checks.replaces_shipped IS
'true: an edited shipped row, or one that replaced a shipped row. Maintained by a trigger.';
COMMENT ON COLUMN perfkit_index_checks.added_by IS
'The role that last wrote the query. Maintained by a trigger.
Changes of other columns do not affect it, except that a query is written again when
max_rows_removed makes one that was only planned be run. It can be set only to a role whose
privileges the current user has: an UPDATE to another role fails (42501), and an INSERT leaves it
empty with a warning, so that one row does not stop a restore. Rows keep their roles when a
superuser restores them. It is also empty for a role that was dropped or that a restore did not
find. A row without a role fails verification until added_by is set. To take over a check of another
role, name the query that you reviewed, which its writer could change meanwhile: UPDATE
perfkit_index_checks SET added_by = current_user::text::perfkit_role WHERE workload = ... AND
check_name = ... AND query = ....';

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
    OUT detail text,
    OUT cause text)
RETURNS SETOF record
LANGUAGE C VOLATILE PARALLEL UNSAFE ROWS 10
AS 'MODULE_PATHNAME', 'perfkit_verify_indexes';

COMMENT ON FUNCTION perfkit_verify_indexes(text, name) IS
'Runs the enabled checks of a workload in perfkit_index_checks, ordered by name.
verdict is PASS or FAIL. used_index lists the indexes that the plan reads. reason says in one line
why a check failed, including a broken query or a missing table. detail has the facts and what to
do. cause is one of perfkit_causes(), or null if the check itself is broken.
Planning can call functions (see column query). So a check is planned as the caller only if its
writer (added_by) has the privileges of the caller anyway, as superusers have, or if it ships with
perfkit. Otherwise, it is planned as its writer if the caller has the privileges of that role, and
fails without being planned if not. In any case it is planned in a security-restricted operation,
in which the role cannot be changed.
Names are looked up along the search path of the caller, as if the caller had typed the query;
"$user" in it stands for the role that the check is planned as. A check fails if that role lacks
USAGE on a schema of the path, which it would skip. Keep schemas out of it in which
roles that you do not trust may create objects.
target_schema: searched for the tables first; null uses the search path as it is.
Errors: 22004 workload is null; 42704 no checks for the workload; 3F000 no such schema; 42501
missing privilege on the schema.';
