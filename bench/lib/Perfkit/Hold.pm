# Perfkit::Hold: perfkit server: a private server, for as long as a command or another process runs.
package Perfkit::Hold;

use strict;
use warnings;

use Perfkit::Failure;
use Perfkit::Options;
use Perfkit::Process;
use Perfkit::Server;

my @options = (
	['Options'],
	[ 'set', 'SETTING...', "a line of postgresql.conf, such as \"work_mem = '64MB'\"; may be given\nseveral times" ],
	[ 'hold', 'PID', "instead of running a COMMAND, print the environment that names the
server, one NAME=VALUE a line, and keep it until the process PID ends",
		Perfkit::Options::whole(1, 4194304) ],
	[ 'help', undef, 'this text' ]);

sub main
{
	my ($program, @arguments) = @_;
	my ($given, @command) = Perfkit::Options::parse($program, \@options, @arguments);

	if ($given->{help}) { print usage($program); return 0; }
	if (!@command && !$given->{hold}) { print STDERR usage($program); return 2; }
	# room for the 100 clients of a load run
	my $server = Perfkit::Server->start([ 'max_connections = 130', @{ $given->{set} // [] } ]);
	$server->enter;
	if ($given->{hold})
	{
		print map { "$_=" . ($server->{env}{$_} // '') . "\n" } sort keys %{ $server->{env} };
		close(STDOUT);
		# nothing announces the end of a process that was killed
		Perfkit::Process::pause(0.2) while kill(0, $given->{hold}) && !$server->died;
		return $server->died ? 2 : 0;
	}
	# what is typed is the command's, Ctrl-C too
	$SIG{INT} = 'IGNORE';
	return Perfkit::Process::run(\@command, in => \*STDIN, foreground => 1);
}

sub usage
{
	my ($program) = @_;
	return <<"TEXT" . Perfkit::Options::help(\@options);
usage: $program [options] -- COMMAND [ARGUMENT...]

Starts a private, throwaway PostgreSQL server that has perfkit, runs COMMAND with PGHOST and its like set
to it, and removes it when the command ends. Its exit status is the command's. Try: $program -- psql
TEXT
}

1;
