# Notifications during a load: what perfkit_listen counts, what a run makes of it, and that nothing
# is left when listeners, the run or the server die.
use strict;
use warnings;

use FindBin;
use lib "$FindBin::RealBin/lib", "$FindBin::RealBin/../../bench/lib";
use BenchRun;
use IPC::Run ();
use JSON::PP ();
use Perfkit::Ceiling;
use PerfkitCluster;
use PostgreSQL::Test::Utils;
use Test::More;

my $node = PerfkitCluster->new('main');
my $dsn = $node->connstr('postgres');
my $dir = PostgreSQL::Test::Utils::tempdir();
my $program = 'bench/listener/perfkit_listen';
my ($status, $out, $err, $run);

# listen_start(CHANNEL, LISTENERS): perfkit_listen alone, once it listens.
sub listen_start
{
	my ($channel, $listeners) = @_;
	my $self = { in => '', out => '', err => '' };
	$self->{run} = IPC::Run::start([ $program, $dsn, $channel, $listeners ], '<', \$self->{in}, '>', \$self->{out},
		'2>', \$self->{err}, IPC::Run::timeout($PostgreSQL::Test::Utils::timeout_default));
	$self->{run}->pump until $self->{out} =~ s/^listening\n//;
	$self->{pid} = $self->{run}{KIDS}[0]{PID};
	return $self;
}

# listen_end(SELF): what it counted.
sub listen_end
{
	my ($self) = @_;
	$self->{run}->finish or die "perfkit_listen: $self->{err}";
	return JSON::PP->new->decode($self->{out});
}

# heard(CHANNEL, LISTENERS, PAYLOAD...): of these notifications, sent one after the other.
sub heard
{
	my ($channel, $listeners, @payloads) = @_;
	my $self = listen_start($channel, $listeners);
	$node->safe_psql('postgres', join('', map { 'SELECT pg_notify($name$' . $channel . '$name$, ' . "$_);\n" } @payloads)) if @payloads;
	return listen_end($self);
}

my $now = '(extract(epoch FROM clock_timestamp()) * 1000000)::bigint';
sub payload { my ($sender, $sequence) = @_; return "'$sender $sequence ' || $now"; }

# What is counted.
my $counts = heard('plain', 3, payload('a', 0), payload('a', 1), payload('b', 7), payload('a', 2), payload('b', 8));
is(join(' ', @$counts{qw(listeners senders sent received lost duplicates out_of_order unmeasured)}), '3 2 5 15 0 0 0 0',
	'all that was sent is received by all');
is("@{ $counts->{by_listener} }", '5 5 5', 'each by each');
cmp_ok($counts->{max_us}, '<', 60_000_000, 'in a time that is measured');
is($counts->{latencies}[-1][0], $counts->{max_us}, 'of which the longest is exact');
cmp_ok($counts->{clock_uncertainty_us}, '<', 1_000_000, 'the uncertainty of the clocks is told');

$counts = heard('plain', 3, payload('a', 0), payload('a', 1), payload('a', 3), payload('b', 5), payload('b', 9));
is(join(' ', @$counts{qw(sent received lost duplicates out_of_order)}), '9 15 12 0 0', 'a gap is a loss, for each listener');
$counts = heard('plain', 2, map { payload('a', $_) } 0, 2, 1, 1, 4, 3, 2);
is(join(' ', @$counts{qw(sent received lost duplicates out_of_order)}), '5 14 0 4 4', 'repeated and late ones are told apart');
# (64 numbers back, it cannot be known whether it came before)
$counts = heard('plain', 1, map { payload('a', $_) } 0, 2, 100, 1);
is(join(' ', @$counts{qw(sent lost out_of_order)}), '101 98 1', 'what is too late to be told is no excuse for a loss');
$counts = heard('plain', 1, map { payload('a', $_) } 100, 0);
is(join(' ', @$counts{qw(sent lost out_of_order)}), '101 99 1', 'a sender may begin late');
$counts = heard('plain', 2, "''", "'hello'", "'a 1'", "'a 1 '", "'a 1 x'", "'a -1 2'", "'a 1 2x'", "' 1 2'",
	"repeat('x', 64) || ' 1 2'", "'a 99999999999999999999 2'", "'perfkit end 1-2'", payload('a', 1) . " || ' and more'");
is(join(' ', @$counts{qw(sent received lost unmeasured)}), '1 2 0 20', 'other payloads are only counted, but for the marks of other listeners');
$counts = heard('plain', 1, "'a 0 4102444800000000'", "'a 1 0'", "'a 2 0'");
is($counts->{early}, 1, 'one that came before it was sent is counted');
is($counts->{latencies}[0][0], 0, 'as one without latency');
cmp_ok($counts->{max_us}, '>', 1.7e15, 'the longest may be long');

foreach my $channel ('odd "chan\'', 'Größe', ';DROP TABLE x', 'select', 'x' x 63, ' ')
{
	is(heard($channel, 2, payload('a', 0))->{received}, 2, "channel \"$channel\"");
}
is(heard('empty', 2)->{sent}, 0, 'nothing sent is nothing lost');

# Ends.
my $listener = listen_start('plain', 2);
kill('TERM', $listener->{pid});
is(listen_end($listener)->{received}, 0, 'SIGTERM ends it as the end of its input does');
$listener = listen_start('plain', 2);
$node->safe_psql('postgres', q{SELECT pg_terminate_backend(max(pid)) FROM pg_stat_activity WHERE query LIKE 'LISTEN %'});
ok(!$listener->{run}->finish, 'a lost connection is a failure');
like($listener->{err}, qr/^perfkit_listen: listener \d lost its connection: /, 'that is told');
like(`$program 2>&1`, qr/^usage: perfkit_listen CONNINFO CHANNEL LISTENERS$/, 'usage');
ok(!IPC::Run::run([ $program, "$dsn dbname=nosuch", 'plain', 1 ], '>', \$out, '2>', \$err), 'no such database');
like($err, qr/^perfkit_listen: listener 1 could not connect: .*nosuch/, 'is told');

# Memory: what is kept for each of 400,000 deliveries would be tens of megabytes.
sub resident { my ($pid) = @_; return (slurp_file("/proc/$pid/status") =~ /^VmRSS:\s*(\d+)/m)[0]; }
SKIP:
{
	skip 'no /proc here', 1 unless -e "/proc/$$/status";
	$listener = listen_start('plain', 4);
	my @resident;
	foreach my $sender (1 .. 5)
	{
		$node->safe_psql('postgres', "SELECT count(pg_notify('plain', '$sender ' || i || ' ' || $now)) FROM generate_series(1, 25000) i");
		# it has received them when their backends have nothing left to send
		$node->poll_query_until('postgres', 'SELECT pg_notification_queue_usage() < 0.0001');
		push @resident, resident($listener->{pid});
	}
	is(listen_end($listener)->{received}, 500_000, 'half a million deliveries');
	cmp_ok($resident[4] - $resident[0], '<', 1000, 'take no memory') or diag("@resident");
}

# The search for a ceiling, with a server that takes so many per second.
sub search
{
	my ($ceiling, $because) = @_;
	my @tried;
	no warnings qw(redefine once);
	local *Perfkit::Ceiling::step = sub {
		my (undef, $found, undef, $rate) = @_;
		push @tried, $rate;
		if ($rate <= $ceiling) { $found->{rate} = $rate; }
		else { @$found{qw(too_high because)} = ($rate, $because); }
		return $rate <= $ceiling;
	};
	my $said = '';
	my $workload = bless { name => 'w', scenarios => [ { name => 's', path => '/dev/null' } ] }, 'Perfkit::Workload';
	my $fake = bless { opt => { 'notify-ceiling' => 's', listeners => 20, 'time-scale' => 1 }, work => PostgreSQL::Test::Utils::tempdir(),
		workload => $workload, most_clients => 20, ceiling_ms => 1000, load => { defines => [] }, notifications => {}, quiet => 1 }, 'Perfkit::Run';
	local *Perfkit::Run::say = sub { $said = $_[1] };
	Perfkit::Ceiling::find($fake);
	return ($fake->{notifications}{ceiling}, $said, @tried);
}
require Perfkit::Run;
my ($found, $said, @tried) = search(777, 'late');
is("@tried", '25 50 100 200 400 800 600 700 750', 'twice the rate, then halves');
is("$found->{rate} $found->{too_high} $found->{because}", '750 800 late', 'until the two are near');
is($said, 'ceiling: 750 notifying commits per second within p95 delivery of 1000 ms, with 20 listeners; at 800, notifications are late', 'in words');
($found, $said, @tried) = search(3, 'slow');
is("@tried", '25 12 6 3 4', 'downward when the first is too high');
is($found->{rate}, 3, 'to the one');
($found, $said) = search(0, 'lost');
is($said, 'ceiling: fewer than 1 notifying commits per second within p95 delivery of 1000 ms, with 20 listeners: notifications are lost', 'none is an answer');
($found, $said, @tried) = search(777, 'generator');
is("@tried", '25 50 100 200 400 800', 'no further where pgbench is the limit');
like($said, qr/^no ceiling found up to 400 .*; at 800, pgbench sends fewer, although clients are idle$/, 'which is said');
($found, $said) = search(1e9, 'late');
is($found->{because}, 'highest', 'and there is a last one');
like($said, qr/^no ceiling found up to 819200 notifying commits per second within/, 'of which this is said');

# A folder of one's own.
my $folder = "$dir/shop";
my $channel = q{odd "ch'an};
mkdir($folder);
append_to_file("$folder/scenarios", "buy 1 one sale\nskip 0 forgets every other number\nidle 0 says nothing\njson 0 sends what cannot be read\n");
append_to_file("$folder/prepare.sql", "CREATE TABLE IF NOT EXISTS sale (client int);\nSELECT 'sequence', '0';\n");
my $buy = <<'SQL';
BEGIN;
INSERT INTO sale VALUES (:client_id);
SELECT pg_notify('odd "ch''an', :stage || '.' || :client_id || ' ' || :sequence || ' ' || (extract(epoch FROM clock_timestamp()) * 1000000)::bigint);
END;
SQL
append_to_file("$folder/buy.sql", "$buy\\set sequence :sequence + 1\n");
append_to_file("$folder/skip.sql", "$buy\\set sequence :sequence + 2\n");
append_to_file("$folder/idle.sql", "SELECT 1;\n");
append_to_file("$folder/json.sql", "SELECT pg_notify('odd \"ch''an', '{}');\n");
append_to_file("$folder/invariants.sql",
	"SELECT 'each listener received each sale', bool_and(n::bigint = t.sales), t.sales FROM perfkit_runs r, (SELECT count(*) AS sales FROM sale) t, jsonb_array_elements(notifications->'stages') s, jsonb_array_elements_text(s->'by_listener') n WHERE run_id = :run_id GROUP BY t.sales;\n");
my @shop = ($folder, '--dsn', $dsn, '--clients', 3, '--rate', 200, '--listen', $channel, '--listeners', 4, '--output', "$dir/out");

($status, $out, $err) = bench_told(2, @shop, '--budget', 'notify_p95_ms<60000');
is($status, 0, 'a run that listens');
$run = read_run("$dir/out");
my $delivery = $run->{delivery}[0];
is($delivery->{sent}, $run->{summary}[-1]{transactions}, 'each transaction sends a notification');
is($delivery->{received}, 4 * $delivery->{sent}, 'which each listener receives');
is($run->{notifications}{channel}, $channel, 'on this channel');
is(join(' ', map { $_->{verdict} } grep { $_->{metric} eq 'notify_p95_ms' } @{ $run->{verdicts} }), 'PASS', 'it has a budget');
is(join(' ', map { $_->{ok} ? 'ok' : "not ok: $_->{invariant}" } @{ $run->{invariants} }), 'ok ok ok ok ok', 'and invariants, beside its own');
like($out, qr/^ +4 \| +\d+ \| +\d+ \| +0 \| +[\d.]+ \| +[\d.]+ \| +[\d.]+ \| +[\d.]+ \| \+- [\d.]+$/m, 'all of which are printed');
is($node->safe_psql('postgres', 'SELECT lost FROM perfkit_run_notifications((SELECT max(run_id) FROM perfkit_runs))'), '0', 'and stored');

$node->safe_psql('postgres', 'TRUNCATE sale');
($status, $out, $err) = bench(@shop, '--stages', '2x1,1x1', '--scenario', 'skip', '--budget', 'notify_p95_ms<60000');
is($status, 1, 'a sender that skips numbers');
like($out, qr/^ no notification was lost +\| BROKEN +\| \d+ sent, \d+ received by 4 listeners, [1-9]\d* lost$/m, 'has lost notifications');
is(scalar @{ read_run("$dir/out")->{delivery} }, 3, 'two stages, and both together');

$node->safe_psql('postgres', 'TRUNCATE sale');
($status, $out, $err) = bench(@shop, '--duration', 1, '--scenario', 'idle', '--budget', 'notify_p95_ms<60000', '--no-checks');
is($status, 1, 'nobody notifies');
like($out, qr/^ notifications were received +\| BROKEN +\| 0 received by 4 listeners$/m, 'although that was asked for');
is(scalar @{ read_run("$dir/out")->{invariants} }, 1, 'and nothing else held');

($status, $out, $err) = bench(@shop, '--duration', 1, '--scenario', 'json', '--scenario', 'buy', '--no-checks', '--budget', 'notify_p95_ms<60000');
is($status, 1, 'payloads that cannot be read');
like($out, qr/^ every notification has the payload that the listeners read +\| BROKEN +\| [1-9]\d* received that are not SENDER SEQUENCE MICROSECONDS$/m,
	'are not passed over');

# A limit that cannot be kept.
($status, $out, $err) = bench(@shop, '--duration', 1, '--notify-ceiling', 'buy', '--budget', 'notify_p95_ms<0.0001', '--time-scale', 0.1, '--no-checks');
is($status, 1, 'a budget that nothing keeps');
like($out, qr/^ceiling: fewer than 1 notifying commits per second within p95 delivery of 0\.0001 ms, with 4 listeners: notifications are late$/m, 'has no rate');
$run = read_run("$dir/out")->{notifications}{ceiling};
is(join(' ', map { $_->{rate} } @{ $run->{steps} }), '25 12 6 3 1', 'of those that were tried');
is($run->{steps}[0]{lost}, 0, 'although none was lost');

# What cannot be listened to.
foreach my $case (
	[ qr/--listeners needs --listen CHANNEL/, '--listeners', 3 ], [ qr/--notify-ceiling needs --listen/, '--notify-ceiling', 'buy' ],
	[ qr/has no scenario "nosuch"; it has: buy skip idle json/, '--listen', 'x', '--notify-ceiling', 'nosuch' ],
	[ qr/--notify-ceiling needs a budget/, '--listen', 'x', '--notify-ceiling', 'buy' ],
	[ qr/name of a channel, of 1 to 63 bytes/, '--listen', '' ], [ qr/name of a channel/, '--listen', 'x' x 64 ],
	[ qr/--listeners takes/, '--listen', 'x', '--listeners', 0 ],
	[ qr/3 clients and 500 listeners need as many connections, and the server has room for .*, or run with fewer --listeners$/m, '--listen', 'x', '--listeners', 500 ])
{
	my ($message, @options) = @$case;
	($status, $out, $err) = bench($folder, '--dsn', $dsn, '--clients', 3, '--duration', 1, '--output', "$dir/none", @options);
	is($status, 2, "@options") if length "@options" < 60;
	like($err, $message, 'is refused');
}

# Ends of a run. (A listener's process is known by its parent, the run.)
sub listeners { return sessions($node, "query LIKE 'LISTEN %'"); }
sub listener_of
{
	my ($pid) = @_;
	foreach my $file (glob('/proc/[0-9]*/stat'))
	{
		open(my $handle, '<', $file) or next;
		return $1 if (<$handle> // '') =~ /^(\d+) \(perfkit_listen\) \S+ $pid /;
	}
	return undef;
}
sub begin
{
	my ($server, @options) = @_;
	my $started = bench_start($folder, @$server, '--clients', 3, '--rate', 50, '--listen', $channel, '--listeners', 4,
		'--duration', 600, '--output', "$dir/killed", @options);
	poll_until(sub { pgbenches() && listener_of($started->{pid}) }) or die 'the load does not begin';
	return $started;
}
sub nothing_left
{
	my ($when) = @_;
	ok(poll_until(sub { left_behind() eq '' && !pgbenches() && !listeners() && !-e "$dir/killed" }), "nothing is left $when");
}
my $before = $node->safe_psql('postgres', 'SELECT max(run_id) FROM perfkit_runs');
my $started = begin([ '--dsn', $dsn ]);
kill('KILL', listener_of($started->{pid}));
($status, $out) = bench_wait($started);
is($status, 2, 'the listeners are killed');
like($out, qr/^bench\/run: the listeners died: perfkit_listen was ended by signal 9$/m, 'which is told');
nothing_left('when the listeners are killed');

$started = begin([ '--dsn', $dsn ]);
$node->safe_psql('postgres', q{SELECT pg_terminate_backend(max(pid)) FROM pg_stat_activity WHERE query LIKE 'LISTEN %'});
($status, $out) = bench_wait($started);
is($status, 2, 'a listener loses its connection');
like($out, qr/^bench\/run: the listeners died: listener \d lost its connection/m, 'which is told');
nothing_left('when a connection is lost');

foreach my $signal (qw(INT KILL))
{
	$started = begin([ '--dsn', $dsn ]);
	kill($signal, $started->{pid});
	bench_wait($started);
	nothing_left("after SIG$signal");
}
is($node->safe_psql('postgres', 'SELECT max(run_id) FROM perfkit_runs'), $before, 'none of these runs is stored');

{
	delete local @ENV{qw(PGHOST PGPORT PGUSER PGDATABASE)};
	$started = begin(['--throwaway']);
	my ($file) = glob(bench_tmpdir() . '/perfkit-server.*/data/postmaster.pid');
	kill('KILL', (split(/\n/, slurp_file($file)))[0]);
	($status, $out) = bench_wait($started);
	is($status, 2, 'the server is killed');
	like($out, qr/^bench\/run: the (?:private server died|server ended the runner's own session)/m, 'which explains the rest');
	unlike($out, qr/^PASS/m, 'and nothing passes');
	nothing_left('when the server is killed');
}

$node->stop;
done_testing();
