# Perfkit::Prepare: a workload's prepare.sql, between seeding and load.
#
# Its rows are pgbench's variables, notes, and reasons to refuse the load; see Workload.pm.
package Perfkit::Prepare;

use strict;
use warnings;

use Perfkit::Failure;
use Perfkit::Json;

# variables(RUN): NAME=VALUE for pgbench. Notes are shown and kept in {notes}. Raises Perfkit::Cannot
# when the file fails, or refuses.
sub variables
{
	my ($run) = @_;
	my $file = $run->{workload}->file('prepare.sql') // return ();
	my $where = "$run->{workload}{where}/prepare.sql";
	my %said = (note => [], refuse => []);
	my @variables;
	my $text = $run->{connection}->file($file, separator => '=',
		variables => { clients => $run->{most_clients}, load => wanted_load($run) })
	  // cannot("$where failed; see the message above");

	foreach my $line (grep { $_ ne '' } split(/\n/, $text))
	{
		if ($line =~ /^(note|refuse)=(.*)$/) { push @{ $said{$1} }, $2; }
		elsif ($line =~ /^[A-Za-z_][A-Za-z0-9_]*=[^=]+$/) { push @variables, $line; }
		else { cannot("$where: \"$line\" is not a name and a value"); }
	}
	$run->{notes} = $said{note};
	$run->say(map { "note: $_" } @{ $said{note} });
	cannot(@{ $said{refuse} }) if @{ $said{refuse} };
	return @variables;
}

# wanted_load(RUN): the load that is about to begin, for a workload that knows what it takes.
sub wanted_load
{
	my ($run) = @_;
	return Perfkit::Json::encode({
		stages => $run->{stages}, budgets => $run->{budgets}, cores => $run->{cores},
		scenarios => [ map { { name => $_->{name}, weight => $_->{weight} } } @{ $run->{scenarios} } ],
		time_scale => $run->{opt}{'time-scale'}, rate => $run->{opt}{rate} });
}

1;
