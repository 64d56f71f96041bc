-- Runs: load runs, their budgets and verdicts.

-- In what follows, functions are named with their schema, and operators get the very types that pg_catalog has them for. Any
-- other spelling would bind to a better match in the schema perfkit is installed in, if somebody had put one there.

-- Budgets

CREATE TABLE perfkit_budgets (
	workload text NOT NULL,
	scenario text NOT NULL DEFAULT 'all',
	metric text NOT NULL
		CHECK (metric IN ('avg_ms', 'p50_ms', 'p90_ms', 'p95_ms', 'p99_ms', 'max_ms', 'min_tps', 'max_error_rate')),
	limit_value double precision,
	shipped boolean NOT NULL DEFAULT false,
	replaces_shipped boolean NOT NULL DEFAULT false,
	PRIMARY KEY (workload, scenario, metric),
	CHECK (limit_value >= '0' AND limit_value < 'Infinity'),
	CHECK (metric <> 'max_error_rate' OR limit_value <= '1')
);
COMMENT ON TABLE perfkit_budgets IS
'What a load run must keep to pass. Insert rows of your own; inserting the key of a shipped row replaces it. A row inserted with ON CONFLICT DO NOTHING replaces a shipped row too, since that gives way before the conflict is looked for. Inserting takes the privileges INSERT, SELECT and DELETE, for the same reason. Your rows and your edits survive dump, restore and upgrade. A shipped row that was deleted returns with a restore: set limit_value to NULL instead. For the same reason the key of a shipped row, edited or not, cannot be changed (55000). A restore of data alone must run the table''s trigger, or edited rows meet the shipped ones of a new database: no pg_dump --data-only --disable-triggers.';
COMMENT ON COLUMN perfkit_budgets.workload IS 'Workload of the run, such as events.';
COMMENT ON COLUMN perfkit_budgets.scenario IS 'Scenario of the run, or all: every transaction of the run together.';
COMMENT ON COLUMN perfkit_budgets.metric IS
'avg_ms, p50_ms, p90_ms, p95_ms, p99_ms, max_ms: latency that must stay under limit_value, in milliseconds. min_tps: transactions per second, at least limit_value. max_error_rate: failed or skipped share of all transactions tried, 0 to 1, at most limit_value.';
COMMENT ON COLUMN perfkit_budgets.limit_value IS 'The limit, in the metric''s unit. NULL: the budget is waived.';
COMMENT ON COLUMN perfkit_budgets.shipped IS 'true: the row is perfkit''s own, and unchanged. Kept by a trigger.';
COMMENT ON COLUMN perfkit_budgets.replaces_shipped IS 'true: the row is an edited row of perfkit''s, or took the place of one. Kept by a trigger.';

-- Runs

CREATE TABLE perfkit_runs (
	run_id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
	workload text NOT NULL,
	label text,
	started_at timestamptz NOT NULL DEFAULT pg_catalog.now(),
	duration interval NOT NULL CHECK (duration > '0'),
	clients integer NOT NULL CHECK (clients > 0),
	data_rows bigint,
	scenarios text[] NOT NULL CHECK (pg_catalog.cardinality(scenarios) > 0
									 AND pg_catalog.array_position(scenarios, 'all') IS NULL
									 AND pg_catalog.array_position(scenarios, NULL) IS NULL),
	environment jsonb NOT NULL DEFAULT '{}',
	pgbench jsonb,
	index_checks jsonb,
	observed jsonb
);
COMMENT ON TABLE perfkit_runs IS
'Load runs, one row each, as bench/run stores them. Deleting a run deletes its transactions and invariants too.';
COMMENT ON COLUMN perfkit_runs.label IS 'Any text by which to find the run again.';
COMMENT ON COLUMN perfkit_runs.duration IS 'Time under load, without connecting: what transactions per second are counted over.';
COMMENT ON COLUMN perfkit_runs.clients IS 'Number of concurrent clients; of a run in stages, the most.';
COMMENT ON COLUMN perfkit_runs.data_rows IS 'Number of rows the workload was asked to seed. NULL: the data was taken as it was.';
COMMENT ON COLUMN perfkit_runs.scenarios IS 'Names of the scenarios; perfkit_run_transactions.scenario counts in this list, from 1.';
COMMENT ON COLUMN perfkit_runs.environment IS
'Where and how the run was made: server version, settings that differ from default, cores, memory, pgbench''s version and command lines, digests of the scripts.';
COMMENT ON COLUMN perfkit_runs.pgbench IS 'pgbench''s own report: its counts and transactions per second, stage by stage.';
COMMENT ON COLUMN perfkit_runs.index_checks IS 'What perfkit_verify_indexes said before the load.';
COMMENT ON COLUMN perfkit_runs.observed IS
'What the server did during the load: lock waits (sampled once a second), deadlocks, shared buffers hit and read, temporary files, WAL, the relations'' sizes before and after, and the most private memory a backend had at a sample (null where the server''s processes cannot be seen; then unknown_because says why). Buffers, deadlocks and temporary files are the whole database''s, WAL is the whole server''s. Bytes, milliseconds; per transaction of the log.';

-- No foreign key: checking it for each of a million lines took 3.6 s, and taking them in without it 1.9 s. The triggers
-- below do what ON DELETE CASCADE would.
CREATE TABLE perfkit_run_transactions (
	run_id bigint NOT NULL,
	scenario smallint NOT NULL,
	client integer NOT NULL,
	finished_at timestamptz NOT NULL,
	latency_us bigint,
	schedule_lag_us bigint,
	retries integer NOT NULL DEFAULT 0,
	failure text
);
CREATE INDEX perfkit_run_transactions_run ON perfkit_run_transactions (run_id);
COMMENT ON TABLE perfkit_run_transactions IS
'Every transaction of every run, from pgbench''s log. perfkit_run_summary and perfkit_run_verdicts are computed from these rows alone.';
COMMENT ON COLUMN perfkit_run_transactions.scenario IS 'Position in perfkit_runs.scenarios, from 1.';
COMMENT ON COLUMN perfkit_run_transactions.latency_us IS
'Microseconds from when the transaction was due to start (its scheduled start with --rate, else when the client was free) to its end, retries included. NULL when it did not succeed.';
COMMENT ON COLUMN perfkit_run_transactions.schedule_lag_us IS
'With --rate: microseconds from the scheduled start to the real one; part of latency_us.';
COMMENT ON COLUMN perfkit_run_transactions.failure IS
'NULL: the transaction succeeded. Else pgbench''s word for what became of it, such as failed or skipped.';

CREATE TABLE perfkit_run_invariants (
	run_id bigint NOT NULL,
	invariant text NOT NULL,
	ok boolean NOT NULL,
	detail text,
	PRIMARY KEY (run_id, invariant)
);
COMMENT ON TABLE perfkit_run_invariants IS
'What the workload''s invariants.sql found true of the data after the load, and what not. One that does not hold fails the run.';
COMMENT ON COLUMN perfkit_run_invariants.invariant IS 'What has to be true, in words.';
COMMENT ON COLUMN perfkit_run_invariants.ok IS 'Whether it is.';
COMMENT ON COLUMN perfkit_run_invariants.detail IS 'What was counted.';

CREATE FUNCTION perfkit_forget_transactions() RETURNS trigger
LANGUAGE plpgsql
SET search_path = pg_catalog, pg_temp
AS $$
BEGIN
	IF TG_OP = 'TRUNCATE' THEN
		EXECUTE format('TRUNCATE %1$I.perfkit_run_transactions, %1$I.perfkit_run_invariants', TG_TABLE_SCHEMA);
	ELSE
		EXECUTE format('DELETE FROM %I.perfkit_run_invariants WHERE run_id IN (SELECT run_id FROM gone)',
					   TG_TABLE_SCHEMA);
		EXECUTE format('DELETE FROM %I.perfkit_run_transactions WHERE run_id IN (SELECT run_id FROM gone)',
					   TG_TABLE_SCHEMA);
	END IF;
	RETURN NULL;
END
$$;
COMMENT ON FUNCTION perfkit_forget_transactions() IS
'Trigger of perfkit_runs: the transactions and invariants of a deleted run go with it.';

CREATE TRIGGER perfkit_forget_transactions AFTER DELETE ON perfkit_runs
	REFERENCING OLD TABLE AS gone
	FOR EACH STATEMENT EXECUTE FUNCTION perfkit_forget_transactions();
CREATE TRIGGER perfkit_forget_all_transactions AFTER TRUNCATE ON perfkit_runs
	FOR EACH STATEMENT EXECUTE FUNCTION perfkit_forget_transactions();

SELECT pg_catalog.pg_extension_config_dump('perfkit_runs', '');
SELECT pg_catalog.pg_extension_config_dump('perfkit_runs_run_id_seq', '');
SELECT pg_catalog.pg_extension_config_dump('perfkit_run_transactions', '');
SELECT pg_catalog.pg_extension_config_dump('perfkit_run_invariants', '');

CREATE FUNCTION perfkit_run(run_id bigint) RETURNS perfkit_runs
AS 'MODULE_PATHNAME' LANGUAGE C STABLE PARALLEL RESTRICTED;
COMMENT ON FUNCTION perfkit_run IS 'The run''s row of perfkit_runs. Error 42704 when there is no such run.';

CREATE FUNCTION perfkit_load_log(run_id bigint, log regclass) RETURNS bigint
AS 'MODULE_PATHNAME' LANGUAGE C VOLATILE PARALLEL UNSAFE;
COMMENT ON FUNCTION perfkit_load_log IS
'Adds the lines of a pgbench transaction log to the run, and returns how many. log is a table they were copied into, with columns client, transaction_no, latency text, script, epoch, microseconds, schedule_lag, retries; the last two are NULL where pgbench was run without --rate or --max-tries. Errors: 42704 no such run; 22023 a script number the run has no scenario for.';

CREATE FUNCTION perfkit_expect_rows(found bigint, expected bigint) RETURNS bigint
AS 'MODULE_PATHNAME' LANGUAGE C VOLATILE PARALLEL SAFE;
COMMENT ON FUNCTION perfkit_expect_rows IS
'Returns found when it equals expected. Else error 40001 (serialization_failure), which pgbench --max-tries and many applications try again by themselves: for statements that find too few rows because another transaction was first, such as INSERT ... ON CONFLICT DO NOTHING of a version that is taken, or UPDATE ... WHERE version = n. Error 22004 when either is null.';

CREATE FUNCTION perfkit_environment() RETURNS jsonb
LANGUAGE sql STABLE PARALLEL RESTRICTED
BEGIN ATOMIC
	-- Settings that may hold a secret, or that only say where files are, tell nothing about speed.
	SELECT pg_catalog.jsonb_build_object(
		'server_version', pg_catalog.current_setting('server_version'),
		'server_version_num', pg_catalog.current_setting('server_version_num')::int,
		'perfkit_version', (SELECT extversion FROM pg_catalog.pg_extension WHERE extname = 'perfkit'),
		'database', pg_catalog.current_database(),
		'database_bytes', pg_catalog.pg_database_size(pg_catalog.current_database()),
		'server_is_local', pg_catalog.inet_server_addr() IS NULL OR pg_catalog.inet_server_addr() = pg_catalog.inet_client_addr(),
		'settings', (SELECT pg_catalog.jsonb_object_agg(name, pg_catalog.current_setting(name) ORDER BY name)
					 FROM pg_catalog.pg_settings
					 WHERE source NOT IN ('default', 'override', 'client', 'session', 'interactive')
					   AND setting IS DISTINCT FROM boot_val
					   AND category NOT LIKE 'File Locations%'
					   AND name !~ '(conninfo|password|passphrase|secret|token|key|command|directories|destdir|path)'));
END;
COMMENT ON FUNCTION perfkit_environment IS
'What of the server bears on a run''s speed: version, size of the database, settings that differ from their built-in default. Settings that may hold a secret are left out.';

CREATE FUNCTION perfkit_run_latencies(run_id bigint)
RETURNS TABLE (scenario text, latency_us bigint, transactions bigint, cumulative bigint, total bigint, retries bigint)
LANGUAGE sql STABLE PARALLEL RESTRICTED
BEGIN ATOMIC
	WITH counted AS (
		SELECT t.scenario, t.latency_us, pg_catalog.count(*) AS transactions, pg_catalog.sum(t.retries) AS retries
		FROM perfkit_run_transactions t
		WHERE t.run_id = perfkit_run_latencies.run_id
		GROUP BY t.scenario, t.latency_us
	), with_all AS (
		SELECT c.scenario, c.latency_us, c.transactions, c.retries FROM counted c
		UNION ALL
		SELECT NULL, c.latency_us, pg_catalog.sum(c.transactions)::bigint, pg_catalog.sum(c.retries)::bigint
		FROM counted c GROUP BY c.latency_us
	), summed AS (
		-- NULL sorts last, so what did not succeed is in no other row's sum
		SELECT w.scenario, w.latency_us, w.transactions, w.retries,
			   pg_catalog.sum(w.transactions) OVER (PARTITION BY w.scenario ORDER BY w.latency_us) AS cumulative,
			   pg_catalog.sum(w.transactions) FILTER (WHERE w.latency_us IS NOT NULL) OVER (PARTITION BY w.scenario) AS total
		FROM with_all w
	)
	-- Names come last: sorting a million rows with the run's row in each took most of the time.
	SELECT CASE WHEN w.scenario IS NULL THEN 'all' ELSE r.scenarios[w.scenario] END, w.latency_us, w.transactions,
		   CASE WHEN w.latency_us IS NOT NULL THEN w.cumulative::bigint END,
		   CASE WHEN w.latency_us IS NOT NULL THEN w.total::bigint END, w.retries
	FROM perfkit_run(perfkit_run_latencies.run_id) r, summed w;
END;
COMMENT ON FUNCTION perfkit_run_latencies IS
'The run''s distribution of latency, exact: for each scenario and for all, each latency in microseconds, the number of transactions that took it, of those that took it or less, and of those that succeeded. Transactions that did not succeed are a row whose latency_us, cumulative and total are NULL. scenario is NULL for transactions of a number that the run has no scenario for. Error 42704 when there is no such run.';

CREATE FUNCTION perfkit_run_summary(run_id bigint)
RETURNS TABLE (scenario text, transactions bigint, tps double precision, avg_ms double precision, p50_ms double precision,
			   p90_ms double precision, p95_ms double precision, p99_ms double precision, max_ms double precision,
			   errors bigint, retries bigint)
LANGUAGE sql STABLE PARALLEL RESTRICTED
BEGIN ATOMIC
	-- A quantile is the smallest latency that ceil(q n) transactions do not exceed: what percentile_disc() computes.
	WITH measured AS (
		SELECT d.scenario, pg_catalog.max(d.total) AS n,
			   pg_catalog.sum(d.latency_us::numeric * d.transactions::numeric) / pg_catalog.max(d.total)::numeric AS mean_us,
			   pg_catalog.min(d.latency_us) FILTER (WHERE d.cumulative >= pg_catalog.ceil(0.50::double precision * d.total::double precision)::bigint)
				   AS p50_us,
			   pg_catalog.min(d.latency_us) FILTER (WHERE d.cumulative >= pg_catalog.ceil(0.90::double precision * d.total::double precision)::bigint)
				   AS p90_us,
			   pg_catalog.min(d.latency_us) FILTER (WHERE d.cumulative >= pg_catalog.ceil(0.95::double precision * d.total::double precision)::bigint)
				   AS p95_us,
			   pg_catalog.min(d.latency_us) FILTER (WHERE d.cumulative >= pg_catalog.ceil(0.99::double precision * d.total::double precision)::bigint)
				   AS p99_us,
			   pg_catalog.max(d.latency_us) AS max_us,
			   pg_catalog.sum(d.transactions) FILTER (WHERE d.latency_us IS NULL)::bigint AS errors,
			   pg_catalog.sum(d.retries)::bigint AS retries
		FROM perfkit_run_latencies(perfkit_run_summary.run_id) d
		GROUP BY d.scenario
	)
	SELECT s.scenario, coalesce(m.n, 0), coalesce(m.n, 0)::double precision / extract(epoch FROM r.duration)::double precision,
		   (m.mean_us / 1000::numeric)::double precision, m.p50_us::double precision / 1000::double precision,
		   m.p90_us::double precision / 1000::double precision, m.p95_us::double precision / 1000::double precision,
		   m.p99_us::double precision / 1000::double precision, m.max_us::double precision / 1000::double precision,
		   coalesce(m.errors, 0), coalesce(m.retries, 0)
	FROM perfkit_run(perfkit_run_summary.run_id) r
		 CROSS JOIN LATERAL pg_catalog.unnest(pg_catalog.array_append(r.scenarios, 'all'::text))
			 WITH ORDINALITY AS s (scenario, position)
		 LEFT JOIN measured m ON m.scenario = s.scenario
	ORDER BY s.position;
END;
COMMENT ON FUNCTION perfkit_run_summary IS
'One row for each scenario of the run and one for all. transactions: those that succeeded; tps: of them, per second under load; avg_ms to max_ms: their latency in milliseconds, percentiles by nearest rank from every transaction, NULL when there is none; errors: transactions that failed or were skipped; retries: how often any was tried again. Error 42704 when there is no such run.';

CREATE FUNCTION perfkit_run_verdicts(run_id bigint)
RETURNS TABLE (scenario text, metric text, limit_value double precision, observed double precision,
			   lower double precision, upper double precision, verdict text, more_transactions bigint)
LANGUAGE sql STABLE PARALLEL RESTRICTED
BEGIN ATOMIC
	WITH budget AS (
		SELECT s.scenario, s.position, b.metric, b.limit_value, q.quantile, q.position AS metric_position,
			   extract(epoch FROM r.duration)::double precision AS seconds
		FROM perfkit_run(perfkit_run_verdicts.run_id) r
			 CROSS JOIN LATERAL pg_catalog.unnest(pg_catalog.array_append(r.scenarios, 'all'::text))
				 WITH ORDINALITY AS s (scenario, position)
			 JOIN perfkit_budgets b ON b.workload = r.workload AND b.scenario = s.scenario
			 JOIN (VALUES (1, 'avg_ms', NULL::double precision), (2, 'p50_ms', 0.50), (3, 'p90_ms', 0.90),
						  (4, 'p95_ms', 0.95), (5, 'p99_ms', 0.99), (6, 'max_ms', NULL), (7, 'min_tps', NULL),
						  (8, 'max_error_rate', NULL)) AS q (position, metric, quantile) ON q.metric = b.metric
		WHERE b.limit_value IS NOT NULL
	), distribution AS MATERIALIZED (
		SELECT * FROM perfkit_run_latencies(perfkit_run_verdicts.run_id)
	), sample AS (
		SELECT d.scenario, coalesce(pg_catalog.max(d.total), 0) AS n, pg_catalog.max(d.latency_us) AS longest_us,
			   coalesce(pg_catalog.sum(d.transactions) FILTER (WHERE d.latency_us IS NULL), 0)::bigint AS errors,
			   pg_catalog.sum(d.latency_us::numeric * d.transactions::numeric) AS sum_us,
			   pg_catalog.sum(d.latency_us::numeric * d.latency_us::numeric * d.transactions::numeric) AS sum_squares
		FROM distribution d
		GROUP BY d.scenario
	), moments AS (
		-- sums of whole numbers, so exact: the difference may not be a small one of two rounded large ones
		SELECT s.scenario, s.n, s.errors, s.longest_us::double precision / 1000::double precision AS longest,
			   CASE WHEN s.n > 0 THEN (s.sum_us / s.n::numeric)::double precision / 1000::double precision END AS mean,
			   CASE WHEN s.n > 1
					THEN pg_catalog.sqrt((s.sum_squares - s.sum_us * s.sum_us / s.n::numeric) / (s.n - 1)::numeric)::double precision
						 / 1000::double precision * 1.959963984540054::double precision END AS spread
		FROM sample s
	), ranked AS (
		SELECT b.scenario, b.position, b.metric, b.metric_position, b.limit_value, b.quantile, b.seconds,
			   coalesce(s.n, 0) AS n, coalesce(s.errors, 0) AS errors, s.longest, s.mean, s.spread,
			   pg_catalog.ceil(b.quantile * s.n::double precision)::bigint AS own_rank, i.lower_rank, i.upper_rank
		FROM budget b
			 LEFT JOIN moments s ON s.scenario = b.scenario
			 LEFT JOIN LATERAL perfkit_quantile_interval(coalesce(s.n, 0), b.quantile, 0.95::double precision) i
				ON b.quantile IS NOT NULL
	), quantiles AS MATERIALIZED (
		SELECT k.scenario, k.metric,
			   (pg_catalog.min(d.latency_us) FILTER (WHERE d.cumulative >= k.own_rank))::double precision / 1000::double precision AS observed,
			   (pg_catalog.min(d.latency_us) FILTER (WHERE d.cumulative >= k.lower_rank))::double precision / 1000::double precision AS lower,
			   (pg_catalog.min(d.latency_us) FILTER (WHERE d.cumulative >= k.upper_rank))::double precision / 1000::double precision AS upper,
			   coalesce(pg_catalog.max(d.cumulative)
						FILTER (WHERE d.latency_us::double precision / 1000::double precision < k.limit_value), 0) AS below
		FROM ranked k JOIN distribution d ON d.scenario = k.scenario
		WHERE k.quantile IS NOT NULL
		GROUP BY k.scenario, k.metric
	), measured AS (
		SELECT k.scenario, k.position, k.metric, k.metric_position, k.limit_value, k.quantile, k.n, k.errors, q.below,
			   k.mean, k.spread,
			   CASE k.metric
				   WHEN 'avg_ms' THEN k.mean
				   WHEN 'max_ms' THEN k.longest
				   WHEN 'min_tps' THEN CASE WHEN k.n + k.errors > 0 THEN k.n::double precision / k.seconds END
				   WHEN 'max_error_rate' THEN k.errors::double precision / nullif(k.n + k.errors, 0)::double precision
				   ELSE q.observed END AS observed,
			   CASE k.metric
				   WHEN 'avg_ms' THEN CASE WHEN k.n >= 30 THEN k.mean - k.spread / pg_catalog.sqrt(k.n::double precision) END
				   WHEN 'max_error_rate' THEN e.lower
				   ELSE q.lower END AS lower,
			   CASE k.metric
				   WHEN 'avg_ms' THEN CASE WHEN k.n >= 30 THEN k.mean + k.spread / pg_catalog.sqrt(k.n::double precision) END
				   WHEN 'max_error_rate' THEN e.upper
				   ELSE q.upper END AS upper
		FROM ranked k
			 LEFT JOIN quantiles q ON q.scenario = k.scenario AND q.metric = k.metric
			 LEFT JOIN LATERAL perfkit_share_interval(k.errors, nullif(k.n + k.errors, 0), 0.95::double precision) e
				ON k.metric = 'max_error_rate' AND k.limit_value > '0'
	), judged AS (
		SELECT m.*,
			   CASE
				   -- all failed, or were skipped: that tells enough, whatever the metric
				   WHEN m.n = 0 AND m.errors > 0 AND (m.metric <> 'max_error_rate' OR m.limit_value < '1') THEN 'FAIL'
				   WHEN m.observed IS NULL THEN 'INCONCLUSIVE'
				   WHEN m.metric = 'max_ms' THEN CASE WHEN m.observed < m.limit_value THEN 'PASS' ELSE 'FAIL' END
				   WHEN m.metric = 'min_tps' THEN CASE WHEN m.observed >= m.limit_value THEN 'PASS' ELSE 'FAIL' END
				   WHEN m.metric = 'max_error_rate' AND m.limit_value = '0'
				   THEN CASE WHEN m.errors = 0 THEN 'PASS' ELSE 'FAIL' END
				   WHEN m.metric = 'max_error_rate' AND m.upper <= m.limit_value THEN 'PASS'
				   WHEN m.metric = 'max_error_rate' AND m.lower > m.limit_value THEN 'FAIL'
				   WHEN m.metric <> 'max_error_rate' AND m.upper < m.limit_value THEN 'PASS'
				   WHEN m.metric <> 'max_error_rate' AND m.lower >= m.limit_value THEN 'FAIL'
				   ELSE 'INCONCLUSIVE' END AS verdict
		FROM measured m
	)
	SELECT j.scenario, j.metric, j.limit_value, j.observed, j.lower, j.upper, j.verdict,
		   CASE
			   WHEN j.verdict <> 'INCONCLUSIVE' THEN 0
			   WHEN j.quantile IS NOT NULL
			   THEN perfkit_more_for_quantile(j.n, coalesce(j.below, 0), j.quantile, 0.95::double precision)
			   WHEN j.metric = 'max_error_rate' AND j.limit_value > '0'
			   THEN perfkit_more_for_share(j.n + j.errors, j.errors, j.limit_value, 0.95::double precision)
			   WHEN j.metric <> 'avg_ms' THEN 1
			   WHEN j.n < 2 THEN 30 - j.n
			   WHEN j.mean <> j.limit_value
			   THEN greatest(30, j.n + 1, least('1e15'::double precision,
										   pg_catalog.floor((j.spread / (j.mean - j.limit_value)) ^ '2'::double precision))::bigint + 1) - j.n
		   END
	FROM judged j
	ORDER BY j.position, j.metric_position;
END;
COMMENT ON FUNCTION perfkit_run_verdicts IS
'One row for each budget that applies to the run''s workload and scenarios and is not waived. lower and upper: 95 % confidence interval of observed, in the metric''s unit. Percentiles: distribution-free, from order statistics; avg_ms: normal theory, from 30 transactions on; max_error_rate: exact binomial (Clopper-Pearson); max_ms and min_tps: none, they are compared as they are, as is max_error_rate with the limit 0. verdict: PASS when all of the interval is within the limit, FAIL when none of it is, or when transactions were tried and none succeeded, else, and where none was tried, INCONCLUSIVE; then more_transactions is about how many more it takes to tell if what was seen persists, NULL when no number will do. Intervals take transactions as independent: they speak for this run, not for the next one. Error 42704 when there is no such run.';

CREATE FUNCTION perfkit_run_verdict(run_id bigint, OUT verdict text, OUT reason text, OUT findings text, OUT budgets jsonb)
LANGUAGE sql STABLE PARALLEL RESTRICTED
BEGIN ATOMIC
	WITH judged AS MATERIALIZED (
		SELECT v.*,
			   pg_catalog.concat_ws(''::text,
				   pg_catalog.format('%s: %s is %s'::text, v.scenario, v.metric,
									 coalesce(pg_catalog.round(v.observed::numeric, 3)::text, 'unknown')),
				   CASE WHEN v.lower IS NOT NULL OR v.upper IS NOT NULL
						THEN pg_catalog.format(' (95 %% interval %s to %s)'::text,
											   coalesce(pg_catalog.round(v.lower::numeric, 3)::text, 'unknown'),
											   coalesce(pg_catalog.round(v.upper::numeric, 3)::text, 'unknown')) END,
				   pg_catalog.format(', limit %s.'::text, v.limit_value),
				   CASE WHEN v.more_transactions > 0
						THEN pg_catalog.format(' About %s more transactions would tell.'::text, v.more_transactions) END) AS finding
		FROM perfkit_run_verdicts(perfkit_run_verdict.run_id) WITH ORDINALITY
			 AS v (scenario, metric, limit_value, observed, lower, upper, verdict, more_transactions, position)
	), budget AS (
		SELECT pg_catalog.count(*) AS all_of_them,
			   pg_catalog.count(*) FILTER (WHERE j.verdict = 'FAIL') AS failed,
			   pg_catalog.count(*) FILTER (WHERE j.verdict = 'INCONCLUSIVE') AS untold,
			   pg_catalog.string_agg(j.finding, E'\n'::text ORDER BY j.position) FILTER (WHERE j.verdict = 'FAIL') AS broken,
			   pg_catalog.string_agg(j.finding, E'\n'::text ORDER BY j.position) FILTER (WHERE j.verdict = 'INCONCLUSIVE') AS open,
			   pg_catalog.jsonb_agg(pg_catalog.jsonb_build_object(
				   'scenario', j.scenario, 'metric', j.metric, 'limit_value', j.limit_value, 'observed', j.observed, 'lower', j.lower,
				   'upper', j.upper, 'verdict', j.verdict, 'more_transactions', j.more_transactions) ORDER BY j.position) AS rows
		FROM judged j
	), index_check AS (
		SELECT pg_catalog.count(*) AS all_of_them,
			   pg_catalog.count(*) FILTER (WHERE c.value ->> 'verdict'::text = 'FAIL') AS failed,
			   pg_catalog.string_agg(pg_catalog.format('index check %s: %s'::text, c.value ->> 'check_name'::text,
													   coalesce(c.value ->> 'reason'::text, 'failed')), E'\n'::text ORDER BY c.position)
				   FILTER (WHERE c.value ->> 'verdict'::text = 'FAIL') AS broken
		FROM perfkit_run(perfkit_run_verdict.run_id) r
			 CROSS JOIN LATERAL pg_catalog.jsonb_array_elements(coalesce(r.index_checks, '[]'))
				 WITH ORDINALITY AS c (value, position)
	), invariant AS (
		SELECT pg_catalog.count(*) AS all_of_them, pg_catalog.count(*) FILTER (WHERE NOT n.ok) AS failed,
			   pg_catalog.string_agg(pg_catalog.concat_ws(': '::text, n.invariant, n.detail), E'\n'::text ORDER BY n.invariant)
				   FILTER (WHERE NOT n.ok) AS broken
		FROM perfkit_run_invariants n
		WHERE n.run_id = perfkit_run_verdict.run_id
	), overall AS (
		SELECT CASE WHEN b.failed + i.failed + n.failed > 0 THEN 'FAIL'
					WHEN b.untold > 0 OR b.all_of_them = 0 THEN 'INCONCLUSIVE'
					ELSE 'PASS' END AS verdict
		FROM budget b, index_check i, invariant n
	)
	SELECT o.verdict,
		   pg_catalog.concat_ws(', '::text,
			   CASE WHEN n.failed > 0 THEN pg_catalog.format('%s of %s invariants broken'::text, n.failed, n.all_of_them) END,
			   CASE WHEN b.failed > 0 THEN pg_catalog.format('%s of %s budgets broken'::text, b.failed, b.all_of_them) END,
			   CASE WHEN i.failed > 0 THEN pg_catalog.format('%s of %s index checks failed'::text, i.failed, i.all_of_them) END,
			   CASE WHEN b.untold > 0
					THEN pg_catalog.format('%s of %s budgets cannot be told from so few transactions'::text, b.untold, b.all_of_them) END,
			   CASE WHEN b.all_of_them = 0 THEN 'no budget applies (rows of perfkit_budgets do)' END,
			   CASE WHEN o.verdict = 'PASS' THEN pg_catalog.format('%s budgets kept'::text, b.all_of_them) END,
			   CASE WHEN o.verdict = 'PASS' AND i.all_of_them > 0
					THEN pg_catalog.format('%s index checks passed'::text, i.all_of_them) END,
			   CASE WHEN o.verdict = 'PASS' AND n.all_of_them > 0
					THEN pg_catalog.format('%s invariants hold'::text, n.all_of_them) END),
		   CASE o.verdict WHEN 'FAIL' THEN pg_catalog.concat_ws(E'\n'::text, n.broken, b.broken, i.broken)
						  WHEN 'INCONCLUSIVE' THEN b.open END,
		   coalesce(b.rows, '[]')
	FROM overall o, budget b, index_check i, invariant n;
END;
COMMENT ON FUNCTION perfkit_run_verdict IS
'The run''s verdict as a whole, which bench/run exits by and perfkit_assert_run raises. FAIL: a budget, an index check or an invariant failed. INCONCLUSIVE: none did, but some budget cannot be told, or none applies. PASS: all of them passed. reason: the counts, in words; findings: a line for each budget, check and invariant behind a FAIL or INCONCLUSIVE; budgets: the rows of perfkit_run_verdicts. Error 42704 when there is no such run.';

CREATE FUNCTION perfkit_assert_run(run_id bigint) RETURNS void
AS 'MODULE_PATHNAME' LANGUAGE C STABLE PARALLEL RESTRICTED;
COMMENT ON FUNCTION perfkit_assert_run IS
'Does nothing when perfkit_run_verdict says PASS. Else error P0004, with the invariants that do not hold, or the budgets and index checks that fail, or when none fails the budgets that cannot be told, in its detail; 55000 when no budget applies and nothing failed; 42704 when there is no such run.';
