# Perfkit::Measurement: a run at one load of perfkit capacity, and how near it was to its limits.
#
#     my $measurement = Perfkit::Measurement::of_run($load, $seconds, $run);     $run: of run.json
#
# An object of
#
#     load, seconds, run_id, verdict
#     pressure        how many times its limit the budget nearest to its limit was: below 1, all
#                     were kept
#     budget          that budget
#     is_sound        there were enough transactions for the pressure to mean something
#     more_seconds    how much longer would tell what is INCONCLUSIVE; undef: not known
#     below           budgets of min_tps that were not kept
#     transactions, errors, tps, avg_ms, p50_ms, p95_ms, p99_ms    of all scenarios
#     clients, clients_busy, finding, overloaded                   see perfkit_run_load()
#     refused         in place of what was measured: why prepare.sql refused the load
#     observed        as in run.json
package Perfkit::Measurement;

use strict;
use warnings;

use List::Util ();

# A pressure of more than this, or without any transaction, is this.
my $most_pressure = 1e6;

# Budgets that say nothing of how large a load is.
my %not_of_load = map { $_ => 1 } qw(max_buffers min_tps);

# of_run(LOAD, SECONDS, RUN.JSON): what of a run is looked at.
sub of_run
{
	my ($load, $seconds, $run) = @_;
	my ($all) = grep { $_->{scenario} eq 'all' && !defined $_->{stage} } @{ $run->{summary} };
	my ($of_load) = @{ $run->{load} };
	my @budgets = grep { !defined $_->{stage} && !$not_of_load{ $_->{metric} } } @{ $run->{verdicts} };
	my %verdict = map { $_->{verdict} => 1 } @budgets;
	my $pressure = 0;
	my $nearest;

	foreach my $budget (grep { defined $_->{observed} } @budgets)
	{
		my $of_limit = of_limit($budget);
		($pressure, $nearest) = ($of_limit, $budget) if $of_limit > $pressure || !$nearest;
	}
	my $overloaded = ($of_load->{finding} // '') eq 'overloaded';
	$pressure = List::Util::max($pressure, $of_load->{offered_tps} / List::Util::max($of_load->{achieved_tps} // 0, 1e-6)) if $overloaded;
	$pressure = $most_pressure if $pressure > $most_pressure || !($all && $all->{transactions} > 0);
	# Idle clients are not what kept the rate from being achieved.
	my $idle = $overloaded && defined $of_load->{clients_busy} && $of_load->{clients_busy} < 0.9 * $of_load->{clients};
	my @more = map { $_->{more_seconds} // () } grep { $_->{verdict} eq 'INCONCLUSIVE' } @budgets;
	return {
		load => $load, seconds => $seconds, run_id => $run->{run_id}, observed => $run->{observed}, pressure => $pressure,
		verdict => $verdict{FAIL} || $overloaded || $pressure == $most_pressure ? 'FAIL' : $verdict{INCONCLUSIVE} ? 'INCONCLUSIVE' : 'PASS',
		budget => $nearest && { map { $_ => $nearest->{$_} } qw(scenario metric limit_value observed lower upper) },
		more_seconds => List::Util::max(@more), is_sound => is_sound($nearest) ? \1 : \0,
		below => [ grep { $_->{metric} eq 'min_tps' && $_->{verdict} ne 'PASS' } @{ $run->{verdicts} } ],
		transactions => $all->{transactions}, errors => $all->{errors},
		(map { $_ => $all->{$_} } qw(tps avg_ms p50_ms p95_ms p99_ms)),
		clients => $of_load->{clients}, clients_busy => $of_load->{clients_busy}, overloaded => $overloaded ? \1 : \0,
		finding => $idle ? 'generator' : $of_load->{finding} };
}

# is_sound(BUDGET): does the value lie within its sample? The p99 of ten transactions is their
# maximum, and tends to be too small.
sub is_sound
{
	my ($budget) = @_;
	return 0 unless $budget;
	my ($percent) = $budget->{metric} =~ /^p([0-9]+)_ms$/;
	return $budget->{transactions} >= (defined $percent ? 200 / (100 - $percent) : 30);
}

# of_limit(BUDGET): how many times the limit was observed: below 1 it is kept.
sub of_limit
{
	my ($budget) = @_;
	my ($observed, $limit, $verdict) = @$budget{qw(observed limit_value verdict)};
	my $is_least = $budget->{metric} =~ /^min_/;
	my ($over, $under) = $is_least ? ($limit, $observed) : ($observed, $limit);
	my $ratio = $observed eq 'Infinity' ? $most_pressure : $under > 0 ? $over / $under : $over > 0 ? $most_pressure : 0;

	# A share of errors keeps its limit even when it is equal to it.
	return List::Util::min($ratio, 1 - 1e-9) if $verdict eq 'PASS' || $verdict eq 'INCONCLUSIVE' && $budget->{metric} =~ /^(?:max|min)_/ && $over <= $under;
	return $verdict eq 'FAIL' ? List::Util::max($ratio, 1) : $ratio;
}

# refused(LOAD, SECONDS, WHY): of a load that cannot be run.
sub refused
{
	my ($load, $seconds, $why) = @_;
	return { load => $load, seconds => $seconds, verdict => 'FAIL', pressure => $most_pressure, refused => $why, is_sound => \1,
		overloaded => \0 };
}

# level(PRESSURE, MEASUREMENT...): those of one load together: medians.
sub level
{
	my ($pressure, @measurements) = @_;
	my %level = (load => $measurements[0]{load}, pressure => $pressure, holds => $pressure < 1 ? \1 : \0,
		measurements => [ map { my $one = $_; +{ map { $_ => $one->{$_} } grep { $_ ne 'observed' } keys %$one } } @measurements ]);

	foreach my $name (qw(tps avg_ms p50_ms p95_ms p99_ms clients_busy))
	{
		my @values = sort { $a <=> $b } map { $_->{$name} // () } @measurements;
		my $middle = int(@values / 2);
		$level{$name} = !@values ? undef : @values % 2 ? $values[$middle] : ($values[ $middle - 1 ] + $values[$middle]) / 2;
	}
	return \%level;
}

1;
