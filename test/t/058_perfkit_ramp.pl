# perfkit run --ramp: the beginning of each stage is stored, and counts nowhere.
use strict;
use warnings;

use FindBin;
use lib "$FindBin::RealBin/lib";
use BenchRun;
use PerfkitCluster;
use PostgreSQL::Test::Utils;
use Test::More;

my $node = PerfkitCluster->new('ramp', conf => "max_connections = 30\n", create => 0);
my $dir = PostgreSQL::Test::Utils::tempdir();
my $script = "$dir/one.sql";
append_to_file($script, "SELECT 1;\n");
my @given = ('--script', $script, '--dsn', $node->connstr('postgres'), '--output', "$dir/out", '--jobs', 1, '--clients', 2, '--budget', 'min_tps>0.001');

# By default 1 s of 6 s does not count.
my ($status, $out, $err) = bench(@given, '--stages', '2x6s,1x6s');
is($status, 0, 'a run in stages passes');
my $run = read_run("$dir/out");
is(join(' ', map { $_->{stage} } @{ $run->{warmup} }), '1 2', 'each stage has a warm-up');
ok(!(grep { $_->{seconds} < 1 || $_->{seconds} > 2.001 } @{ $run->{warmup} }), 'of one second, and up to the next whole one');
like($out, qr/warm-up, not counted, s/, 'which is shown');
foreach my $i (0, 1)
{
	my $stage = $i + 1;
	my ($counted) = grep { ($_->{stage} // 0) == $stage && $_->{scenario} eq 'all' } @{ $run->{summary} };
	is($counted->{transactions} + $run->{warmup}[$i]{transactions}, $run->{pgbench}{stages}[$i]{transactions},
		"stage $stage: the warm-up and the rest are what pgbench counted");
	my $seconds = $run->{pgbench}{stages}[$i]{transactions} / $run->{pgbench}{stages}[$i]{tps} - $run->{warmup}[$i]{seconds};
	ok(abs($counted->{tps} / ($counted->{transactions} / $seconds) - 1) < 1e-6, 'and the rate is that of the rest');
}

($status, $out, $err) = bench(@given, '--duration', 6, '--ramp', 0);
is($status, 0, '--ramp 0');
$run = read_run("$dir/out");
is(scalar(@{ $run->{warmup} }), 0, 'has no warm-up');
is($run->{summary}[-1]{transactions}, $run->{pgbench}{stages}[0]{transactions}, 'and all transactions count');

($status, $out, $err) = bench(@given, '--duration', 5, '--ramp', 4);
is($status, 2, 'a ramp that leaves nothing');
like($err, qr/--ramp 4 s leaves nothing of a stage of 5 s that counts; give a shorter --ramp, or a stage of at least 6 s/, 'is an error');
($status, $out, $err) = bench(@given, '--duration', 4, '--ramp', 2, '--pool', 'both');
is($status, 2, 'a ramp that leaves nothing of the half of a stage');
like($err, qr/a stage of at least 8 s, since with --pool both each turn has half of it/, '... is an error, too');

done_testing();
