# perfkit compare: a slower side is found, with its cause; a side that is compared with itself is no
# error; and what cannot be compared is refused before anything is run.
use strict;
use warnings;

use FindBin;
use lib "$FindBin::RealBin/lib";
use BenchRun;
use JSON::PP ();
use PerfkitCluster;
use PostgreSQL::Test::Utils;
use Test::More;

my $node = PerfkitCluster->new('main', create => 0);
my $dir = PostgreSQL::Test::Utils::tempdir();
my ($status, $out, $err);

sub compare { return bench_program('bench/perfkit', 'compare', @_); }
sub start_compare { return bench_start_program('bench/perfkit', 'compare', @_, qw(--duration 1 --clients 1 --jobs 1 --pairs 6)); }
sub result { return JSON::PP::decode_json(slurp_file("$dir/$_[0]/compare.json")); }

# Two databases that differ by an index, and by where perfkit is.
my %conninfo;
foreach my $name (qw(a b))
{
	$node->safe_psql('postgres', "CREATE DATABASE $name");
	$conninfo{$name} = $node->connstr($name);
	$node->safe_psql($name, 'CREATE TABLE compared AS SELECT i, i % 1000 AS k FROM generate_series(1, 200000) i;
		CREATE INDEX compared_i ON compared (i); CREATE INDEX "compared K" ON compared (k); VACUUM ANALYZE compared');
}
$node->safe_psql('b', 'DROP INDEX "compared K"; CREATE SCHEMA "the kit"; CREATE EXTENSION perfkit SCHEMA "the kit" CASCADE');

# folder(PARENT, FILES): a workload.
sub folder
{
	my ($parent, %files) = @_;
	mkdir "$dir/$parent" or die;
	mkdir "$dir/$parent/comparison" or die;
	append_to_file("$dir/$parent/comparison/$_", $files{$_}) foreach keys %files;
	return "$dir/$parent/comparison";
}
my %files = ('scenarios' => "by_i 1 a row\nby_k 1 some rows\n",
	'by_i.sql' => "\\set i random(1, 200000)\nSELECT k FROM compared WHERE i = :i;\n",
	'by_k.sql' => "\\set k random(1, 999)\nSELECT sum(i) FROM compared WHERE k = :k;\n");
my $folder = folder('one', %files);
my $other = folder('two', %files, 'by_i.sql' => "\\set i random(1, 200000)\nSELECT k + 1 FROM compared WHERE i = :i;\n");
my $simple = folder('three', 'scenarios' => "one 1 nothing\n", 'one.sql' => "SELECT 1;\n");

# Both at once: what they look for is large.
my $slower = start_compare($conninfo{a}, $conninfo{b}, '--workload', $folder, '--workload-b', $other, '--set-b', 'work_mem=7MB',
	'--output', "$dir/slower", '--label', 'index');
my $itself = start_compare('--workload', $simple, '--self-check', '--comparisons', 1, '--set-a', 'work_mem=7MB', '--rate', 1000,
	'--output', "$dir/itself");

# What cannot be compared is refused before anything runs. (Meanwhile, they run.)
foreach my $case (
	[ [], qr/both sides would be the same/ ],
	[ [ $conninfo{a} ], qr/both sides would be the same/ ],
	[ [ $conninfo{a}, $conninfo{b}, $conninfo{b} ], qr/at most two connection strings/ ],
	[ [ $conninfo{a}, $conninfo{b}, '--pairs', 5 ], qr/--pairs takes a whole number from 6 to 100, not "5"/ ],
	[ [ $conninfo{a}, $conninfo{b}, '--margin', 0 ], qr/--margin takes a number above 0, not "0"/ ],
	[ [ $conninfo{a}, $conninfo{b}, '--duration', 'long' ], qr/--duration takes 30, 30s, 2m or 1h, not "long"/ ],
	[ [ $conninfo{a}, $conninfo{b}, '--scenario', 'nonesuch' ], qr/no scenario "nonesuch"/ ],
	[ [ $conninfo{a}, '--set-b', 'work_mem' ], qr/--set-b takes NAME=VALUE, such as work_mem=64MB, not "work_mem"/ ],
	[ [ $conninfo{a}, '--set-b', "x'; DROP=1" ], qr/--set-b takes NAME=VALUE/ ],
	[ [ '--settings-b', "$dir/nonesuch" ], qr/nonesuch cannot be read/ ],
	[ [ $conninfo{a}, '--settings-b', $0 ], qr/--settings-b works with private servers/ ],
	[ [ $conninfo{a}, $conninfo{b}, '--self-check' ], qr/give one connection string/ ],
	[ [ $conninfo{a}, '--self-check', '--set-b', 'jit=off' ], qr/without --set-b/ ],
	[ [ $conninfo{a}, $conninfo{b}, '--comparisons', 3 ], qr/--comparisons goes with --self-check/ ])
{
	my ($args, $message) = @$case;
	($status, $out, $err) = compare(@$args, '--workload', $folder, '--output', "$dir/none");
	is($status, 2, "exit status of: @$args");
	like($err, $message, "message of: @$args");
}
($status, $out, $err) = compare($conninfo{a}, $conninfo{b});
like($err, qr/--workload is missing/, 'a workload is needed');
($status, $out, $err) = compare($conninfo{a}, 'host=/nonesuch', '--workload', $folder, '--output', "$dir/none", '--duration', 1);
is($status, 2, 'a server that cannot be reached');
unlike($out, qr/side A/, 'is found before the other is loaded');
($status, $out, $err) = compare($conninfo{a}, '--set-b', 'work_mem=lots', '--workload', $folder, '--output', "$dir/none", '--duration', 1);
is($status, 2, 'a setting that the server refuses');
like($err, qr/invalid value for parameter "work_mem"/, 'in its words');
($status, $out, $err) = compare('--help');
is($status, 0, 'exit status of --help');
like($out, qr/^usage: perfkit compare DSN_A DSN_B --workload/, '--help');

($status, $out) = bench_wait($slower);
is($status, 1, 'a side without an index is WORSE, which exits with 1');
like($out, qr/^WORSE: by_k \w+ [\d.]+ -> [\d.]+, \+\d+ % \(95 % interval .*\), and \d+ more; plan changed: index "compared K" is missing, now (?:Parallel )?Seq Scan on compared$/m,
	'and the first line names the index');
like($out, qr/^note: scripts differ: by_i\nnote: settings differ: work_mem default -> 7MB$/m, 'what else differs is told');
my $result = result('slower');
is($result->{verdict}, 'WORSE', 'compare.json has the verdict');
is($result->{pairs}, 6, 'and the pairs');
like($result->{order}, qr/^(?:AB|BA){6}\z/, 'and the order, in which each pair has both sides');
my %row = map { ("$_->{scenario} $_->{metric}" => $_) } @{ $result->{rows} };
is($row{"by_k $_"}{verdict}, 'WORSE', "by_k $_ is WORSE") foreach qw(p50_ms avg_ms buffers);
is($row{'by_i buffers'}{verdict}, 'NOT WORSE', 'by_i touches what it touched');
unlike($row{'by_i p50_ms'}{cause} // '', qr/plan changed|buffers/, 'and has no such cause');
is($node->safe_psql('a', q{SELECT count(*) FROM perfkit_runs WHERE label LIKE 'index: perfkit compare A-_'}), '6', 'runs are stored with their label');
is($node->safe_psql('b', q{SELECT count(*) FROM "the kit".perfkit_runs WHERE label LIKE 'index: perfkit compare B-_'}), '6', 'on each side');
is($node->safe_psql('a', q{SELECT environment->'plans'->'by_k' IS NOT NULL AND environment->'indexes' ? '"compared K"' AND work->'by_k' IS NOT NULL
	FROM perfkit_runs WHERE label LIKE '%A-1'}), 't', 'the first of a side has its plans, its indexes and its work');
is($node->safe_psql('a', q{SELECT string_agg(right(label, 3), ' ' ORDER BY run_id) FROM perfkit_runs WHERE label LIKE 'index: perfkit compare A-_' AND work IS NOT NULL}),
	'A-1 A-6', 'and the last its work');
ok(-s "$dir/slower/B-6.json", 'run.json of each run is kept');

($status, $out) = bench_wait($itself);
is($status, 0, 'a private server compared with itself');
like($out, qr/^PASS: [01] of 1 comparisons of side A with itself raised a false alarm \(95 % interval of their share .* to .*\)/m,
	'false alarms are counted');
is(result('itself')->{self_check}{comparisons}, 1, 'in compare.json, too');
is(JSON::PP::decode_json(slurp_file("$dir/itself/1-A-1.json"))->{environment}{settings}{work_mem}, '7MB', 'with the settings of its server');

ok(poll_until(sub { left_behind() eq '' }), 'nothing is left behind');

$node->stop;
done_testing();
