# Perfkit::Command: the command line as a whole: which subcommand, and how it ends.
package Perfkit::Command;

use strict;
use warnings;

use Perfkit::Failure;
use Perfkit::Home;
use Perfkit::Process;

my %subcommands = (
	capacity => [ 'Perfkit::Capacity', 'the largest load that keeps the budgets, and what limits it' ],
	run => [ 'Perfkit::Run', 'seed, check indexes, drive a load, judge it by budgets' ],
	compare => [ 'Perfkit::Compare', 'two sides, run in pairs: is one slower?' ],
	export => [ 'Perfkit::Export', 'runs as JSON, for files that live in a repository' ],
	import => [ 'Perfkit::Import', 'and back' ],
	report => [ 'Perfkit::Report', 'stored runs as a page of HTML' ],
	scale => [ 'Perfkit::Scale', 'the same operations at several sizes of the data' ],
	server => [ 'Perfkit::Hold', 'a private server with perfkit, for as long as a command runs' ]);

# main(PROGRAM, ARGUMENT...): the exit status. PROGRAM "bench/run" stands for "perfkit run".
sub main
{
	my ($program, @arguments) = @_;
	my $name = $program =~ m{^bench/(\w+)$} ? $1 : shift @arguments;

	if (!defined $name || $name =~ /^(?:--help|-h|help)$/) { print usage(); return defined $name ? 0 : 2; }
	if ($name =~ /^(?:--version|-V)$/) { return attempt($program, sub { print 'perfkit ', Perfkit::Home::version(), "\n"; 0 }); }
	my ($module) = @{ $subcommands{$name} // [] };
	if (!$module)
	{
		print STDERR "perfkit: there is no command \"$name\"; there are: " . join(' ', sort keys %subcommands) . "\n";
		return 2;
	}
	$program = "perfkit $name" unless $program =~ m{/};
	(my $file = "$module.pm") =~ s{::}{/}g;
	require $file;
	return attempt($program, sub { $module->can('main')->($program, @arguments) });
}

# attempt(PROGRAM, CODE): call it; what it raises becomes a message and an exit status. Nothing is
# left behind.
sub attempt
{
	my ($program, $code) = @_;
	local $| = 1;

	Perfkit::Process::begin();
	my $status = eval { $code->() };
	my $failure = $@;
	if (ref $failure eq 'Perfkit::Cannot')
	{
		print STDERR map { "$program: $_\n" } map { split(/\n/, $_) } @{ $failure->{lines} };
		$status = 2;
	}
	elsif (ref $failure)
	{
		$status = $failure->{status};
		print STDERR "$program: interrupted\n" if ref $failure eq 'Perfkit::Interrupted';
	}
	elsif (!defined $status) { print STDERR "$program: $failure"; $status = 2; }
	Perfkit::Process::end(ref $failure eq 'Perfkit::Interrupted' ? 0.8 : ());
	return $status;
}

sub usage
{
	my $text = <<'TEXT';
usage: perfkit COMMAND [ARGUMENT...]

Is the database fast enough? Load runs with pgbench, judged by budgets.

TEXT
	$text .= sprintf("  perfkit %-8s %s\n", $_, $subcommands{$_}[1]) foreach sort keys %subcommands;
	return $text . <<'TEXT';

  perfkit COMMAND --help   what a command takes
  perfkit --version
TEXT
}

1;
