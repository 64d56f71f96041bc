# bench/run domain_events: every scenario and mix runs, and no append is lost or doubled: not by 50
# writers of few streams, not when clients are killed; and a store that is not sound fails.
use strict;
use warnings;

use FindBin;
use lib "$FindBin::RealBin/lib";
use BenchRun;
use PerfkitCluster;
use PostgreSQL::Test::Utils;
use Test::More;

my $node = PerfkitCluster->new('main', conf => "max_connections = 80\n");
my $dsn = $node->connstr('postgres');
my $dir = PostgreSQL::Test::Utils::tempdir();
my ($status, $out, $err, $run);
my $rows = 8_000;

sub query { return $node->safe_psql('postgres', $_[0]); }
sub events { return query('SELECT count(*) FROM domain_events'); }

# invariants_hold(RUN, WHEN)
sub invariants_hold
{
	my ($got, $when) = @_;
	is(join("\n", map { "$_->{invariant}: " . ($_->{detail} // '') } grep { !$_->{ok} } @{ $got->{invariants} }), '', "invariants hold $when");
	is(scalar @{ $got->{invariants} }, 5, "all five of them, $when");
}

# transactions(RUN, SCENARIO): those that succeeded.
sub transactions
{
	my ($got, $scenario) = @_;
	my ($row) = grep { $_->{scenario} eq $scenario } @{ $got->{summary} };
	return $row ? $row->{transactions} : 0;
}

# How fast it is here is not this test's concern.
query(q{UPDATE perfkit_budgets SET limit_value = CASE metric WHEN 'min_tps' THEN 0 WHEN 'max_error_rate' THEN 1 ELSE 600000 END
	WHERE workload = 'domain_events'});

# all_ran(): the last run's scenarios all had a transaction. Until then, what there is now counts as
# there before.
my $before = $rows;
sub all_ran
{
	return 1 unless grep { $_->{transactions} == 0 } @{ read_run("$dir/out")->{summary} };
	$before = events();
	return 0;
}

# The standard mix.
($status, $out, $err) = bench_until(\&all_ran, 4, 'domain_events', '--dsn', $dsn, '--rows', $rows, '--clients', 8, '--output', "$dir/out");
ok($status == 0 || $status == 3, 'the standard mix runs');
$run = read_run("$dir/out");
is(scalar(grep { $_->{transactions} > 0 } @{ $run->{summary} }), 16, 'each of its 15 scenarios does');
is($run->{summary}[-1]{errors}, 0, 'without an error');
like($run->{environment}{pgbench_commands}[0], qr/-M prepared .*--rate=200 .*--max-tries=100 /, "with the workload's options");
invariants_hold($run, 'after the standard mix');
is(events(), $before + transactions($run, 'append_1') + 10 * transactions($run, 'append_10') + 100 * transactions($run, 'append_100'),
	'the store has grown by what the clients say they appended');
ok($run->{observed}{wal}{bytes_per_transaction} > 100 && $run->{observed}{buffers}{hit_per_transaction} > 1, 'WAL and buffers are observed');
my %size = map { $_->{relation} => $_ } @{ $run->{observed}{relations} };
ok($size{domain_events}{bytes_after} > $size{domain_events}{bytes_before}, 'and the growth of the table');
is(scalar(grep { $size{$_}{table} eq 'domain_events' } keys %size), 8, 'with its seven indexes');
ok(query(q{SELECT bool_and(token_position > 0) FROM tracking_tokens WHERE processor_name = 'perfkit-track'}) eq 't', 'processors have tokens');

# The other mixes, in the three protocols. Seeding again adds nothing, whatever was appended.
foreach my $case ([ 'catch_up', 'simple' ], [ 'noisy_tenant', 'extended' ], [ 'tracking', 'simple' ], [ 'sustained_append', 'prepared' ])
{
	my ($mix, $protocol) = @$case;
	my $enough = sub { all_ran() && ($mix ne 'sustained_append' || transactions(read_run("$dir/out"), $mix) > 100) };
	($status, $out, $err) = bench_until($enough, 1, 'domain_events', '--dsn', $dsn, '--rows', $rows, '--scenario', $mix,
		'--protocol', $protocol, '--output', "$dir/out");
	ok($status == 0 || $status == 3, "mix $mix runs with protocol $protocol");
	$run = read_run("$dir/out");
	like($out, qr/^seeded: 0 rows inserted/m, 'nothing is seeded again');
	is($run->{summary}[-1]{errors}, 0, "$mix has no errors");
	is(scalar(grep { $_->{transactions} == 0 } @{ $run->{summary} }), 0, "each scenario of $mix runs");
	invariants_hold($run, "after $mix");
}
cmp_ok(transactions($run, 'sustained_append'), '>', 100, 'sustained appends');
($status, $out, $err) = bench('domain_events', '--dsn', $dsn, '--no-seed', '--scenario', 'mixed', '--duration', 1, '--rate', 20,
	'--protocol', 'simple', '--output', "$dir/out");
is(scalar @{ read_run("$dir/out")->{summary} }, 16, 'mix mixed is the standard mix');

# 50 writers, 5 streams.
$before = events();
($status, $out, $err) = bench('domain_events', '--dsn', $dsn, '--no-seed', '--scenario', 'contended', '--max-tries', 100_000, '--duration', 1,
	'--output', "$dir/out");
$run = read_run("$dir/out");
my $appended = transactions($run, 'append_contended');
is($run->{clients}, 50, '50 writers');
cmp_ok($run->{summary}[0]{retries}, '>', 0, 'writers lose races and try again');
is($run->{summary}[0]{errors}, 0, 'until they win');
is(events() - $before, $appended, 'each append is in the store, once');
invariants_hold($run, 'after conflicts');
is( query(q{SELECT count(*) FROM (SELECT e.tenant_id, e.aggregate_id, max(sequence_number) + 1 = count(*) AS whole
	FROM domain_events e JOIN perfkit_bench_targets t USING (tenant_id, aggregate_id) WHERE t.kind = 'contended' GROUP BY 1, 2) s WHERE whole}),
	'5', 'all on five streams');
is(transactions($run, 'append_contended'), query(qq{SELECT count(*) FROM domain_events e
	JOIN perfkit_bench_targets t USING (tenant_id, aggregate_id) WHERE t.kind = 'contended'}), 'and nowhere else');

# kill -9 of the clients, in the middle of batches.
foreach my $round (1 .. 2)
{
	$before = events();
	my $started = bench_start('domain_events', '--dsn', $dsn, '--no-seed', '--scenario', 'appends', '--clients', 20, '--duration', 600,
		'--output', "$dir/killed");
	ok(poll_until(sub { events() > $before + 500 }), 'appends have begun');
	my @pids = pgbenches();
	is(scalar @pids, 1, 'one pgbench makes the load');
	is(kill('KILL', @pids), 1, 'and is killed');
	my ($ended, $text) = bench_wait($started);
	is($ended, 2, 'such a run is none: the store is sound, and the load broke off');
	like($text, qr/pgbench ended with status 137/, 'as it says');
	unlike($text, qr/^FAIL/m, 'and nothing of the store');
	is( query(q{SELECT count(*) FROM (SELECT metadata->>'correlationId' FROM domain_events WHERE metadata ? 'scenario' GROUP BY 1, metadata->>'scenario'
		HAVING count(*) <> CASE metadata->>'scenario' WHEN 'append_100' THEN 100 WHEN 'noisy_append' THEN 100 WHEN 'append_10' THEN 10 ELSE 1 END) AS torn}),
		'0', 'no batch is torn');
}
($status, $out, $err) = bench('domain_events', '--dsn', $dsn, '--no-seed', '--scenario', 'head_token', '--clients', 1, '--duration', 1,
	'--output', "$dir/out");
invariants_hold(read_run("$dir/out"), 'after clients were killed');

# A store that loses appends. A run recognises its own events by its token.
my @short = ('domain_events', '--dsn', $dsn, '--no-seed', '--clients', 2, '--duration', 1, '--rate', 'none', '--output', "$dir/out");
query(<<'SQL');
CREATE FUNCTION forget() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
	DELETE FROM domain_events WHERE event_id = NEW.event_id AND NEW.sequence_number = 1;
	RETURN NULL;
END $$;
CREATE TRIGGER forget AFTER INSERT ON domain_events FOR EACH ROW EXECUTE FUNCTION forget();
SQL
($status, $out, $err) = bench_until(sub { $_[0] == 1 }, 1, @short, '--scenario', 'append_contended');
is($status, 1, 'a store that loses appends fails');
like($out, qr/every append in the log is in the store once, and nothing else is +\| BROKEN +\| \d+ in the log and \d+ in the store of append_contended/,
	'by the number that is missing');
query('DROP TRIGGER forget ON domain_events; DROP FUNCTION forget(); DELETE FROM domain_events WHERE aggregate_id IN '
	  . q{(SELECT aggregate_id FROM perfkit_bench_targets WHERE kind = 'contended')});

# A gap in a stream, and a duplicate version.
my ($gap) = split(/\n/, query('SELECT global_sequence_id FROM domain_events WHERE sequence_number = 3 LIMIT 1'));
query("CREATE TABLE kept AS SELECT * FROM domain_events WHERE global_sequence_id = $gap; DELETE FROM domain_events WHERE global_sequence_id = $gap");
($status, $out, $err) = bench(@short, '--scenario', 'head_token');
is($status, 1, 'a store with a gap fails');
like($out, qr/sequence numbers are contiguous from 0 in every stream +\| BROKEN +\| \d+ events, and [1-9]\d* gaps/, 'by the gap');
like($out, qr/^FAIL: 1 of 5 invariants broken$/m, 'and nothing else');
# (an index in place of the constraint's, for the runner's own queries)
query('INSERT INTO domain_events SELECT * FROM kept; ALTER TABLE domain_events DROP CONSTRAINT domain_events_version_key; '
	  . 'CREATE INDEX ON domain_events (tenant_id, aggregate_id, sequence_number); '
	  . 'UPDATE kept SET global_sequence_id = 1000000, event_id = gen_random_uuid(); INSERT INTO domain_events SELECT * FROM kept');
($status, $out, $err) = bench(@short, '--scenario', 'head_token');
is($status, 1, 'a store with a version twice fails');
like($out, qr/versions are unique in every stream +\| BROKEN +\| 1 events have a version/, 'by the version');

ok(poll_until(sub { left_behind() eq '' }), 'no temporary file is left');
# Scripts that need perfkit where the search path does not lead.
$node->safe_psql('postgres', 'CREATE DATABASE elsewhere');
$node->safe_psql('elsewhere', 'SET client_min_messages = warning; CREATE EXTENSION pg_trgm; CREATE SCHEMA "a kit"; CREATE EXTENSION perfkit SCHEMA "a kit"');
my $elsewhere = $node->connstr('elsewhere');
# (a connection string's own options win over the environment's)
foreach my $conninfo ($elsewhere, "$elsewhere options='-c work_mem=1MB'")
{
	($status, $out, $err) = bench('domain_events', '--dsn', $conninfo, '--rows', 100, '--clients', 2, '--duration', 1, '--output', "$dir/elsewhere");
	isnt($status, 2, "scripts find perfkit: $conninfo");
}

$node->stop;
done_testing();
