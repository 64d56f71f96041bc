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
	refuse_planted($run, $file);
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
	# (to perfkit capacity, a load that is refused is one that is too large)
	die bless { lines => $said{refuse}, refused => 1 }, 'Perfkit::Cannot' if @{ $said{refuse} };
	return @variables;
}

# refuse_planted(RUN, FILE): the file keeps tables and functions named perfkit_bench_* from run to
# run. Code of a role that owns one of them, or has a trigger on it, would run with our rights.
sub refuse_planted
{
	my ($run, $file) = @_;
	open(my $handle, '<', $file) or cannot("$file cannot be read: $!");
	my %names = map { $_ => 1 } map { /\b(perfkit_bench_[a-z0-9_]+)/g } <$handle>;

	return unless %names;
	$run->{own}->set(schema => $run->{connection}{facts}{schema}, names => join(' ', sort keys %names));
	my $planted = $run->{own}->task(<<'SQL', 'what is left from earlier runs could not be looked at; see the message above');
SELECT string_agg(format('%I.%I %s', n.nspname, o.name,
                         CASE WHEN o.owner = r.oid THEN 'has a trigger, a rule or a policy'
                              ELSE 'belongs to role ' || quote_ident(pg_get_userbyid(o.owner)) END), ', ' ORDER BY o.name)
FROM (SELECT c.relname AS name, c.relnamespace AS namespace, c.relowner AS owner,
             c.relrowsecurity OR EXISTS (SELECT FROM pg_trigger t WHERE t.tgrelid = c.oid)
             OR EXISTS (SELECT FROM pg_rewrite w WHERE w.ev_class = c.oid) AS acts
      FROM pg_class c WHERE c.relkind NOT IN ('i', 'I')
      UNION ALL
      SELECT p.proname, p.pronamespace, p.proowner, false FROM pg_proc p) AS o
     JOIN pg_namespace n ON n.oid = o.namespace
     JOIN pg_roles r ON r.rolname = current_user
WHERE n.nspname = :'schema' AND o.name = ANY (string_to_array(:'names', ' ')) AND (o.owner <> r.oid OR o.acts);
SQL
	cannot("$planted; its code would run with your rights",
		'drop it, and run again; or run with a search_path that begins with a schema of your own') if $planted ne '-';
	return;
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
