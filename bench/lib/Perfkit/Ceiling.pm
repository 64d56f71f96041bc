# Perfkit::Ceiling: perfkit run --notify-ceiling: how many commits that notify the server can take
# per second.
#
# Every commit that notifies takes one lock of the whole server, from shortly before its WAL is
# written until it is done. So the rate has a ceiling, which more clients or another database on the
# same server cannot raise. The search doubles the rate until notifications arrive late or the rate
# is not achieved, and then bisects. Each step is a separate pgbench at a fixed rate. Its
# transactions are not stored.
package Perfkit::Ceiling;

use strict;
use warnings;

use List::Util ();

use Perfkit::Failure;
use Perfkit::Load;
use Perfkit::Session;

my $first_rate = 25;
my $highest_rate = 1_000_000;
my $step_seconds = 10;

# The search ends when the lowest rate that is too high exceeds the ceiling by this share at most.
my $precision = 0.1;

# The stage that the scripts see: a number for each step.
my $first_stage = 900;

# limit(RUN): the budget to keep, in milliseconds. Called before the load, which is not run without
# one.
sub limit
{
	my ($run) = @_;
	my $own = List::Util::first(sub { $_->{metric} eq 'notify_p95_ms' && $_->{scenario} eq 'all' }, @{ $run->{budgets} });
	my $limit = $own ? $own->{limit_value} : $run->{own}->task(<<'SQL');
SELECT max(limit_value) FROM :perfkit.perfkit_budgets
WHERE workload = :'workload' AND scenario = 'all' AND metric = 'notify_p95_ms';
SQL
	cannot("--notify-ceiling needs a budget that says how late a notification may be; give --budget 'notify_p95_ms<1000'")
	  if $limit eq '-';
	return $run->{ceiling_ms} = $limit + 0;
}

# find(RUN): search. Prints what it finds, and stores it in {notifications}{ceiling}:
#
#     scenario, limit_ms, listeners, clients, step_seconds
#     rate        the highest that kept the limit, per second; null: none did
#     too_high    the lowest that did not; null: there was none
#     because     how it failed: notifications were late or lost, or slow: the rate was not kept up.
#                 Or why no higher rate was tried: generator: pgbench did not achieve this one,
#                 although clients were idle; highest: it is the highest that is tried
#     steps       rate, achieved, p95_ms, lost, and because, as above or null
sub find
{
	my ($run) = @_;
	my $name = $run->{opt}{'notify-ceiling'};
	my $scenario = { %{ $run->{workload}->scenario($name) }, weight => 1 };
	my $dir = "$run->{work}/ceiling";
	my $found = $run->{notifications}{ceiling} = {
		scenario => $name, limit_ms => $run->{ceiling_ms}, listeners => $run->{opt}{listeners},
		clients => $run->{most_clients}, step_seconds => $run->scaled($step_seconds),
		rate => undef, too_high => undef, because => undef, steps => [] };

	mkdir($dir) or cannot("$dir cannot be made: $!");
	$run->say("looking for the highest rate of $name at which 95 % of the notifications take less than $found->{limit_ms} ms");
	my %load = (%{ $run->{load} }, dir => $dir, scenarios => [$scenario], pauses => [], quiet => 1, commands => []);
	my $try = sub { step($run, $found, Perfkit::Load->new(%load, rate => $_[0]), $_[0]) };

	my $rate = $first_rate;
	while ($try->($rate) && $rate * 2 <= $highest_rate) { $rate *= 2; }
	while (defined $found->{too_high} && $found->{because} ne 'generator')
	{
		my $low = $found->{rate} // 0;
		last if $found->{too_high} - $low <= List::Util::max(1, $precision * $low);
		$try->(int(($low + $found->{too_high}) / 2));
	}
	$found->{because} //= 'highest';
	$run->say(in_words($found));
	return;
}

# step(RUN, FOUND, LOAD, RATE): true if it keeps the limit.
sub step
{
	my ($run, $found, $load, $rate) = @_;
	my ($clients, $seconds) = @$found{qw(clients step_seconds)};
	my $stage = $first_stage + @{ $found->{steps} };

	$run->{listener}->start;
	my $status = $run->watched(sub { $load->run($stage, $clients, $seconds, lost => sub { defined $run->lost }) });
	if ($status != 0)
	{
		my $lost = $run->lost // $run->lost_session;
		cannot($lost ? @$lost : "pgbench ended with status $status at $rate transactions per second; see its messages above");
	}
	my $counts = $run->{listener}->stop;
	my $report = $load->report($stage, $clients, $seconds) // cannot("pgbench's report holds no counts");
	my %step = (rate => $rate, achieved => $report->{tps}, p95_ms => p95_ms($counts), lost => $counts->{lost});
	$step{because} = reason($found, \%step, $report);
	push @{ $found->{steps} }, \%step;
	$run->say(sprintf('    %d per second: %.0f achieved, p95 %s ms%s', $rate, $step{achieved},
		defined $step{p95_ms} ? sprintf('%.1f', $step{p95_ms}) : '-', $step{because} ? ", $step{because}" : ''));
	if (!defined $step{because}) { $found->{rate} = $rate; }
	else { @$found{qw(too_high because)} = ($rate, $step{because}); }
	return !defined $step{because};
}

# reason(FOUND, STEP, REPORT): why it does not keep the limit, if it does not. Starts are random:
# the standard deviation of their number is its square root.
sub reason
{
	my ($found, $step, $report) = @_;
	my $offered = $step->{rate} * $found->{step_seconds};
	my $busy = $report->{tps} * (($report->{latency_avg_ms} // 0) - ($report->{schedule_lag_avg_ms} // 0)) / 1000;

	return 'lost' if $step->{lost} > 0;
	return 'late' if !defined $step->{p95_ms} || $step->{p95_ms} >= $found->{limit_ms};
	return undef if $report->{transactions} >= 0.95 * $offered - 3 * sqrt($offered);
	return $busy < 0.9 * $found->{clients} ? 'generator' : 'slow';
}

# p95_ms(COUNTS): of all deliveries.
sub p95_ms
{
	my ($counts) = @_;
	my @latencies = @{ $counts->{latencies} };
	my $left = 0.95 * List::Util::sum0(map { $_->[1] } @latencies);

	foreach my $latency (@latencies)
	{
		$left -= $latency->[1];
		return $latency->[0] / 1000 if $left <= 0;
	}
	return undef;
}

my %because = (late => 'notifications are late', lost => 'notifications are lost', slow => 'the rate is not achieved',
	generator => 'pgbench sends fewer, although clients are idle');

sub in_words
{
	my ($found) = @_;
	my ($rate, $too_high, $because) = @$found{qw(rate too_high because)};
	my $within = sprintf('within p95 delivery of %g ms, with %d listeners', @$found{qw(limit_ms listeners)});

	return "no ceiling found up to $rate notifying commits per second $within" . ($because eq 'generator' ? "; at $too_high, $because{generator}" : '')
	  if defined $rate && $because =~ /^(?:generator|highest)$/;
	return "ceiling: $rate notifying commits per second $within; at $too_high, $because{$because}" if defined $rate;
	return "ceiling: fewer than $too_high notifying commits per second $within: $because{$because}";
}

1;
