# bench/run events on a server that is given: verdicts, exit status, and that what it says is what
# pgbench's log holds.
use strict;
use warnings;

use FindBin;
use lib "$FindBin::RealBin/lib";
use lib "$FindBin::RealBin/../../bench/lib";
use BenchRun;
use Perfkit::Result;
use PerfkitCluster;
use PostgreSQL::Test::Utils;
use Test::More;

my $node = PerfkitCluster->new('main', conf => "max_connections = 30\n", create => 0);
my $dsn = $node->connstr('postgres');
my $dir = PostgreSQL::Test::Utils::tempdir();
my ($status, $out, $err);

# near(GOT, EXPECTED): what comes from a histogram is within 0.1 %.
sub near { my ($got, $expected) = @_; return abs($got - $expected) <= 0.001 * $expected; }

# percentile(SORTED, P): by nearest rank.
sub percentile
{
	my ($sorted, $p) = @_;
	my $n = scalar @$sorted;
	return undef unless $n;
	my $rank = POSIX::ceil($p * $n);
	return $sorted->[ ($rank < 1 ? 1 : $rank) - 1 ];
}

# How fast it is here is not this test's concern: budgets are wide, but for those that a case below
# sets.
# The p99 of a single scenario takes thousands of transactions to tell, so the first run does
# without.
my $wide = q{UPDATE perfkit_budgets SET limit_value = 600000 WHERE workload = 'events' AND metric LIKE '%_ms'};
my $told_soon = q{UPDATE perfkit_budgets SET limit_value = NULL WHERE workload = 'events' AND metric = 'p99_ms' AND scenario <> 'all'};
$node->safe_psql('postgres', "CREATE EXTENSION perfkit CASCADE; $wide; $told_soon");

# A run that passes. Few scenarios, so that a few seconds on a slow machine are enough for each.
my @few = map { ('--scenario', $_) } qw(page genre@20 name_search@20 cursor_page_500@20);
($status, $out, $err) = bench_told(3, 'events', '--dsn', $dsn, '--clients', 4, '--rows', 2000,
	'--label', "it's \"odd\" \\ label", '--output', "$dir/passes", @few);
is($status, 0, 'a run within its budgets exits with 0');
like($out, qr/^PASS: 19 budgets kept/m, 'and says so');
like($out, qr/^ *index check /m, 'index checks are shown');
like($out, qr/seeded: (2000|0) rows inserted/, 'the number of rows seeded is reported');
is($node->safe_psql('postgres', 'SELECT count(*) FROM events'), '2000', 'which are there');
like($err, qr/^progress: \d/m, 'progress of the load is visible');
ok(poll_until(sub { left_behind() eq '' }), 'no temporary file is left');

my $run = read_run("$dir/passes");
is($run->{verdict}, 'PASS', 'run.json: verdict');
is($run->{exit_status}, 0, 'run.json: exit status');
is($run->{label}, "it's \"odd\" \\ label", 'run.json: label');
is($run->{rows}, 2000, 'run.json: rows');
is($run->{environment}{server_version_num}, $node->safe_psql('postgres', 'SHOW server_version_num'), 'run.json: server');
like($run->{environment}{scripts}{page}{sha256}, qr/^[0-9a-f]{64}$/, 'run.json: digest of a script');
is($run->{environment}{scripts}{genre}{weight}, 20, 'run.json: weight of a script');
ok($run->{environment}{client}{cores} > 0 && $run->{environment}{client}{memory_bytes} > 0, 'run.json: the machine');
ok(scalar @{ $run->{index_checks} } > 0, 'run.json: index checks');
is($run->{environment}{settings}{max_connections}, '30', 'run.json: a setting that differs from its default');

# The log, by other means.
my @scenarios = qw(page genre name_search cursor_page_500);
my %latencies = map { $_ => [] } @scenarios, 'all';
open(my $log, '<', "$dir/passes/transactions.log") or die $!;
while (my $line = <$log>)
{
	my ($client, $number, $latency, $script) = split(/ /, $line);
	push @{ $latencies{$_} }, $latency foreach $scenarios[$script], 'all';
}
close($log);
is(join(' ', map { $_->{scenario} } @{ $run->{summary} }), "@scenarios all", 'a row for each scenario and for all');
foreach my $row (@{ $run->{summary} })
{
	my $sorted = [ sort { $a <=> $b } @{ $latencies{ $row->{scenario} } } ];
	is($row->{transactions}, scalar @$sorted, "$row->{scenario}: transactions are the log's");
	ok(near(1000 * $row->{p50_ms}, percentile($sorted, 0.5)), "$row->{scenario}: p50 is the log's");
	ok(near(1000 * $row->{p90_ms}, percentile($sorted, 0.9)), "$row->{scenario}: p90 is the log's");
	ok(near(1000 * $row->{p95_ms}, percentile($sorted, 0.95)), "$row->{scenario}: p95 is the log's");
	ok(near(1000 * $row->{p99_ms}, percentile($sorted, 0.99)), "$row->{scenario}: p99 is the log's");
	is(sprintf('%.0f', 1000 * $row->{max_ms}), $sorted->[-1], "$row->{scenario}: max is the log's");
	my $sum = 0;
	$sum += $_ foreach @$sorted;
	ok(abs(1000 * $row->{avg_ms} - $sum / @$sorted) < 0.001, "$row->{scenario}: avg is the log's");
}

# pgbench's own report.
my $report = slurp_file("$dir/passes/pgbench-1.txt");
my ($processed) = $report =~ /^number of transactions actually processed: (\d+)/m;
my ($tps) = $report =~ /^tps = ([\d.]+)/m;
is($run->{summary}[-1]{transactions}, $processed, 'transactions over all are those that pgbench counted');
ok(abs($run->{summary}[-1]{tps} / $tps - 1) < 1e-5, "and so is tps");

# The server has the same.
is( $node->safe_psql('postgres', "SELECT sum(succeeded), sum(perfkit_count(latencies)), count(lags) FROM perfkit_run_seconds WHERE run_id = $run->{run_id}"),
	"$processed|$processed|0",
	'the run is in perfkit_runs with all of its transactions counted');
is($node->safe_psql('postgres', 'SELECT count(*) FROM perfkit_run_transactions'), '0', 'and none kept, as it was not asked for');
$node->safe_psql('postgres', "SELECT perfkit_assert_run($run->{run_id})");

# All scenarios, in every protocol; the tables are there already.
$node->safe_psql('postgres', $wide);
foreach my $protocol (qw(simple extended prepared))
{
	my $all_ran = sub { grep({ $_->{transactions} > 0 } @{ read_run("$dir/$protocol")->{summary} }) == 10 };
	($status, $out, $err) = bench_until($all_ran, 1, 'events', "--dsn=$dsn", '--clients=2', '--no-seed', "--protocol=$protocol",
		'--jobs=1', "--output=$dir/$protocol", '--quiet');
	ok($status == 0 || $status == 3, "all scenarios run with protocol $protocol");
	like($out, qr/^(PASS|INCONCLUSIVE): [^\n]*\n$/, 'a quiet run prints its verdict alone');
	unlike($err, qr/progress/, 'and no progress');
	$run = read_run("$dir/$protocol");
	is(scalar(grep { $_->{transactions} > 0 } @{ $run->{summary} }), 10, 'each of the nine scenarios was run');
	is($run->{rows}, undef, 'no rows were seeded');
}
# With one thread, pgbench's counts of single scripts are exact too.
is( join(' ', map { $_->{transactions} } @{ $run->{pgbench}{stages}[0]{scripts} }),
	join(' ', map { $_->{transactions} } @{ $run->{summary} }[ 0 .. 8 ]),
	"a single thread's counts are the same script by script");

# Latency counts from the scheduled start; and a few transactions tell nothing.
($status, $out, $err) = bench('events', '--dsn', $dsn, '--clients', 2, '--no-seed', '--duration', 3, '--rate', 5,
	'--scenario', 'page', '--keep-transactions', '--output', "$dir/few");
is($status, 3, 'too few transactions exit with 3');
like($out, qr/^INCONCLUSIVE: \d of 9 budgets cannot be told from so few transactions/m, 'and say so');
like($out, qr/page +\| p99_ms .* INCONCLUSIVE \| about \d+/, 'and how many more it takes');
like($out, qr/^to tell, run the same with --duration \d+0s$/m, 'and what to type');
$run = read_run("$dir/few");
is($run->{exit_status}, 3, 'run.json: exit status');
is( $node->safe_psql('postgres',
		"SELECT count(*) > 0, bool_and(schedule_lag_us BETWEEN 0 AND latency_us) FROM perfkit_run_transactions WHERE run_id = $run->{run_id}"),
	't|t', 'with --rate the schedule lag is stored, and is part of the latency');
is( $node->safe_psql('postgres', "SELECT sum(perfkit_count(lags)) = sum(succeeded) AND sum(perfkit_count(services)) = sum(succeeded) AND sum(succeeded)
		= (SELECT count(*) FROM perfkit_run_transactions t WHERE t.run_id = $run->{run_id}) FROM perfkit_run_seconds WHERE run_id = $run->{run_id}"),
	't', 'so it is in the histograms, which have the transactions that --keep-transactions kept');

# What is typed after such a run: twice the seconds that would just do, and nothing that could be a
# password.
{
	package Answer;
	sub task { return $_[0][0] }
}
sub to_decide
{
	my ($more, $typed, %opt) = @_;
	return Perfkit::Result::to_decide({ own => bless([$more], 'Answer'), opt => { 'time-scale' => 1, %opt },
			stages => [ { seconds => 30 } ], typed => $typed }) // '-';
}
is(to_decide(22, [qw(bench/run events)]), 'to tell, run: bench/run events --duration 110s', 'the command to type');
is(to_decide(22, [ 'perfkit run', 'events', '--dsn=password=x' ]), 'to tell, run the same with --duration 110s', 'or what to add to it');
is(to_decide(22, [ 'perfkit run', '--script=a b.sql' ]), 'to tell, run the same with --duration 110s', 'to options alone, too');
is(to_decide(22, [qw(bench/run events --time-scale 0.1)], 'time-scale' => 0.1), 'to tell, run the same with --duration 1040s', 'which --time-scale multiplies');
is(to_decide(22, [qw(bench/run events --stages 2x30)], stages => '2x30'), '-', 'stages have no single duration');
is(to_decide(50000, [qw(bench/run events)]), '-', 'and nobody waits for more than a day');
is(to_decide('-', [qw(bench/run events)]), '-', 'nor where no duration would tell');

# Stages, scaled down, one of them a pause.
($status, $out, $err) = bench('events', '--dsn', $dsn, '--no-seed', '--stages', '2x10s,0x10s,4x20s', '--time-scale', '0.1',
	'--rate', 100, '--scenario', 'page', '--output', "$dir/stages");
ok($status == 0 || $status == 3, 'a run in stages');
$run = read_run("$dir/stages");
is(join(' ', map { "$_->{clients}x$_->{seconds}" } @{ $run->{pgbench}{stages} }), '2x1 4x2', 'stages are scaled');
is($run->{clients}, 4, 'the run has the most clients of any stage');
my $loaded = 0;
foreach my $file (glob("$dir/stages/pgbench-*.txt"))
{
	my ($transactions, $rate) = slurp_file($file) =~ /^number of transactions actually processed: (\d+).*^tps = ([\d.]+)/ms;
	$loaded += $transactions / $rate;
}
ok(abs($run->{duration_s} - $loaded) < 0.01, 'pauses are no time under load');
cmp_ok($loaded, '>', 2.5, 'which is that of both stages');
is( $run->{summary}[-1]{transactions},
	$run->{pgbench}{stages}[0]{transactions} + $run->{pgbench}{stages}[1]{transactions},
	'the stages add up');

# A budget that cannot be kept; one that is waived does not count.
$node->safe_psql('postgres', q{UPDATE perfkit_budgets SET limit_value = 0.001 WHERE (workload, scenario, metric) = ('events', 'page', 'p95_ms')});
($status, $out, $err) = bench_told(2, 'events', '--dsn', $dsn, '--clients', 2, '--no-seed', '--rate', 100, '--output', "$dir/fails");
is($status, 1, 'a broken budget exits with 1');
like($out, qr/^FAIL: 1 of 44 budgets broken/m, 'and says so');
like($out, qr/page +\| p95_ms +\| +0\.001 .* FAIL/, 'and which');
is(read_run("$dir/fails")->{verdict}, 'FAIL', 'run.json: verdict');
$node->safe_psql('postgres', q{UPDATE perfkit_budgets SET limit_value = NULL WHERE (workload, scenario, metric) = ('events', 'page', 'p95_ms')});
($status, $out, $err) = bench_told(2, 'events', '--dsn', $dsn, '--clients', 2, '--no-seed', '--scenario', 'page',
	'--output', "$dir/waived");
is($status, 0, 'a waived budget fails nothing');

# An index that is gone fails the run, whatever its latency.
$node->safe_psql('postgres', 'DROP INDEX idx_events_artist_trgm');
($status, $out, $err) = bench('events', '--dsn', $dsn, '--clients', 2, '--no-seed', '--duration', 1, '--rate', 50,
	'--scenario', 'page', '--output', "$dir/noindex");
is($status, 1, 'a failed index check exits with 1');
like($out, qr/^FAIL: 1 of \d+ index checks failed/m, 'and says so');
$run = read_run("$dir/noindex");
($status, $out, $err) = $node->psql('postgres', "SELECT perfkit_assert_run($run->{run_id})");
like($err, qr/run \d+ fails: 1 of \d+ index checks failed/, 'and fails the assertion too');

# An overloaded server keeps its latency by skipping what it cannot do: that must not pass.
($status, $out, $err) = bench('events', '--dsn', $dsn, '--clients', 2, '--no-seed', '--duration', 1, '--rate', 200000,
	'--latency-limit', 50, '--scenario', 'page', '--output', "$dir/overloaded");
is($status, 1, 'a run that skips its transactions exits with 1');
like($out, qr/page +\| max_error_rate +\| +0\.01 .* FAIL/, 'and says so');

# A budget for a scenario that does not exist would never be broken, so it is named. And nothing
# that others have planted in the search path is called by perfkit's own statements.
$node->safe_psql('postgres', q{
	INSERT INTO perfkit_budgets VALUES ('events', 'artist_serach', 'p95_ms', 1);
	CREATE TABLE planted_called (by text);
	CREATE FUNCTION format(text, text, text) RETURNS text LANGUAGE sql AS $$INSERT INTO planted_called VALUES ('format') RETURNING ''$$});
($status, $out, $err) = bench('events', '--dsn', $dsn, '--clients', 2, '--no-seed', '--duration', 1, '--rate', 50, '--scenario', 'page', '--output', "$dir/planted");
like($out, qr/perfkit_budgets has rows of scenarios that workload events does not have: artist_serach\n/, 'a misspelt budget is named');
is($node->safe_psql('postgres', 'SELECT * FROM planted_called'), '', 'nothing planted was called');
$node->safe_psql('postgres', q{DELETE FROM perfkit_budgets WHERE scenario = 'artist_serach';
	DROP FUNCTION format(text, text, text); DROP TABLE planted_called});

# Where nothing can be written, perfkit need not be created again; where no schema is in the path,
# tables would land in perfkit's.
{
	local $ENV{PGOPTIONS} = '-c default_transaction_read_only=on';
	($status, $out, $err) = bench('events', '--dsn', $dsn, '--clients', 2);
	is($status, 2, 'exit status in a read-only database');
	like($err, qr/read-only transaction/, 'message in a read-only database');
	unlike($err, qr/make install/, 'and no advice that does not help');
	local $ENV{PGOPTIONS} = '-c search_path=nonesuch';
	($status, $out, $err) = bench('events', '--dsn', $dsn, '--clients', 2);
	is($status, 2, 'exit status without a schema to make tables in');
	like($err, qr/no schema of the search_path exists/, 'message without a schema to make tables in');
}

# What cannot be run: exit status 2, a reason, and nothing left.
foreach my $case (
	[ [ 'events', '--clients', 200 ], qr/200 clients need as many connections, .*max_connections is 30.*set max_connections to 20[0-9]/ ],
	[ [ 'nonesuch' ], qr/there is no workload "nonesuch"; there are: .*events/ ],
	[ [ '../events' ], qr/there is no workload/ ],
	[ [ 'events', 'events' ], qr/one workload at a time/ ],
	[ [ 'events', '--scenario', 'nonesuch' ], qr/no scenario "nonesuch"; it has: page genre/ ],
	[ [ 'events', '--scenario', 'page@x' ], qr/weight of --scenario page/ ],
	[ [ 'events', '--scenario', 'page', '--scenario', 'page@2' ], qr/given twice/ ],
	[ [ 'events', '--rows', '-1' ], qr/--rows takes a whole number/ ],
	[ [ 'events', '--rows', '1e6' ], qr/--rows takes a whole number/ ],
	[ [ 'events', '--rows', '99999999999999999999' ], qr/--rows takes a whole number/ ],
	[ [ 'events', '--clients', '0' ], qr/--clients takes a whole number from 1/ ],
	[ [ 'events', '--duration', '0' ], qr/--duration/ ],
	[ [ 'events', '--duration', '5d' ], qr/--duration takes/ ],
	[ [ 'events', '--rate', '0' ], qr/--rate takes a number above 0/ ],
	[ [ 'events', '--time-scale', 'fast' ], qr/--time-scale takes a number/ ],
	[ [ 'events', '--time-scale', '401' ], qr/--time-scale takes a number up to 400/ ],
	[ [ 'events', '--stages', '1x9999999m', '--time-scale', '400' ], qr/more than the 2147483647 s/ ],
	[ [ 'events', '--warmup', '9999999m', '--time-scale', '400' ], qr/more than the 2147483647 s/ ],
	[ [ 'events', '--stages', '5x' ], qr/--stages takes/ ],
	[ [ 'events', '--stages', '0x5s' ], qr/no stage .* has a client/ ],
	[ [ 'events', '--protocol', 'telnet' ], qr/--protocol is/ ],
	[ [ 'events', '--latency-limit', '5' ], qr/--latency-limit needs --rate/ ],
	[ [ 'events', '--throwaway' ], qr/exclude each other/ ],
	[ [ 'events', '--nonesuch', '1' ], qr/there is no option --nonesuch/ ],
	[ [ 'events', '-x' ], qr/there is no option -x/ ],
	[ [ 'events', '--rows' ], qr/--rows needs a value/ ],
	[ [ 'events', '--output', '/proc/nonesuch' ], qr/results' directory cannot be made/ ])
{
	my ($args, $message) = @$case;
	# --rows is the last of one, so what names the server comes first.
	($status, $out, $err) = bench('--dsn', $dsn, @$args);
	is($status, 2, "exit status of: @$args");
	like($err, $message, "message of: @$args");
}
($status, $out, $err) = bench('events', '--dsn', 'host=/nonexistent dbname=postgres');
is($status, 2, 'exit status when the server is not there');
like($err, qr/server cannot be reached/, 'message when the server is not there');
($status, $out, $err) = bench('events', '--throwaway', '--no-seed');
is($status, 2, 'exit status of --no-seed on a private server');
like($err, qr/--no-seed needs a server/, 'message of --no-seed on a private server');
($status, $out, $err) = bench('--help');
is($status, 0, 'exit status of --help');
like($out, qr/^usage: bench\/run WORKLOAD.*^Workloads: .*events/ms, '--help');
ok(poll_until(sub { left_behind() eq '' }), 'no temporary file is left by any');
# (tests of other workloads may have some at the same time)
is(join(' ', glob('bench/results/events-*')), '', 'no results of runs that were none');

# Without pgbench.
my $bin = "$dir/bin";
mkdir $bin;
foreach my $program (qw(env perl psql))
{
	my ($path) = grep { -x } map { "$_/$program" } split(/:/, $ENV{PATH});
	symlink($path, "$bin/$program") or die "$program: $!";
}
{
	local $ENV{PATH} = $bin;
	local $ENV{PG_CONFIG} = '/nonexistent/pg_config';
	($status, $out, $err) = bench('events', '--dsn', $dsn);
	is($status, 2, 'exit status without pgbench');
	like($err, qr/pgbench is missing/, 'message without pgbench');
}

$node->stop;
done_testing();
