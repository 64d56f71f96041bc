# Perfkit::Listener: connections that listen on a channel while a load runs.
#
#     my $listener = Perfkit::Listener->of($run);    undef without --listen
#     $listener->start;  ...the load...;  my $counts = $listener->stop;
#
# They belong to the program perfkit_listen, since pgbench never reads notifications. A run whose
# listeners have died ends at once; see lost() in Perfkit::Run.
#
# What the load's scripts send as a payload:
#
#     SENDER SEQUENCE MICROSECONDS [anything]
#
# SENDER: a word of at most 63 bytes; SEQUENCE: counts this sender's commits, so that a number that
# is missing has been lost; MICROSECONDS: the server's clock_timestamp() when it was sent, in
# microseconds since 1970. A script of pgbench:
#
#     SELECT pg_notify('CHANNEL', :stage || '.' || :client_id || ' ' || :sequence || ' '
#                                 || (extract(epoch FROM clock_timestamp()) * 1000000)::bigint);
#     \set sequence :sequence + 1
#
# with the first value of sequence from prepare.sql. The number is raised after the commit, so that
# a transaction that is tried again keeps its own.
package Perfkit::Listener;

use strict;
use warnings;

use Perfkit::Failure;
use Perfkit::Home;
use Perfkit::Json;
use Perfkit::Options;
use Perfkit::Process;

# for the listeners to receive what the load has left
my $patience_seconds = 330;

# of perfkit run
our @options = (
	['Notifications'],
	[ 'listen', 'CHANNEL', "listen on this channel during the load: how long notifications take,\nand whether one is lost" ],
	[ 'listeners', 'N', 'that many connections listen (20)', Perfkit::Options::whole(1, 10000) ],
	[ 'notify-ceiling', 'SCENARIO', "after the load, find the highest rate of this scenario, which sends\na notification, at which they arrive within notify_p95_ms" ]);

# check(RUN, GIVEN): raises Perfkit::Cannot if the run's options do not fit together. GIVEN: those
# from the command line.
sub check
{
	my ($run, $given) = @_;
	my $opt = $run->{opt};
	my ($channel, $scenario) = @$opt{qw(listen notify-ceiling)};

	$opt->{listeners} //= 20;
	$run->{must_listen} = defined $given->{listen} || defined $given->{'notify-ceiling'};
	foreach my $name (qw(listeners notify-ceiling))
	{
		cannot("--$name needs --listen CHANNEL") if defined $given->{$name} && !defined $channel;
	}
	cannot('--listen takes the name of a channel, of 1 to 63 bytes') if defined $channel && $channel !~ /^.{1,63}\z/s;
	cannot('--notify-ceiling and --pool both exclude each other') if defined $scenario && ($opt->{pool} // '') eq 'both';
	cannot("--notify-ceiling: workload $run->{workload}{name} has no scenario \"$scenario\"; it has: " . $run->{workload}->list)
	  if defined $scenario && !$run->{workload}->scenario($scenario);
	Perfkit::Home::listener() if defined $channel;
	return;
}

# check_pooler(RUN): behind a pooler in transaction mode, a notification goes to whichever client
# has the connection at that moment, or to none. If --listen comes from the workload, the run does
# without; if it was typed, the run is refused.
sub check_pooler
{
	my ($run) = @_;
	my $why = "through $run->{connection}{pooler}, notifications do not reach those who listen";

	return unless count($run);
	cannot("$why; connect to the server itself, or leave out --listen") if $run->{must_listen};
	$run->say("note: $why; this run does not listen");
	delete @{ $run->{opt} }{ 'listen', 'notify-ceiling' };
	return;
}

# count(RUN): how many connections are going to listen.
sub count { my ($run) = @_; return defined $run->{opt}{listen} ? $run->{opt}{listeners} : 0; }

# received(RUN): what to store of the notifications; undef if there is nothing to judge: the
# workload's options ask for listeners, but the scenarios that were chosen do not notify, and nobody
# else did.
sub received
{
	my ($run) = @_;
	my $notifications = $run->{notifications} // return undef;

	return $notifications if $run->{must_listen} || $notifications->{ceiling}
	  || grep { $_->{received} > 0 || $_->{unmeasured} > 0 } @{ $notifications->{stages} };
	return $notifications if grep { notifies($_->{path}) } @{ $run->{scenarios} };
	return undef;
}

sub notifies
{
	my ($path) = @_;
	open(my $script, '<', $path) or cannot("$path cannot be read: $!");
	return scalar grep { /notify/i } <$script>;
}

# of(RUN)
sub of
{
	my ($class, $run) = @_;
	my $listeners = count($run) or return undef;
	$run->{notifications} = { channel => $run->{opt}{listen} };
	return $class->new($run, $run->{opt}{listen}, $listeners);
}

# new(RUN, CHANNEL, LISTENERS)
sub new
{
	my ($class, $run, $channel, $listeners) = @_;
	my ($conninfo, $env) = $run->{connection}->for_listener;
	return bless { run => $run, program => Perfkit::Home::listener(), arguments => [ $conninfo, $channel, $listeners ],
		env => $env }, $class;
}

# start(): returns when all of them listen.
sub start
{
	my ($self) = @_;
	@$self{qw(out err)} = ('', '');
	my $child = $self->{child} = Perfkit::Process->start([ $self->{program}, @{ $self->{arguments} } ],
		in => 1,
		out => sub { $self->{out} .= $_[0] },
		err => sub { $self->{err} .= $_[0] },
		env => $self->{env});
	Perfkit::Process::wait_until(sub { $self->{out} =~ s/^listening\n// || $child->ended });
	$self->give_up if $child->ended;
	return;
}

# died(): true if it ended on its own. last_words(): how it died, and what it said last.
sub died { my ($self) = @_; return $self->{child} && $self->{child}->ended; }

sub last_words
{
	my ($self) = @_;
	my $status = $self->{child}{status};
	my $words = $self->{err} =~ s/^perfkit_listen: //mgr;

	chomp $words;
	return 'the listeners died' . ($status > 128 ? ': perfkit_listen was ended by signal ' . ($status - 128) : '')
	  . ($words eq '' ? '' : ": $words");
}

sub give_up { my ($self) = @_; cannot(@{ $self->{run}->lost // [ $self->last_words ] }); return; }

# stop(): wait until each of them has received all that was committed; what they counted, as
# perfkit_listen prints it.
sub stop
{
	my ($self) = @_;
	my $child = $self->{child};

	# It gives up before that by itself, unless it hangs.
	Perfkit::Process::after($patience_seconds, sub { $child->signal('KILL'); });
	$child->hang_up;
	$child->finish;
	$self->give_up if $child->{status} != 0;
	delete $self->{child};
	return Perfkit::Json::decode($self->{out});
}

# drop(): end it, and discard what it counted.
sub drop
{
	my ($self) = @_;
	my $child = delete $self->{child} // return;
	$child->signal('INT');
	$child->finish;
	return;
}

1;
