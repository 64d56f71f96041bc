# Perfkit::Process: the programs that a command starts, and what no end of the command may leave
# behind.
#
#     my $status = Perfkit::Process::run([ 'pgbench', ... ], out => sub { ... },
#                                        err => sub { ... });
#     my $child = Perfkit::Process::start([ 'psql', ... ], in => 1, out => sub { ... });
#     Perfkit::Process::wait_until(sub { $child->ended });
#     Perfkit::Process::keep(dir => $directory);
#
# One loop waits for everything: output of the children, their ends, timers and signals. So a
# signal is acted upon at once, whatever is going on: it raises a Perfkit::Interrupted wherever
# the loop is. Children are in process groups of their own, so that Ctrl-C on a terminal reaches
# this program alone, which then ends them in order.
#
# What has to go when the command ends is kept by a second process, the keeper. It learns of
# children, directories and servers through a pipe, and cleans up when that pipe closes: at a
# normal end, after a signal, and after a SIGKILL alike. Should the keeper itself be killed, this
# process does its work at the end, with the same code.
package Perfkit::Process;

use strict;
use warnings;

use Errno qw(EAGAIN EINTR);
use Fcntl qw(F_GETFL F_SETFL O_NONBLOCK);
use File::Path ();
use POSIX qw(:sys_wait_h);
use Time::HiRes qw(time sleep);

use Perfkit::Failure;

my %children;    # by pid; those that have not been reaped
my @timers;      # [ when, CODE ]
my ($wake_read, $wake_write);    # a byte for each signal, so that no select() misses one
my $signal;
my ($keeper, $keeper_pid);
my %kept;    # what the keeper knows: values by kind

my %number = (HUP => 1, INT => 2, TERM => 15);

# begin(): start the keeper and take over signals. Once, before anything is started.
sub begin
{
	pipe($wake_read, $wake_write) or die "pipe: $!";
	nonblocking($_) foreach $wake_read, $wake_write;
	pipe(my $read, $keeper) or die "pipe: $!";
	$keeper_pid = fork() // die "fork: $!";
	if ($keeper_pid == 0)
	{
		close($_) foreach $keeper, $wake_read, $wake_write;
		POSIX::_exit(eval { tend($read); 1 } ? 0 : 1);
	}
	close($read);
	$keeper->autoflush(1);
	foreach my $name (keys %number)
	{
		# nohup's wish is respected
		next if $name eq 'HUP' && ($SIG{HUP} // '') eq 'IGNORE';
		$SIG{$name} = sub { $signal //= $name; syswrite($wake_write, '.'); };
	}
	$SIG{CHLD} = sub { syswrite($wake_write, '.'); };
	$SIG{PIPE} = 'IGNORE';
	return;
}

# end(SECONDS): have everything cleaned up, and wait until it is; no longer than so many seconds,
# if given: to remove a directory can take a busy disk longer than anybody waits after Ctrl-C, and
# the keeper finishes alone. Signals no longer matter.
sub end
{
	my ($patience) = @_;
	my $until = defined $patience ? time() + $patience : undef;

	$SIG{$_} = 'IGNORE' foreach keys %number;
	$SIG{CHLD} = 'DEFAULT';
	close($keeper);
	# All that end are waited for: to the keeper, one that is not would be there still.
	while ((my $pid = waitpid(-1, defined $until ? WNOHANG : 0)) >= 0)
	{
		if ($pid == $keeper_pid)
		{
			take_over($?) if $? != 0;
			last;
		}
		last if defined $until && time() > $until;
		sleep(0.01) if $pid == 0;
	}
	return;
}

# take_over(STATUS): the keeper ended before its work was done, or while it was at it.
sub take_over
{
	my ($status) = @_;
	print STDERR 'the process that cleans up was ended by '
	  . ($status & 127 ? 'signal ' . ($status & 127) : 'an error') . "; cleaning up without it\n";
	clean_up(\%kept);
	return;
}

# keep(dir => PATH): a directory to be removed. keep(unfinished => PATH): one to be removed if it
# is empty by then. keep(server => PID): a postmaster to be stopped. forget(KIND => VALUE) takes
# it back.
sub keep   { return notify('+', @_); }
sub forget { return notify('-', @_); }

sub notify
{
	my ($sign, $kind, $value) = @_;
	note(\%kept, $sign, $kind, $value);
	syswrite($keeper, pack('A1 A10 N/a*', $sign, $kind, $value));
	return;
}

sub note
{
	my ($kept, $sign, $kind, $value) = @_;
	if ($sign eq '+') { $kept->{$kind}{$value} = 1; }
	else { delete $kept->{$kind}{$value}; }
	return;
}

# The keeper: reads until no process is left that could write.
sub tend
{
	my ($read) = @_;
	my %told;
	my $buffer = '';

	POSIX::setsid();
	$SIG{$_} = 'IGNORE' foreach keys %number, 'PIPE', 'QUIT';
	open(STDIN, '<', '/dev/null');
	open(STDOUT, '>', '/dev/null');
	open(STDERR, '>', '/dev/null');
	chdir('/');
	while (1)
	{
		my $count = sysread($read, $buffer, 65536, length $buffer);
		next if !defined $count && $! == EINTR;
		last unless $count;
		while (length $buffer >= 15 && length $buffer >= 15 + unpack('x11 N', $buffer))
		{
			my ($sign, $kind, $value) = unpack('A1 A10 N/a*', $buffer);
			substr($buffer, 0, 15 + length $value, '');
			note(\%told, $sign, $kind, $value);
		}
	}
	clean_up(\%told);
	return;
}

sub clean_up
{
	my ($kept) = @_;
	stop_children(keys %{ $kept->{child} });
	stop_server($_) foreach keys %{ $kept->{server} };
	File::Path::remove_tree($_, { error => \my $errors }) foreach keys %{ $kept->{dir} };
	# a directory in one of them goes first
	rmdir($_) foreach reverse sort keys %{ $kept->{unfinished} };
	return;
}

# Is it still there? A child of ours that has ended is, until it is waited for; the keeper has none.
sub exists_still
{
	my ($pid) = @_;
	waitpid($pid, WNOHANG);
	return signal_group(0, $pid);
}

# An interrupted psql cancels its query before it ends, so that no query stays on a server. What
# does not end is killed.
sub stop_children
{
	my @pids = @_;
	foreach my $step ([ 'INT', 0.7 ], [ 'TERM', 0.2 ], [ 'KILL', 1 ])
	{
		my ($name, $patience) = @$step;
		signal_group($name, $_) foreach @pids;
		my $until = time() + $patience;
		while ((@pids = grep { exists_still($_) } @pids) && time() < $until) { sleep(0.01); }
		last unless @pids;
	}
	return;
}

# One that shares our terminal has no group of its own.
sub signal_group { my ($name, $pid) = @_; return kill($name, -$pid) || kill($name, $pid); }

# The data goes too, so nothing has to be written.
sub stop_server
{
	my ($pid) = @_;
	foreach my $name (qw(QUIT KILL))
	{
		kill($name, $pid);
		my $until = time() + 5;
		while (exists_still($pid) && time() < $until) { sleep(0.01); }
		last unless exists_still($pid);
	}
	return;
}

# start(COMMAND, OPTION...): start a program, and return an object for it. Options:
#   in => 1           its standard input is written to with send(); in => HANDLE: read from there;
#                     otherwise it is empty
#   out, err => CODE  called with each piece of output, whole lines only, at the end with what is
#                     left
#   out, err => PATH  a file; HANDLE: an open one, which is closed here; neither: this program's own
#   env => HASH       changes to the environment; undef: not set
#   user => [UID, GID]  whom to run as
#   dir => PATH       where to
#   server => 1       a server: not ended like other children, but stopped last
#   foreground => 1   it shares the terminal, and what is typed there
# What cannot be started ends with status 127.
sub start
{
	my ($class, $command, %opt) = @_;
	my $self = bless { name => $command->[0], status => undef, %opt }, $class;
	my (%theirs, %ours);

	foreach my $stream (qw(in out err))
	{
		my $wanted = $opt{$stream};
		if ($stream eq 'in' && defined $wanted && !ref $wanted) { pipe($theirs{in}, $ours{in}) or die "pipe: $!"; }
		elsif (ref $wanted eq 'CODE') { pipe($ours{$stream}, $theirs{$stream}) or die "pipe: $!"; }
		elsif ($stream eq 'in') { $theirs{in} = $wanted // open_or_fail('<', '/dev/null'); }
		elsif (defined $wanted)
		{
			$theirs{$stream} = $stream eq 'err' && $wanted eq ($opt{out} // '')
			  ? $theirs{out}
			  : ref $wanted ? $wanted : open_or_fail('>', $wanted);
		}
	}
	$self->{pid} = fork() // die "fork: $!";
	become($self, $command, \%theirs) if $self->{pid} == 0;
	note(\%kept, '+', $self->{server} ? 'server' : 'child', $self->{pid});
	close($_) foreach grep { !$opt{in} || $_ != $opt{in} } values %theirs;
	$children{ $self->{pid} } = $self;
	foreach my $stream (keys %ours)
	{
		nonblocking($ours{$stream});
		$self->{handle}{$stream} = $ours{$stream};
		$self->{buffer}{$stream} = '';
	}
	return $self;
}

sub open_or_fail
{
	my ($mode, $path) = @_;
	open(my $handle, $mode, $path) or cannot("$path cannot be opened: $!");
	return $handle;
}

# The child's part: tell the keeper before anything can go wrong, then become the program.
sub become
{
	my ($self, $command, $theirs) = @_;

	setpgrp(0, 0) unless $self->{foreground};
	keep($self->{server} ? 'server' : 'child', $$);
	$SIG{$_} = 'DEFAULT' foreach keys %number, 'PIPE', 'CHLD';
	my %number_of = (in => 0, out => 1, err => 2);
	POSIX::dup2(fileno($theirs->{$_}), $number_of{$_}) foreach keys %$theirs;
	my $env = $self->{env} // {};
	defined $env->{$_} ? ($ENV{$_} = $env->{$_}) : delete $ENV{$_} foreach keys %$env;
	if ($self->{user})
	{
		my ($uid, $gid) = @{ $self->{user} };
		$( = $gid;
		$) = "$gid $gid";
		$< = $> = $uid;
		POSIX::_exit(126) if $> != $uid || $< != $uid;
	}
	chdir($self->{dir}) if defined $self->{dir};
	{ no warnings 'exec'; exec { $command->[0] } @$command; }
	print STDERR "$command->[0]: $!\n";
	POSIX::_exit(127);
}

# run(COMMAND, OPTION...): start it and wait for its end; its exit status, 128 + N when signal N
# ended it.
sub run
{
	my ($command, %opt) = @_;
	my $child = __PACKAGE__->start($command, %opt);
	return $child->finish;
}

# output(COMMAND, OPTION...): its exit status and what it wrote to standard output.
sub output
{
	my ($command, %opt) = @_;
	my $text = '';
	my $status = run($command, %opt, out => sub { $text .= $_[0] });
	return ($status, $text);
}

# children(): those that have not ended.
sub children { return values %children; }

sub ended { return defined $_[0]{status} && !grep { $_ ne 'in' } keys %{ $_[0]{handle} // {} }; }

sub finish
{
	my ($self) = @_;
	wait_until(sub { $self->ended });
	return $self->{status};
}

# send(TEXT): to its standard input, without waiting. hang_up(): no more will come.
sub send
{
	my ($self, $text) = @_;
	return unless $self->{handle}{in};
	$self->{buffer}{in} .= $text;
	return;
}

sub hang_up
{
	my ($self) = @_;
	$self->{hanging_up} = 1;
	drop($self, 'in') if ($self->{buffer}{in} // '') eq '';
	return;
}

sub signal { my ($self, $name) = @_; kill($name, -$self->{pid}) unless defined $self->{status}; return; }

# after(SECONDS, CODE): call it once, from the loop.
sub after
{
	my ($seconds, $code) = @_;
	@timers = sort { $a->[0] <=> $b->[0] } @timers, [ time() + $seconds, $code ];
	return;
}

# pause(SECONDS)
sub pause
{
	my ($seconds) = @_;
	my $until = time() + $seconds;
	after($seconds, sub { });
	wait_until(sub { time() >= $until });
	return;
}

# wait_until(CONDITION): the loop.
sub wait_until
{
	my ($condition) = @_;
	check_signal();
	until ($condition->())
	{
		my $wait = @timers ? $timers[0][0] - time() : 60;
		look_around($wait > 0 ? $wait : 0);
		while (@timers && $timers[0][0] <= time()) { (shift @timers)->[1]->(); }
	}
	return;
}

sub check_signal { die Perfkit::Interrupted->new($number{$signal}) if defined $signal; return; }

# clear_signal(): go on after one, to save what there is; the next one counts again.
sub clear_signal { undef $signal; return; }

# Wait for something to happen, and take in all that has.
sub look_around
{
	my ($seconds) = @_;
	my ($readable, $writable) = ('', '');
	my %stream;

	vec($readable, fileno($wake_read), 1) = 1;
	foreach my $child (values %children)
	{
		while (my ($name, $handle) = each %{ $child->{handle} // {} })
		{
			next if $name eq 'in' && $child->{buffer}{in} eq '';
			$stream{ fileno($handle) } = [ $child, $name ];
			vec($name eq 'in' ? $writable : $readable, fileno($handle), 1) = 1;
		}
	}
	my $count = select($readable, $writable, undef, $seconds);
	if ($count > 0)
	{
		sysread($wake_read, my $bytes, 4096) if vec($readable, fileno($wake_read), 1);
		foreach my $number (keys %stream)
		{
			my ($child, $name) = @{ $stream{$number} };
			if ($name eq 'in') { give($child) if vec($writable, $number, 1); }
			elsif (vec($readable, $number, 1)) { take($child, $name); }
		}
	}
	check_signal();
	reap();
	return;
}

sub give
{
	my ($child) = @_;
	my $count = syswrite($child->{handle}{in}, $child->{buffer}{in});
	if (!defined $count)
	{
		drop($child, 'in') unless $! == EAGAIN || $! == EINTR;
		return;
	}
	substr($child->{buffer}{in}, 0, $count, '');
	drop($child, 'in') if $child->{hanging_up} && $child->{buffer}{in} eq '';
	return;
}

sub take
{
	my ($child, $name) = @_;
	my $buffer = \$child->{buffer}{$name};
	my $count = sysread($child->{handle}{$name}, $$buffer, 65536, length $$buffer);

	return if !defined $count && ($! == EAGAIN || $! == EINTR);
	my $complete = $count ? rindex($$buffer, "\n") + 1 : length $$buffer;
	drop($child, $name) unless $count;
	$child->{$name}->(substr($$buffer, 0, $complete, '')) if $complete > 0;
	return;
}

sub drop
{
	my ($child, $name) = @_;
	my $handle = delete $child->{handle}{$name};
	close($handle) if $handle;
	delete $children{ $child->{pid} } if $child->ended;
	return;
}

# Children that have ended. One of which output is still to be read stays known for that.
sub reap
{
	foreach my $child (values %children)
	{
		next if defined $child->{status};
		my $pid = waitpid($child->{pid}, WNOHANG);
		next if $pid == 0;
		$child->{status} = $pid < 0 ? 127 : $? & 127 ? 128 + ($? & 127) : $? >> 8;
		forget($child->{server} ? 'server' : 'child', $child->{pid});
		drop($child, 'in');
		delete $children{ $child->{pid} } if $child->ended;
	}
	return;
}

sub nonblocking
{
	my ($handle) = @_;
	my $flags = fcntl($handle, F_GETFL, 0) or die "fcntl: $!";
	fcntl($handle, F_SETFL, $flags | O_NONBLOCK) or die "fcntl: $!";
	return;
}

1;
