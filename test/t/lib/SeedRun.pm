# SeedRun: a psql that seeds in the background, to be watched, cancelled or killed; and what the
# tests then look at.
package SeedRun;

use strict;
use warnings;

use IPC::Run;
use PostgreSQL::Test::Utils;
use Test::More;
use Time::HiRes qw(time sleep);

our $START = "'2025-06-15 00:00+00'";

# prepare(NODE, [DATABASE]): the functions of test/lib/seed.psql, in schema seedtest.
sub prepare
{
	my ($node, $database) = @_;
	$node->safe_psql($database // 'postgres', slurp_file('test/lib/seed.psql'));
	return;
}

# start(NODE, SQL...): runs the statements one after the other in one session, and goes on after an
# error. ->{pid} is its backend's.
sub start
{
	my ($class, $node, @sql) = @_;
	my $self = bless { node => $node, out => '', err => '' }, $class;

	$self->{run} = IPC::Run::start(
		[
			'psql', '-XAtq', '-d', $node->connstr('postgres'), '-v', 'VERBOSITY=verbose',
			map { ('-c', $_) } 'SELECT pg_backend_pid()', @sql
		],
		'<', \undef, '>', \$self->{out}, '2>', \$self->{err},
		IPC::Run::timeout($PostgreSQL::Test::Utils::timeout_default));
	$self->{run}->pump until $self->{out} =~ /^(\d+)\n/;
	$self->{pid} = $1;
	$self->{started} = time;
	return $self;
}

# wait_for(PHASE): until the backend is there: 'rows', 'indexes', 'worker', 'analyze', 'lock',
# 'sleep'. False when it ended before. In 'worker', ->{worker} is then a parallel worker of it.
sub wait_for
{
	my ($self, $phase) = @_;
	my $pid = $self->{pid};
	my %there = (
		rows => "SELECT pid FROM pg_stat_progress_copy WHERE pid = $pid AND tuples_processed > 0",
		indexes => "SELECT pid FROM pg_stat_progress_create_index WHERE pid = $pid",
		worker => "SELECT pid FROM pg_stat_activity WHERE leader_pid = $pid AND pid <> $pid",
		analyze => "SELECT pid FROM pg_stat_progress_analyze WHERE pid = $pid",
		lock => "SELECT pid FROM pg_stat_activity WHERE pid = $pid AND wait_event_type = 'Lock'",
		sleep => "SELECT pid FROM pg_stat_activity WHERE pid = $pid AND wait_event = 'PgSleep'");

	# in the server, so that no phase is too short to be seen
	my $found = $self->{node}->safe_psql('postgres', "
		SET application_name = 'watches $pid';
		CREATE TEMP TABLE found (pid int);
		DO \$\$
		DECLARE
			p int;
		BEGIN
			WHILE EXISTS (SELECT FROM pg_stat_activity WHERE pid = $pid) LOOP
				p := ($there{$phase} LIMIT 1);
				IF p IS NOT NULL THEN
					INSERT INTO found VALUES (p);
					RETURN;
				END IF;
				PERFORM pg_sleep(0.002);
				PERFORM pg_stat_clear_snapshot();
			END LOOP;
		END
		\$\$;
		SELECT pid FROM found");
	$self->{worker} = $found if $phase eq 'worker';
	return $found ne '';
}

# A run that must be watched from its beginning starts with this: it waits until wait_for() runs.
our $WATCHED = q{DO $$
	BEGIN
		WHILE NOT EXISTS (SELECT FROM pg_stat_activity WHERE application_name = 'watches ' || pg_backend_pid()) LOOP
			PERFORM pg_sleep(0.002);
			PERFORM pg_stat_clear_snapshot();
		END LOOP;
	END $$};

# slowness(): by how much other processes slow this one down now; 1 on a quiet machine.
sub slowness
{
	my ($cpu, $from) = ((times)[0], time);
	1 while (times)[0] < $cpu + 0.2;
	my $factor = (time - $from) / ((times)[0] - $cpu);
	return $factor > 1 ? $factor : 1;
}

# wait_for_error(): seconds until the error of the statement that runs came.
sub wait_for_error
{
	my ($self) = @_;
	my $from = time;
	$self->{run}->pump until $self->{err} =~ /ERROR/ || !$self->{run}->pumpable;
	return time - $from;
}

# cancel(): seconds from asking the server to cancel it until its error came; the time that asking
# takes counts.
sub cancel
{
	my ($self) = @_;
	my $from = time;
	$self->{node}->safe_psql('postgres', "SELECT pg_cancel_backend($self->{pid})");
	$self->wait_for_error;
	return time - $from;
}

sub finish
{
	my ($self) = @_;
	$self->{run}->finish;
	return $self;
}

# rows(NODE): what digest() says of the table, or '' where there is none.
sub rows
{
	my ($node, $table) = @_;
	$table //= 'public.events';
	return '' if $node->safe_psql('postgres', "SELECT to_regclass('$table')") eq '';
	return $node->safe_psql('postgres', "SELECT seedtest.digest('SELECT * FROM $table')");
}

# is_sound(NODE, NAME): indexes and heap agree, by amcheck and by asking them.
sub is_sound
{
	my ($node, $name) = @_;
	return if $node->safe_psql('postgres', "SELECT to_regclass('public.events')") eq '';
	is($node->safe_psql('postgres', "SELECT * FROM seedtest.index_faults('public.events')"), '', "$name: indexes are sound");
	$node->command_ok(
		[ 'pg_amcheck', '--no-dependent-toast', '--heapallindexed', '--table', 'public.events', $node->connstr('postgres') ],
		"$name: pg_amcheck finds nothing")
	  if has_amcheck($node);
	return;
}

sub has_amcheck
{
	my ($node) = @_;
	return $node->safe_psql('postgres', "SELECT count(*) FROM pg_extension WHERE extname = 'amcheck'") eq '1';
}

# files(NODE): the relations' files on disk, less those that only await the checkpoint that this
# makes.
sub files
{
	my ($node) = @_;
	$node->safe_psql('postgres', 'CHECKPOINT');
	return [
		split /\n/,
		$node->safe_psql('postgres',
			"SELECT f FROM pg_ls_dir('base/' || (SELECT oid FROM pg_database WHERE datname = 'postgres')) f
			 WHERE f ~ '^\\d+(\\.\\d+)?\$'")
	];
}

# no_new_files(NODE, FILES, NAME): there are none beside those.
sub no_new_files
{
	my ($node, $files, $name) = @_;
	my %before = map { $_ => 1 } @$files;
	is(join(' ', grep { !$before{$_} } @{ files($node) }), '', "$name: no file is left");
	return;
}

1;
