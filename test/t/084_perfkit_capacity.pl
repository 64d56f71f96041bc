# perfkit capacity on workloads whose ceiling is known by construction: transactions that hold one
# lock can only run one after the other, so that R = N / X exactly.
use strict;
use warnings;

use FindBin;
use lib "$FindBin::RealBin/lib";
use BenchRun;
use JSON::PP ();
use List::Util ();
use PerfkitCluster;
use PostgreSQL::Test::Utils;
use Test::More;

my $node = PerfkitCluster->new('main', create => 0, conf => "max_connections = 60\n");
my $dsn = $node->connstr('postgres');
my $dir = PostgreSQL::Test::Utils::tempdir();
my ($status, $out, $err);

# perfkit in a schema that is in no search path.
$node->safe_psql('postgres', 'CREATE SCHEMA "the kit"; CREATE EXTENSION perfkit SCHEMA "the kit" CASCADE');

sub capacity { return bench_program('bench/perfkit', 'capacity', @_); }

sub found { return JSON::PP->new->decode(slurp_file("$dir/out/capacity.json")); }

sub value { return $node->safe_psql('postgres', $_[0]); }

# A turn takes 20 ms, and 9.8 turns are too long to wait. One statement makes a turn: a busy machine
# delays each statement, and then not even one client would keep the budget.
my $queue = "$dir/queue";
my $limit = 196;
mkdir $queue or die "$queue: $!";
my %files = (
	'turn.sql' => "SELECT pg_advisory_xact_lock(4711), pg_sleep(0.02);\n",
	'budgets' => "p95_ms $limit\nmax_error_rate 0.1\nmin_tps 100000\nmax_buffers 0\n",
	'options' => "--stages 3x10s,5x10s\n--rate 7\n--warmup 1h\n",
	'seed.sql' => <<'SQL');
SET client_min_messages = error;
CREATE TABLE IF NOT EXISTS seeded (n int);
INSERT INTO seeded VALUES (:rows);
SELECT :rows;
SQL
append_to_file("$queue/$_", $files{$_}) foreach keys %files;

# With this tolerance the search measures 1, 2, 4, 8, 16 and 12 clients; neither 8 nor 12 is so near
# to the limit that it has to be measured longer.
my @args = ($queue, '--dsn', $dsn, '--output', "$dir/out", '--clients-max', 32, '--tolerance', 0.5, '--rows', 7);
# A busy machine takes longer to have enough transactions for a verdict.
foreach my $seconds (1, 3, 9)
{
	$node->safe_psql('postgres', 'DELETE FROM "the kit".perfkit_runs; DROP TABLE IF EXISTS seeded');
	($status, $out, $err) = capacity(@args, '--step-duration', $seconds, '--label', 'the queue');
	last if $status != 3;
}
is($status, 0, 'a ceiling that is found exits with 0');
like($out, qr/^PASS: the ceiling is \d+ clients \(at least \d+, below \d+\): with \d+, all p95_ms is [\d.]+, limit $limit$/m, 'and is said, with its interval');
my $found = found();
my ($turn) = sort { $b <=> $a } map { $_->{tps} } @{ $found->{levels} };
my $by_law = $limit / 1000 * $turn;
note("a turn takes " . 1000 / $turn . " ms, so that $by_law clients wait for $limit ms");
cmp_ok($found->{ceiling}, '<=', 1.1 * $by_law, 'it is no more than the turns allow');
# What a turn takes for 95 of 100 transactions, at each load: a busy machine stretches some.
my @turns = sort { $a <=> $b } map { $_->{p95_ms} / $_->{load} } @{ $found->{levels} };
cmp_ok($found->{ceiling}, '>=', 0.5 * $limit / $turns[ @turns / 2 ], 'nor far less');
cmp_ok($found->{lower}, '<=', $found->{ceiling}, 'the interval begins no higher');
cmp_ok($found->{upper}, '>', $found->{ceiling}, 'and ends above');
is(join(' ', @$found{qw(verdict exit_status unit workload label)}), 'PASS 0 clients queue the queue', 'capacity.json');
ok($found->{complete}, 'of a complete search');
my %level = map { $_->{load} => $_ } @{ $found->{levels} };
cmp_ok(scalar @{ $level{ $found->{$_} }{measurements} }, '>=', 4, "$_: measured, and again three times") foreach qw(ceiling beyond);
ok($level{ $found->{ceiling} }{holds} && !$level{ $found->{beyond} }{holds}, 'one holds, the other does not');
cmp_ok($found->{beyond} - $found->{ceiling}, '<=', List::Util::max(1, 0.5 * $found->{ceiling}), 'they are as near as the tolerance asks for');
is(join(' ', map { "$_->{metric}" } @{ $found->{budgets} }), 'max_error_rate p95_ms', 'the budgets that limit a load');
like($out, qr/^    note: at the ceiling, all min_tps is [\d.]+, limit 100000$/m, 'what no search can keep is said');

# What limits it, and what to do.
is($found->{saturation}{resource}, 'locks', 'locks limit it');
like($out, qr/^    limit: locks: \d+ % of the working sessions waited for it, most of them for Lock advisory/m, 'as it says');
my %advice = map { $_->{about} => $_ } @{ $found->{advice} };
cmp_ok($advice{pool}{value}, '<=', $found->{ceiling}, 'a pool is no larger than the ceiling');
is($advice{scaling}{value}, int(0.8 * $found->{lower}), 'capacity is added before the ceiling');
my $busy = $level{ $found->{ceiling} }{clients_busy};
ok(abs($busy - $found->{ceiling}) < 0.25 * $found->{ceiling}, "all clients are busy ($busy)");
if (@{ $found->{levels} } >= 6)
{
	my $fit = $found->{scalability};
	# (a busy machine slows single loads down)
	cmp_ok($fit->{contention_upper}, '>', 0.5, 'the law has them wait for each other');
	cmp_ok($fit->{contention_upper}, '>=', $fit->{contention}, 'with an interval');
	like($out, qr/^    scalability: one client achieves [\d.]+ per second; contention/m, 'and says so');
}

# The data, the runs, the page.
is(value('SELECT count(*), max(n) FROM seeded'), '1|7', 'the tables are filled once');
is(value(q{SELECT count(*) FROM "the kit".perfkit_runs}), 1 + List::Util::sum(map { scalar @{ $_->{measurements} } } @{ $found->{levels} }), 'each load is a run, and the warm-up');
is(value(q{SELECT string_agg(DISTINCT data_rows::text, ' ') FROM "the kit".perfkit_runs}), '7', 'of the same rows');
is(value(q{SELECT count(*) FROM "the kit".perfkit_runs WHERE label NOT LIKE 'the queue: %'}), '0', 'with the label');
is(value(q{SELECT run_id || ' ' || clients FROM "the kit".perfkit_runs WHERE environment ? 'capacity'}), "$found->{run_id} $found->{ceiling}", 'one at the ceiling has what was found');
is(scalar(my @json = glob("$dir/out/clients-*.json")), List::Util::sum(map { scalar @{ $_->{measurements} } } @{ $found->{levels} }), 'their results are kept');
my $page = slurp_file("$dir/out/report.html");
like($page, qr/<h2 id="capacity-h">Capacity<\/h2>.*the ceiling is $found->{ceiling} clients/s, 'the page begins with it');
($status, $out, $err) = bench_program('bench/perfkit', 'report', $found->{run_id}, '--dsn', $dsn, '--output', "$dir/again.html");
like(slurp_file("$dir/again.html"), qr/the ceiling is $found->{ceiling} clients/, 'perfkit report shows it again');
ok(poll_until(sub { left_behind() eq '' }), 'no temporary file is left');

# A rate; and not even the lowest one.
($status, $out, $err) = capacity($queue, '--dsn', $dsn, '--output', "$dir/out", '--step-duration', 1, '--budget', 'p95_ms<0.5', '--no-seed',
	'--rate', '--format', 'junit');
is($status, 1, 'budgets that the lowest rate breaks exit with 1');
like($out, qr/<failure[^>]*>?.*not even 10 transactions per second keeps the budgets: all p95_ms is [\d.]+, limit 0\.5/, 'and it is said, in JUnit');
like($out, qr/<testcase[^>]*classname="[^"]*capacity/, 'as a case of its kind');
$found = found();
is(join(' ', map { $_ // 'none' } @$found{qw(unit ceiling beyond verdict)}), 'rate none 10 FAIL', 'in JSON, too');
ok($found->{clients} > 40 && $found->{clients} < 60, "on as many connections as there are: $found->{clients}");
is(scalar @{ $found->{levels}[0]{measurements} }, 4, 'the lowest rate was measured again, too');
is($found->{scalability}, undef, 'the law of clients says nothing of a rate');
is(value('SELECT count(*) FROM seeded'), '1', '--no-seed takes the tables as they are');

done_testing();
