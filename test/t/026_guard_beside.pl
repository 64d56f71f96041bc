# The guard and perfkit's own work: a seed and a load run on a guarded server, with hooks of other
# extensions before and after the guard's.
use strict;
use warnings;

use FindBin;
use lib "$FindBin::RealBin/lib";
use BenchRun;
use PerfkitCluster;
use PostgreSQL::Test::Cluster;
use PostgreSQL::Test::Utils;
use SeedRun;
use Test::More;

my @lacking = PerfkitCluster::lacks('auto_explain', 'pg_stat_statements');
plan skip_all => "this PostgreSQL lacks @lacking" if @lacking;

my $node = PerfkitCluster->new('guarded', conf => <<'CONF');
shared_preload_libraries = 'pg_stat_statements, perfkit, auto_explain'
perfkit.guard = log
perfkit.guard_min_rows = 1000
pg_stat_statements.track = all
auto_explain.log_min_duration = 0
auto_explain.log_nested_statements = on
max_connections = 30
CONF
$node->safe_psql('postgres', 'CREATE EXTENSION pg_stat_statements');
SeedRun::prepare($node);

my $digest;
# so that the load's searches read all of the table
my $no_search_index = 'DROP INDEX IF EXISTS idx_events_name_trgm, idx_events_artist_trgm, date_idx, idx_events_date_id';
for my $order ('pg_stat_statements, perfkit, auto_explain', 'auto_explain, pg_stat_statements, perfkit', 'perfkit, auto_explain, pg_stat_statements')
{
	$node->append_conf('postgresql.conf', "shared_preload_libraries = '$order'");
	$node->restart;
	$node->safe_psql('postgres', 'SELECT pg_stat_statements_reset(), perfkit_guard_reset()');

	# Seeding in steps, by both ways of the loader, in each mode: the guard changes no row, and
	# refuses no load.
	for my $mode ('off', 'log', 'error')
	{
		$node->safe_psql('postgres', 'DROP TABLE IF EXISTS events; DROP TABLE IF EXISTS domain_events, aggregate_snapshots, tracking_tokens');
		my ($status, $out, $err) = $node->psql('postgres', <<"SQL", on_error_stop => 1);
SET perfkit.guard = $mode;
SELECT perfkit_seed_events(3000, starts_at => $SeedRun::START);
SELECT perfkit_seed_events(3500, starts_at => $SeedRun::START);
SELECT perfkit_seed_events(9000, starts_at => $SeedRun::START);
SELECT perfkit_seed_domain_events(2, 3000);
SELECT perfkit_seed_domain_events(2, 3500);
SQL
		is($out, "3000\n500\n5500\n3000\n500", "$order; guard = $mode: seeded") or diag($err);
		my $rows = SeedRun::rows($node);
		$digest //= $rows;
		is($rows, $digest, '... the same rows');
	}

	# A load run: its results are what they would be, and the guard counts each execution that
	# others count.
	$node->safe_psql('postgres', "$no_search_index; SELECT pg_stat_statements_reset(), perfkit_guard_reset()");
	my $dir = bench_tmpdir() . '/' . ($order =~ s/\W+/-/gr);
	my $found = sub { $node->safe_psql('postgres', q{SELECT count(*) FROM perfkit_guard_findings WHERE relation = 'public.events'}) > 0 };
	my ($status, $out, $err) = bench_until($found, 1, 'events', '--dsn', $node->connstr('postgres'), '--no-seed', '--clients', 2, '--rate', 50,
		'--output', $dir);
	isnt($status, 2, 'bench/run runs');
	my $run = read_run($dir);
	is((grep { $_->{scenario} eq 'all' } @{ $run->{summary} })[0]{errors}, 0, '... without errors');
	is($run->{verdict} ne '', 1, '... to a verdict');
	is( $node->safe_psql('postgres', <<'SQL'), 't|t', '... and what the guard found, it counted as pg_stat_statements did');
SELECT count(*) > 0, bool_and(f.calls = s.calls)
FROM (SELECT queryid, userid, dbid, calls FROM perfkit_guard_findings WHERE relation = 'public.events') f
	JOIN (SELECT queryid, userid, dbid, sum(calls) AS calls FROM pg_stat_statements GROUP BY 1, 2, 3) s USING (queryid, userid, dbid)
SQL
}

# perfkit's own statements are not findings, and the runner's own sessions are not guarded; the load
# is.
$node->safe_psql('postgres', 'SELECT perfkit_guard_reset(); SELECT perfkit_seed_events(12000, starts_at => ' . $SeedRun::START . ')');
is($node->safe_psql('postgres', 'SELECT count(*) FROM perfkit_guard_findings'), '0', 'a seed leaves no findings');
is($node->safe_psql('postgres', 'SHOW perfkit.guard; SELECT perfkit_seed_events(12000); SHOW perfkit.guard'), "log\n0\nlog", '... and the setting as it was');
$node->safe_psql('postgres', "$no_search_index; ALTER DATABASE postgres SET perfkit.guard = error");
my $dir = bench_tmpdir() . '/refused';
my ($status, undef, $err) = bench('events', '--dsn', $node->connstr('postgres'), '--no-seed', '--clients', 2, '--duration', 1, '--output', $dir);
# pgbench aborts a client at an error that it does not retry
like($err, qr/ERROR:  sequential scan of table "events"/, 'in error mode its statements are refused');
is($status, 2, '... and the run says that it could not be made');
isnt($node->safe_psql('postgres', q{SELECT coalesce(sum(calls), 0) FROM perfkit_guard_findings WHERE relation = 'public.events'}),
	'0', '... and each is a finding');

$node->stop;
done_testing();
