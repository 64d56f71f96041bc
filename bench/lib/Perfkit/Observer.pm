# Perfkit::Observer: what the server does during a load.
#
# A query twice a second, and one look at /proc in a second, cost less than a hundredth of a core.
# Counters are cumulative ones that the server keeps anyway; they are read before and after. What is
# only visible while it lasts is sampled: what sessions wait for, the processor time of backends
# that are gone at the end, and their memory, of which the kernel keeps no peak that leaves out
# shared memory.
package Perfkit::Observer;

use strict;
use warnings;

use POSIX ();
use Time::HiRes qw(time);

use Perfkit::Home;
use Perfkit::Json;
use Perfkit::Process;
use Perfkit::Statements;

# At most so many samples of memory are kept; then every other one is dropped, and only half as many
# are taken.
my $most_memory_samples = 600;

# Seconds from one sample to the next, and how many samples pass between looks at processes.
my $interval = 0.5;
my $samples_for_processes = 2;

my $ticks = eval { POSIX::sysconf(POSIX::_SC_CLK_TCK()) } // 100;

# new(SESSION, OPEN, POOLED, POOL, SCENARIO...): SESSION for the counters; OPEN returns another
# session, for samples; POOLED: they are connected through a pooler. POOL: the Perfkit::Pool that
# the load goes through, undef for none. Scenarios: their names and the paths of their scripts.
sub new
{
	my ($class, $session, $open, $pooled, $pool, @scenarios) = @_;
	return bless { session => $session, open => $open, pooled => $pooled, pool => $pool, memory => undef,
		before => [], after => [], statements => Perfkit::Statements->new(@scenarios), waits => {},
		memory_samples => [], memory_stride => 1, memory_looks => 0, turns => 0, blocks => undef,
		cpu => { seconds => 0, of_seconds => 0, backends => 0 },
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
	$self->{blocks_before} = $self->blocks;
	return;
}

sub after
{
	my ($self) = @_;
	$self->quiet;
	push @{ $self->{after} }, $self->snapshot;
	$self->count_blocks($self->blocks);
	return;
}

# blocks(): of each statement that pg_stat_statements has of this role: its scenario, and blocks hit
# and read so far. undef where it is not loaded.
sub blocks
{
	my ($self) = @_;
	my $lines = $self->{session}->task(Perfkit::Session::include(Perfkit::Home::sql('observe_statements')),
		"pg_stat_statements cannot be read; see the message above");
	return undef if $lines !~ s/^loaded\n?//;
	my %blocks;
	while ($lines =~ /^(-?\d+)\|(\d+)\|(\d+)\|(.*)$/mg)
	{
		my ($id, $hit, $read, $text) = ($1, $2, $3, $4);
		my $scenario = $self->{statements}->counted($text) // next;
		$blocks{$id} = [ $scenario, $hit, $read, $text ];
	}
	return \%blocks;
}

# count_blocks(BLOCKS): what came to those of before(). Of a statement whose counters were reset or
# dropped meanwhile, less than all is known, and so of its scenario.
sub count_blocks
{
	my ($self, $now) = @_;
	my $before = delete $self->{blocks_before};

	return unless $now && $before;
	my $blocks = $self->{blocks} //= {};
	$self->{blocks_lost}{ $before->{$_}[0] } = 1 foreach grep { !$now->{$_} || $now->{$_}[1] < $before->{$_}[1] } keys %$before;
	foreach my $id (keys %$now)
	{
		my ($scenario, @count) = @{ $now->{$id} };
		$self->{texts}{$scenario}{ pop @count } = 1;
		$blocks->{$scenario}[$_] += $count[$_] - ($before->{$id} ? $before->{$id}[ $_ + 1 ] : 0) foreach 0, 1;
	}
	return;
}

# scenario_buffers(): of each scenario whose statements are all known; undef where none can be.
sub scenario_buffers
{
	my ($self) = @_;
	my $blocks = $self->{blocks} // return undef;
	my @known = grep { !$self->{blocks_lost}{$_} && $self->{statements}->complete($_, keys %{ $self->{texts}{$_} }) } keys %$blocks;
	return { map { $_ => { hit => $blocks->{$_}[0] + 0, read => $blocks->{$_}[1] + 0 } } @known };
}

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

# watch_pool(): count what the pool does from now on, which must be before the load begins: its
# first transactions can be done before this process comes to its next line. start(): sample from
# now on. stop(): and no more.
sub watch_pool { my ($self) = @_; $self->{pool}->watch if $self->{pool}; return; }

sub start
{
	my ($self) = @_;
	$self->{sampler} = $self->{open}->() // return;
	my $query = do { local (@ARGV, $/) = Perfkit::Home::sql('observe_sample'); <> };
	my $sampler = $self->{sampler};
	my $ask;

	@$self{qw(processes started looks)} = ({}, time(), 0);
	$self->{turns}++;
	$self->{machine} = [ machine_ticks() ];
	$sampler->set(pooled => $self->{pooled} ? 'true' : 'false');

	$ask = sub {
		return if ($self->{sampler} // 0) != $sampler || $sampler->ended;
		$self->take;
		$sampler->{child}->send("BEGIN;\n$sampler->{settings}$query\nCOMMIT;\n");
		Perfkit::Process::after($interval, $ask);
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
	$self->add_cpu(time() - $self->{started});
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

# What has come since the last look: lines of observe_sample.sql.
sub take
{
	my ($self) = @_;
	my $out = \$self->{sampler}{out};

	while ($$out =~ s/\A(.*)\n//)
	{
		my $line = $1;
		if ($line =~ /^S\|(\d+)\|(\d+)\|([\d.-]*)\|([\d ]*)\|([\d ]*)$/)
		{
			my ($waiting, $working, $longest, $pids, $of_load) = ($1, $2, $3, $4, $5);
			$self->count($waiting, $working, $longest =~ /\d/ ? $longest : 0);
			next if $self->{looks}++ % $samples_for_processes;
			$self->look_at_memory([ split(' ', $pids) ], [ split(' ', $of_load) ]);
			$self->look_at_cpu(split(' ', $of_load));
		}
		elsif ($line =~ /^W\|(\d+)\|([^|]*)\|([^|]*)\|(.*)$/)
		{
			my ($sessions, $type, $event, $text) = ($1, $2, $3, $4);
			$self->{waits}{"$type|$event|" . ($self->{statements}->scenario($text) // '')} += $sessions;
		}
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

# The most private memory that any of the processes has, in kB, and how that of the load's backends
# develops, see remember_memory(). Nothing unless they are processes of a PostgreSQL server on this
# machine.
sub look_at_memory
{
	my ($self, $pids, $of_load) = @_;
	my %is_of_load = map { $_ => 1 } @$of_load;
	my ($most, $sum, $count) = (0, 0, 0);
	foreach my $pid (@$pids)
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
		next unless $is_of_load{$pid};
		$most = $kilobytes if $kilobytes > $most;
		$sum += $kilobytes;
		$count++;
	}
	$self->remember_memory($most, $sum, $count) if $count;
	return;
}

# remember_memory(MOST, SUM, BACKENDS): in kB, of the load's backends at one moment.
sub remember_memory
{
	my ($self, $most, $sum, $count) = @_;
	my $samples = $self->{memory_samples};

	return if $self->{memory_looks}++ % $self->{memory_stride};
	push @$samples, [ $self->{turns}, sprintf('%.1f', time()) + 0, $most * 1024, $sum * 1024, $count ];
	return if @$samples < $most_memory_samples;
	@$samples = @$samples[ grep { $_ % 2 == 0 } 0 .. $#$samples ];
	$self->{memory_stride} *= 2;
	return;
}

# Processor time of the load's backends so far: user's and system's. A process that began before the
# load did counts from its first look on.
sub look_at_cpu
{
	my ($self, @pids) = @_;
	foreach my $pid (@pids)
	{
		open(my $file, '<', "/proc/$pid/stat") or next;
		my ($name, $user, $system) = (<$file> // '') =~ /^\d+ \((.*)\) \S(?: \S+){10} (\d+) (\d+) /s or next;
		next unless $name =~ /^post/;
		$self->{processes}{$pid} //= [ time(), $user + $system ];
		@{ $self->{processes}{$pid} }[ 2, 3 ] = (time(), $user + $system);
	}
	return;
}

# add_cpu(SECONDS): what came to light in a turn of so many seconds. The last look was up to a
# second before its end, so what each backend took in a second is taken to hold for all of it.
sub add_cpu
{
	my ($self, $seconds) = @_;
	my @seen = grep { $_->[2] - $_->[0] > 0.5 } values %{ $self->{processes} };
	my $cpu = $self->{cpu};

	return unless @seen;
	$cpu->{seconds} += $seconds * ($_->[3] - $_->[1]) / $ticks / ($_->[2] - $_->[0]) foreach @seen;
	$cpu->{of_seconds} += $seconds;
	$cpu->{backends} = @seen if @seen > $cpu->{backends};
	# The backends are processes of this machine, so its processors are the server's.
	my @now = machine_ticks();
	$self->{machine_spent}[$_] += $now[$_] - $self->{machine}[$_] foreach 0 .. $#now;
	return;
}

# machine_ticks(): of all processors together: user, nice, system, idle, waiting for I/O, irq,
# softirq, steal. Empty where that cannot be read.
sub machine_ticks
{
	open(my $file, '<', '/proc/stat') or return ();
	my @ticks = (<$file> // '') =~ /^cpu +(\d+) (\d+) (\d+) (\d+) (\d+) (\d+) (\d+) (\d+)/;
	return @ticks;
}

# machine(): shares of the processors' time; undef when unknown. busy includes neither of the
# others.
sub machine
{
	my ($self) = @_;
	my @spent = @{ $self->{machine_spent} // [] };
	my $all = 0;

	$all += $_ foreach @spent;
	return undef unless $all > 0;
	return { busy => ($spent[0] + $spent[1] + $spent[2] + $spent[5] + $spent[6]) / $all,
		io_wait => $spent[4] / $all, steal => $spent[7] / $all };
}

# waits(): by kind, event and scenario: how often a session of the load was seen so.
sub waits
{
	my ($self) = @_;
	return [ map {
		my ($type, $event, $scenario) = split(/\|/, $_, 3);
		{ event_type => $type, event => $event, scenario => $scenario, samples => $self->{waits}{$_} + 0 };
	} sort keys %{ $self->{waits} } ];
}

# variables(): what observed.sql makes one JSON object of.
sub variables
{
	my ($self) = @_;
	return ((map { $_ => '[' . join(', ', @{ $self->{$_} }) . ']' } qw(before after)),
		sessions => Perfkit::Json::encode($self->{count}), memory => $self->{memory} // '',
		memory_samples => Perfkit::Json::encode($self->{memory_samples}),
		scenario_buffers => defined $self->{blocks} ? Perfkit::Json::encode($self->scenario_buffers) : '',
		waits => Perfkit::Json::encode($self->waits),
		cpu => Perfkit::Json::encode({ %{ $self->{cpu} }, machine => $self->machine }),
		pool => $self->{pool} ? $self->{pool}->observed : '');
}

1;
