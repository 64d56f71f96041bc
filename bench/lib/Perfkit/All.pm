# Perfkit::All: perfkit run all: the workloads that ship, one after the other, and one verdict.
#
# Each is run as perfkit run would, with the options given, except those that are about one
# workload's scenarios. A private server is shared, and each workload has a database of its own
# there; on a given server they share the database.
package Perfkit::All;

use strict;
use warnings;

use File::Path ();
use List::Util ();

use Perfkit::Failure;
use Perfkit::Home;
use Perfkit::Json;
use Perfkit::Output;
use Perfkit::Process;
use Perfkit::Run;

# Options of a single workload.
my @of_one = qw(scenario script budget baseline set-baseline);

# main(PROGRAM, GIVEN, ARGUMENT...): GIVEN: the arguments as parsed. The exit status: that of the
# worst verdict, where what could not run is worst.
sub main
{
	my ($program, $given, @arguments) = @_;
	return Perfkit::Run::formatted($given->{format}, 'all', sub { return run_all($program, $given, @arguments) })->{exit_status};
}

# run_all(...): the exit status and the runs' JSON.
sub run_all
{
	my ($program, $given, @arguments) = @_;
	my ($first) = grep { $given->{$_} } @of_one;
	cannot("--$first is about one workload; run that one by its name") if defined $first;
	my @names = Perfkit::Home::workloads();
	my $dir = $given->{output} // Perfkit::Output::new_directory('all');
	# Before any is run, so that a wrong option costs no time.
	my @options = grep { $_ ne 'all' } @arguments;
	my %run = map { $_ => Perfkit::Run::prepare_run($program, $_, @options, '--output', "$dir/$_") } @names;
	my $private = List::Util::any { $_->{opt}{throwaway} } values %run;
	my (@ended, @json);

	start_server(values %run) if $private;
	foreach my $name (@names)
	{
		print "=== $name\n" unless $given->{quiet};
		create_database($name) if $private;
		local $ENV{PGDATABASE} = $private ? $name : $ENV{PGDATABASE};
		delete $ENV{PGDATABASE} unless defined $ENV{PGDATABASE};
		my ($outcome, $runs_json) = attempt($program, $run{$name});
		push @ended, [ $name, @$outcome ];
		push @json, @{ $runs_json // [] };
		print "\n" unless $given->{quiet};
	}
	return { exit_status => conclude($dir, @ended), json => \@json };
}

# start_server(RUN...): one that holds the connections of each of them.
sub start_server
{
	my ($largest) = sort { $b->connections <=> $a->connections } @_;
	$largest->start_server;
	$_->{server} = $largest->{server} foreach @_;
	return;
}

sub create_database
{
	my ($name) = @_;
	my ($status) = Perfkit::Process::output([ Perfkit::Home::program('createdb'), $name ]);
	cannot("the database $name could not be made; see the message above") if $status != 0;
	return;
}

# attempt(PROGRAM, RUN): a list of verdict, exit status and reason; and the run's JSON, or what
# stands for it. What one cannot do does not keep the others from being run.
sub attempt
{
	my ($program, $run) = @_;
	my $verdict = eval { $run->run };
	my $failure = $@;

	if (!$verdict)
	{
		$run->drop;
		$run->{pool}->stop if $run->{pool};
		$run->{own}->close if $run->{own};
	}
	return ([ @$verdict{qw(verdict exit_status reason)} ], $verdict->{json}) if $verdict;
	die $failure if ref $failure eq 'Perfkit::Interrupted' || !ref $failure;
	my $json = [ Perfkit::Json::encode(Perfkit::Run::without_result($run->{workload}{name}, $failure)) ];
	return ([ 'FAIL', $failure->{status}, $failure->{reason} ], $json) if ref $failure eq 'Perfkit::Ended';
	my @lines = map { split(/\n/, $_) } @{ $failure->{lines} };
	print STDERR map { "$program: $_\n" } @lines;
	return ([ 'could not run', 2, $lines[0] ], $json);
}

sub conclude
{
	my ($dir, @ended) = @_;
	my %rank = (2 => 3, 1 => 2, 3 => 1, 0 => 0);
	my %word = (0 => 'PASS', 1 => 'FAIL', 2 => 'COULD NOT RUN', 3 => 'INCONCLUSIVE');
	my ($worst) = sort { $rank{$b} <=> $rank{$a} } map { $_->[2] } @ended;

	printf("%-15s %-13s %s\n", @$_[ 0, 1, 3 ]) foreach @ended;
	printf("%s: %d of %d workloads pass\n", $word{$worst}, scalar(grep { $_->[2] == 0 } @ended), scalar @ended);
	print "results: $dir\n";
	return $worst;
}

1;
