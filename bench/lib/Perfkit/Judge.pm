# Perfkit::Judge: the database that does the arithmetic of a comparison and writes its page: side
# A's, or side B's if that cannot be reached.
#
#     my $judge = Perfkit::Judge->new(@sides);               each with a name and a dsn
#     my ($rows, $plan_changes) = $judge->compare($margin, \@results_a, \@results_b);
#     $judge->report($path, \@results_a, \@results_b);
#
# A result is what perfkit_compare_results() reads of a run, as in run.json. For the page, all that
# is known of the runs has to be in one database. Those of another one are exported there, imported
# here, and rolled back, so that nobody finds them here afterwards.
package Perfkit::Judge;

use strict;
use warnings;

use Perfkit::Connection;
use Perfkit::Export;
use Perfkit::Home;
use Perfkit::Json;
use Perfkit::Report;
use Perfkit::Session;

sub new
{
	my ($class, @sides) = @_;
	return bless { sides => \@sides }, $class;
}

# connect(): the session, if there is none or its server has ended it.
sub connect
{
	my ($self) = @_;

	foreach my $side (@{ $self->{sides} })
	{
		last if $self->{own} && !$self->{own}->ended;
		my $connection = Perfkit::Connection->new($side->{dsn});
		eval { $connection->open; $connection->create_extension; $self->{own} = $connection->{own}; 1 } and last;
		die $@ if ref $@ ne 'Perfkit::Cannot' || $side->{name} eq $self->{sides}[-1]{name};
	}
	return $self->{own};
}

# compare(MARGIN, RESULTS A, RESULTS B): rows of perfkit_compare_results() and of
# perfkit_plan_changes().
sub compare
{
	my ($self, $margin, @results) = @_;
	my $own = $self->connect;

	$own->set(baseline => Perfkit::Json::encode($results[0]), runs => Perfkit::Json::encode($results[1]), margin => $margin);
	my $found = Perfkit::Json::decode($own->task(Perfkit::Session::include(Perfkit::Home::sql('compare_results')),
		'the runs cannot be compared; see the message above'));
	return @$found{qw(rows plan_changes)};
}

# share(COUNT, ALL): the 95 % interval of a share, its lower and its upper end.
sub share
{
	my ($self, $count, $all) = @_;
	my $own = $self->connect;

	$own->set(counted => $count, all_of_them => $all);
	return split(/\|/, $own->task('SELECT lower, upper FROM :perfkit.perfkit_share_interval(:counted::bigint, :all_of_them::bigint, 0.95::float8);'));
}

# report(PATH, RESULTS A, RESULTS B): the page of both sides. False if there is none: the comparison
# is complete without it, and psql has said why.
sub report
{
	my ($self, $path, @results) = @_;
	my $own = $self->connect;
	my @parts;

	foreach my $i (0 .. 1)
	{
		my $part = has_all($own, $results[$i]) ? { ids => [ map { $_->{run_id} } @{ $results[$i] } ] }
		  : { text => eval { exported($self->{sides}[$i], $results[$i]) } // return 0 };
		unshift @parts, [$part];
	}
	return Perfkit::Report::beside($own, $path, @parts);
}

# has_all(SESSION, RESULTS): are these runs stored there, and not others of the same numbers?
sub has_all
{
	my ($own, $results) = @_;

	$own->set(compared => Perfkit::Json::encode([ map { { run_id => $_->{run_id}, started_at => $_->{started_at} } } @$results ]));
	return $own->task(<<'SQL') == @$results;
SELECT count(*) FROM :perfkit.perfkit_runs r
     JOIN jsonb_to_recordset(:'compared'::jsonb) AS c (run_id bigint, started_at timestamptz) ON c.run_id = r.run_id AND c.started_at = r.started_at;
SQL
}

# exported(SIDE, RESULTS): the runs, as a file of perfkit export would have them.
sub exported
{
	my ($side, $results) = @_;
	my $connection = Perfkit::Connection->new($side->{dsn});

	$connection->open(only_read => 1);
	my $text = Perfkit::Export::document($connection->{own}, map { $_->{run_id} } @$results);
	$connection->{own}->close;
	return $text;
}

1;
