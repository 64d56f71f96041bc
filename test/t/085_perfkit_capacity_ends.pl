# perfkit capacity: how it searches, what cannot be searched, and what an interrupted search leaves.
use strict;
use warnings;

use FindBin;
use lib "$FindBin::RealBin/lib", "$FindBin::RealBin/../../bench/lib";
use BenchRun;
use JSON::PP ();
use PerfkitCluster;
use Perfkit::Capacity;
use Perfkit::CapacityWords;
use Perfkit::Measurement;
use Perfkit::Saturation;
use Perfkit::Search;
use PostgreSQL::Test::Utils;
use Test::More;

# The search alone: its measurements are calculated.

# searched(TRUE CEILING, NOISE, MOST): the search, ended. The pressure is the load's share of what
# would just be too much, times a random factor of this standard deviation.
sub searched
{
	my ($true, $deviation, $most) = @_;
	my $search = Perfkit::Search->new(first => 1, most => $most, tolerance => 0.05);
	while (defined(my $load = $search->next))
	{
		my $normal = -6;
		$normal += rand() foreach 1 .. 12;
		$search->measured($load, $load / $true * exp($deviation * $normal));
	}
	return $search;
}

srand(12);
foreach my $case ([ 437.5, 416, 437 ], [ 100.5, 95, 100 ], [ 7.5, 7, 7 ], [ 1.5, 1, 1 ])
{
	my ($true, $least, $most) = @$case;
	my $search = searched($true, 0, 1000);
	my ($held, $broke) = $search->bracket;
	ok($held >= $least && $held <= $most, "a ceiling of $true: $held holds");
	ok($broke > $true && $broke - $held <= 1 + 0.05 * $held, "and $broke, which is next, does not");
	is(join(' ', $search->interval), "$held $broke", 'which is the interval, too');
	ok($search->times_measured($held) >= 4 && $search->times_measured($broke) >= 4, 'both were measured again, three times');
	ok($search->{count} <= 25, "in $search->{count} measurements");
}
my $none = searched(5000, 0, 1000);
is(join(' ', map { $_ // 'none' } $none->bracket, $none->interval), '1000 none 1000 none', 'no ceiling up to the largest load');
is($none->times_measured(1000), 4, 'which is measured again, too');
my $all = searched(0.5, 0, 1000);
is(join(' ', map { $_ // 'none' } $all->bracket, $all->interval), 'none 1 none 1', 'not even the smallest load');
# The noise of measurements: what one load alone has of it would move the ceiling by as much.
foreach my $noise (0.05, 0.15)
{
	my (@ceilings, @counts, $within);
	foreach (1 .. 60)
	{
		my $search = searched(437.5, $noise, 1000);
		my ($lower, $upper) = $search->interval;
		push @ceilings, ($search->bracket)[0];
		push @counts, $search->{count};
		$within++ if ($lower // 0) <= 437.5 && ($upper // 1e9) > 437.5;
	}
	@ceilings = sort { $a <=> $b } @ceilings;
	@counts = sort { $a <=> $b } @counts;
	my $percent = 100 * $noise;
	ok($ceilings[-6] - $ceilings[5] < 0.15 * 437, "with $percent % of noise, 49 of 60 searches agree within 15 % ($ceilings[5] to $ceilings[-6])");
	ok($within >= 50, "and the interval has the truth in $within of 60");
	ok($counts[30] <= 60 && $counts[-1] < 120, "in $counts[30] measurements, at most $counts[-1]");
}
my $late = Perfkit::Search->new(first => 1, most => 64, tolerance => 0.05);
my @outlier = (10);
while (defined(my $load = $late->next)) { $late->measured($load, $load == 4 && @outlier ? shift @outlier : 0.1); }
is(join(' ', map { $_ // 'none' } $late->bracket), '64 none', 'a single measurement that fails ends nothing');
my $contrary = Perfkit::Search->new(first => 1, most => 64, tolerance => 0.05);
while (defined(my $load = $contrary->next)) { $contrary->measured($load, rand() < 0.5 ? 0.5 : 2); }
ok($contrary->{count} <= 80, 'measurements without any sense end, too');

# What is known: one verdict, or so many measurements that it is no chance.
my $measured = sub { my ($load, $pressure, $verdict, $sound) = @_; return { load => $load, pressure => $pressure, verdict => $verdict, is_sound => $sound ? \1 : \0 } };
my @five = map { $measured->($_, 0.5, 'INCONCLUSIVE', 1) } 4, 8, 8, 8, 8;
ok(Perfkit::Search::is_told(\@five, 'PASS', 8), 'five measurements that agree tell');
ok(!Perfkit::Search::is_told([ @five[ 1 .. 4 ] ], 'PASS', 8), 'four do not');
ok(!Perfkit::Search::is_told([ @five[ 1 .. 4 ], $measured->(8, 0.5, 'INCONCLUSIVE', 0) ], 'PASS', 8), 'nor if one of five is too small');
ok(!Perfkit::Search::is_told([ @five, $measured->(8, 1.5, 'INCONCLUSIVE', 1) ], 'PASS', 8), 'nor if one of six contradicts');
ok(!Perfkit::Search::is_told([ @five[ 1 .. 4 ], $measured->(2, 0.1, 'INCONCLUSIVE', 1) ], 'PASS', 8), 'a load that is far from it does not count');
ok(Perfkit::Search::is_told([ @five[ 1 .. 4 ], $measured->(2, 0.1, 'PASS', 1) ], 'PASS', 8), 'but its verdict does');
ok(!Perfkit::Search::is_told(\@five, 'FAIL', 4), 'those that keep the limits do not tell that they are broken');
ok(Perfkit::Search::is_told([ map { $measured->($_, 1.5, 'INCONCLUSIVE', 1) } 9, 9, 9, 9, 16 ], 'FAIL', 9), 'as those do that break them');
ok(abs(Perfkit::Search::chance(6, 7) - 8 / 128) < 1e-12, 'the probability of six heads or more of seven');

# A rate: measurements as Perfkit::Measurement makes them of a server that has 50 turns a second.
# of_rate(RATE): in two seconds
sub of_rate
{
	my ($rate) = @_;
	my $achieved = $rate < 50 ? $rate : 50;
	my $p95 = 20 + ($rate < 50 ? 20 * $rate / (50 - $rate) : 2000 * (1 - 50 / $rate));
	my $is_over = $rate > 50 / 0.95;
	return Perfkit::Measurement::of_run($rate, 2, {
			run_id => 1, observed => {},
			summary => [ { scenario => 'all', transactions => 2 * $achieved, errors => 0, tps => $achieved, p95_ms => $p95 } ],
			load => [ { offered_tps => $rate, achieved_tps => $achieved, clients => 8, clients_busy => 8 * $achieved / 50, finding => $is_over ? 'overloaded' : undef } ],
			verdicts => [
				{ scenario => 'all', metric => 'p95_ms', limit_value => 170, observed => $p95, transactions => 2 * $achieved, verdict => $p95 <= 170 ? 'PASS' : 'FAIL' },
				{ scenario => 'all', metric => 'min_tps', limit_value => 1e6, observed => $achieved, transactions => 2 * $achieved, verdict => 'FAIL' } ] });
}
my $rates = Perfkit::Search->new(first => 2, most => 1000, tolerance => 0.05);
while (defined(my $load = $rates->next)) { $rates->measured($load, of_rate($load)->{pressure}); }
# 20 + 20 * 44 / 6 ms is below 170 ms, and 20 + 20 * 45 / 5 is not.
my ($kept, $broken) = $rates->bracket;
ok($kept <= 44 && $kept >= 42 && $broken >= 45 && $broken <= 46, "of 50 turns a second, $kept transactions per second can wait for 170 ms, and $broken cannot");
# It may begin with a rate that is too high already.
foreach my $case ([ 300, 44 ], [ 60, 44 ], [ 9, 9 ])
{
	my ($first, $most) = @$case;
	my $search = Perfkit::Search->new(first => $first, most => $most == 9 ? 9 : 1000, tolerance => 0.05);
	while (defined(my $load = $search->next)) { $search->measured($load, of_rate($load)->{pressure}); }
	my ($held, $broke) = $search->bracket;
	ok($held <= $most && $held >= 0.95 * $most - 1, "a search that begins with $first finds $held, too");
	ok($search->{count} <= 30, "in $search->{count} measurements");
}
my $hopeless = Perfkit::Search->new(first => 300, most => 1000, tolerance => 0.05);
while (defined(my $load = $hopeless->next)) { $hopeless->measured($load, 2); }
is(join(' ', map { $_ // 'none' } $hopeless->bracket), 'none 1', 'a search that finds nothing has tried the lowest rate');
my $limited = Perfkit::Search->new(first => 300, least => 10, most => 1000, tolerance => 0.05);
while (defined(my $load = $limited->next)) { $limited->measured($load, 2); }
is(join(' ', $limited->loads), '10 37 300', 'which is one that is enough for some transactions');
is($limited->times_measured(10), 4, 'and is measured four times');
my $over = of_rate(100);
is("$over->{verdict} ${ $over->{overloaded} } $over->{finding}", 'FAIL 1 overloaded', 'twice as many as the server achieves overload it');
ok($over->{pressure} >= 2, 'which is how much too much they are');
is(join(' ', map { $_->{metric} } @{ $over->{below} }), 'min_tps', 'what no search can keep is kept apart');

# A load of which no transaction succeeded has no clients at work.
my @warnings;
my $failed = do {
	local $SIG{__WARN__} = sub { push @warnings, @_ };
	Perfkit::Measurement::of_run(8, 2, { run_id => 1, observed => {}, verdicts => [],
			summary => [ { scenario => 'all', transactions => 0, errors => 0, tps => 0 } ],
			load => [ { offered_tps => 8, achieved_tps => 0, clients => 8, clients_busy => undef, finding => 'overloaded' } ] });
};
is("$failed->{verdict} @warnings", 'FAIL ', 'without any transaction, the budgets are broken, and nothing else is said');

# The disk is full at the end of a search: what was found is said.
{
	no warnings 'redefine';
	my $printed = '';
	local *Perfkit::Capacity::warm_up = sub { $_[0]{first} = 1; return; };
	local *Perfkit::Capacity::measure = sub { my ($self, $load) = @_; $self->{search}->measured($load, $load / 2.5); return; };
	local *Perfkit::Capacity::settle = sub { };
	local *Perfkit::Capacity::conclude = sub { return { verdict => 'PASS', reason => 'it is ' . ($_[0]{search}->bracket)[0], advice => [], exit_status => 0 } };
	local *Perfkit::Capacity::store = sub { die bless { lines => ['no space left'] }, 'Perfkit::Cannot' };
	open(my $out, '>', \$printed) or die;
	my $stdout = select($out);
	eval { Perfkit::Capacity::search(bless({ opt => {}, most => 8, measurements => [] }, 'Perfkit::Capacity')) };
	select($stdout);
	is(ref $@ ? "@{ $@->{lines} }" : $@, 'no space left', 'results that cannot be stored are an error');
	like($printed, qr/^PASS: it is 2$/m, 'after the result was printed');
}

# What saturates.

# observed(RUNNING, CPU, [TYPE, EVENT, SAMPLES]...): as in run.json
sub observed
{
	my ($running, $cpu, @waits) = @_;
	my $all = $running;
	$all += $_->[2] foreach @waits;
	return { wait_samples => $all, running => [ { samples => $running } ],
		waits => [ map { { event_type => $_->[0], event => $_->[1], samples => $_->[2] } } @waits ],
		cpu => defined $cpu ? { seconds => 8, of_seconds => 10, machine => { busy => $cpu - 0.01, io_wait => 0, steal => 0.01 } } : undef };
}
foreach my $case (
	[ 'cpu', 1, observed(90, 0.97, [qw(Lock tuple 10)]) ],
	[ 'cpu', 0, observed(90, undef) ],
	[ 'none', 1, observed(90, 0.5) ],
	[ 'locks', 1, observed(10, 0.99, [qw(Lock transactionid 70)], [qw(Timeout PgSleep 20)]) ],
	[ 'wal', 1, observed(20, 0.4, [qw(LWLock WALWrite 50)], [qw(IO WALSync 30)]) ],
	[ 'io', 1, observed(20, 0.4, [qw(IO DataFileRead 50)]) ],
	[ 'internal locks', 1, observed(20, 0.4, [qw(LWLock LockManager 50)]) ],
	[ 'replication', 1, observed(20, 0.4, [qw(IPC SyncRep 50)]) ],
	[ 'none', 1, observed(20, 0.4, [qw(Client ClientRead 50)]) ],
	[ 'none', 1, {} ],
	[ 'connections', 1, { pool => { server_connections => 4, mean_clients_waiting => 7.5 } } ])
{
	my ($resource, $proven, $observed) = @$case;
	my $found = Perfkit::Saturation::find(2, $observed);
	is($found->{resource} // 'none', $resource, "saturated: $resource");
	is(${ $found->{proven} }, $proven, $proven ? 'proven' : 'not proven');
	my ($limit) = Perfkit::CapacityWords::limit({ saturation => $found, ceiling => 1, beyond => 2 });
	like($limit->{text}, $resource eq 'none' ? qr/^limit: none was seen/ : $proven ? qr/^limit: \w/ : qr/^limit: probably the processors, which cannot be read/, 'in words');
}

# What is concluded. concluded(PRESSURES, OPTION...): of loads 1, 2, 4 ... with one measurement
# each; verdict, exit status, reason and advice by what it is about. In options: members of what was
# found; member => value for all measurements.
sub concluded
{
	my ($pressures, %opt) = @_;
	my %of_all = %{ delete $opt{measurements} // {} };
	my $load = 0.5;
	my @levels = map {
		$load *= 2;
		my %same = (load => $load, pressure => $_, tps => 100 * ($load < 4 ? $load : 4), p95_ms => 10 * $_, clients_busy => $load);
		+{ %same, holds => $_ < 1 ? \1 : \0, measurements => [ { %same, transactions => 5, clients => $load, overloaded => \0, is_sound => \1,
			verdict => $_ < 1 ? 'PASS' : 'FAIL', budget => { scenario => 'all', metric => 'p95_ms', limit_value => 10, observed => 10 * $_ }, %of_all } ] };
	} @$pressures;
	my ($held) = map { $_->{load} } reverse grep { $_->{pressure} < 1 } @levels;
	my ($broke) = map { $_->{load} } grep { $_->{pressure} >= 1 } @levels;
	my $found = { unit => 'clients', most => 64, budgets => [ {}, {} ], gave_up => \0, thinks => \0, ceiling => $held, lower => $held,
		beyond => $broke, upper => $broke, levels => \@levels, saturation => Perfkit::Saturation::find(2, observed(1, 0.5)), %opt };
	Perfkit::CapacityWords::conclude($found);
	return (@$found{qw(verdict exit_status reason)}, { map { $_->{about} => $_ } @{ $found->{advice} } });
}
my ($verdict, $exit_status, $reason, $advice) = concluded([ 0.1, 0.2, 0.4, 0.9, 1.7 ]);
is("$verdict $exit_status", 'PASS 0', 'a ceiling');
is($reason, 'the ceiling is 8 clients (at least 8, below 16): with 16, all p95_ms is 17, limit 10', 'in words');
is($advice->{pool}{value}, 4, 'a pool as large as makes a difference');
like($advice->{pool}{text}, qr/^pool: 4 connections: 100 % of the highest throughput \(400 tps\); more of them only wait/, 'in words');
is($advice->{scaling}{value}, 6, 'capacity is added at 80 %');
like($advice->{scaling}{text}, qr/; transactions per second tell nothing there/, 'by clients, where throughput does not grow');
($verdict, $exit_status, $reason, $advice) = concluded([ 0.1, 0.2 ], cut => 'connections', most => 2);
is("$verdict $exit_status $reason", 'PASS 0 no ceiling found up to 2 clients: all 2 budgets are kept there; there are no more connections', 'none');
like($advice->{pool}{text}, qr/^pool: 2 connections: .* it still grows with more clients$/, 'a pool that may be larger');
is($advice->{scaling}, undef, 'no rule for scaling');
(undef, undef, $reason) = concluded([ 0.1, 0.2 ], unit => 'rate', most => 2);
is($reason, 'no ceiling found up to 2 transactions per second: all 2 budgets are kept there', 'of a rate, connections are not what limits it');
($verdict, $exit_status, $reason) = concluded([ 3, 4 ]);
is("$verdict $exit_status $reason", 'FAIL 1 not even 1 client keeps the budgets: all p95_ms is 30, limit 10', 'too slow for one');
($verdict, $exit_status, $reason) = concluded([ 0.1, 3 ], measurements => { verdict => 'INCONCLUSIVE' });
is("$verdict $exit_status", 'INCONCLUSIVE 3', 'too few transactions');
like($reason, qr/^the ceiling is 1 client \(.*; but too few transactions tell; give a longer --step-duration$/, 'in words');
($verdict, $exit_status, $reason) = concluded([ 0.1, 3 ], gave_up => \1);
is("$verdict $exit_status", 'INCONCLUSIVE 3', 'measurements that contradict each other');
like($reason, qr/its measurements contradict each other/, 'in words');
($verdict, $exit_status, $reason) = concluded([ 0.1, 0.2, 3 ], measurements => { finding => 'generator', clients_busy => 1.25 });
is("$verdict $exit_status", 'INCONCLUSIVE 3', 'clients that wait for pgbench');
like($reason, qr/; but there the load generator was a bottleneck \(1\.2 of 4 clients were busy\), so the server may take more: give more --jobs/, 'in words');
($verdict, $exit_status, $reason) = concluded([ 0.1, 3 ], unit => 'rate', measurements => { overloaded => \1, tps => 0.75 });
is($reason, 'the ceiling is 1 transaction per second (at least 1, below 2): with 2, 0.75 of the transactions per second offered were achieved', 'a rate');
(undef, undef, undef, $advice) = concluded([ 0.1, 0.2, 0.4, 0.9, 1.7 ], thinks => \1);
is($advice->{pool}{value}, 17, 'clients that think need a pool for those that do not, and three standard deviations');
like($advice->{scaling}{text}, qr/above 6 users/, 'and are users');

foreach my $case ([ 1290.4, '1290' ], [ 1000, '1000' ], [ 70, '70' ], [ 19.96, '20' ], [ 10.5, '10.5' ], [ 0.25, '0.25' ], [ 1.1, '1.1' ], [ 0, '0' ], [ 0.0004567, '4.57e-04' ],
	[ 'Infinity', 'infinite' ], [ undef, 'unknown' ])
{
	is(Perfkit::CapacityWords::number($case->[0]), $case->[1], "a number: $case->[1]");
}

# The command.
my $node = PerfkitCluster->new('main', conf => "max_connections = 12\n");
my $dsn = $node->connstr('postgres');
my $dir = PostgreSQL::Test::Utils::tempdir();
my ($status, $out, $err);

sub capacity { return bench_program('bench/perfkit', 'capacity', @_); }

sub found { return JSON::PP->new->decode(slurp_file("$dir/" . ($_[0] // 'out') . '/capacity.json')); }

sub value { return $node->safe_psql('postgres', $_[0]); }

# workload(NAME, FILES): a folder
sub workload
{
	my ($name, %files) = @_;
	mkdir "$dir/$name" or die "$dir/$name: $!";
	append_to_file("$dir/$name/$_", $files{$_}) foreach keys %files;
	return "$dir/$name";
}
my $one = workload('one', 'one.sql' => "SELECT 1;\n", 'budgets' => "p95_ms 60000\nmax_error_rate 0.01\n");
my $without = workload('without', 'one.sql' => "SELECT 1;\n", 'budgets' => "max_buffers 10\nmin_tps 1\n",
	'seed.sql' => "CREATE TABLE was_seeded ();\nSELECT 0;\n");
my $refusing = workload('refusing', 'one.sql' => "SELECT 1;\n", 'budgets' => "p95_ms 60000\nmax_error_rate 0.01\n",
	'prepare.sql' => "SELECT 'refuse', 'three clients are <too> many' WHERE :clients > 2;\n");
my @to = ('--dsn', $dsn, '--output', "$dir/out", '--step-duration', 1);

# Without a limit, there is nothing to find; before anything is touched.
($status, $out, $err) = capacity($without, @to);
is($status, 2, 'without a budget that limits the load, it cannot run');
like($err, qr/no budget limits the load of workload without, so every load would keep them; give one, such as --budget 'p95_ms<100'/, 'and says what to give');
is(value(q{SELECT to_regclass('was_seeded') IS NULL}), 't', 'nothing was seeded');
ok(!-e "$dir/out", 'and no directory is left');

# The server's connections are a limit; of a role that may store runs, and not change them. Reserved
# connections are not for it, so those of the search itself count, too.
$node->safe_psql('postgres', q{CREATE ROLE tester LOGIN; GRANT SELECT, INSERT, DELETE ON perfkit_runs, perfkit_run_seconds,
	perfkit_run_transactions, perfkit_run_invariants TO tester; GRANT SELECT ON perfkit_budgets, perfkit_index_checks TO tester});
($status, $out, $err) = capacity($one, @to, '--dsn', "$dsn user=tester", '--budget', 'p95_ms<50000', '--quiet');
isnt($status, 2, 'with as many clients as the server has room for');
my $found = found();
is($found->{cut}, 'connections', 'which limit the search');
cmp_ok($found->{ceiling}, '<', 9, 'it goes no further');
is(join(' ', map { $_ // 'none' } @$found{qw(beyond lower upper)}), "none $found->{ceiling} none", 'nothing is known to be beyond, in JSON, either');
like($out, qr/^[A-Z]+: no ceiling found up to $found->{most} clients: all 2 budgets are kept there; there are no more connections/, 'and says so');
is(scalar(() = $out =~ /\n/g), 1, '--quiet prints the result alone');
($status, $out, $err) = capacity($one, @to, '--clients-max', 50);
is($status, 2, 'more clients than there is room for, if asked for, cannot be run');
like($err, qr/50 clients need as many connections, and the server has room for \d+ .* or run with --clients-max \d+$/m, 'and it says what to do');

# What prepare.sql refuses is too much.
($status, $out, $err) = capacity($refusing, @to, '--dsn', "$dsn user=tester", '--clients-max', 4);
isnt($status, 2, 'a role that may only store runs');
# (each load that was refused used to keep a connection, until none was left)
is($err, '', 'sees no error');
$found = found();
is($found->{ceiling}, 2, 'a load that is refused is beyond the ceiling');
is($found->{beyond}, 3, 'which is the next smaller one');
like($out, qr/: with 3, three clients are <too> many/, 'and says why');
like(slurp_file("$dir/out/report.html"), qr/<h2 id="capacity-h">Capacity.*with 3, three clients are &lt;too&gt; many/s, 'as the page does');
is(value("SELECT environment ? 'capacity' FROM perfkit_runs WHERE run_id = $found->{run_id}"), 'f', 'although nothing is changed');

# What cannot be searched.
foreach my $case (
	[ ['nonesuch'], qr/there is no workload "nonesuch"/ ],
	[ [$one, $one], qr/one workload at a time/ ],
	[ [$one, '--clients', 5], qr/--clients goes with --rate$/m ],
	[ [$one, '--rate-max', 5], qr/--rate-max goes with --rate$/m ],
	[ [$one, '--rate', '--clients-max', 5], qr/--clients-max is about the search for clients; with --rate, give --rate-max/ ],
	[ [$one, '--clients-max', 0], qr/--clients-max takes a whole number from 1 to 100000, not "0"/ ],
	[ [$one, '--step-duration', 'long'], qr/--step-duration takes 30, 30s, 2m or 1h, not "long"/ ],
	[ [$one, '--step-duration', 0], qr/--step-duration must be above 0/ ],
	[ [$one, '--tolerance', 1.5], qr/--tolerance takes a share up to 1, such as 0\.05, not "1\.5"/ ],
	[ [$one, '--tolerance', 'nan'], qr/--tolerance takes a number above 0/ ],
	[ [$one, '--tolerance', 0], qr/--tolerance takes a number above 0/ ],
	[ [$one, '--clients-max', '1e3'], qr/--clients-max takes a whole number from 1 to 100000, not "1e3"/ ],
	[ [$one, '--rate', '--rate-max', 0], qr/--rate-max takes a whole number from 1 to/ ],
	[ [$one, '--rate', '--rate-max', 2000000], qr/--rate-max takes a whole number from 1 to/ ],
	[ [$one, '--step-duration', -1], qr/--step-duration takes 30, 30s, 2m or 1h/ ],
	[ [$one, '--step-duration', '99999999h'], qr/--step-duration / ],
	[ [$one, '--tolerance', -1], qr/--tolerance takes a number above 0/ ],
	[ [$one, '--pool', 'both'], qr/--pool both compares by itself; give perfkit capacity a number/ ],
	[ [$one, '--budget', 'p95_ms'], qr/--budget takes "METRIC<LIMIT"/ ],
	[ [$one, '--format', 'xml'], qr/--format is .*, not "xml"/ ],
	[ [$one, '--duration', 5], qr/there is no option --duration/ ],
	[ [$one, '--throwaway'], qr/--dsn and --throwaway exclude each other/ ])
{
	my ($args, $message) = @$case;
	# Those of the command line are found before anything is started, so that a call will do.
	eval { Perfkit::Capacity::main('perfkit capacity', '--dsn', $dsn, '--output', "$dir/none", @$args) };
	is(ref $@, 'Perfkit::Cannot', "cannot run: @$args");
	like(ref $@ ? join("\n", @{ $@->{lines} }) : $@, $message, "message of: @$args");
	ok(!-e "$dir/none", 'nothing is left');
}
foreach my $case ([ [], qr/^usage: perfkit capacity WORKLOAD/ ], [ [$one, '--budget', 'p94_ms<7'], qr/a budget of this run is not valid/ ])
{
	my ($args, $message) = @$case;
	($status, $out, $err) = capacity('--dsn', $dsn, '--output', "$dir/none", @$args);
	is($status, 2, "exit status of: @$args");
	like($err, $message, "message of: @$args");
	ok(!-e "$dir/none", 'nothing is left');
}
($status, $out, $err) = capacity('nonesuch', '--dsn', $dsn, '--format', 'json');
is(JSON::PP->new->decode($out)->{verdict}, 'ERROR', 'what cannot be run can be read in the format');
mkdir "$dir/taken" or die;
mkdir "$dir/taken/clients-1-1" or die;
($status, $out, $err) = capacity($one, '--dsn', $dsn, '--output', "$dir/taken");
like($err, qr{taken/clients-1-1 is in the way of the results}, 'a folder of somebody else is not removed');
($status, $out, $err) = capacity('--help');
is($status, 0, 'exit status of --help');
like($out, qr/^usage: perfkit capacity WORKLOAD\|DIRECTORY .*--clients-max N.*--step-duration TIME.*--tolerance F/s, '--help');
unlike($out, qr/\\n|.{103}/, 'without escapes, in lines that fit');

# Interrupted: what was measured is stored, and nothing else is left.
my $slow = workload('slow', 'slow.sql' => "SELECT pg_sleep(0.01) AS slowly;\n", 'budgets' => "p95_ms 60000\nmax_error_rate 0.01\n");
foreach my $signal ([ 'INT', 130 ], [ 'TERM', 143 ])
{
	my ($name, $wanted) = @$signal;
	my $run = bench_start_program('bench/perfkit', 'capacity', $slow, '--dsn', $dsn, '--output', "$dir/$name", '--step-duration', 1);
	ok(poll_until(sub { -e "$dir/$name/clients-2-1.json" }), 'two loads were measured');
	ok(poll_until(sub { pgbenches() }), 'the next one has begun');
	kill($name, $run->{pid});
	($status, $out) = bench_wait($run);
	is($status, $wanted, "exit status when interrupted by SIG$name");
	like($out, qr/: [2-9] loads were measured; of these alone: no ceiling found up to [1-9] clients?: .*; \S+ has the runs$/m, 'what was measured is said');
	ok(poll_until(sub { left_behind() eq '' }), 'no temporary file is left');
	ok(poll_until(sub { !pgbenches() }), 'no pgbench');
	ok(poll_until(sub { !sessions($node, "application_name <> ''") }), 'no session');
	$found = found($name);
	ok(!$found->{complete} && $found->{verdict} eq 'ERROR', 'capacity.json says that the search broke off');
	cmp_ok(scalar @{ $found->{levels} }, '>=', 2, 'and has what was measured');
	is(value("SELECT environment -> 'capacity' ->> 'complete' FROM perfkit_runs WHERE run_id = $found->{run_id}"), 'false', 'which is stored, too');
}

# A server that stops in the middle.
my $run = bench_start_program('bench/perfkit', 'capacity', $slow, '--dsn', $dsn, '--output', "$dir/stopped", '--step-duration', 1);
ok(poll_until(sub { -e "$dir/stopped/clients-2-1.json" }), 'two loads were measured');
ok(poll_until(sub { pgbenches() }), 'the next one has begun');
$node->stop('immediate');
($status, $out) = bench_wait($run);
is($status, 2, 'exit status when the server stops');
like($out, qr/loads were measured; of these alone: no ceiling found up to/, 'what was measured is said');
ok(!found('stopped')->{complete}, 'and is in capacity.json');
ok(poll_until(sub { left_behind() eq '' }), 'no temporary file is left');

done_testing();
