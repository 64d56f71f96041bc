# Cancelling a seed of a million rows, in each phase: it stops at once, leaves nothing, and the
# session goes on.
use strict;
use warnings;

use FindBin;
use lib "$FindBin::RealBin/lib";
use PerfkitCluster;
use PostgreSQL::Test::Utils;
use SeedRun;
use Test::More;
use Time::HiRes qw(time sleep);

# The promise is a second on a machine that is not busy, and three leave room for a disk that is.
my $limit = 3;

my $node = PerfkitCluster->new('main', conf => <<'CONF');
max_parallel_maintenance_workers = 2
autovacuum = off
max_wal_size = 4GB
CONF
SeedRun::prepare($node);
$node->safe_psql('postgres', 'SET client_min_messages = warning; SELECT perfkit_seed_events(0)');

my $after = 'RESET statement_timeout; SELECT count(*) FROM events';
sub stopped
{
	my ($run, $name, $took, $sqlstate, $files) = @_;
	$run->finish;
	like($run->{err}, qr/ERROR:  $sqlstate: /, "$name: the error");
	note(sprintf('%s: stopped after %.3f s', $name, $took));
	cmp_ok($took, '<', $took < $limit ? $limit : $limit * SeedRun::slowness(), "$name: at once");
	like($run->{out}, qr/\n0\n\z/, "$name: the session goes on, and sees no rows");
	is($node->safe_psql('postgres', 'SELECT count(*) FROM pg_stat_activity WHERE leader_pid IS NOT NULL'), '0',
		"$name: no worker is left");
	SeedRun::no_new_files($node, $files, $name);
	# (dead rows remain)
	is($node->safe_psql('postgres', 'TRUNCATE events; SELECT pg_relation_size($$events$$)'), '0', "$name: nobody uses the table");
	return;
}

sub cancel
{
	my ($name, $phase, $delay, $sql) = @_;
	my $files = SeedRun::files($node);
	my $run = SeedRun->start($node, 'SET client_min_messages = warning', $SeedRun::WATCHED, $sql, $after);
	ok($run->wait_for($phase), "$name: came there");
	sleep($delay);
	stopped($run, $name, $run->cancel, '57014', $files);
	return;
}

my $million = "SELECT perfkit_seed_events(1000000, 42, $SeedRun::START)";
cancel('while rows are made', 'rows', 0.2, $million);
cancel('while indexes are built: at the beginning', 'indexes', 0, $million);
cancel('while indexes are built: with workers', 'worker', 1, $million);
cancel('while indexes are built: later', 'indexes', 3, $million);
cancel('while indexes are built: by this backend alone', 'indexes', 0.5,
	"SET max_parallel_maintenance_workers = 0; $million");
cancel('while it is analyzed', 'analyze', 0, "SELECT perfkit_seed_events(100000, 42, $SeedRun::START)");

# The old indexes are back, and agree with a table that has a row.
{
	$node->safe_psql('postgres', "INSERT INTO events SELECT * FROM perfkit_generate_events(1000, 0, 42, $SeedRun::START); ANALYZE events");
	my $run = SeedRun->start($node, 'SET client_min_messages = warning', $SeedRun::WATCHED, "SELECT perfkit_seed_events(100000, 42, $SeedRun::START)");
	ok($run->wait_for('worker'), 'while indexes are rebuilt: came there');
	$run->cancel;
	$run->finish;
	is($node->safe_psql('postgres', 'SELECT count(*) FROM events'), '1000', 'while indexes are rebuilt: the rows from before are there');
	SeedRun::is_sound($node, 'while indexes are rebuilt');
	$node->safe_psql('postgres', 'TRUNCATE events');
}

# waiting for another session
my $holder = SeedRun->start($node, 'BEGIN', 'LOCK TABLE events IN ROW EXCLUSIVE MODE', 'SELECT pg_sleep(600)');
$holder->wait_for('sleep');
{
	my $run = SeedRun->start($node, 'SET client_min_messages = warning', $million, $after);
	ok($run->wait_for('lock'), 'while it waits for a writer: came there');
	my $took = $run->cancel;
	$node->safe_psql('postgres', "SELECT pg_terminate_backend($holder->{pid}, 60000)");
	stopped($run, 'while it waits for a writer', $took, '57014', SeedRun::files($node));
}

# what its statement_timeout does
foreach my $timeout (0.4, 4)
{
	my $files = SeedRun::files($node);
	my $run = SeedRun->start($node, 'SET client_min_messages = warning', "SET statement_timeout = '${timeout}s'", $million,
		$after);
	stopped($run, "statement_timeout of $timeout s", $run->wait_for_error - $timeout, '57014', $files);
}

# the INSERT way
$node->safe_psql('postgres', q{
	CREATE FUNCTION nothing() RETURNS trigger LANGUAGE plpgsql AS 'BEGIN RETURN NULL; END';
	CREATE TRIGGER t AFTER INSERT ON events FOR EACH STATEMENT EXECUTE FUNCTION nothing()});
cancel('while rows are inserted', 'rows', 0.2, $million);

# and generating without storing
my $run = SeedRun->start($node, 'SELECT count(*) FROM perfkit_generate_events(100000000)', $after);
sleep(0.3);
stopped($run, 'while rows are generated', $run->cancel, '57014', SeedRun::files($node));

$node->stop;
done_testing();
