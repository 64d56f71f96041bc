# Budgets and runs through pg_dump and restore: edits stay, shipped rows are not doubled, run
# numbers go on.
use strict;
use warnings;

use FindBin;
use lib "$FindBin::RealBin/lib";
use PerfkitCluster;
use PostgreSQL::Test::Utils;
use Test::More;

my $node = PerfkitCluster->new('main', create => 0);
$node->safe_psql('postgres', <<'SQL');
CREATE SCHEMA "odd ""schema";
CREATE EXTENSION perfkit SCHEMA "odd ""schema" CASCADE;
ALTER DATABASE postgres SET search_path = "odd ""schema", public;
SQL
$node->safe_psql('postgres', <<'SQL');
UPDATE perfkit_budgets SET limit_value = 42 WHERE (workload, scenario, metric) = ('events', 'page', 'p95_ms');
UPDATE perfkit_budgets SET limit_value = NULL WHERE (workload, scenario, metric) = ('events', 'page', 'p99_ms');
INSERT INTO perfkit_budgets VALUES ('events', 'genre', 'avg_ms', 7), ('mine', 'all', 'min_tps', 1000);
INSERT INTO perfkit_runs (workload, duration, clients, scenarios, label)
SELECT 'events', '1 s', 1, '{page,genre}', i FROM generate_series(1, 3) i;
UPDATE perfkit_runs SET budgets = '[{"metric": "p50_ms", "limit_value": 3}]', work = '{"page": {"transactions": 1, "statements": 1, "blocks": 9}}'
WHERE label = '3';
INSERT INTO perfkit_run_transactions (run_id, scenario, stage, client, finished_at, latency_us, failure)
SELECT run_id, 1 + i % 2, 1 + i % 3, 0, '2026-01-01', nullif(i, 500), CASE i WHEN 500 THEN 'failed' END
FROM perfkit_runs, generate_series(1, 1000) i;
CREATE TEMP TABLE log AS SELECT 0 AS client, i AS transaction_no, CASE i % 9 WHEN 0 THEN 'failed' ELSE (i * i)::text END AS latency, i % 2 AS script,
	1700000000 + i / 50 AS epoch, i AS microseconds, i % 7 AS schedule_lag, 1 AS retries FROM generate_series(3, 1000) i;
SELECT perfkit_load_log(run_id, 'log') FROM perfkit_runs WHERE label <> '1';
DELETE FROM perfkit_runs WHERE label = '2';
CREATE TABLE histograms AS SELECT perfkit_histogram_agg(i * i) AS h FROM generate_series(1, 50000::bigint) i GROUP BY i % 9;
INSERT INTO histograms VALUES ('{}'), (NULL), ('{1:9223372036854775807}');
SQL

# state_of(DATABASE): everything that must survive.
sub state_of
{
	my ($database) = @_;
	return $node->safe_psql($database, <<'SQL');
SELECT * FROM perfkit_budgets ORDER BY workload, scenario, metric;
SELECT * FROM perfkit_runs ORDER BY run_id;
SELECT run_id, s.* FROM perfkit_runs, perfkit_run_summary(run_id) s;
SELECT run_id, v.* FROM perfkit_runs, perfkit_run_verdicts(run_id) v;
SELECT count(*), sum(latency_us), count(failure) FROM perfkit_run_transactions;
SELECT * FROM perfkit_run_seconds ORDER BY run_id, stage, scenario, second;
SELECT md5(perfkit_histogram_send(h)) FROM histograms ORDER BY 1;
SQL
}
my $before = state_of('postgres');
like($before, qr/^events\|page\|p95_ms\|42\|f\|t\|$/m, 'there is something to lose');

my $directory = PostgreSQL::Test::Utils::tempdir();
foreach my $format (qw(plain custom))
{
	my $file = "$directory/$format";
	my $database = "restored_$format";
	$node->command_ok([ 'pg_dump', "--format=$format", '--file', $file, $node->connstr('postgres') ], "pg_dump, $format");
	$node->safe_psql('postgres', "CREATE DATABASE $database TEMPLATE template0");
	$node->safe_psql('postgres', qq{ALTER DATABASE $database SET search_path = "odd ""schema", public});
	$node->command_ok(
		$format eq 'plain'
		? [ 'psql', '-X', '-q', '-v', 'ON_ERROR_STOP=1', '-f', $file, $node->connstr($database) ]
		: [ 'pg_restore', '--exit-on-error', '-d', $node->connstr($database), $file ],
		"restore, $format");
	is(state_of($database), $before, "budgets, runs, summaries and verdicts are the same, $format");
	is( $node->safe_psql($database,
			"INSERT INTO perfkit_runs (workload, duration, clients, scenarios) VALUES ('events', '1 s', 1, '{page}') RETURNING run_id"),
		'4', "run numbers go on, $format");
	my ($status, $out, $err) = $node->psql($database, q{UPDATE perfkit_budgets SET scenario = 'x' WHERE (workload, scenario, metric) = ('events', 'page', 'p95_ms')});
	like($err, qr/cannot change the key of a row that ships with perfkit/, "an edited budget's key stays, $format");
	$node->safe_psql($database, 'DELETE FROM perfkit_runs WHERE run_id = 1');
	is($node->safe_psql($database, 'SELECT DISTINCT run_id FROM perfkit_run_transactions'), '3', "a deleted run's transactions go with it, $format");
	$node->safe_psql($database, 'DELETE FROM perfkit_runs WHERE run_id = 3');
	is($node->safe_psql($database, 'SELECT count(*) FROM perfkit_run_seconds'), '0', "so do its seconds, $format");
}

$node->stop;
done_testing();
