# Perfkit::Drive: the load of a run: its stages, one after the other, and what must not die
# meanwhile.
#
# A part of Perfkit::Run, which inherits from it.
package Perfkit::Drive;

use strict;
use warnings;

use Time::HiRes qw(time);

use Perfkit::Failure;
use Perfkit::Process;

# All stages; pgbench's own counts into {reports}.
sub drive
{
	my ($self) = @_;
	my $stage = 0;

	$self->warm_up;
	$self->{observer}->before;
	foreach my $wanted (@{ $self->{stages} })
	{
		my ($clients, $seconds) = @$wanted{qw(clients seconds)};
		$stage++;
		if ($clients == 0) { $self->pause($seconds); }
		else { push @{ $self->{reports} }, $self->load_stage($stage, $clients, $seconds); }
	}
	$self->check_alive;
	$self->{observer}->after;
	Perfkit::Ceiling::find($self) if defined $self->{opt}{'notify-ceiling'};
	return;
}

sub warm_up
{
	my ($self) = @_;
	my $warmup = $self->{opt}{warmup} or return;
	my $seconds = $self->scaled($warmup);
	$self->say("warming up for $seconds s");
	$self->run_stage(0, $self->{most_clients}, $seconds);
	return;
}

sub pause
{
	my ($self, $seconds) = @_;
	$self->say("pausing for $seconds s");
	my $until = time() + $seconds;
	Perfkit::Process::after($seconds, sub { });
	$self->watched(sub { Perfkit::Process::wait_until(sub { time() >= $until || defined $self->lost }) });
	$self->check_alive;
	return;
}

# load_stage(STAGE, CLIENTS, SECONDS, PART): pgbench's report of it. PART: see Perfkit::Load::run().
sub load_stage
{
	my ($self, $stage, $clients, $seconds, $part) = @_;
	my $observer = $self->{observer};

	$self->say("load: $clients clients for $seconds s, " . @{ $self->{scenarios} } . ' scenarios'
		  . (defined $self->{side} ? ", $self->{side}" : ''));
	my $listener = $self->{listener} //= Perfkit::Listener->of($self);
	$listener->start if $listener;
	$self->run_stage($stage, $clients, $seconds, starting => sub { $observer->watch_pool }, started => sub { $observer->start }, part => $part);
	$observer->stop;
	push @{ $self->{notifications}{stages} }, { %{ $listener->stop }, stage => $stage } if $listener;
	my $report = $self->{load}->report($stage, $clients, $seconds, $part) // cannot("pgbench's report holds no counts");
	return { %$report, stage => $stage };
}

# A load that ended early tells nothing of speed, and yet must have left the data sound.
sub run_stage
{
	my ($self, $stage, $clients, $seconds, %opt) = @_;
	my $pool = $self->{pool};

	my $is_lost = sub { defined $self->lost };
	my $status = eval {
		$self->watched(sub {
			$pool->fill($clients, $is_lost) if $pool;
			$self->check_alive;
			return $self->{load}->run($stage, $clients, $seconds, %opt, lost => $is_lost);
		});
	};
	my $failure = $@;

	return if defined $status && $status == 0;
	my $lost = defined $status ? $self->lost_soon // $self->lost_session : undef;
	$self->drop;
	die $failure unless defined $status;
	cannot(@$lost) if $lost;
	my $message = "pgbench ended with status $status; see its messages above";
	$message .= "\nthrough a pooler, prepared statements take pgbouncer 1.21 or newer; try --protocol simple"
	  if $self->{connection}{pooler} && $self->{opt}{protocol} eq 'prepared';
	my $broken = Perfkit::Invariants::check($self, undef);
	cannot($message) if $broken eq '';
	print STDERR "$message\n";
	print "FAIL: $broken\n";
	die Perfkit::Ended->new(1, "the load broke off, and $broken");
}

# drop(): end what goes with a load that broke off: listeners, and the session for samples.
sub drop { my ($self) = @_; $_->drop foreach grep { defined } @$self{qw(listener observer)}; return; }

# watched(CODE): what it returns. Meanwhile the runner's own session asks once a second whether the
# server is there: clients of a pool wait for it to come back, however long.
sub watched
{
	my ($self, $code) = @_;
	my $token = {};
	local $self->{watching} = $token;
	my $ask;

	$ask = sub {
		return if ($self->{watching} // 0) != $token || $self->{lost};
		$self->{lost} = $self->lost_session;
		Perfkit::Process::after(1, $ask);
	};
	Perfkit::Process::after(1, $ask);
	return scalar $code->();
}

# lost(): what has died that the load needs, in words; undef when nothing has.
sub lost
{
	my ($self) = @_;
	my ($server, $pool, $listener) = @$self{qw(server pool listener)};

	return [ 'the private server died; it said last:', $server->last_words ] if $server && $server->died;
	return [ $pool->death ] if $pool && $pool->died;
	# Listeners lose their connections, too, when the server dies.
	$self->{lost} ||= $self->lost_session // [ $listener->last_words ] if $listener && $listener->died;
	return $self->{lost};
}

# lost_soon(): the same, for a load that has just broken off. Clients notice a death first: the
# sockets of a process close before its parent can know that it ended.
sub lost_soon
{
	my ($self) = @_;
	my $until = time() + 1;

	return $self->lost unless $self->{server} || $self->{pool} || $self->{listener};
	Perfkit::Process::pause(0.02) while !defined $self->lost && time() < $until;
	return $self->lost;
}

# check_alive(): raises Perfkit::Cannot if something that the load needs has died.
sub check_alive { my ($self) = @_; my $lost = $self->lost; cannot(@$lost) if $lost; return; }

# lost_session(): the same, as far as the runner's own session knows of it.
sub lost_session
{
	my ($self) = @_;
	my $answer = eval { $self->{own}->ask('SELECT 1;') };
	die $@ if ref $@ eq 'Perfkit::Interrupted';
	return undef if ($answer // '') eq '1';
	return [ "the server ended the runner's own session, too: it died, or was stopped or restarted",
		$self->{server} ? ('it said last:', $self->{server}->last_words) : () ];
}

1;
