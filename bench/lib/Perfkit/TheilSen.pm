# Perfkit::TheilSen: a straight line through points, of which some may be far off.
#
#     my $line = Perfkit::TheilSen::fit([ 1, 2.1 ], [ 2, 3.9 ], [ 3, 60 ]);
#     print $line->{slope} * $x + $line->{intercept};
#
# The slope is the median of those of all pairs of points, and the intercept the median of what is
# left (H. Theil, Proc. Kon. Ned. Akad. v. Wetensch. 53, 1950; P. Sen, J. Amer. Stat. Assoc. 63,
# 1968). More than a quarter of the points may be wrong by any amount.
package Perfkit::TheilSen;

use strict;
use warnings;

# A normal distribution's standard deviation in units of the median distance from its median, and
# the standard error of a median in units of that of a mean.
my $of_median_distance = 1.4826;
my $of_median = 1.2533;

# fit(POINT...): points are pairs of x and y. An object of slope, intercept, and error: the standard
# error of the line in the middle of the points. undef if all points have the same x.
sub fit
{
	my @points = @_;
	my @slopes;

	foreach my $i (1 .. $#points)
	{
		foreach my $j (0 .. $i - 1)
		{
			my $dx = $points[$i][0] - $points[$j][0];
			push @slopes, ($points[$i][1] - $points[$j][1]) / $dx if $dx != 0;
		}
	}
	return undef unless @slopes;
	my $slope = median(@slopes);
	my @left = map { $_->[1] - $slope * $_->[0] } @points;
	my $intercept = median(@left);
	my $deviation = $of_median_distance * median(map { abs($_ - $intercept) } @left);
	return { slope => $slope, intercept => $intercept, error => $of_median * $deviation / sqrt(@points) };
}

# median(NUMBER...): of two in the middle, their mean.
sub median
{
	my @sorted = sort { $a <=> $b } @_;
	my $middle = int(@sorted / 2);
	return @sorted % 2 ? $sorted[$middle] : ($sorted[ $middle - 1 ] + $sorted[$middle]) / 2;
}

1;
