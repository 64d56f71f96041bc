-- Budgets: shipped rows, edits, and what no budget can be.
\set VERBOSITY terse
BEGIN;

SELECT scenario, array_agg(concat_ws(' ', metric, limit_value, 'up to ' || max_rows || ' rows') ORDER BY metric COLLATE "C") FROM perfkit_budgets
WHERE workload = 'events' AND shipped GROUP BY scenario ORDER BY scenario COLLATE "C";

-- An edited row, a waived one and one inserted over a shipped one are the user's from then on; there is still one of each.
UPDATE perfkit_budgets SET limit_value = 100 WHERE (workload, scenario, metric) = ('events', 'page', 'p95_ms');
UPDATE perfkit_budgets SET limit_value = NULL WHERE (workload, scenario, metric) = ('events', 'page', 'p99_ms');
INSERT INTO perfkit_budgets VALUES ('events', 'page', 'avg_ms', 50);
INSERT INTO perfkit_budgets (workload, metric, limit_value) VALUES ('events', 'max_error_rate', 0.01);
SELECT scenario, metric, limit_value, shipped FROM perfkit_budgets
WHERE workload = 'events' AND (NOT shipped OR scenario = 'page') ORDER BY scenario COLLATE "C", metric COLLATE "C";

SELECT * FROM perfkit_budget_metrics();

SAVEPOINT before;
\set VERBOSITY default
INSERT INTO perfkit_budgets VALUES ('mine', 'all', 'p42_ms', 1);
ROLLBACK TO before;
UPDATE perfkit_budgets SET metric = 'P95_MS' WHERE (workload, scenario, metric) = ('events', 'page', 'p95_ms');
ROLLBACK TO before;
\set VERBOSITY terse
INSERT INTO perfkit_budgets VALUES ('mine', 'all', NULL, 1);
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
