# Perfkit::Baseline: perfkit run --baseline and --set-baseline: a run against runs that were kept.
#
# One run decides on what is exact: the work of a sample of its transactions, their plans, and how
# many fail. It says nothing about times, and no number of runs would: whatever has changed since
# the baseline was made is in them. perfkit compare, which runs both sides in turns, is for that.
#
# A baseline is a name in the database, or a file of exported runs, which a private server can take.
package Perfkit::Baseline;

use strict;
use warnings;

use Perfkit::Failure;
use Perfkit::Format;
use Perfkit::Home;
use Perfkit::Import;
use Perfkit::Json;
use Perfkit::Session;

our @options = (
	[ 'baseline', 'NAME|FILE', "compare the run with this baseline, by what is exact (work, plans,\nfailures); FILE.json: runs that perfkit export has written" ],
	[ 'set-baseline', 'NAME|FILE', "unless the run fails, make it the baseline NAME, or export it\ninto FILE.json" ]);

sub is_file { my ($text) = @_; return $text =~ m{/|\.json\z}; }

# check(RUN): what can be known to be wrong before there is a server.
sub check
{
	my ($run) = @_;
	my $opt = $run->{opt};

	foreach my $option (grep { defined $opt->{$_} } qw(baseline set-baseline))
	{
		my $name = $opt->{$option};
		cannot("--$option and --pool both exclude each other: that makes two runs") if $run->{pool} && $run->{pool}{both};
		cannot("--$option takes a name or a file, and none is empty") if $name eq '';
		next if is_file($name);
		cannot("--$option $name: a private server has no baselines; give a server with --dsn, or a file that ends in .json")
		  if $opt->{throwaway};
	}
	if (defined $opt->{baseline} && is_file($opt->{baseline})) { $run->{baseline_file} = Perfkit::Import::read_file($opt->{baseline}); }
	if (defined $opt->{'set-baseline'} && is_file($opt->{'set-baseline'}))
	{
		my ($dir) = $opt->{'set-baseline'} =~ m{^(.*)/} ? $1 : '.';
		cannot("--set-baseline $opt->{'set-baseline'}: the directory $dir cannot be written to") unless -d $dir && -w _;
	}
	return;
}

# find(RUN): the baseline's runs, which must be of this load. Before anything is seeded.
sub find
{
	my ($run) = @_;
	my ($own, $name) = ($run->{own}, $run->{opt}{baseline});
	my @names = map { $_->{name} } @{ $run->{scenarios} };

	my $set = $run->{opt}{'set-baseline'};
	my $stores = $run->{baseline_file} || defined $set && !is_file($set);
	Perfkit::Import::check_grants($own, 'SELECT', $stores ? qw(INSERT DELETE) : ()) if $stores || defined $name;
	return unless defined $name;
	if ($run->{baseline_file})
	{
		$run->{baseline} = "file $name";
		Perfkit::Import::store($own, $run->{baseline}, "$name is no baseline; see the message above", $run->{baseline_file}{text});
	}
	else { $run->{baseline} = $name; }
	my $rate = $run->{opt}{rate};
	$own->set(baseline => $run->{baseline}, planned => Perfkit::Json::encode({
		workload => $run->{workload}{name},
		summary => [ map { { scenario => $_ } } @names ],
		pgbench => { stages => [ map { { clients => $_->{clients}, seconds => $_->{seconds}, rate => defined $rate ? $rate + 0 : undef } }
			grep { $_->{clients} > 0 } @{ $run->{stages} } ] } }));
	$own->task(Perfkit::Session::include(Perfkit::Home::sql('baseline_find')), "the run cannot be compared with $run->{baseline}; see the message above");
	return;
}

# judge(RUN): the verdict of the budgets in psql's variables becomes that of budgets and baseline.
# Returns the new verdict, exit status and reason.
sub judge
{
	my ($run, @verdict) = @_;
	my $own = $run->{own};

	return @verdict unless defined $run->{baseline};
	return split(/\|/, $own->task(Perfkit::Session::include(Perfkit::Home::sql('baseline_judge')),
			"the run was stored as run $run->{run_id}, and cannot be compared with $run->{baseline}; see the message above"), 3);
}

# set(RUN, VERDICT): make the run a baseline, or a file.
sub set
{
	my ($run, $verdict) = @_;
	my ($own, $name) = ($run->{own}, $run->{opt}{'set-baseline'} // return);

	my $measured = $own->task(
		"SELECT count(*) FROM jsonb_array_elements(nullif(:'summary', '-')::jsonb) AS s WHERE (s->>'transactions')::bigint > 0;");
	if ($verdict eq 'FAIL' || !$measured)
	{
		$run->say("note: baseline $name was not set, because the run " . ($measured ? 'fails' : 'has measured no transaction'));
		return;
	}
	if (is_file($name))
	{
		require Perfkit::Export;
		Perfkit::Export::write_file($own, $name, $run->{run_id});
	}
	else
	{
		$own->set(new_baseline => $name);
		$own->task("SELECT :perfkit.perfkit_set_baseline(ARRAY[:run_id]::bigint[], :'new_baseline'::text);",
			"the run was stored as run $run->{run_id}, and could not be made a baseline; see the message above");
	}
	$run->say("baseline: $name is now run $run->{run_id}");
	return;
}

1;
