# Perfkit::Alternation: one load in two ways, in turns, stored as two runs and compared: what
# --pool both does.
#
# Each stage is cut into halves, which run in the order A B B A, so that what changes slowly
# (caches, bloat, the machine) is in both. A is the pool, B goes to the server itself, and each has
# the whole duration of the stage. Tables, indexes, scripts and parameters are the same, and so is
# the number of users. Each is a run of its own, judged by the same budgets.
#
# A side is a copy of the run with a load, an observer, reports and directories of its own; all else
# is shared. The server's counters are read around each turn. Invariants are checked once, when both
# have ended, and then without the run: the tables have what both of them wrote.
#
# The table at the end claims no more than that the 95 % intervals of two percentiles are apart.
# These are of transactions of one run: how much a difference varies from run to run is for
# several runs to say.
package Perfkit::Alternation;

use strict;
use warnings;

use Cwd ();
use POSIX ();

use Perfkit::Failure;
use Perfkit::Home;
use Perfkit::Invariants;
use Perfkit::Load;
use Perfkit::Process;
use Perfkit::Result;
use Perfkit::Session;

# sides(RUN): two runs, made from one whose {load} goes through the pool and whose {direct_load}
# does not.
sub sides
{
	my ($run) = @_;
	my %load = (pooled => $run->{load}, direct => $run->{direct_load});

	return map {
		my $side = bless { %$run, side => $_, load => $load{$_}, reports => [], work => "$run->{work}/$_",
			output => "$run->{output}/$_" }, ref $run;
		delete $side->{pool} if $_ eq 'direct';
		$side->{opt} = { %{ $run->{opt} }, label => join(', ', grep { length } $run->{opt}{label} // '', $_) };
		foreach my $dir (@$side{qw(work output)})
		{
			-d $dir || mkdir($dir) or cannot("$dir cannot be made: $!");
			Perfkit::Process::keep(unfinished => Cwd::realpath($dir)) if $dir eq $side->{output};
		}
		mkdir("$side->{work}/results") or cannot("$side->{work} cannot be written to: $!");
		$side->{load}{dir} = "$side->{work}/results";
		$side->observe;
		$side;
	} qw(pooled direct);
}

# run(RUN): all that comes after the preparation; the verdict, as Perfkit::Result::report() has it.
sub run
{
	my ($run) = @_;
	my @sides = sides($run);

	if (!eval { drive($run, @sides); 1 })
	{
		my $failure = $@;
		$_->drop foreach @sides;
		die $failure;
	}
	$run->{observer} = $sides[0]{observer};
	my $found = Perfkit::Invariants::find($run, undef);
	my @verdicts;
	foreach my $side (@sides)
	{
		@$side{qw(scenario_work invariants_found)} = ($run->{scenario_work}, $found);
		Perfkit::Result::record($side);
		$run->say('', "$side->{side}:");
		push @verdicts, Perfkit::Result::report($side);
	}
	compare($run, @sides);
	my $verdict = { %{ worse(@verdicts) }, output => $run->{output}, json => [ map { @{ $_->{json} } } @verdicts ],
		reason => join(' and ', map { "$sides[$_]{side} $verdicts[$_]{verdict}" } 0 .. $#sides) };
	print "$verdict->{verdict}: $verdict->{reason}\n" unless $run->{silent};
	return $verdict;
}

# worse(VERDICT, VERDICT): FAIL before INCONCLUSIVE before PASS.
sub worse
{
	my %rank = (FAIL => 2, INCONCLUSIVE => 1, PASS => 0);
	return (sort { $rank{ $b->{verdict} } <=> $rank{ $a->{verdict} } } @_)[0];
}

sub drive
{
	my ($run, @sides) = @_;
	my $stage = 0;

	foreach my $side (@sides)
	{
		$side->warm_up;
		# pgbouncer keeps its connections until it is told to close them, and the others need room
		$side->{observer}->quiet if $run->{opt}{warmup};
	}
	foreach my $wanted (@{ $run->{stages} })
	{
		my ($clients, $seconds) = @$wanted{qw(clients seconds)};
		$stage++;
		if ($clients == 0) { $run->pause($seconds); next; }
		my $half = POSIX::ceil($seconds / 2);
		my %part;
		foreach my $side (@sides, reverse @sides)
		{
			my $part = $part{ $side->{side} }++ ? 2 : undef;
			$side->{observer}->before;
			my $report = $side->load_stage($stage, $clients, $half, $part);
			$side->{observer}->after;
			if ($part) { $side->{reports}[-1] = Perfkit::Load::joined($side->{reports}[-1], $report); }
			else { push @{ $side->{reports} }, $report; }
		}
	}
	$run->check_alive;
	return;
}

# compare(RUN, POOLED, DIRECT): prints the table, and leaves it as comparison.json.
sub compare
{
	my ($run, $pooled, $direct) = @_;

	$run->{own}->set(pooled_run => $pooled->{run_id}, direct_run => $direct->{run_id});
	my $comparison = $run->{own}->task(Perfkit::Session::include(Perfkit::Home::sql('pool_compare')));
	$run->write_file("$run->{output}/comparison.json", "$comparison\n");
	return if $run->{quiet};
	$run->{own}->set(comparison => $comparison);
	print "\n", $run->table('pool_compared'),
	  "\n(intervals of this run's transactions; another run may differ by more than they are wide)\n\n";
	$run->say("comparison: $run->{output}/comparison.json");
	return;
}

1;
