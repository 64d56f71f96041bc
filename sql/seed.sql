-- Seed: the registry of workloads.

CREATE FUNCTION perfkit_workloads(
    OUT workload text,
    OUT tables text[],
    OUT seeder text,
    OUT requires text[],
    OUT description text)
RETURNS SETOF record
LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE ROWS 4
AS 'MODULE_PATHNAME', 'perfkit_workloads';

COMMENT ON FUNCTION perfkit_workloads() IS
'The workloads that perfkit ships, one row each.
tables: the main table first. seeder: the function that creates and fills them. requires: the
extensions they need besides perfkit.';
