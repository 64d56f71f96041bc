# test/perf/size: plans made with size_factor against plans at that size, for the checks of both
# workloads.
use strict;
use warnings;

use FindBin;
use lib "$FindBin::RealBin/lib";
use BenchRun;
use Test::More;

my ($status, $out, $err);

# size(ARGUMENT...): exit status, standard output, standard error.
sub size { return bench_program('test/perf/size', @_); }

($status, $out, $err) = size('--sizes', '2000,20000', '--differences');
my %plans = map { my @cell = split(/ *\| */); ("$cell[0], $cell[1]" =~ s/^ +//r => $cell[5]) } grep { /\| *2000 \| *20000 \|/ } split(/\n/, $out);
my @different = sort grep { $plans{$_} ne 'equal' } keys %plans;
is(scalar(grep { /^events, / } keys %plans), 6, 'all checks of events are compared') or diag($out, $err);
is(scalar(grep { /^domain_events, / } keys %plans), 12, 'and all of domain_events');

# In small tables two plans may cost the same; from 10,000 rows to 1,000,000 see src/README.md.
cmp_ok(scalar @different, '<=', 2, "most plans are those of the larger tables (not: @different)") or diag($out);
is($plans{"events, $_"}, 'equal', "$_: equal") foreach ('artist search', 'cursor page', 'date range', 'genre', 'venue');
like($out, qr/^@{[18 - @different]} equal, @{[scalar @different]} different$/m, 'the last line counts them');
is($status, @different ? 1 : 0, 'and the exit status tells');
is(() = $out =~ /^  and at that size:$/mg, scalar @different, 'differences are shown');

($status, $out, $err) = size('--sizes', '2000');
is($status, 2, 'one size is none to compare with');
like($err, qr/--sizes takes two or more/, 'which is said');
($status, $out, $err) = size('marketplace');
is($status, 2, 'an unknown workload is refused');
($status, $out, $err) = size('--help');
is($status, 0, '--help');
like($out, qr/^usage: test\/perf\/size/, 'shows the usage');

# The simulations use the same arithmetic as the extension.
foreach my $program (glob('test/perf/*.c'))
{
	is(`gcc -fsyntax-only -Wall -Wextra -Werror -Isrc -Itest/unit $program 2>&1`, '', "$program compiles");
}

done_testing();
