# bench/run leaves nothing behind, whenever it is interrupted: no process, no directory, no server
# of its own, no query on a server that was given. Nor does it when it is not interrupted.
use strict;
use warnings;

use FindBin;
use lib "$FindBin::RealBin/lib";
use BenchRun;
use PerfkitCluster;
use PostgreSQL::Test::Utils;
use Test::More;

my $node = PerfkitCluster->new('main');
my $dsn = $node->connstr('postgres');
my $tmp = bench_tmpdir();
my $output = PostgreSQL::Test::Utils::tempdir() . '/output';
my ($run, $status, $out, $err);

# nothing_left(STATUS, WANTED, WHEN)
sub nothing_left
{
	my ($got, $wanted, $when) = @_;
	is($got, $wanted, "exit status when interrupted $when");
	# (a busy disk may take longer to forget a directory than the command takes to end)
	ok(poll_until(sub { left_behind() eq '' }), "no temporary file is left when interrupted $when");
	ok(poll_until(sub { !pgbenches() }), "no pgbench is left when interrupted $when");
	ok(poll_until(sub { !-e $output }), "no directory for results is left when interrupted $when");
	ok(poll_until(sub { !sessions($node, "application_name <> ''") }), "no session is left when interrupted $when");
}

my %exit = (INT => 130, TERM => 143, HUP => 129);

# While seeding: the query is cancelled on the server too, and no row stays.
foreach my $signal (qw(INT TERM))
{
	$run = bench_start('events', '--dsn', $dsn, '--rows', 5_000_000, '--clients', 4, '--output', $output);
	ok(poll_until(sub { sessions($node, "query LIKE '%perfkit_seed_events%' AND state = 'active'") }), 'seeding has begun');
	kill($signal, $run->{pid});
	($status) = bench_wait($run);
	nothing_left($status, $exit{$signal}, "by SIG$signal while seeding");
	is( $node->safe_psql('postgres', q{SELECT to_regclass('events') IS NULL}), 't', 'and nothing was seeded');
}

# Under load.
foreach my $signal (qw(INT TERM HUP))
{
	$run = bench_start('events', '--dsn', $dsn, '--rows', 2000, '--clients', 4, '--duration', 600, '--output', $output);
	ok(poll_until(sub { sessions($node, "query LIKE '%FROM events%'") == 4 }), 'the load has begun');
	kill($signal, $run->{pid});
	($status) = bench_wait($run);
	nothing_left($status, $exit{$signal}, "by SIG$signal under load");
}
is($node->safe_psql('postgres', 'SELECT count(*) FROM perfkit_runs'), '0', 'an interrupted run is not stored');

# A private server goes too: interrupted while it starts, and under load.
delete local @ENV{qw(PGHOST PGPORT PGUSER PGDATABASE)};
sub postmaster
{
	my ($file) = glob("$tmp/perfkit-server.*/data/postmaster.pid");
	return undef unless defined $file && -s $file;
	return (split(/\n/, slurp_file($file)))[0];
}

$run = bench_start('events', '--rows', 1000, '--output', $output);
ok(poll_until(sub { glob("$tmp/perfkit-server.*") }), 'a private server is being made');
kill('TERM', $run->{pid});
($status) = bench_wait($run);
nothing_left($status, 143, 'while the private server starts');

$run = bench_start('events', '--rows', 1000, '--clients', 4, '--rate', 100, '--duration', 600, '--output', $output);
ok(poll_until(sub { pgbenches() }), 'the load has begun on the private server');
my $pid = postmaster();
ok($pid && kill(0, $pid), 'the private server runs');
kill('INT', $run->{pid});
($status) = bench_wait($run);
nothing_left($status, 130, 'with a private server under load');
ok(wait_gone($pid), 'the private server is gone');

# Killed, it cannot clean up itself; its server ends all the same.
$run = bench_start('events', '--rows', 1000, '--clients', 4, '--rate', 100, '--duration', 600, '--output', $output);
ok(poll_until(sub { pgbenches() }), 'the load has begun on the private server');
$pid = postmaster();
kill('KILL', $run->{pid});
($status) = bench_wait($run);
ok(wait_gone($pid), 'the private server is gone after SIGKILL');
nothing_left($status, 0, 'by SIGKILL');

# Ctrl-C on a terminal, which reaches whatever is in the foreground there, and a second one.
SKIP:
{
	skip 'no terminal to be had here', 1 unless eval { require IO::Pty; IO::Pty->new };
	foreach my $keys ("\x03", "\x03\x03\x03")
	{
		my $terminal = IO::Pty->new;
		my $on_terminal = fork() // die "fork: $!";
		if ($on_terminal == 0)
		{
			$terminal->make_slave_controlling_terminal;
			my $slave = $terminal->slave;
			$ENV{TMPDIR} = $tmp;
			$SIG{$_} = 'DEFAULT' foreach qw(INT TERM HUP);
			open(STDIN, '<&', $slave);
			open(STDOUT, '>&', $slave);
			open(STDERR, '>&', $slave);
			{ exec('bench/run', 'events', '--dsn', $dsn, '--rows', 2000, '--clients', 4, '--duration', 600, '--output', $output) };
			POSIX::_exit(127);
		}
		ok(poll_until(sub { sessions($node, "query LIKE '%FROM events%'") == 4 }), 'the load has begun, from a terminal');
		syswrite($terminal, $keys);
		ok(poll_until(sub { waitpid($on_terminal, POSIX::WNOHANG()) == $on_terminal }), 'Ctrl-C ends it');
		nothing_left($? >> 8, 130, 'by Ctrl-C on a terminal');
	}
}

# Uninterrupted: the whole job on a private server, with nothing but the results left.
($status, $out, $err) = bench('events', '--rows', 2000, '--clients', 4, '--rate', 100, '--duration', 3, '--scenario', 'page', '--output', $output);
# (how fast it is here is not this test's concern; test/newcomer has the budgets kept)
ok($status != 2, 'the whole job on a private server');
like($out, qr/^server: PostgreSQL .*, private$/m, 'it says that the server is private');
ok(poll_until(sub { left_behind() eq '' }), 'and leaves nothing but results');
is(read_run($output)->{verdict}, { 0 => 'PASS', 1 => 'FAIL', 3 => 'INCONCLUSIVE' }->{$status}, 'run.json is there');

# A server that has been stopped is not waited for any longer.
my $began = time();
is(system($^X, '-Ibench/lib', '-MPerfkit::Process', '-e', 'Perfkit::Process::begin(); Perfkit::Process->start([ "sleep", 1000 ], server => 1);
	Perfkit::Process::pause(0.2); Perfkit::Process::end()'), 0, 'a server is stopped');
cmp_ok(time() - $began, '<', 8, 'and the end does not wait for what has ended');

# The server that was given still runs, and its own session count is back to none.
is($node->safe_psql('postgres', 'SELECT 1'), '1', 'a server that was given is left running');
$node->stop;
done_testing();
