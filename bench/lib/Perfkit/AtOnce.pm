# Perfkit::AtOnce: how much longer several take at once than one alone.
#
# A workload's file "at_once" has a line for each scenario to check: its name, how many at once, and
# the limit, as a multiple of the time of one. Example: search 10 3.
#
# Before the load, that many connections each send a transaction of the scenario at the same moment,
# and one connection sends one alone, in turns. All wait for a lock that is released to all of them
# at once, so that they start within a fraction of a millisecond, and neither connecting nor first
# use is in the times. The time of several is from the first start to the last end. Each round gives
# the ratio of two times measured one after the other; the interval of the median ratio is exact,
# whatever the distribution.
#
# N transactions that keep a processor busy take at least N / cores times as long as one. Where that
# exceeds the limit, only a PASS is a verdict: a FAIL would be the machine's.
package Perfkit::AtOnce;

use strict;
use warnings;

use List::Util ();

use Perfkit::Failure;
use Perfkit::Home;
use Perfkit::Json;
use Perfkit::Process;
use Perfkit::Session;

# The ranks 10 and 22 of so many are a 95 % interval of the median.
my $rounds = 31;
my $warmups = 3;
my $patience = 10;

# read_file(WORKLOAD): objects of scenario, number and factor.
sub read_file
{
	my ($workload) = @_;
	my @wanted;

	return () unless defined $workload->{dir};
	foreach my $line ($workload->lines('at_once'))
	{
		my ($scenario, $number, $factor, @others) = split(' ', $line);
		my $where = "$workload->{where}/at_once: \"$line\"";
		cannot("$where is not a scenario, a number from 2 to 1000 and a factor above 1")
		  unless !@others && ($number // '') =~ /^(?:[2-9]|[1-9][0-9]{1,2}|1000)$/
		  && ($factor // '') =~ /^[0-9]+(?:\.[0-9]+)?$/ && $factor > 1;
		cannot("$where: there is no scenario \"$scenario\"; there are: " . $workload->list)
		  unless $workload->scenario($scenario);
		push @wanted, { scenario => $scenario, number => $number + 0, factor => $factor + 0 };
	}
	return @wanted;
}

# wanted(RUN): those of the scenarios that this run has. most(RUN): the largest number.
sub wanted
{
	my ($run) = @_;
	my %has = map { $_->{name} => 1 } @{ $run->{scenarios} };
	return $run->{opt}{'no-checks'} ? () : grep { $has{ $_->{scenario} } } @{ $run->{at_once} };
}

sub most { my ($run) = @_; return List::Util::max(0, map { $_->{number} } wanted($run)); }

# check(RUN): measure. Results become rows of its index checks.
sub check
{
	my ($run) = @_;

	foreach my $wanted (wanted($run))
	{
		my ($pairs, $reason) = measure($run, $wanted);
		$run->{own}->set(pairs => Perfkit::Json::encode($pairs // []), cores => $run->{cores},
			what => $wanted->{scenario}, number => $wanted->{number}, factor => $wanted->{factor},
			unmeasured => $reason // '');
		my $row = Perfkit::Json::decode($run->{own}->task(
			Perfkit::Session::include(Perfkit::Home::sql('at_once')), 'the times could not be compared; see the message above'));
		$run->say("$row->{check_name}: $row->{verdict}, $row->{reason}");
		my $checks = defined $run->{index_checks} ? Perfkit::Json::decode($run->{index_checks}) : [];
		$run->{index_checks} = Perfkit::Json::encode([ @$checks, $row ]);
	}
	return;
}

# measure(RUN, WANTED): pairs of seconds that several took and one alone; or undef and why not.
sub measure
{
	my ($run, $wanted) = @_;
	my ($scenario) = grep { $_->{name} eq $wanted->{scenario} } @{ $run->{scenarios} };
	my $number = $wanted->{number};
	my $statements = $run->{load}->statements($scenario, $number)
	  // cannot("scenario $scenario->{name} fails:", $run->{load}{last_words});

	return (undef, "it runs $run->{load}{unplanned}, which perfkit cannot send") if $run->{load}{unplanned} ne '';
	return (undef, 'its transactions do not have equally many statements') if !@$statements || @$statements % $number;
	my $each = @$statements / $number;
	my @texts = map { join('', map { "$_\n;\n" } splice(@$statements, 0, $each)) } 1 .. $number;

	$run->say("measuring scenario $scenario->{name}: $number at once and one alone, $rounds times");
	my $gun = $run->{connection}->session;
	my @sessions = map { connect_as_load($run) } 1 .. $number;
	my @pairs;
	my $reason;
	if (!$gun || grep { !defined } @sessions) { $reason = "$number connections could not be opened"; }
	else
	{
		foreach my $round (1 - $warmups .. $rounds)
		{
			my $chosen = $round % $number;
			my @order = $round % 2 ? ('several', 'one') : ('one', 'several');
			my %took;
			foreach my $which (@order)
			{
				$took{$which} = $which eq 'several' ? volley($gun, \@sessions, \@texts)
				  : volley($gun, [ $sessions[$chosen] ], [ $texts[$chosen] ]);
				last if !defined $took{$which};
			}
			if (grep { !defined $took{$_} } @order)
			{
				$reason = "$number transactions could not run at once; a pool needs as many connections";
				last;
			}
			push @pairs, [ @took{qw(several one)} ] if $round > 0;
		}
	}
	$_->close foreach grep { defined && !$_->ended } $gun, @sessions;
	return defined $reason ? (undef, $reason) : (\@pairs);
}

# connect_as_load(RUN): a session like those of the load; undef if it cannot be opened.
sub connect_as_load
{
	my ($run) = @_;
	my $load = $run->{load};
	return Perfkit::Session->open($run->{connection}{psql}, $load->{conninfo}, env => $load->{env}, err => sub { });
}

# volley(GUN, SESSIONS, TEXTS): seconds from the first start to the last end. Each session runs its
# text in a transaction of its own, which is rolled back. undef if a text failed, or if they could
# not all wait for the gun, because a pool is too small.
sub volley
{
	my ($gun, $sessions, $texts) = @_;
	# (the second number is the process's own, so that two runs do not wait for each other)
	my $lock = "1886547050, $$";

	$gun->ask("BEGIN;\nSELECT pg_catalog.pg_advisory_xact_lock($lock)\n\\g /dev/null");
	foreach my $i (0 .. $#$sessions)
	{
		$sessions->[$i]->tell(<<"SQL");
BEGIN;
SELECT extract(epoch FROM pg_catalog.clock_timestamp()) AS began
FROM (SELECT pg_catalog.pg_advisory_xact_lock_shared($lock) OFFSET 0) AS gun
\\gset
\\o /dev/null
$texts->[$i]
\\o
SELECT extract(epoch FROM pg_catalog.clock_timestamp()) AS ended
\\gset
ROLLBACK;
\\echo :began :ended
SQL
	}
	my $ready = wait_for_all($gun, scalar @$sessions);
	$gun->ask('COMMIT;');
	my ($first, $last);
	foreach my $session (@$sessions)
	{
		my ($began, $ended) = $session->told ? $session->{out} =~ /^([\d.]+) ([\d.]+)$/m : ();
		return undef unless defined $ended;
		$first = $began if !defined $first || $began < $first;
		$last = $ended if !defined $last || $ended > $last;
	}
	return $ready && $last > $first ? $last - $first : undef;
}

sub wait_for_all
{
	my ($gun, $number) = @_;
	my $until = time() + $patience;

	while (time() <= $until)
	{
		return 1 if $gun->ask(<<"SQL") >= $number;
SELECT pg_catalog.count(*) FROM pg_catalog.pg_locks
WHERE locktype = 'advisory' AND classid = 1886547050 AND objid = $$ AND objsubid = 2 AND NOT granted;
SQL
		Perfkit::Process::pause(0.005);
	}
	return 0;
}

1;
