# bench/scale: measures each scenario at each size, goes on where it stopped, sees plans that
# change, and cleans up.
use strict;
use warnings;

use FindBin;
use lib "$FindBin::RealBin/lib";
use BenchRun;
use File::Path;
use PerfkitCluster;
use PostgreSQL::Test::Utils;
use Test::More;

my $node = PerfkitCluster->new('main', create => 0);
my $dsn = $node->connstr('postgres');
my $dir = PostgreSQL::Test::Utils::tempdir();
my ($status, $out, $err);

# scale(ARGUMENT...): exit status, standard output, standard error.
sub scale { return bench_program('bench/scale', @_); }

# perfkit in a schema that is in no search path.
$node->safe_psql('postgres', 'CREATE SCHEMA "the kit"; CREATE EXTENSION perfkit SCHEMA "the kit" CASCADE');

# A workload whose costs are known: one operation reads a row by key, one reads the table, and one
# changes its plan for certain.
my $folder = "$dir/scaled_workload";
mkdir $folder or die "$folder: $!";
my %files = (
	'scenarios' => "by_key 1 one row\nwhole 1 all rows\nflips 0 small tables are read whole\n",
	'seed.sql' => <<'SQL',
SET client_min_messages = error;
DROP TABLE IF EXISTS scaled;
CREATE TABLE scaled AS SELECT i, repeat('x', 200) AS filler FROM generate_series(1, :rows) i;
CREATE UNIQUE INDEX scaled_key ON scaled (i);
VACUUM ANALYZE scaled;
SELECT :rows;
SQL
	'prepare.sql' => "SELECT 'last', max(i) FROM scaled;\n",
	'by_key.sql' => "-- a comment\n\\set i random(1, :last)\nSELECT filler\nFROM scaled WHERE i = :i;\n",
	'whole.sql' => "SELECT count(filler) FROM scaled;\n",
	'flips.sql' => "SELECT count(filler) FROM scaled WHERE i <= 100;\n",
	'invariants.sql' => "SELECT 'rows are there', count(*) = :last, NULL FROM scaled;\n");
append_to_file("$folder/$_", $files{$_}) foreach keys %files;
$node->safe_psql('postgres', q{INSERT INTO "the kit".perfkit_budgets (workload, scenario, metric, limit_value)
	SELECT 'scaled_workload', s, 'p95_ms', 600000 FROM unnest('{by_key,whole,flips}'::text[]) s});

# A busy machine takes longer to have enough transactions for a verdict.
my @args;
for (my $seconds = 1; $seconds <= 64; $seconds *= 4)
{
	File::Path::rmtree("$dir/scale");
	@args = ($folder, '--dsn', $dsn, '--duration', $seconds, '--output', "$dir/scale");
	($status, $out, $err) = scale(@args, '500', '10000', '2K');
	last unless $out =~ /INCONCLUSIVE/ || $status == 3;
}
is($status, 0, 'costs within their budgets, and plans that stay, exit with 0');
like($out, qr/^PASS: 6 within bounds, and no plan changed with the size$/m, 'and say so');
my @table = map { [ split(/ *\| */) ] } grep { /^(by_key|whole) / } split(/\n/, $out);
is(scalar @table, 2, 'a line for each scenario');
# scenario, three p95, growth, three numbers of buffers, growth, budget, verdict
my ($by_key, $whole) = @table;
ok(abs($by_key->[8]) < 0.35, "reading a row by its key hardly grows with the table ($by_key->[8])");
ok($whole->[8] > 0.75 && $whole->[8] < 1.2, "reading all of it grows with it ($whole->[8])");
ok($whole->[7] > 3 * $whole->[6], 'buffers are those of each size');
is($whole->[9], '600000', 'the budget is shown');
is($node->safe_psql('postgres', q{SELECT count(*) FROM pg_namespace WHERE nspname LIKE 'perfkit_scale%'}), '0', 'the tables are gone');
is($node->safe_psql('postgres', q{SELECT to_regclass('scaled') IS NULL}), 't', 'and never were where others live');
my $tsv = slurp_file("$dir/scale/scale.tsv");
is(scalar(() = $tsv =~ /\n/g), 6, 'results are kept');

# Nothing is measured twice; what is missing is.
($status, $out, $err) = scale(@args, '500', '10000', '2K');
is(scalar(() = $out =~ /measured already/g), 3, 'a finished run measures nothing again');
is(slurp_file("$dir/scale/scale.tsv"), $tsv, 'and prints the same');
unlink("$dir/scale/2000/whole.tsv");
($status, $out, $err) = scale(@args, '500', '10000', '2K');
like($out, qr/^2000 rows: 1 scenarios\n  whole: \d+ transactions/m, 'a run that was stopped goes on where it was');
is(scalar(() = $out =~ /transactions, p95/g), 1, 'and measures nothing else');
($status, $out, $err) = scale(@args, '500', '--clients', 2);
is($status, 2, 'results of other conditions are not mixed');
like($err, qr/results of other conditions: workload scaled_workload, 1 clients, \d+ for each scenario/, 'and it says which');
append_to_file("$folder/by_key.sql", "SELECT 1;\n");
($status, $out, $err) = scale(@args, '500');
is($status, 2, 'nor those of other scripts');
like($err, qr/results of other conditions: .*--again to measure everything again/s, 'and it says what to do');
unlink("$folder/by_key.sql");
append_to_file("$folder/by_key.sql", $files{'by_key.sql'});
$node->safe_psql('postgres', q{UPDATE "the kit".perfkit_budgets SET limit_value = 1 WHERE workload = 'scaled_workload' AND scenario = 'whole'});
($status, $out, $err) = scale(@args, '500');
is($status, 2, 'nor those of other budgets');
$node->safe_psql('postgres', q{UPDATE "the kit".perfkit_budgets SET limit_value = 600000 WHERE workload = 'scaled_workload' AND scenario = 'whole'});
($status, $out, $err) = scale(@args, '500');
is($status, 0, 'with the same ones again, the results count');

# A plan that is not the same.
($status, $out, $err) = scale(@args, '200', '50K', '--scenario', 'flips', '--keep');
is($status, 1, 'a plan that changes with the size exits with 1');
like($out, qr/^plan of flips at 200 rows:\n.*Seq Scan on scaled\nand at 50000 rows:\n.*Index.* Scan.* scaled_key/ms, 'and is shown at both');
like($out, qr/^FAIL: 1 plans changed with the size$/m, 'in the verdict too');
is($node->safe_psql('postgres', q{SELECT string_agg(nspname, ' ' ORDER BY nspname) FROM pg_namespace WHERE nspname LIKE 'perfkit_scale%'}),
	'perfkit_scale_scaled_workload_200 perfkit_scale_scaled_workload_50000', '--keep keeps the tables');

# Budgets and invariants.
$node->safe_psql('postgres', q{UPDATE "the kit".perfkit_budgets SET limit_value = 0.000001 WHERE scenario = 'by_key'});
unlink("$folder/invariants.sql");
append_to_file("$folder/invariants.sql", "SELECT 'nothing is sound', false, NULL;\n");
($status, $out, $err) = scale(@args, '4K', '--again');
is($status, 1, 'a broken budget or invariant exits with 1');
like($out, qr/^FAIL: not within bounds: by_key at 4000, whole at 4000$/m, 'and which');

# Every metric counts but min_tps; and in a run of one scenario, "all" is that scenario.
$node->safe_psql('postgres', q{DELETE FROM "the kit".perfkit_budgets WHERE workload = 'scaled_workload';
	INSERT INTO "the kit".perfkit_budgets (workload, scenario, metric, limit_value)
	VALUES ('scaled_workload', 'by_key', 'min_tps', 1e9), ('scaled_workload', 'whole', 'max_buffers', 1)});
unlink("$folder/invariants.sql");
my @again = ($folder, '--dsn', $dsn, '--duration', 1, '--output', "$dir/metrics", '--again', '600');
($status, $out, $err) = scale(@again);
is($status, 1, 'a broken budget of blocks exits with 1');
like($out, qr/^FAIL: not within bounds: whole at 600$/m, 'and one of throughput does not count');
$node->safe_psql('postgres', q{INSERT INTO "the kit".perfkit_budgets (workload, scenario, metric, limit_value)
	VALUES ('scaled_workload', 'all', 'max_ms', 0.000001)});
($status, $out, $err) = scale(@again);
like($out, qr/^FAIL: not within bounds: by_key at 600, whole at 600$/m, 'a budget of all together is one of each scenario');

# Stopped by a signal: no process, no directory.
$node->safe_psql('postgres', 'DROP SCHEMA perfkit_scale_scaled_workload_200, perfkit_scale_scaled_workload_50000 CASCADE');
my $started = bench_start_program('bench/scale', $folder, '--dsn', $dsn, '--duration', 600, '--output', "$dir/stopped", '3K');
sub loads { return sessions($node, q{query ~ '^SELECT filler\nFROM scaled'}); }
ok(poll_until(sub { loads() > 0 }), 'a measurement has begun');
kill('TERM', $started->{pid});
($status, $out) = bench_wait($started);
is($status, 143, 'exit status when interrupted');
ok(poll_until(sub { left_behind() eq '' }), 'no temporary file is left');
ok(poll_until(sub { !loads() }), 'nor a session');

# What cannot be run.
foreach my $case (
	[ ['nonesuch', '1K'], qr/there is no workload "nonesuch"/ ],
	[ [$folder, '1X'], qr/a size is a number of rows such as 50000, 100K or 10M, not "1X"/ ],
	[ [$folder, '0'], qr/a size is a number of rows/ ],
	[ [$folder, '1K', '--scenario', 'nonesuch'], qr/no scenario "nonesuch"; it has: by_key whole flips/ ],
	[ [$folder, '1K', '--nonesuch', '1'], qr/there is no option --nonesuch/ ],
	[ [$folder], qr/^usage: bench\/scale/ ])
{
	my ($args, $message) = @$case;
	($status, $out, $err) = scale('--dsn', $dsn, '--output', "$dir/none", @$args);
	is($status, 2, "exit status of: @$args");
	like($err, $message, "message of: @$args");
}
# A connection string's own options are kept.
($status, $out, $err) = scale($folder, '300', '--dsn', "$dsn options='-c work_mem=1MB'", '--duration', 1, '--output', "$dir/options");
isnt($status, 2, 'a connection string with options of its own');
($status, $out, $err) = scale('--help');
is($status, 0, 'exit status of --help');
like($out, qr/^usage: bench\/scale WORKLOAD SIZE/, '--help');

$node->stop;
done_testing();
