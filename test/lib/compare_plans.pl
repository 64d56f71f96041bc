# compare_plans.pl [--verbose] ROOM FILE...: run psql scripts through a proxy that has each
# plannable statement compared.
#
# Called by test/compare-plans with PGHOST, PGPORT, PGUSER of a server on whose database
# "regression" test/lib/compare.psql is installed. psql connects to a socket in ROOM. A statement is
# what psql sends, so nothing here has to know where one ends in a script; and the comparison runs
# in psql's own session, so it sees all that the statement would see. psql's output goes to standard
# error.
use strict;
use warnings;

use IO::Select;
use IO::Socket::UNIX;
use POSIX ();

my $verbose = @ARGV && $ARGV[0] eq '--verbose' ? shift : undef;
my ($room, @files) = @ARGV;
my $upstream = "$ENV{PGHOST}/.s.PGSQL.$ENV{PGPORT}";
my %total;

# One connection: {client}, {server}: sockets; {from_client}, {from_server}: what is not yet a whole
# message; {started}: past the start-up packet; {status}: the transaction's, as of the last
# ReadyForQuery, and '' while the server has something to do; {able}: can compare here, once known.
my %by_socket;
my $select = IO::Select->new;

unlink "$room/.s.PGSQL.5432";
my $listener = IO::Socket::UNIX->new(Local => "$room/.s.PGSQL.5432", Listen => 5) or die "cannot listen: $!\n";
$select->add($listener);

sub send_all
{
	my ($socket, $bytes) = @_;
	my $at = 0;
	while ($at < length $bytes)
	{
		my $sent = syswrite($socket, $bytes, length($bytes) - $at, $at);
		return if !defined $sent;    # the other side is gone, and reading will say so
		$at += $sent;
	}
	return;
}

# next_message(BUFFER): takes the first whole message off: its type and body. Nothing when there is
# none.
sub next_message
{
	my ($buffer) = @_;
	return if length $$buffer < 5;
	my $length = unpack('N', substr($$buffer, 1, 4));
	return if length $$buffer < 1 + $length;
	my $message = substr($$buffer, 0, 1 + $length, '');
	return (substr($message, 0, 1), substr($message, 5), $message);
}

# ask(CONNECTION, SQL): the last row's columns, or an error, from the server. What does not belong
# to the answer is passed on.
sub ask
{
	my ($c, $sql) = @_;
	my %answer;
	send_all($c->{server}, 'Q' . pack('N', length($sql) + 5) . "$sql\0");
	while (1)
	{
		while (my ($type, $body, $message) = next_message(\$c->{from_server}))
		{
			if ($type eq 'Z')
			{
				$c->{status} = $body;
				return \%answer;
			}
			elsif ($type eq 'D')
			{
				my ($count, @values) = unpack('n', $body);
				my $at = 2;
				foreach (1 .. $count)
				{
					my $length = unpack('l>', substr($body, $at, 4));
					push @values, $length < 0 ? '' : substr($body, $at + 4, $length);
					$at += 4 + ($length < 0 ? 0 : $length);
				}
				$answer{row} = \@values;
			}
			elsif ($type eq 'E')
			{
				my ($message_text) = $body =~ /\0M([^\0]*)/;
				$answer{error} = $message_text;
			}
			elsif ($type eq 'A' || $type eq 'S')
			{
				send_all($c->{client}, $message);
			}
		}
		sysread($c->{server}, $c->{from_server}, 65536, length $c->{from_server}) or return { error => 'the connection was closed' };
	}
}

# plannable(TEXT): what of a statement could have a plan, and whether as a prepared one only.
sub plannable
{
	my ($text) = @_;
	my $blank = qr/(?:\s+|--[^\n]*(?:\n|\z)|\/\*.*?\*\/)*/s;
	my $prepared = 0;
	$text =~ s/\A$blank//;
	if ($text =~ s/\Aexplain\b$blank(?:\([^()]*\)$blank)?//i)
	{
		1 while $text =~ s/\A(?:analyze|analyse|verbose)\b$blank//i;
	}
	elsif ($text =~ s/\Aprepare\s+\w+\s+as\b$blank//i)
	{
		$prepared = 1;
	}
	return $text =~ /\A(?:\($blank)*(?:select|values|table|insert|update|delete|merge|with)\b/i ? ($text, $prepared) : ();
}

# compare(CONNECTION, TEXT): have it compared, and count.
sub compare
{
	my ($c, $text) = @_;
	my ($query, $prepared) = plannable($text) or return;
	my $count = $c->{count};

	$count->{statements}++;
	if (!defined $c->{able})
	{
		# a script may connect to databases that have nothing of ours
		my $answer = $c->{status} eq 'E' ? {} : ask($c, "SELECT pg_catalog.to_regproc('perfkit_compare.compare') IS NOT NULL, pg_catalog.current_setting('server_version_num')");
		$c->{able} = ($answer->{row}[0] // '') eq 't';
		$c->{generic_too} = ($answer->{row}[1] // 0) >= 160000;
	}
	if ($c->{status} eq 'E' || !$c->{able} || index($query, '$perfkit_compare$') >= 0)
	{
		$count->{'not compared'}++;
		return;
	}
	# Its parameters have no values, and before 16 EXPLAIN has no generic plan to compare with.
	if ($prepared && !$c->{generic_too})
	{
		$count->{'prepared only'}++;
		return;
	}
	foreach my $generic (0, 1)
	{
		next if $generic ? !$c->{generic_too} : $prepared;
		my $before = $c->{status};
		my $sql = "SELECT * FROM perfkit_compare.compare(\$perfkit_compare\$$query\$perfkit_compare\$, " . ($generic ? 'true' : 'false') . ")";
		my $answer = ask($c, $before eq 'T' ? "SAVEPOINT perfkit_compare; $sql; RELEASE SAVEPOINT perfkit_compare" : $sql);
		if ($c->{status} eq 'E' && $before eq 'T')
		{
			my $error = $answer->{error};
			ask($c, 'ROLLBACK TO SAVEPOINT perfkit_compare; RELEASE SAVEPOINT perfkit_compare');
			$answer->{error} = $error;
		}
		my ($verdict, $nodes, $detail) = @{ $answer->{row} // [ 'failed', 0, $answer->{error} ] };
		$count->{ $verdict . ($generic ? ' (generic)' : '') }++;
		$count->{'prepared (generic)'}++ if $prepared;
		$count->{ 'nodes' . ($generic ? ' (generic)' : '') } += $nodes;
		next if $verdict ne 'different' && $verdict ne 'failed';
		$query =~ s/\s+/ /g;
		print "$verdict: $c->{file}" . ($generic ? ', generic' : '') . ": " . substr($query, 0, 1000) . "\n", map { "    $_\n" } split /\n/, $detail;
	}
	return;
}

sub read_client
{
	my ($c) = @_;
	sysread($c->{client}, $c->{from_client}, 65536, length $c->{from_client}) or return;
	if (!$c->{started})
	{
		return 1 if length $c->{from_client} < 4 || length $c->{from_client} < unpack('N', $c->{from_client});
		send_all($c->{server}, substr($c->{from_client}, 0, unpack('N', $c->{from_client}), ''));
		$c->{started} = 1;
	}
	while (my ($type, $body, $message) = next_message(\$c->{from_client}))
	{
		compare($c, substr($body, 0, -1)) if $type eq 'Q' && $c->{status} ne '';
		$c->{status} = '';
		send_all($c->{server}, $message);
	}
	return 1;
}

sub read_server
{
	my ($c) = @_;
	my $from = length $c->{from_server};
	sysread($c->{server}, $c->{from_server}, 65536, $from) or return;
	send_all($c->{client}, substr($c->{from_server}, $from));
	while (my ($type, $body) = next_message(\$c->{from_server}))
	{
		$c->{status} = $type eq 'Z' ? $body : '';
	}
	return 1;
}

sub close_connection
{
	my ($c) = @_;
	foreach ($c->{client}, $c->{server})
	{
		delete $by_socket{$_};
		$select->remove($_);
		close $_;
	}
	return;
}

# run_file(FILE): psql runs it; until that has ended, messages are passed on.
sub run_file
{
	my ($file) = @_;
	my %count;
	my $pid = fork() // die "fork: $!\n";
	if ($pid == 0)
	{
		local $SIG{PIPE} = 'DEFAULT';
		open(STDIN, '<', '/dev/null') or POSIX::_exit(127);
		open(STDOUT, '>&', \*STDERR) or POSIX::_exit(127);
		local @ENV{qw(PGHOST PGPORT PGDATABASE PGSSLMODE PGGSSENCMODE)} = ($room, 5432, 'regression', 'disable', 'disable');
		{ exec('psql', '-X', '-a', '-q', '-f', $file) };
		POSIX::_exit(127);
	}
	my $ended = 0;
	while (!$ended || %by_socket)
	{
		$ended ||= waitpid($pid, POSIX::WNOHANG) == $pid;
		foreach my $socket ($select->can_read($ended ? 0.2 : 0.05))
		{
			if ($socket == $listener)
			{
				my $client = $listener->accept or next;
				my $server = IO::Socket::UNIX->new(Peer => $upstream) or die "cannot connect to $upstream: $!\n";
				my $c = { client => $client, server => $server, from_client => '', from_server => '', started => 0, status => '', file => $file, count => \%count };
				@by_socket{ $client, $server } = ($c, $c);
				$select->add($client, $server);
				next;
			}
			my $c = $by_socket{$socket} or next;
			close_connection($c) unless $socket == $c->{client} ? read_client($c) : read_server($c);
		}
	}
	return \%count;
}

# uncounted(HASH): how many statements are in none of the other counts; from 16 on, one that is
# prepared is in those of generic plans only.
sub uncounted
{
	my ($count) = @_;
	my $counted = 0;
	$counted += $count->{$_} // 0 foreach 'not compared', 'prepared only', 'prepared (generic)', qw(equal different refused unplanned failed);
	return ($count->{statements} // 0) - $counted;
}

# counts(HASH): in words.
sub counts
{
	my ($count) = @_;
	my $text = ($count->{statements} // 0) . " statements";
	foreach my $generic ('', ' (generic)')
	{
		next unless grep { defined $count->{"$_$generic"} } qw(equal different refused unplanned failed);
		$text .= sprintf("; %s%d equal with %d nodes, %d refused by both, %d without exactly one plan, %d failed, %d different",
			$generic && 'generic plans: ', map { $count->{"$_$generic"} // 0 } qw(equal nodes refused unplanned failed different));
	}
	return $text . '; ' . ($count->{'not compared'} // 0) . " not compared (in failed transactions or other databases), "
		. ($count->{'prepared only'} // 0) . ' prepared statements without a generic plan to compare with (before 16)';
}

local $SIG{PIPE} = 'IGNORE';
$| = 1;
foreach my $file (@files)
{
	my $count = run_file($file);
	$total{$_} += $count->{$_} foreach keys %$count;
	print "$file: ", counts($count), "\n" if $verbose;
}
print scalar(@files), " files: ", counts(\%total), "\n";
die "the counts do not add up: ", uncounted(\%total), " statements are in none\n" if uncounted(\%total);
exit(2) unless $total{equal};
exit(grep({ $total{$_} } 'different', 'different (generic)', 'failed', 'failed (generic)') ? 1 : 0);
