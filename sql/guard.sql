-- Guard: the findings of all sessions.

CREATE FUNCTION perfkit_guard_findings(
    OUT queryid bigint,
    OUT userid oid,
    OUT dbid oid,
    OUT relation text,
    OUT node_type text,
    OUT calls bigint,
    OUT first_seen timestamptz,
    OUT last_seen timestamptz,
    OUT sample_query text)
RETURNS SETOF record
LANGUAGE C VOLATILE PARALLEL RESTRICTED
AS 'MODULE_PATHNAME', 'perfkit_guard_findings';

COMMENT ON FUNCTION perfkit_guard_findings() IS
'Returns the rows of view perfkit_guard_findings.
Errors: 55000 perfkit is not in shared_preload_libraries.';

CREATE VIEW perfkit_guard_findings AS SELECT * FROM perfkit_guard_findings();

COMMENT ON VIEW perfkit_guard_findings IS
'Sequential scans of large tables that perfkit.guard has seen in any session.
There is one row for each statement, user, database, table and kind of scan since the start of the
server or the last perfkit_guard_reset(). Requires perfkit in shared_preload_libraries. At most
perfkit.guard_max rows are kept; if there are more, those not seen for the longest time are
dropped.';
COMMENT ON COLUMN perfkit_guard_findings.queryid IS
'Identifier of the statement, as in pg_stat_statements.
Null if there is none (compute_query_id = off); such statements share a row for each table.';
COMMENT ON COLUMN perfkit_guard_findings.userid IS
'OID of the role that ran the statement.';
COMMENT ON COLUMN perfkit_guard_findings.dbid IS
'OID of the database in which it ran.';
COMMENT ON COLUMN perfkit_guard_findings.relation IS
'Qualified name of the table when it was first seen.
Null for users who may not see sample_query.';
COMMENT ON COLUMN perfkit_guard_findings.node_type IS
'Seq Scan or Parallel Seq Scan.';
COMMENT ON COLUMN perfkit_guard_findings.calls IS
'Number of executions seen, including refused ones (perfkit.guard = error).';
COMMENT ON COLUMN perfkit_guard_findings.first_seen IS
'Start of the client''s statement in which it was first seen.';
COMMENT ON COLUMN perfkit_guard_findings.last_seen IS
'Start of the client''s statement in which it was last seen.';
COMMENT ON COLUMN perfkit_guard_findings.sample_query IS
'Text of the first execution, with its constants, up to 1023 bytes.
It is <insufficient privilege> for statements of other roles, except to superusers and members of
pg_read_all_stats.';
GRANT SELECT ON perfkit_guard_findings TO PUBLIC;

CREATE FUNCTION perfkit_guard_reset()
RETURNS void
LANGUAGE C VOLATILE PARALLEL RESTRICTED
AS 'MODULE_PATHNAME', 'perfkit_guard_reset';

COMMENT ON FUNCTION perfkit_guard_reset() IS
'Removes all findings.
May be called by superusers and by roles with EXECUTE privilege.
Errors: 55000 perfkit is not in shared_preload_libraries.';
REVOKE ALL ON FUNCTION perfkit_guard_reset() FROM PUBLIC;
