-- Advice: indexes for a whole workload.

CREATE FUNCTION perfkit_index_advice(
    queries text[] DEFAULT NULL,
    weights double precision[] DEFAULT NULL,
    min_gain double precision DEFAULT 0.005,
    max_bytes bigint DEFAULT NULL,
    include_unproven boolean DEFAULT false,
    skip_unplannable boolean DEFAULT false,
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

COMMENT ON FUNCTION perfkit_index_advice(text[], double precision[], double precision, bigint, boolean, boolean) IS
'Indexes that would serve a workload best together, each one proven.
queries: statements, planned for unknown values where they have $1, $2 ...; NULL: those of
pg_stat_statements, 200 at most, the most time in all first, without those that cannot be planned
(see perfkit_slow_queries()). It replaces constants by parameters, so that an index on doc ->> ''name''
or for state = ''open'' is found only for given queries, which have them. weights: by which their costs
are multiplied, 0 or more, such as calls per hour; NULL: 1. A statement of pg_stat_statements counts
by its time.
The planner tells what it could use of an index: B-trees of one key and of several, for an order
with LIMIT, for min() and max(), with INCLUDE for one query or for all with the same keys, on
expressions, and partial ones where several queries have the same condition; GIN, GiST, SP-GiST and
hash by the operators; BRIN where a column is in the table''s order. All of them are built on a
temporary copy of some rows, and shown to the planner as if they were the tables'': 150 of a table
and 1000 in all at most, fewer where max_locks_per_transaction is small, those for the most
expensive queries first. The set is chosen greedily, then improved by swaps; an index of the set is
dropped again if the others have made it superfluous. For a workload that takes too long to plan
that often, such as a hundred joins of a dozen tables, the set is instead what the queries use if
they can have every index, and indexes are then dropped, or replaced by smaller ones, as long as it
costs little. Either ends after about a minute of planning at the most, beyond a plan of each query
with all candidates; the effort is counted in relations, indexes and pairs of relations that the
planner considers, not timed, so the advice is the same each time. A notice says that it ended so:
another set may save more then. In the end, each query is planned with the whole set, and once
without each index of it that its plan uses; indexes that save too little are dropped, so that each
one has min_gain in any case. That is not part of the minute.
Existing indexes count. All of it is rolled back, but temp_buffers can no longer be changed in the
session.
statement: to be run, on a busy server with CONCURRENTLY. gain: the share of what the workload would
cost with only the others that this index saves, 0 to 1. size_bytes: its size, by that on the copy.
write_cost: pages accessed for each row inserted, measured on the copy; it counts for each table
that a statement inserts into, in its WITH clause too, or whose columns it updates. proof: how it
was tried, and the costs. queries: those whose plans use it. The order is that of cost saved per
byte.
min_gain: the gain that an index must have, 0 to 1; one as large as all of the workload''s tables
together must have 0.25 more, a smaller one as much less. max_bytes: for all indexes together; NULL:
no limit.
include_unproven: also indexes of tables that cannot be copied, without gain, size and cost; proof
says why. skip_unplannable: leave out queries that cannot be planned, with a notice, instead of an
error; statements of pg_stat_statements always are.
The tables of queries are locked as by EXPLAIN until it returns. For those of pg_stat_statements, it
waits for locks of other sessions for a second in all.
Nothing is advised for tables of extensions and of the system. The caller needs what EXPLAIN needs,
and SELECT and TEMP for a proof.
Errors: those of planning a query, 22023 for an argument out of range or weights that do not match,
22004 for a null element, 55000 without pg_stat_statements, 42501';
