-- Seed: the registry of workloads.

CREATE FUNCTION perfkit_workloads(
    OUT workload text, OUT tables text[], OUT seeder text, OUT requires text[], OUT description text)
RETURNS SETOF record
LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE ROWS 4
AS 'MODULE_PATHNAME', 'perfkit_workloads';

COMMENT ON FUNCTION perfkit_workloads() IS
'The workloads that perfkit ships: their tables, the function that seeds them, and the extensions they need';
