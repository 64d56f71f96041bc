-- Budgets: shipped rows, edits, and what no budget can be.
\set VERBOSITY terse
BEGIN;

SELECT scenario, array_agg(metric || ' ' || limit_value ORDER BY metric) FROM perfkit_budgets
WHERE workload = 'events' AND shipped GROUP BY scenario ORDER BY scenario COLLATE "C";

-- An edited row, a waived one and one inserted over a shipped one are the user's from then on; there is still one of each.
UPDATE perfkit_budgets SET limit_value = 100 WHERE (workload, scenario, metric) = ('events', 'page', 'p95_ms');
UPDATE perfkit_budgets SET limit_value = NULL WHERE (workload, scenario, metric) = ('events', 'page', 'p99_ms');
INSERT INTO perfkit_budgets VALUES ('events', 'page', 'avg_ms', 50);
INSERT INTO perfkit_budgets (workload, metric, limit_value) VALUES ('events', 'max_error_rate', 0.01);
SELECT scenario, metric, limit_value, shipped FROM perfkit_budgets
WHERE workload = 'events' AND (NOT shipped OR scenario = 'page') ORDER BY scenario COLLATE "C", metric COLLATE "C";

SAVEPOINT before;
INSERT INTO perfkit_budgets VALUES ('mine', 'all', 'p42_ms', 1);
ROLLBACK TO before;
INSERT INTO perfkit_budgets VALUES ('mine', 'all', 'p99_ms', -1);
ROLLBACK TO before;
INSERT INTO perfkit_budgets VALUES ('mine', 'all', 'p99_ms', 'NaN');
ROLLBACK TO before;
INSERT INTO perfkit_budgets VALUES ('mine', 'all', 'p99_ms', 'Infinity');
ROLLBACK TO before;
INSERT INTO perfkit_budgets VALUES ('mine', 'all', 'max_error_rate', 1.01);
ROLLBACK TO before;
INSERT INTO perfkit_budgets VALUES ('mine', 'all', 'max_error_rate', 1), ('mine', 'all', 'p99_ms', NULL);
INSERT INTO perfkit_budgets VALUES ('mine', 'all', 'p99_ms', 5);
ROLLBACK TO before;

ROLLBACK;
