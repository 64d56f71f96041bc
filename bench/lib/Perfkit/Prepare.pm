# Perfkit::Prepare: what comes before a load: the workload's tables are seeded, and its prepare.sql
# is run. Rows of that are pgbench's variables, notes, and reasons to refuse the load; see
# Workload.pm.
package Perfkit::Prepare;

use strict;
use warnings;

use Time::HiRes qw(time);

use Perfkit::Failure;
use Perfkit::Home;
use Perfkit::Json;
use Perfkit::Session;

# seed(RUN): fill the tables, unless they are to be used as they are. Sets {rows}.
sub seed
{
	my ($run) = @_;
	my ($workload, $rows) = ($run->{workload}, $run->{opt}{rows});
	my $file = $workload->file('seed.sql');
	my $started = time();

	if ($run->{opt}{'no-seed'} || !$file && !$workload->{shipped})
	{
		$run->{rows} = undef;
		return;
	}
	$run->{rows} = $rows;
	$run->say("seeding $workload->{name} with $rows rows");
	my $inserted = $file
	  ? $run->{connection}->file($file, variables => { rows => $rows }, notices => !$run->{quiet})
	  : call_seeder($run);
	cannot('seeding failed; see the message above') unless defined $inserted;
	($inserted) = $inserted =~ /(\d+)\s*\z/;
	$run->say(sprintf('seeded: %s in %d s', defined $inserted ? "$inserted rows inserted" : 'done', time() - $started));
	return;
}

sub call_seeder
{
	my ($run) = @_;
	$run->{own}->set(rows => $run->{rows}, schema => $run->{connection}{facts}{schema});
	return $run->{own}->task(
		($run->{quiet} ? '' : "SET LOCAL client_min_messages = notice;\n")
		  . Perfkit::Session::include(Perfkit::Home::sql('seed')), 'seeding failed; see the message above');
}

# variables(RUN): NAME=VALUE for pgbench. Notes are shown and kept in {notes}. Raises
# Perfkit::Cannot when the file fails, or refuses.
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

# wanted_load(RUN): the load that is about to begin, as JSON.
sub wanted_load
{
	my ($run) = @_;
	return Perfkit::Json::encode({
		stages => $run->{stages}, budgets => $run->{budgets}, cores => $run->{cores},
		scenarios => [ map { { name => $_->{name}, weight => $_->{weight} } } @{ $run->{scenarios} } ],
		time_scale => $run->{opt}{'time-scale'}, rate => $run->{opt}{rate} });
}

1;
