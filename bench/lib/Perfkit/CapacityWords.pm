# Perfkit::CapacityWords: what perfkit capacity has found, in words: verdict, reason and advice. All
# of its sentences are made here.
#
#     Perfkit::CapacityWords::conclude($found);           adds verdict, exit_status, reason, advice
#     print map { "$_\n" } Perfkit::CapacityWords::lines($found, $quiet);
#
# Advice is a list of objects: about (pool, scaling, limit, ...), value (a number, or undef) and
# text. What was not measured is not advised.
package Perfkit::CapacityWords;

use strict;
use warnings;

use List::Util ();
use POSIX ();

use Perfkit::Search;

# A pool is large enough with this share of the highest throughput: more connections only wait
# within the server.
my $enough = 0.95;

# Capacity is added at this share of the ceiling: it must be there before the ceiling is reached,
# and the ceiling itself is known to within some percent.
my $headroom = 0.8;

# Of processor time that the load's sessions use less of than this, most is used by others. (pgbench
# itself may need half as much as the server.)
my $own_share = 0.3;

# Throughput that is this near to its highest says nothing of how much load there is.
my $flat = 0.9;

sub number
{
	my ($value) = @_;
	return 'unknown' unless defined $value;
	return 'infinite' if $value =~ /^inf/i;
	return sprintf('%.2e', $value) if $value > 0 && $value < 0.001;
	return sprintf($value >= 1000 ? '%.0f' : $value >= 10 ? '%.1f' : '%.3f', $value) =~ s/(?:\.0+|(\.[0-9]*[1-9])0+)$/$1 \/\/ ''/er;
}

sub percent { my ($share) = @_; return sprintf('%.0f %%', 100 * $share); }

# of_load(N, UNIT): so many clients, or so many transactions per second.
sub of_load
{
	my ($load, $unit) = @_;
	my $noun = $unit eq 'rate' ? ['transaction per second', 'transactions per second'] : [qw(client clients)];
	return "$load $noun->[ $load == 1 ? 0 : 1 ]";
}

# budget(BUDGET): what was observed, and its limit.
sub budget
{
	my ($budget) = @_;
	return "$budget->{scenario} $budget->{metric} is " . number($budget->{observed}) . ', limit ' . number($budget->{limit_value});
}

# because(MEASUREMENT): which budget is broken, or nearest to its limit.
sub because
{
	my ($measurement) = @_;
	return $measurement->{refused} if defined $measurement->{refused};
	return 'no transaction succeeded' unless $measurement->{transactions};
	return sprintf('%s of the transactions per second offered were achieved', number($measurement->{tps}))
	  if ${ $measurement->{overloaded} };
	return $measurement->{budget} ? budget($measurement->{budget}) : 'no budget could be judged';
}

# measurement(MEASUREMENT, UNIT): a line of progress.
sub measurement
{
	my ($measurement, $unit) = @_;
	my $kept = $measurement->{verdict} eq 'PASS' ? 'kept' : $measurement->{verdict} eq 'FAIL' ? 'broken'
	  : 'cannot be told, ' . ($measurement->{pressure} < 1 ? 'seem kept' : 'seem broken');
	my $text = sprintf('%s: ', of_load($measurement->{load}, $unit));

	$text .= sprintf('%s tps, p95 %s ms, ', number($measurement->{tps}), number($measurement->{p95_ms})) if $measurement->{transactions};
	return "${text}budgets $kept: " . because($measurement);
}

# at(FOUND, LOAD): its level.
sub at { my ($found, $load) = @_; return List::Util::first(sub { $_->{load} == $load }, @{ $found->{levels} }); }

# worst(LEVEL): the measurement with the highest pressure of its median or below: the typical one.
sub typical
{
	my ($level) = @_;
	my @sorted = sort { $a->{pressure} <=> $b->{pressure} } @{ $level->{measurements} };
	return $level->{pressure} < 1
	  ? (grep { $_->{pressure} < 1 } @sorted)[-1] // $sorted[0]
	  : (grep { $_->{pressure} >= 1 } @sorted)[0] // $sorted[-1];
}

sub conclude
{
	my ($found) = @_;
	my @generator = generator($found);

	$found->{generator} = { bottleneck => @generator ? \1 : \0, @generator ? (clients => $generator[0], clients_busy => $generator[1]) : () };
	@$found{qw(verdict exit_status)} = verdict($found);
	$found->{reason} = reason($found);
	$found->{advice} = [ advice($found) ];
	return;
}

# generator(FOUND): clients, and how many were busy, if the load beyond the ceiling was one that
# pgbench could not make: then the server might take more. Little's law; see perfkit_run_load().
sub generator
{
	my ($found) = @_;
	my @beyond = defined $found->{beyond} ? @{ at($found, $found->{beyond})->{measurements} } : ();
	my @idle = grep { ($_->{finding} // '') eq 'generator' } @beyond;

	return () unless @idle && 2 * @idle >= @beyond;
	my ($typical) = sort { $a->{clients_busy} <=> $b->{clients_busy} } @idle;
	return @$typical{qw(clients clients_busy)};
}

# verdict(FOUND): a word and an exit status.
sub verdict
{
	my ($found) = @_;
	my ($held, $beyond) = @$found{qw(ceiling beyond)};
	my @measurements = map { @{ $_->{measurements} } } @{ $found->{levels} };
	my $kept = defined $held && Perfkit::Search::is_told(\@measurements, 'PASS', $held);
	my $broken = !defined $beyond || Perfkit::Search::is_told(\@measurements, 'FAIL', $beyond);

	return ('INCONCLUSIVE', 3) if ${ $found->{gave_up} };
	return $broken ? ('FAIL', 1) : ('INCONCLUSIVE', 3) unless defined $held;
	return ('INCONCLUSIVE', 3) if !$kept || !$broken || ${ $found->{generator}{bottleneck} };
	return ('PASS', 0);
}

sub reason
{
	my ($found) = @_;
	my ($held, $beyond, $unit, $verdict) = @$found{qw(ceiling beyond unit verdict)};
	my $budgets = @{ $found->{budgets} } == 1 ? 'the budget' : 'all ' . @{ $found->{budgets} } . ' budgets';
	my $longer = 'give a longer --step-duration';

	if (!defined $held)
	{
		my $broken = because(typical(at($found, $beyond)));
		return 'not even ' . of_load($beyond, $unit) . " keeps the budgets: $broken" if $verdict eq 'FAIL';
		return of_load($beyond, $unit) . " seems too much, which too few transactions tell: $broken; $longer";
	}
	my $keeps = $unit eq 'rate' || $held == 1 ? 'keeps' : 'keep';
	my $text;
	if (!defined $beyond)
	{
		$text = "no ceiling found up to " . of_load($held, $unit) . ": $budgets " . ($budgets =~ /^the/ ? 'is' : 'are') . ' kept there';
		$text .= "; there are no more $found->{cut}" if defined $found->{cut} && $held == $found->{most};
		return $verdict eq 'PASS' ? $text : "$text, as far as so few transactions tell; $longer";
	}
	my $typical = typical(at($found, $beyond));
	$text = 'the ceiling is ' . of_load($held, $unit) . interval($found) . ": with $beyond, " . because($typical);
	$text .= ', which is too much by all measurements around it' if $typical->{pressure} < 1;
	return $text if $verdict eq 'PASS';
	return $text . sprintf('; but there the load generator was a bottleneck (%s of %s clients were busy), so the server may take more: give more --jobs, or run perfkit on another machine',
		number(sprintf('%.1f', $found->{generator}{clients_busy})), $found->{generator}{clients}) if ${ $found->{generator}{bottleneck} };
	return "$text; but its measurements contradict each other; $longer, or let the machine do nothing else" if ${ $found->{gave_up} };
	return "$text; but too few transactions tell; $longer";
}

# interval(FOUND): where the ceiling may be.
sub interval
{
	my ($found) = @_;
	my ($lower, $upper) = @$found{qw(lower upper)};
	return ' (' . join(', ', defined $lower ? "at least $lower" : (), defined $upper ? "below $upper" : "up to $found->{most} or more") . ')';
}

sub advice
{
	my ($found) = @_;
	my @advice = (throughput($found), limit($found), scalability($found));

	push @advice, pool($found), scaling($found), achieved($found) if defined $found->{ceiling};
	return @advice;
}

sub throughput
{
	my ($found) = @_;
	return () unless defined $found->{ceiling};
	my $level = at($found, $found->{ceiling});
	return { about => 'throughput', value => $level->{tps} + 0,
		text => 'throughput with ' . of_load($found->{ceiling}, $found->{unit}) . ': ' . number(sprintf('%.1f', $level->{tps}))
		  . ' transactions per second, p95 ' . number($level->{p95_ms}) . ' ms' };
}

my %resource = (
	cpu => 'the processors', locks => 'locks', wal => 'writing WAL', io => 'reading and writing data files',
	'internal locks' => "the server's internal locks", replication => 'waiting for a standby', connections => 'pooled connections');

# limit(FOUND): what the server runs out of first.
sub limit
{
	my ($found) = @_;
	my $saturation = $found->{saturation};
	my $resource = $saturation->{resource};
	my $where = defined $found->{beyond} && defined $found->{ceiling} ? 'at the ceiling' : 'there';
	my $cpu = processors($saturation);
	my $text;

	return { about => 'limit', value => undef, text => "limit: none was seen $where" . (defined $cpu ? ": $cpu" : '') . sleepers($saturation) } if !defined $resource;
	if ($resource eq 'cpu')
	{
		$text = ${ $saturation->{proven} }
		  ? "limit: the processors: $cpu" . ($saturation->{cpu_of_load} < $own_share * $saturation->{cpu} ? ', and most of it by something else' : '')
		  : 'limit: probably the processors, which cannot be read from here: ' . percent($saturation->{share}) . ' of the working sessions were running or ready to run';
	}
	elsif ($resource eq 'connections')
	{
		$text = sprintf('limit: the pool: all %s connections were in use, and %s clients waited for one on average', $saturation->{pool}{size},
			number(sprintf('%.1f', $saturation->{pool}{clients_waiting})));
	}
	else
	{
		$text = "limit: $resource{$resource}: " . percent($saturation->{share}) . " of the working sessions waited for it, most of them for $saturation->{event}";
		$text .= $cpu ? "; $cpu" : '';
	}
	return { about => 'limit', value => undef, text => $text };
}

# processors(SATURATION): how busy they were; undef where that could not be read.
sub processors
{
	my ($saturation) = @_;
	return undef unless defined $saturation->{cpu};
	return sprintf("%s of the time of %d cores was used, %s by the load's sessions (pgbench is not one of them)",
		percent($saturation->{cpu}), $saturation->{cores}, percent($saturation->{cpu_of_load}));
}

sub sleepers
{
	my ($saturation) = @_;
	my $share = $saturation->{shares}{sleep} // 0;
	return $share >= 0.3 ? '; ' . percent($share) . ' of the working sessions slept, as their scripts say' : '';
}

sub scalability
{
	my ($found) = @_;
	my $fit = $found->{scalability} // return ();
	my $range = "$found->{levels}[-1]{load}";
	my $text = sprintf("scalability: one client achieves %s per second; contention %s (95 %% interval %s to %s), coherency %s (%s to %s); the curve is within %s of what was measured",
		number($fit->{single}), (map { number($_) } @$fit{qw(contention contention_lower contention_upper coherency coherency_lower coherency_upper)}), percent($fit->{error}));
	# A law that does not describe what was measured has nothing to say of a peak.
	$text .= defined $fit->{peak_clients} ? sprintf('; throughput is highest with %.0f clients', $fit->{peak_clients}) : "; no peak up to $range clients" if $fit->{error} < 0.15;
	return { about => 'scalability', value => defined $fit->{peak_clients} ? $fit->{peak_clients} + 0 : undef, text => $text };
}

# pool(FOUND): the fewest connections with almost all of the throughput; where clients think, the
# connections that are in use.
sub pool
{
	my ($found) = @_;
	return () if $found->{unit} eq 'rate' || ref $found->{saturation}{pool};
	my @held = grep { $_->{load} <= $found->{ceiling} && defined $_->{tps} } @{ $found->{levels} };

	if (${ $found->{thinks} })
	{
		my $busy = at($found, $found->{ceiling})->{clients_busy} // return ();
		my $size = POSIX::ceil($busy + 3 * sqrt($busy));
		return { about => 'pool', value => $size,
			text => sprintf('pool: %d connections: %s of %d clients were in a transaction at a time, on average; the rest is for chance (three standard deviations)',
				$size, number(sprintf('%.1f', $busy)), $found->{ceiling}) };
	}
	my $best = List::Util::max(map { $_->{tps} } @held);
	my ($level) = grep { $_->{tps} >= $enough * $best } @held;
	my $text = sprintf('pool: %s: %s of the highest throughput (%s tps)', $level->{load} == 1 ? '1 connection' : "$level->{load} connections",
		percent($level->{tps} / $best), number(sprintf('%.1f', $best)));
	$text .= $level->{load} < $found->{ceiling} ? '; more of them only wait within the server' : ', and it still grows with more clients';
	return { about => 'pool', value => $level->{load} + 0, text => $text };
}

# scaling(FOUND): the rule that an auto-scaler would get.
sub scaling
{
	my ($found) = @_;
	return () unless defined $found->{beyond} && defined $found->{lower};
	my $threshold = int($headroom * $found->{lower});
	my $of = percent($headroom) . " of $found->{lower}, the lower end of the ceiling's interval";
	return () if $threshold < 1;
	return { about => 'scaling', value => $threshold, text => "scaling: add capacity above $threshold transactions per second ($of)" }
	  if $found->{unit} eq 'rate';
	my @below = grep { $_->{load} <= $threshold && defined $_->{tps} } @{ $found->{levels} };
	my $highest = List::Util::max(map { $_->{tps} // 0 } @{ $found->{levels} });
	my $what = ${ $found->{thinks} } ? 'users' : 'clients at work (sessions whose state is not idle)';
	my $text = "scaling: add capacity above $threshold $what ($of)";
	# Long before the ceiling, more clients may not achieve more.
	$text .= '; transactions per second tell nothing there: they have been at their highest with fewer clients'
	  if @below && !${ $found->{thinks} } && $below[-1]{tps} >= $flat * $highest;
	return { about => 'scaling', value => $threshold, text => $text };
}

# achieved(FOUND): budgets of throughput, which no search can keep.
sub achieved
{
	my ($found) = @_;
	my %broken = map { ("$_->{scenario} $_->{metric}" => $_) } map { @{ $_->{below} // [] } } @{ at($found, $found->{ceiling})->{measurements} };
	return map { { about => 'throughput budget', value => undef, text => 'note: at the ceiling, ' . budget($broken{$_}) } } sort keys %broken;
}

# lines(FOUND, QUIET): for the terminal.
sub lines
{
	my ($found, $quiet) = @_;
	return ("$found->{verdict}: $found->{reason}", $quiet ? () : map { "    $_->{text}" } @{ $found->{advice} });
}

1;
