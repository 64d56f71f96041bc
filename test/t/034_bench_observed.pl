# What bench/run observes during a load, the invariants it checks after one, and mixes: on a
# workload made for it, whose scenarios wait for locks, deadlock, grow a table, use memory, or break
# off, all for certain.
use strict;
use warnings;

use FindBin;
use lib "$FindBin::RealBin/lib";
use BenchRun;
use PerfkitCluster;
use PostgreSQL::Test::Utils;
use Test::More;

my $node = PerfkitCluster->new('main', conf => "deadlock_timeout = '20ms'\n", create => 0);
my $dir = PostgreSQL::Test::Utils::tempdir();
my ($status, $out, $err, $run, $observed);

# perfkit where no search path leads: pgbench's sessions find it all the same.
$node->safe_psql('postgres', q{CREATE SCHEMA "perf \"" kit"; CREATE EXTENSION perfkit SCHEMA "perf \"" kit" CASCADE});
my $kit = q{"perf \"" kit"};

my $folder = "$dir/observed_workload";
mkdir $folder or die "$folder: $!";
my %files = (
	'scenarios' => "grow 1 appends\nidle 1 looks\nlock 0 waits\ndeadlock 0 does\nmemory 0 sorts\nbroken 0 gives up\n",
	'options' => "--clients 4\n--duration 3s\n--max-tries 1000\n--rate 50\n",
	'seed.sql' => <<'SQL',
DROP TABLE IF EXISTS observed_row, observed_growing;
CREATE TABLE observed_row AS SELECT i, 0 AS hits FROM generate_series(1, :rows) i;
CREATE TABLE observed_growing (id bigserial PRIMARY KEY, filler text);
SELECT :rows AS inserted;
SQL
	'prepare.sql' => "SELECT 'rows', count(*) FROM observed_row UNION ALL SELECT 'of_clients', :clients;\n",
	'grow.sql' => "INSERT INTO observed_growing (filler) VALUES (repeat('x', 1500)) RETURNING perfkit_expect_rows(1, 1);\n",
	'idle.sql' => "SELECT 1;\n",
	'lock.sql' => "BEGIN;\nUPDATE observed_row SET hits = hits + 1 WHERE i = 1;\nSELECT pg_sleep(0.3);\nEND;\n",
	'deadlock.sql' => "\\set one random(1, 2)\nBEGIN;\nUPDATE observed_row SET hits = hits + 1 WHERE i = :one;\n\\sleep 5 ms\n"
	  . "UPDATE observed_row SET hits = hits + 1 WHERE i = 3 - :one;\nEND;\n",
	'memory.sql' => "SELECT count(*) FROM (SELECT array_agg(i) FROM generate_series(1, 2000000) i) AS a;\n\\sleep 1500 ms\nSELECT pg_sleep(0.1);\n",
	'broken.sql' => "SELECT no_such_column FROM observed_row;\n",
	'deadlocks.mix' => "# conflicts in turn\n--scenario deadlock\n--rate none\n",
	'waits.mix' => "--scenario lock\@3\n--scenario idle\n--clients 3\n--rate none\n",
	'invariants.sql' => <<'SQL',
CREATE TEMP TABLE counted AS SELECT count(*) AS rows FROM observed_row;
SELECT 'no row is lost' AS name, rows = :rows AS ok, format('%s rows, "some, of %s" clients', rows, :of_clients) AS detail FROM counted
UNION ALL
SELECT 'the run is known', EXISTS (SELECT FROM perfkit_runs WHERE run_id = :run_id), NULL WHERE :complete;
SQL
);
append_to_file("$folder/$_", $files{$_}) foreach keys %files;
sub replace
{
	my ($name, $text) = @_;
	unlink("$folder/$name");
	append_to_file("$folder/$name", $text);
}
$node->safe_psql('postgres', qq{INSERT INTO $kit.perfkit_budgets (workload, metric, limit_value) VALUES ('observed_workload', 'max_ms', 600000)});
my @args = ($folder, '--dsn', $node->connstr('postgres'), '--rows', 7, '--output', "$dir/out");

# What has no weight is not run unless it is asked for; the workload's rate holds.
($status, $out, $err) = bench(@args);
is($status, 0, 'a run whose invariants hold');
like($out, qr/^PASS: 1 budgets kept, 2 invariants hold$/m, 'says so');
like($out, qr/^ no row is lost +\| holds +\| 7 rows, "some, of 4" clients$/m, 'and lists them');
$run = read_run("$dir/out");
is(join(' ', map { $_->{scenario} } @{ $run->{summary} }), 'grow idle all', 'scenarios without weight are left out');
ok($run->{summary}[2]{tps} < 75, "the workload's rate is kept");
is(scalar(grep { $_->{ok} } @{ $run->{invariants} }), 2, 'run.json: invariants');
is($run->{invariants}[0]{detail}, '7 rows, "some, of 4" clients', 'run.json: their detail');

$observed = $run->{observed};
my ($grow, $all) = @{ $run->{summary} }[ 0, 2 ];
is($observed->{transactions}, $all->{transactions}, 'observed: transactions');
is($observed->{deadlocks}, 0, 'observed: no deadlock');
is($observed->{lock_waits}{most_sessions_waiting}, 0, 'observed: no lock wait');
ok($observed->{lock_waits}{samples} >= 2, 'observed: a sample a second');
my %size = map { $_->{relation} => $_ } @{ $observed->{relations} };
my $growth = $size{observed_growing}{bytes_after} - $size{observed_growing}{bytes_before};
ok($growth >= 1500 * $grow->{transactions} && $growth <= 2500 * $grow->{transactions} + 65536, 'observed: the table has grown by what was put in');
is($size{observed_growing_pkey}{table}, 'observed_growing', 'observed: its index');
ok(!exists $size{observed_row}, 'observed: nothing of a table that has not grown');
ok(!grep({ /perfkit/ } keys %size), "observed: nothing of perfkit's own tables");
ok($observed->{wal}{bytes} >= 1500 * $grow->{transactions}, 'observed: WAL');
ok(abs($observed->{wal}{bytes_per_transaction} - $observed->{wal}{bytes} / $all->{transactions}) < 0.1, 'observed: WAL per transaction');
ok($observed->{buffers}{hit_per_transaction} > 1, 'observed: buffers per transaction');
is($node->safe_psql('postgres', "SELECT observed->>'transactions' FROM $kit.perfkit_runs ORDER BY run_id DESC LIMIT 1"), $all->{transactions},
	'observed: is stored with the run');

# Lock waits: three clients, one row, each holds it for 0.3 s.
($status, $out, $err) = bench(@args, '--scenario', 'waits');
$run = read_run("$dir/out");
is($run->{clients}, 3, "a mix's options hold");
is(join(' ', map { $_->{scenario} } @{ $run->{summary} }), 'idle lock all', "and its scenarios");
is($run->{environment}{scripts}{lock}{weight}, 3, 'with their weights');
is("@{ $run->{environment}{mixes} }", 'waits', 'the mix is recorded');
$observed = $run->{observed}{lock_waits};
ok($observed->{most_sessions_waiting} >= 1 && $observed->{most_sessions_waiting} <= 2, 'lock waits are seen');
ok($observed->{longest_wait_ms} > 0 && $observed->{longest_wait_ms} < 60000, 'and how long one took');
ok($observed->{samples_with_waits} <= $observed->{samples} && $observed->{mean_sessions_waiting} > 0, 'and how often');
like($out, qr/^ sessions waiting for a lock +\| [\d.]+ on average, at most [12],.* longest seen \d+ ms$/m, 'and shown');
my ($wait) = grep { $_->{event_type} eq 'Lock' } @{ $run->{observed}{waits} };
is($wait->{scenario}, 'lock', 'samples of sessions that wait for a lock know their scenario');
my ($sleep) = grep { $_->{event} eq 'PgSleep' } @{ $run->{observed}{waits} };
is($sleep->{scenario}, 'lock', 'as do those that sleep');
my $seen = 0;
$seen += $_->{samples} foreach @{ $run->{observed}{waits} }, @{ $run->{observed}{running} };
is($run->{observed}{wait_samples}, $seen, 'and they add up');
like($out, qr/^ sessions spent their time +\| .*Lock \w+ [\d.]+ %/m, 'and are one line of the summary');
is(join(' ', sort keys %{ $run->{environment}{plans} }), 'idle lock', 'plans are known, of what writes as well');
ok(!exists $run->{work}{lock}, 'but not its work');
is($run->{work}{idle}{rows}, 20, 'and the work of a sample');

# Deadlocks: pgbench tries their victims again.
($status, $out, $err) = bench(@args, '--scenario', 'deadlocks', '--rate', 400, '--duration', 2);
$run = read_run("$dir/out");
ok($run->{observed}{deadlocks} > 0, 'deadlocks are counted');
# (more than retries: what is not through when the time is over is in no log, with all of its tries)
cmp_ok($run->{observed}{deadlocks}, '>=', $run->{summary}[-1]{retries}, 'each retry was one');
like($run->{environment}{pgbench_commands}[0], qr/--rate=400 /, "the caller's rate comes before the mix's");

# Memory: an array of two million numbers takes 16 MB and more, kept no longer than the query; the
# sample must be quick to see it.
($status, $out, $err) = bench(@args, '--scenario', 'memory', '--clients', 1, '--rate', 'none', '--duration', 4);
$run = read_run("$dir/out");
SKIP:
{
	skip 'no /proc here', 1 unless -r "/proc/$$/status" && slurp_file("/proc/$$/status") =~ /^RssAnon:/m;
	ok($run->{observed}{backend_memory}{peak_bytes} > 500_000, "a backend's memory is seen");
}

# Invariants that do not hold, or say nothing, fail the run whatever its speed.
replace('invariants.sql', "SELECT 'rows are odd', :rows % 2 = 0, format('they are %s', :rows) UNION ALL SELECT 'nothing is known', NULL, NULL;\n");
($status, $out, $err) = bench(@args, '--no-seed', '--duration', 1);
is($status, 1, 'a broken invariant exits with 1');
like($out, qr/^FAIL: 2 of 2 invariants broken$/m, 'and says so');
like($out, qr/^ rows are odd +\| BROKEN +\| they are 7$/m, 'and which');
$run = read_run("$dir/out");
is($run->{verdict}, 'FAIL', 'run.json: verdict');
my ($ret, $stdout, $stderr) = $node->psql('postgres', "SET search_path = $kit; SELECT perfkit_assert_run($run->{run_id})");
isnt($ret, 0, 'the run cannot be asserted');
like($stderr, qr/left data that is not sound\n.*rows are odd: they are 7/s, 'and the error says why');
($status, $out, $err) = bench(@args, '--no-seed', '--duration', 1, '--no-checks');
is($status, 0, '--no-checks checks none');
is(scalar @{ read_run("$dir/out")->{invariants} }, 0, 'and records none');

# A load that breaks off: the data is looked at all the same.
($status, $out, $err) = bench(@args, '--no-seed', '--scenario', 'broken');
is($status, 1, 'broken invariants of a load that broke off exit with 1');
like($out, qr/^FAIL: .*rows are odd \(they are 7\)/m, 'and are named');
like($err, qr/pgbench ended with status 2/, 'with what happened');
replace('invariants.sql', $files{'invariants.sql'});
($status, $out, $err) = bench(@args, '--no-seed', '--scenario', 'broken');
is($status, 2, 'a load that broke off and left the data sound exits with 2');
replace('invariants.sql', "SELECT no_such_column;\n");
($status, $out, $err) = bench(@args, '--no-seed', '--duration', 1);
is($status, 2, 'invariants that cannot be checked exit with 2');
like($err, qr/invariants\.sql failed/, 'and say so');

# What there is.
($status, $out, $err) = bench(@args, '--scenario', 'nonesuch');
is($status, 2, 'a scenario that does not exist');
like($err, qr/it has: grow idle lock deadlock memory broken; mixes: deadlocks waits$/m, 'names those that there are, and the mixes');
($status, $out, $err) = bench($folder, '--help');
like($out, qr/^Scenarios of \S*observed_workload: grow idle .*; mixes: deadlocks waits$/m, 'as does --help');
ok(poll_until(sub { left_behind() eq '' }), 'no temporary file is left');
ok(poll_until(sub { $node->safe_psql('postgres', q{SELECT count(*) FROM pg_stat_activity WHERE backend_type = 'client backend' AND pid <> pg_backend_pid()}) eq '0' }),
	'no session is left');

$node->stop;
done_testing();
