# perfkit run all: the workloads that ship, one after the other, and one verdict.
use strict;
use warnings;

use FindBin;
use lib "$FindBin::RealBin/lib";
use BenchRun;
use PerfkitCluster;
use PostgreSQL::Test::Utils;
use Test::More;

my $dir = PostgreSQL::Test::Utils::tempdir();
my $tmp = bench_tmpdir();
my @names = map { s{.*/}{}r } sort glob("$FindBin::RealBin/../../bench/workloads/*");
my @short = qw(--rows 500 --clients 2 --duration 1 --rate none);
my %status = (PASS => 0, FAIL => 1, 'could not run' => 2, INCONCLUSIVE => 3);
my ($status, $out, $err) = bench_program('bench/perfkit', 'run', 'all', @short, '--output', "$dir/all");
my %verdict;

# verdicts(): what the list at the end says of each workload.
sub verdicts { return map { $out =~ /^\Q$_\E +(PASS|FAIL|INCONCLUSIVE|could not run) +\S/m ? ($_ => $1) : () } @names; }

%verdict = verdicts();
is(join(' ', sort keys %verdict), join(' ', @names), 'each workload has a verdict');
foreach my $name (grep { $verdict{$_} ne 'could not run' } @names)
{
	is(read_run("$dir/all/$name")->{verdict}, $verdict{$name}, "$name: it is that of its run");
}
my ($worst) = grep { my $word = $_; grep { $_ eq $word } values %verdict } 'could not run', 'FAIL', 'INCONCLUSIVE', 'PASS';
is($status, $status{$worst}, "the exit status is that of the worst: $worst");
like($out, qr/^\Q${\ uc($worst)}\E: \d of ${\ scalar @names} workloads pass$/m, 'and so is the last word');

# What keeps one from being run does not keep the others.
my $node = PerfkitCluster->new('main', create => 0);
$node->safe_psql('postgres', 'CREATE TABLE events (id int)');
($status, $out, $err) = bench_program('bench/perfkit', 'run', 'all', @short, '--quiet', '--dsn', $node->connstr('postgres'),
	'--output', "$dir/given");
%verdict = verdicts();
is($status, 2, 'a workload that cannot be seeded');
is($verdict{events}, 'could not run', 'is named');
isnt($verdict{domain_events}, 'could not run', 'and the others are run');
like($out, qr/^events +could not run +seeding failed/m, 'with the reason');
($status, $out, $err) = bench_program('bench/perfkit', 'run', 'all', @short, '--quiet', '--dsn', $node->connstr('postgres'),
	'--format', 'tap', '--output', "$dir/tap");
like($out, qr/^not ok \d+ - events: run result\n# seeding failed/m, 'in another format, too');
$node->stop;

($status, $out, $err) = bench_program('bench/perfkit', 'run', 'all', '--scenario', 'page');
is($status, 2, 'one workload\'s scenario');
like($err, qr/--scenario is about one workload/, 'is refused');
ok(poll_until(sub { left_behind() eq '' }), 'nothing is left behind');
done_testing();
