# Perfkit::Search: which load to measure next, to find the largest one that keeps all limits.
#
#     my $search = Perfkit::Search->new(first => 1, most => 1000, tolerance => 0.05);
#     while (defined(my $load = $search->next)) { $search->measured($load, pressure($load)); }
#     my ($held, $broke) = $search->bracket;
#
# Loads are whole numbers. The pressure of a measurement is how many times its limit the value
# nearest to it is: below 1 the limits were kept. Measurements vary, and those of loads on either
# side of the ceiling vary by more than these differ. So a load near it is judged by a line through
# all measurements near it (log pressure over log load); others by the median of their own.
#
# The load doubles until a limit is broken. (If the first one breaks it, much smaller ones are
# measured, down to "least".) What lies between is then halved until it is no more than the
# tolerance, and both ends are measured again: they were chosen because of what a single measurement
# had said. If an end turns out to be on the other side, the search goes on from there. In the end
# both are measured until the line is known to half the tolerance. Knows nothing of servers.
package Perfkit::Search;

use strict;
use warnings;

use List::Util ();

use Perfkit::TheilSen;

# How many times both ends are measured again, at least and at most, and when to give up on
# measurements that contradict each other.
my $again = 3;
my $most_again = 15;
my $most_measurements = 120;

# The line: through loads within this factor, whose own median pressure is within that factor of the
# limit, as farther away it would not be straight; if there are so many measurements of them.
my $near = 1.5;
my $near_limit = 2;
my $enough = 6;

# An interval of so many standard errors, which contains the ceiling in 93 to 95 of 100 simulated
# searches. Two would do if the loads had not been chosen by what was measured before.
my $errors = 3.3;

# So many times smaller is the next load as long as none holds.
my $steep = 8;

# new(OPTION...): first: the load to begin with; least (1), most: the smallest and the largest one
# that may be tried; tolerance: how far apart the ends may be, as a share of the lower one
sub new
{
	my ($class, %opt) = @_;
	return bless { least => 1, %opt, pressures => {}, count => 0 }, $class;
}

sub measured
{
	my ($self, $load, $pressure) = @_;
	push @{ $self->{pressures}{$load} }, $pressure;
	$self->{count}++;
	$self->{lines} = {};
	return;
}

# loads(): those that were measured, the smallest first.
sub loads { my ($self) = @_; return sort { $a <=> $b } keys %{ $self->{pressures} }; }

# own(LOAD): the logarithm of the median of its pressures. A pressure may be 0 or almost infinite.
sub own { my ($self, $load) = @_; return Perfkit::TheilSen::median(map { logarithm($_) } @{ $self->{pressures}{$load} }); }

sub logarithm { my ($pressure) = @_; return log(List::Util::min(List::Util::max($pressure, 1e-3), 1e3)); }

# line(LOAD): through the measurements near it, log pressure over log load: see Perfkit::TheilSen;
# undef where there are too few, or more load would be less pressure.
sub line
{
	my ($self, $load) = @_;
	my @loads = grep { $_ <= $load * $near && $_ >= $load / $near && abs($self->own($_)) <= log($near_limit) } $self->loads;

	return $self->{lines}{"@loads"} if exists $self->{lines}{"@loads"};
	my @points = map {
		my $log = log($_);
		map { [ $log, logarithm($_) ] } @{ $self->{pressures}{$_} };
	} @loads;
	my $line = @points >= $enough ? Perfkit::TheilSen::fit(@points) : undef;
	return $self->{lines}{"@loads"} = $line && $line->{slope} > 0 ? $line : undef;
}

# pressure(LOAD): what it is judged by.
sub pressure
{
	my ($self, $load) = @_;
	my $own = $self->own($load);
	my $line = abs($own) > log($near_limit) ? undef : $self->line($load);
	return exp($line ? $line->{intercept} + $line->{slope} * log($load) : $own);
}

sub holds { my ($self, $load) = @_; return $self->pressure($load) < 1; }

# bracket(): the largest load that holds below the smallest that does not, and that one. undef: none
# was found.
sub bracket
{
	my ($self) = @_;
	my ($held, $broke);

	foreach my $load ($self->loads)
	{
		if (!$self->holds($load)) { $broke = $load; last; }
		$held = $load;
	}
	return ($held, $broke);
}

# interval(): the interval of the ceiling, as the line has it: it is at least the first number, and
# below the second; undef: beyond what may be tried. Without a line: the largest load up to which
# every measurement kept the limits, and the smallest from which on every one broke them. undef:
# there is none.
sub interval
{
	my ($self) = @_;
	my ($held, $broke) = $self->bracket;
	my ($lower, $upper);

	if (my $ends = defined $held && defined $broke && $self->ends($held, $broke))
	{
		# An almost level line crosses the limit far from where anything was measured.
		$lower = List::Util::min($held, int($ends->[0])) if $ends->[0] >= $self->{least};
		$upper = List::Util::max($broke, int($ends->[1]) + 1) if $ends->[1] < $self->{most};
		return ($lower, $upper);
	}
	foreach my $load ($self->loads)
	{
		last if grep { $_ >= 1 } @{ $self->{pressures}{$load} };
		$lower = $load;
	}
	foreach my $load (reverse $self->loads)
	{
		last if grep { $_ < 1 } @{ $self->{pressures}{$load} };
		$upper = $load;
	}
	return ($lower, $upper);
}

# ends(HELD, BROKE): where the line, an interval's half lower or higher, crosses the limit.
sub ends
{
	my ($self, $held, $broke) = @_;
	my $line = $self->line(sqrt($held * $broke)) // return undef;
	return [ map { exp(($_ * $errors * $line->{error} - $line->{intercept}) / $line->{slope}) } -1, 1 ];
}

# is_told(MEASUREMENTS, VERDICT, LOAD): is it known that loads up to this one keep their limits
# (PASS), or that those from it on break them (FAIL)? One of their own verdicts says so; or so many
# measurements of loads within a factor of two agree that it is no chance: were the limit on the
# other side, each would be as likely to say the one as the other (a sign test). Measurements are
# objects of load, pressure, verdict, and is_sound: enough transactions to count for that.
sub is_told
{
	my ($measurements, $verdict, $load) = @_;
	my $kept = $verdict eq 'PASS';
	my @side = grep { $kept ? $_->{load} <= $load : $_->{load} >= $load } @$measurements;
	my @near = grep { ${ $_->{is_sound} } && $_->{load} >= $load / 2 && $_->{load} <= $load * 2 } @side;
	my $agree = grep { ($_->{pressure} < 1) == $kept } @near;

	return 1 if grep { $_->{verdict} eq $verdict } @side;
	return @near && chance($agree, scalar @near) <= 0.05;
}

# chance(COUNT, ALL): the probability that at least so many of all coins show heads.
sub chance
{
	my ($count, $all) = @_;
	my ($term, $sum) = (0.5**$all, 0);

	foreach my $heads (0 .. $all)
	{
		$sum += $term if $heads >= $count;
		$term *= ($all - $heads) / ($heads + 1);
	}
	return $sum;
}

# gave_up(): too many measurements contradicted each other.
sub gave_up { my ($self) = @_; return $self->{count} >= $most_measurements; }

sub times_measured { my ($self, $load) = @_; return scalar @{ $self->{pressures}{$load} // [] }; }

# next(): the load to measure; undef when nothing is left to do.
sub next
{
	my ($self) = @_;
	my ($held, $broke) = $self->bracket;

	return undef if $self->gave_up;
	return $self->{first} unless defined $held || defined $broke;
	if (!defined $broke)
	{
		return $self->twice($held) if $held < $self->{most};
		return $self->again($held);
	}
	# Chance may break a limit at any load. Halving would then search where nothing is.
	return $broke if $self->times_measured($broke) < 2 && $broke > 1.5 * ($held // 0);
	# The first load need not be the smallest one: what is far below it may hold.
	return List::Util::max($self->{least}, int($broke / $steep)) if !defined $held && $broke > $self->{least};
	return $self->again($broke) unless defined $held;
	my $gap = $broke - $held;
	my $narrow = $self->{tolerance} * $held;
	return $held + int($gap / 2) if $gap > 1 && $gap > $narrow;
	return $self->again($held, $broke);
}

sub twice { my ($self, $load) = @_; return 2 * $load < $self->{most} ? 2 * $load : $self->{most}; }

# again(LOAD...): that of the loads which was measured less often, until all have been often enough.
sub again
{
	my ($self, @loads) = @_;
	my ($least) = sort { $self->times_measured($a) <=> $self->times_measured($b) } grep { defined } @loads;
	my $times = $self->times_measured($least) - 1;
	return $least if $times < $again;
	return @loads == 2 && $times < $most_again && !$self->is_known(@loads) ? $least : undef;
}

# is_known(HELD, BROKE): is half of what the tolerance allows more than the line's standard error?
sub is_known
{
	my ($self, @ends) = @_;
	my $line = $self->line(sqrt($ends[0] * $ends[1])) // return 1;
	return $line->{error} / $line->{slope} <= $self->{tolerance} / 2;
}

1;
