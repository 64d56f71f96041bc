# The guard of a whole server: findings across sessions, bounded, private; beside other hooks, in either order.
use strict;
use warnings;

use FindBin;
use lib "$FindBin::RealBin/lib";
use PerfkitCluster;
use PostgreSQL::Test::Cluster;
use PostgreSQL::Test::Utils;
use Test::More;

my @lacking = PerfkitCluster::lacks('auto_explain', 'pg_stat_statements');
plan skip_all => "this PostgreSQL lacks @lacking" if @lacking;

my $node = PerfkitCluster->new('guarded', conf => <<'CONF');
shared_preload_libraries = 'auto_explain, perfkit, pg_stat_statements'
perfkit.guard = log
perfkit.guard_min_rows = 1000
perfkit.guard_max = 100
pg_stat_statements.track = all
auto_explain.log_min_duration = 0
auto_explain.log_analyze = on
auto_explain.log_nested_statements = on
max_connections = 20
CONF

$node->safe_psql('postgres', <<'SQL');
CREATE EXTENSION pg_stat_statements;
CREATE SCHEMA "odd ""schema";
CREATE TABLE "odd ""schema"."big table" (id int PRIMARY KEY, v int);
INSERT INTO "odd ""schema"."big table" SELECT i, i % 100 FROM generate_series(1, 2000) i;
CREATE TABLE big AS SELECT * FROM "odd ""schema"."big table";
ALTER TABLE big ADD PRIMARY KEY (id);
ANALYZE "odd ""schema"."big table", big;
CREATE ROLE alice LOGIN;
CREATE ROLE monitor LOGIN IN ROLE pg_read_all_stats;
GRANT SELECT ON big TO alice;
CREATE FUNCTION count_all() RETURNS bigint LANGUAGE plpgsql AS $$ BEGIN RETURN (SELECT count(*) FROM public.big); END $$;
SELECT perfkit_guard_reset();
SQL

sub findings
{
	my ($columns, $condition) = @_;
	return $node->safe_psql('postgres',
		"SELECT $columns FROM (SELECT * FROM perfkit_guard_findings ORDER BY relation, sample_query) f WHERE " . ($condition // 'true'));
}

# The same in both orders of loading, and with each statement's results as they are without the guard.
my @orders = ('auto_explain, perfkit, pg_stat_statements', 'pg_stat_statements, auto_explain, perfkit', 'perfkit, pg_stat_statements, auto_explain');
for my $order (@orders)
{
	if ($order ne $orders[0])
	{
		$node->append_conf('postgresql.conf', "shared_preload_libraries = '$order'");
		$node->restart;
	}
	is(findings('count(*)'), '0', "$order: none at the start");
	my $at = -s $node->logfile;
	$node->safe_psql('postgres', 'SELECT pg_stat_statements_reset()');
	for my $session (1 .. 2)
	{
		is($node->safe_psql('postgres', 'SELECT count(*) FROM "odd ""schema"."big table" WHERE v = 3; SELECT v FROM big WHERE id = 5'),
			"20\n5", "results, session $session");
	}
	is($node->safe_psql('postgres', 'SELECT count_all(), count_all()'), '2000|2000', 'results of a function');
	is(findings(q{queryid IS NOT NULL, userid::regrole, dbid = (SELECT oid FROM pg_database WHERE datname = 'postgres'), relation, node_type, calls, first_seen < last_seen OR calls < 3, sample_query}),
		join("\n",
			't|postgres|t|"odd ""schema"."big table"|Seq Scan|2|t|SELECT count(*) FROM "odd ""schema"."big table" WHERE v = 3',
			't|postgres|t|public.big|Seq Scan|2|t|(SELECT count(*) FROM public.big)'),
		'findings of two sessions, and of a function');
	is( $node->safe_psql('postgres', 'SELECT count(*), sum(s.calls) FROM perfkit_guard_findings f JOIN pg_stat_statements s USING (queryid, userid, dbid)'),
		'2|4', 'pg_stat_statements counts the same, under the same identifiers');
	my $log = slurp_file($node->logfile, $at);
	is(() = $log =~ /LOG:  sequential scan of table "big"/g, 2, 'in the log too');
	like($log, qr/Query Text: SELECT v FROM big WHERE id = 5\n\tIndex Scan using big_pkey on big .*actual/, 'auto_explain explains');
}

# The setting is the administrator's here.
my ($status, $out, $err) = $node->psql('postgres', "SET ROLE alice; SET perfkit.guard = off");
like($err, qr/permission denied to set parameter "perfkit.guard"/, 'a user cannot turn it off');
($status, $out, $err) = $node->psql('postgres', "SET ROLE alice; SET perfkit.guard_min_rows = 1000000");
like($err, qr/permission denied to set parameter "perfkit.guard_min_rows"/, 'nor blind it');
($status, $out, $err) = $node->psql('postgres', 'SET perfkit.guard_max = 5');
like($err, qr/cannot be changed without restarting/, 'the number of findings is fixed');
$node->safe_psql('postgres', 'GRANT SET ON PARAMETER perfkit.guard TO alice');
is($node->safe_psql('postgres', 'SET ROLE alice; SET perfkit.guard = off; SELECT count(*) FROM big'), '2000', 'unless it is granted');

# Others' statements are private.
$node->safe_psql('postgres', 'SELECT perfkit_guard_reset()');
$node->safe_psql('postgres', "SELECT count(*) FROM big WHERE v = 12345");
$node->safe_psql('postgres', "SELECT count(*) FROM big WHERE v = 7", extra_params => [ '-U', 'alice' ]);
my $query = 'SELECT queryid IS NULL, relation, calls, sample_query FROM perfkit_guard_findings ORDER BY sample_query';
is( $node->safe_psql('postgres', $query, extra_params => [ '-U', 'alice' ]),
	"t||1|<insufficient privilege>\nf|public.big|1|SELECT count(*) FROM big WHERE v = 7",
	'a user sees the text of his own');
is( $node->safe_psql('postgres', $query, extra_params => [ '-U', 'monitor' ]),
	"f|public.big|1|SELECT count(*) FROM big WHERE v = 12345\nf|public.big|1|SELECT count(*) FROM big WHERE v = 7",
	'pg_read_all_stats sees all');
($status, $out, $err) = $node->psql('postgres', 'SELECT perfkit_guard_reset()', extra_params => [ '-U', 'monitor' ]);
like($err, qr/permission denied for function perfkit_guard_reset/, 'and may not reset');

# Bounded: the latest are kept. Long texts are cut between characters.
$node->safe_psql('postgres', <<'SQL');
DO $$
BEGIN
	FOR i IN 1..300 LOOP
		EXECUTE 'SELECT ' || repeat('1, ', i) || 'count(*) FROM big';
	END LOOP;
END $$;
SQL
my $kept = findings('count(*)');
cmp_ok($kept, '<=', 100, 'no more than guard_max');
cmp_ok($kept, '>=', 90, 'and not many fewer');
$node->safe_psql('postgres', q{SELECT 'ü' || 'a' || repeat('ü', 2000), count(*) FROM big});
$node->safe_psql('postgres', q{SELECT 'a' || repeat('ü', 2000), count(*), '} . ('ü' x 1000) . q{' FROM big});
is(findings('max(octet_length(sample_query)) IN (1022, 1023), bool_and(char_length(sample_query) <= 1023)'), 't|t', 'texts are cut');
# By age: what was seen just now stays.
is(findings('count(*)', q{sample_query LIKE 'SELECT ''a''%'}), '1', 'the newest is there');

# Many at once, and in an error or a subtransaction too: each call is counted.
$node->safe_psql('postgres', 'SELECT perfkit_guard_reset()');
my $script = PostgreSQL::Test::Utils::tempdir() . '/script.sql';
append_to_file($script, "SELECT count(*) FROM big;\n");
$node->command_ok([ 'pgbench', '--no-vacuum', '--client', '4', '--transactions', '50', '--protocol', 'prepared', '--file', $script, $node->connstr('postgres') ],
	'four clients');
is(findings('calls, sample_query'), '200|SELECT count(*) FROM big', 'every call of every client');
$node->psql('postgres', 'SET perfkit.guard = error; BEGIN; SAVEPOINT a; SELECT count(*) FROM big; ROLLBACK TO a; COMMIT');
is(findings('calls'), '201', 'one that was refused');
is( $node->safe_psql('postgres', <<'SQL'), '2000', 'a parallel plan');
SET max_parallel_workers_per_gather = 2; SET parallel_setup_cost = 0; SET parallel_tuple_cost = 0; SET min_parallel_table_scan_size = 0;
SELECT count(*) FROM big;
SQL
is(findings('node_type, calls', q{node_type <> 'Seq Scan'}), 'Parallel Seq Scan|1', 'is one finding, not one for each worker');

# perfkit's own tables are not the application's.
$node->safe_psql('postgres', <<'SQL');
SELECT perfkit_guard_reset();
INSERT INTO perfkit_index_checks (workload, check_name, query) SELECT 'mine', i::text, 'SELECT 1' FROM generate_series(1, 2000) i;
ANALYZE perfkit_index_checks;
SELECT count(*) FROM perfkit_index_checks WHERE query LIKE '%2%';
SQL
is(findings('count(*)'), '0', 'tables of perfkit are exempt');

# Without identifiers, still found.
$node->append_conf('postgresql.conf', "compute_query_id = off\nauto_explain.log_min_duration = -1");
$node->restart;
$node->safe_psql('postgres', 'SELECT count(*) FROM big; SELECT sum(v) FROM big');
is(findings('queryid IS NULL, calls, sample_query'), 't|2|SELECT count(*) FROM big', 'a row for each table without identifiers');

# Of a session, by session_preload_libraries: the user's own setting, and nothing is collected.
$node->append_conf('postgresql.conf', "shared_preload_libraries = ''\nsession_preload_libraries = 'perfkit'\nperfkit.guard = warning\ncompute_query_id = auto");
$node->append_conf('postgresql.conf', "perfkit.guard_max = 100");
$node->restart;
($status, $out, $err) = $node->psql('postgres', "SELECT count(*) FROM big; SET perfkit.guard = off; SELECT count(*) FROM big", extra_params => [ '-U', 'alice' ]);
is(() = $err =~ /WARNING:  sequential scan of table "big"/g, 1, 'a session that may turn it off');
is($out, "2000\n2000", 'with the same results');

$node->stop;
done_testing();
