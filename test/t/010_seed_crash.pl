# kill -9 at any moment of a seed: all rows or none, sound indexes, and the next seed succeeds.
use strict;
use warnings;

use FindBin;
use lib "$FindBin::RealBin/lib";
use PerfkitCluster;
use PostgreSQL::Test::Utils;
use SeedRun;
use Test::More;
use Time::HiRes qw(time sleep);

my $n = 6000;
my $seed = "SELECT perfkit_seed_events($n, 42, $SeedRun::START)";

my $node = PerfkitCluster->new('main', conf => <<'CONF');
restart_after_crash = on
max_parallel_maintenance_workers = 2
min_parallel_table_scan_size = 0
autovacuum = off
CONF
SeedRun::prepare($node);

# The rows to expect, and how long the seed takes here.
my $before = time;
$node->safe_psql('postgres', $seed);
my $duration = time - $before;
my $all = SeedRun::rows($node);
like($all, qr/^$n:/, 'reference rows');
SeedRun::is_sound($node, 'reference');

# Tables that a seed may find: none, an empty one, one to add to.
my %setup = (
	none => 'DROP TABLE IF EXISTS events',
	empty => 'DROP TABLE IF EXISTS events; SELECT perfkit_seed_events(0)',
	some => "DROP TABLE IF EXISTS events; SELECT perfkit_seed_events(2000, 42, $SeedRun::START)",
	trigger => "DROP TABLE IF EXISTS events; SELECT perfkit_seed_events(0);
		CREATE OR REPLACE FUNCTION nothing() RETURNS trigger LANGUAGE plpgsql AS 'BEGIN RETURN NULL; END';
		CREATE TRIGGER t AFTER INSERT ON events FOR EACH STATEMENT EXECUTE FUNCTION nothing()");

# A moment is a phase to wait for, or seconds from the beginning.
my $random = $ENV{PERFKIT_TEST_SEED} // int(rand(2**31));
srand($random);
note("random moments of PERFKIT_TEST_SEED=$random; a seed takes " . sprintf('%.2f s', $duration));
my @moments = (
	[ 'rows', 'none' ], [ 'rows', 'some' ], [ 'rows', 'trigger' ],
	[ 'indexes', 'none' ], [ 'indexes', 'some' ],
	[ 'worker', 'empty' ], [ 'worker', 'some' ],
	[ 'analyze', 'empty' ],
	[ 'uncommitted', 'empty' ],
	map { [ rand() * $duration * 2, (sort keys %setup)[ rand(3) ] ] } 1 .. 7);

# Kill the process, and return when the postmaster has ended all others too, the witness among them,
# and recovered. The run's own backend is there until then, as it sleeps after its seed; a worker of
# it may have ended by itself meanwhile.
sub crash
{
	my ($run, $pid, $witness) = @_;

	kill('KILL', $pid);
	for (my $waited = 0; kill(0, $run->{pid}); $waited += 0.1)
	{
		kill('KILL', $run->{pid}) if $waited > 5;
		sleep(0.1);
	}
	$witness->finish;
	$run->finish;
	# No query: a psql that is refused ends before it reads one, and IPC::Run dies of the broken
	# pipe.
	$node->poll_query_until('postgres', undef, '') or BAIL_OUT('the server did not come back');
	return;
}

my %outcome = (all => 0, none => 0);
foreach my $moment (@moments)
{
	my ($when, $table) = @$moment;
	my $is_phase = $when =~ /^[a-z]/;
	my $name = ($is_phase ? $when : sprintf('%.3f s', $when)) . ", table $table";

	$node->safe_psql('postgres', "SET client_min_messages = warning; $setup{$table}");
	my $there = SeedRun::rows($node);
	my $witness = SeedRun->start($node, 'SELECT pg_sleep(600)');
	# The watcher starts first. The phase must still last, and the seed be uncommitted, when the
	# kill comes: so a watched seed has more rows, and its transaction stays open. The kill ends it
	# early.
	my %rows = (rows => 300000, worker => 300000, indexes => 20000, analyze => 20000);
	my $watched = $rows{$when} ? $seed =~ s/$n/$rows{$when}/r : $seed;
	my @statements = $when eq 'uncommitted' ? ('BEGIN', $seed) : $is_phase ? ('BEGIN', $SeedRun::WATCHED, $watched) : ($seed);
	my $run = SeedRun->start($node, @statements, 'SELECT pg_sleep(600)');
	if ($when eq 'uncommitted')
	{
		$run->{run}->pump until $run->{out} =~ /^$n$/m;
	}
	elsif ($is_phase)
	{
		ok($run->wait_for($when), "$name: came there");
	}
	else
	{
		sleep($when);
	}
	crash($run, $when eq 'worker' ? $run->{worker} : $run->{pid}, $witness);
	my $rows = SeedRun::rows($node);
	ok($rows eq $there || $rows eq $all, "$name: all rows or those from before") or diag("rows: $rows, before: $there, all: $all");
	is($rows, $there, "$name: none, as the seed had not ended") if $is_phase;
	$outcome{ $rows eq $all ? 'all' : 'none' }++;
	SeedRun::is_sound($node, $name);

	$node->safe_psql('postgres', $seed);
	is(SeedRun::rows($node), $all, "$name: the next seed adds what is missing");
	is($node->safe_psql('postgres', "SELECT * FROM seedtest.index_faults('public.events')"), '', "$name: and its indexes are sound");
}
note("$outcome{none} times none of the rows, $outcome{all} times all of them");

# A seed that was committed survives a crash right after the commit.
$node->safe_psql('postgres', $setup{none});
my $witness = SeedRun->start($node, 'SELECT pg_sleep(600)');
my $run = SeedRun->start($node, $seed, 'SELECT pg_sleep(600)');
$run->{run}->pump until $run->{out} =~ /^$n$/m;
crash($run, $run->{pid}, $witness);
is(SeedRun::rows($node), $all, 'killed after the commit: all rows');
SeedRun::is_sound($node, 'killed after the commit');

$node->stop;
done_testing();
