# Think times: scripts of weight "pause" come between a client's transactions, and are part of
# nothing that is measured.
use strict;
use warnings;

use FindBin;
use lib "$FindBin::RealBin/lib";
use BenchRun;
use PerfkitCluster;
use PostgreSQL::Test::Utils;
use Test::More;

my $node = PerfkitCluster->new('main', create => 0);
my $dir = PostgreSQL::Test::Utils::tempdir();
my $work = "$dir/work";
my $tmp = bench_tmpdir();
my ($status, $out, $err);

# Ten clients that think for 250 ms: at most forty transactions a second, were all of them followed
# by a pause, and more by those that are not, about one in twenty. Each client's own numbers tell.
mkdir($work);
append_to_file("$work/scenarios", "visit 2 adds a row\nlook 1 looks\nthink pause thinks\n");
append_to_file("$work/prepare.sql", "CREATE TABLE IF NOT EXISTS visit (client int, at timestamptz DEFAULT clock_timestamp());\nSELECT 'owed', '0';\n");
append_to_file("$work/visit.sql", "INSERT INTO visit (client) VALUES (:client_id);\n\\set owed 1\n");
append_to_file("$work/look.sql", "SELECT 1;\n\\set owed 1\n");
append_to_file("$work/think.sql", "\\if :owed\n\\set pause 250000 * :time_scale\n\\sleep :pause us\n\\set owed 0\n\\endif\n");
my @common = ('run', $work, '--ramp', 0, '--dsn', $node->connstr('postgres'), '--clients', 10, '--budget', 'p50_ms<100000', '--budget', 'min_tps>1');
($status, $out, $err) = bench_program('bench/perfkit', @common, '--duration', 6, '--output', "$dir/think");
is($status, 0, 'a run with pauses');
like($err, qr/^progress: \d+ s, [\d.]+ tps, p50 [\d.]+ ms, p95 [\d.]+ ms, p99 [\d.]+ ms$/m, 'tells its progress without them');
my $run = read_run("$dir/think");
my %of = map { $_->{scenario} => $_ } @{ $run->{summary} };
is(join(' ', sort keys %of), 'all look visit', 'the pause is no scenario');
is($of{all}{transactions}, $of{look}{transactions} + $of{visit}{transactions}, 'counts are of scenarios alone');
is($node->safe_psql('postgres', 'SELECT count(*) FROM visit'), $of{visit}{transactions}, 'and exact');
my @lines = split(/\n/, slurp_file("$dir/think/transactions.log"));
is(scalar(@lines), $of{all}{transactions}, 'the log that is kept has no pauses');
# 6 s / 250 ms x 10 clients, and two more for each client at the ends; 5 % are not followed by a
# pause, and half as much again by chance
cmp_ok($of{all}{transactions}, '<', 1.3 * 260, 'clients think');
cmp_ok($of{all}{p50_ms}, '<', 250, 'latencies hold no think time');
ok((!grep { defined $_->{finding} } @{ $run->{load} }), 'clients that think are not called a bottleneck');
cmp_ok(abs($run->{load}[0]{achieved_tps} - $of{all}{tps}), '<', 0.01, 'and the rate is theirs');

# A scenario of its own has its pauses, too; with a rate there are none.
($status, $out, $err) = bench_program('bench/perfkit', @common, '--duration', 2, '--scenario', 'look', '--time-scale', '2', '--output', "$dir/one");
cmp_ok(read_run("$dir/one")->{summary}[0]{transactions}, '<', 1.5 * 10 * (4 / 0.5 + 2), 'think times are scaled');
($status, $out, $err) = bench_program('bench/perfkit', @common, '--duration', 2, '--rate', 200, '--output', "$dir/rate");
$run = read_run("$dir/rate");
cmp_ok($run->{summary}[-1]{transactions}, '>', 250, 'nobody thinks where there is a rate');

# Transactions that fail are counted apart from those that succeed, by every pgbench.
append_to_file("$work/fail.sql", "\\set n random(1, 5)\nDO \$\$ BEGIN IF :n = 1 THEN RAISE SQLSTATE '40001'; END IF; END \$\$;\n\\set owed 1\n");
append_to_file("$work/scenarios", "fail 0 fails one time in five\n");
($status, $out, $err) = bench_program('bench/perfkit', @common, '--duration', 3, '--scenario', 'fail', '--scenario', 'look',
	'--output', "$dir/failing", '--budget', 'max_error_rate<1');
is($status, 0, 'a run with failures and pauses') or diag($err);
$run = read_run("$dir/failing");
%of = map { $_->{scenario} => $_ } @{ $run->{summary} };
cmp_ok($of{fail}{errors}, '>', 0, 'failures are counted');
is($of{all}{errors}, $of{fail}{errors}, 'once');
is($run->{pgbench}{stages}[0]{transactions}, $of{all}{transactions}, 'beside what succeeded');

($status, $out, $err) = bench_program('bench/perfkit', @common, '--scenario', 'think', '--output', "$dir/none");
is($status, 2, 'a pause alone');
like($err, qr/scenario think is a pause/, 'is refused');
append_to_file("$work/budgets", "think p95_ms 10\n");
($status, $out, $err) = bench_program('bench/perfkit', @common, '--output', "$dir/none");
is($status, 2, 'a budget for a pause is refused');
like($err, qr/there is no scenario "think"; there are: all visit look fail/, 'and the valid ones are listed');

ok(poll_until(sub { left_behind() eq '' }), 'nothing is left behind');
$node->stop;
done_testing();
