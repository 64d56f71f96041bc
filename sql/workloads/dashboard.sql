-- Budgets of workload dashboard.

INSERT INTO perfkit_budgets (workload, scenario, metric, limit_value, shipped) VALUES
('dashboard', 'initial_load', 'p95_ms', 3000, true),
('dashboard', 'refresh', 'p95_ms', 1000, true),
('dashboard', 'all', 'max_error_rate', 0.01, true),
-- A dashboard that shows a scan a second later is still live.
('dashboard', 'all', 'notify_p95_ms', 1000, true);
