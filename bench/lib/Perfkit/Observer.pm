# Perfkit::Observer: what the server does during a load.
#
# One query a second, and one look at /proc, cost less than a hundredth of a core, whatever the
# load. Counters are cumulative ones that the server keeps anyway; they are read before and after.
# What is only visible while it lasts is sampled: sessions that wait for a lock, and the memory of
# backends, of which the kernel keeps no peak that leaves out shared memory.
package Perfkit::Observer;

use strict;
use warnings;

use Perfkit::Home;
use Perfkit::Json;
use Perfkit::Process;

# new(SESSION, OPEN, POOLED, POOL): SESSION for the counters; OPEN returns another session, for
# samples; POOLED: they are connected through a pooler. POOL: the Perfkit::Pool that the load goes
# through, undef for none.
sub new
{
	my ($class, $session, $open, $pooled, $pool) = @_;
	return bless { session => $session, open => $open, pooled => $pooled, pool => $pool, memory => undef,
		before => [], after => [],
		count => { map { $_ => 0 } qw(samples waiting most_waiting with_waits working longest_wait_ms) } }, $class;
}

# before(), after(): counters and sizes around the load, or around each of its turns. What came
# before it, in sessions that have just ended and in ours, is handed in first, so that it is not
# counted as the load's.
sub before
{
	my ($self) = @_;
	$self->quiet;
	$self->{session}->task("SELECT pg_stat_force_next_flush()\n\\g /dev/null");
	push @{ $self->{before} }, $self->snapshot;
	return;
}

sub after { my ($self) = @_; $self->quiet; push @{ $self->{after} }, $self->snapshot; return; }

sub snapshot
{
	my ($self) = @_;
	return $self->{session}->task(Perfkit::Session::include(Perfkit::Home::sql('observe_snapshot')),
		"the server's statistics cannot be read; see the message above");
}

# quiet(): wait, for no longer than some seconds, until the sessions of this role that began after
# the run did have ended: pgbench's hand in their counts as they go, and those of a pgbench that
# was killed may still be at work. What they call themselves is up to the environment and the
# connection string, so it does not tell them. The connections of a pooler of others remain, so
# there is nothing to wait for.
sub quiet
{
	my ($self) = @_;
	return if $self->{pooled};
	$self->{pool}->drain if $self->{pool};
	for (1 .. 50)
	{
		my $others = $self->{session}->task(Perfkit::Session::include(Perfkit::Home::sql('observe_quiet')));
		return if $others eq '0';
		Perfkit::Process::pause(0.1);
	}
	return;
}

# start(): sample from now on. stop(): and no more.
sub start
{
	my ($self) = @_;
	$self->{pool}->watch if $self->{pool};
	$self->{sampler} = $self->{open}->() // return;
	my $query = do { local (@ARGV, $/) = Perfkit::Home::sql('observe_sample'); <> };
	my $sampler = $self->{sampler};
	my $ask;

	$ask = sub {
		return if ($self->{sampler} // 0) != $sampler || $sampler->ended;
		$self->take;
		$sampler->{child}->send("BEGIN;\n$sampler->{settings}$query\nCOMMIT;\n");
		Perfkit::Process::after(1, $ask);
	};
	$ask->();
	return;
}

sub stop
{
	my ($self) = @_;
	$self->{pool}->unwatch if $self->{pool};
	my $sampler = delete $self->{sampler} // return;
	$sampler->close;
	$self->{sampler} = $sampler;
	$self->take;
	delete $self->{sampler};
	return;
}

# drop(): no more samples, and what came is of no use.
sub drop
{
	my ($self) = @_;
	delete $self->{pool}{watch} if $self->{pool};
	my $sampler = delete $self->{sampler} // return;
	$sampler->close;
	return;
}

# What has come since the last look: waiting|working|longest wait|processes.
sub take
{
	my ($self) = @_;
	my $out = \$self->{sampler}{out};

	while ($$out =~ s/^(\d+)\|(\d+)\|([\d.-]*)\|(.*)\n//m)
	{
		my ($waiting, $working, $longest, $pids) = ($1, $2, $3, $4);
		$self->count($waiting, $working, $longest =~ /\d/ ? $longest : 0);
		$self->look_at_memory(split(' ', $pids)) if $pids =~ /^[\d ]+$/;
	}
	return;
}

# Added up at once, so that an hour takes no more memory than a minute.
sub count
{
	my ($self, $waiting, $working, $longest) = @_;
	my $count = $self->{count};

	$count->{samples}++;
	$count->{waiting} += $waiting;
	$count->{working} += $working;
	$count->{with_waits}++ if $waiting > 0;
	$count->{most_waiting} = $waiting + 0 if $waiting > $count->{most_waiting};
	$count->{longest_wait_ms} = $longest + 0 if $longest > $count->{longest_wait_ms};
	return;
}

# The most private memory any of the processes has, in kB; nothing unless they are processes of a
# PostgreSQL server on this machine.
sub look_at_memory
{
	my ($self, @pids) = @_;
	foreach my $pid (@pids)
	{
		open(my $file, '<', "/proc/$pid/status") or next;
		my ($name, $kilobytes);
		while (my $line = <$file>)
		{
			$name = $1 if $line =~ /^Name:\s*(\S+)/;
			$kilobytes = $1 if $line =~ /^RssAnon:\s*(\d+)/;
		}
		next unless ($name // '') =~ /^post/ && defined $kilobytes;
		$self->{memory} = $kilobytes if $kilobytes > ($self->{memory} // 0);
	}
	return;
}

# variables(): what observed.sql makes one JSON object of.
sub variables
{
	my ($self) = @_;
	return ((map { $_ => '[' . join(', ', @{ $self->{$_} }) . ']' } qw(before after)),
		sessions => Perfkit::Json::encode($self->{count}), memory => $self->{memory} // '',
		pool => $self->{pool} ? $self->{pool}->observed : '');
}

1;
