# Perfkit::Invariants: what a workload's invariants.sql finds after the load.
#
#     my $broken = Perfkit::Invariants::check($run, $run_id);    stored with the run
package Perfkit::Invariants;

use strict;
use warnings;

use Perfkit::Failure;
use Perfkit::Home;
use Perfkit::Session;

# file(RUN): its path, if invariants are to be checked.
sub file
{
	my ($run) = @_;
	return $run->{opt}{'no-checks'} ? undef : $run->{workload}->file('invariants.sql');
}

# find(RUN, RUN_ID): what it says of the run, as CSV; with undef, of the data alone. undef when
# nothing is to be checked.
sub find
{
	my ($run, $run_id) = @_;
	my $file = file($run) // return undef;
	my %variables = map { split(/=/, $_, 2) } @{ $run->{variables} };

	$run->{observer}->quiet if $run->{observer};
	return $run->{connection}->file($file, csv => 1, transaction => 1,
		variables => { %variables, run_id => $run_id // 'NULL', complete => defined $run_id ? 'true' : 'false' })
	  // cannot("$run->{workload}{where}/invariants.sql failed; see the message above");
}

# check(RUN, RUN_ID): those that do not hold, in words. A run may have {invariants_found} already.
sub check
{
	my ($run, $run_id) = @_;
	my $found = $run->{invariants_found} // find($run, $run_id) // return '';
	my $path = "$run->{work}/invariants";

	$run->write_file($path, $found eq '' ? '' : "$found\n");
	$run->{own}->set(run_id => $run_id // 'NULL');
	return $run->{own}->task(
		"CREATE TEMP TABLE staged_invariant (invariant text, ok boolean, detail text) ON COMMIT DROP;\n"
		  . '\copy staged_invariant FROM ' . Perfkit::Session::copy_path($path) . " WITH (FORMAT csv)\n"
		  . Perfkit::Session::include(Perfkit::Home::sql('invariants')),
		'the invariants could not be stored; see the message above');
}

1;
