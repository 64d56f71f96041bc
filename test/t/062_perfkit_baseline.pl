# perfkit run --baseline and --set-baseline, perfkit export and import: a run is compared with runs
# that were kept, on this server or in a file, by what is exact.
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
$node->safe_psql('postgres', 'CREATE SCHEMA "the kit"; CREATE EXTENSION perfkit SCHEMA "the kit" CASCADE; CREATE DATABASE other');
my $kit = '"the kit"';

# A workload whose work is an index scan, as long as there is the index.
mkdir "$dir/kept" or die;
my %files = ('scenarios' => "by_k 1 some rows\nby_i 1 a row\n",
	'by_i.sql' => "\\set i random(1, 20000)\nSELECT k FROM kept WHERE i = :i;\n",
	'by_k.sql' => "\\set k random(1, 199)\nSELECT sum(i) FROM kept WHERE k = :k;\n",
	'budgets' => "max_error_rate 0\nby_i max_buffers 1000\nby_k max_buffers 1000\n",
	'seed.sql' => "CREATE TABLE IF NOT EXISTS kept AS SELECT i, i / 100 AS k FROM generate_series(1, 20000) i;\n"
	  . "CREATE INDEX IF NOT EXISTS kept_i ON kept (i);\nCREATE INDEX IF NOT EXISTS kept_k ON kept (k);\nVACUUM ANALYZE kept;\nSELECT 20000;\n");
append_to_file("$dir/kept/$_", $files{$_}) foreach keys %files;

sub run { return bench("$dir/kept", "--dsn", $node->connstr("postgres"), qw(--clients 1 --jobs 1), (grep { $_ eq "--duration" } @_) ? () : qw(--duration 1), @_); }
sub program { return bench_program('bench/perfkit', @_); }
sub json { return JSON::PP::decode_json(slurp_file($_[0])); }
sub sql { return $node->safe_psql('postgres', "SET search_path = $kit, public; $_[0]"); }

# What is known to be wrong is said before anything runs.
foreach my $case (
	[ [ '--baseline', 'main' ], qr/workload "kept" has no baseline "main"\nDETAIL:  It has no baseline at all.\n.*\n?.*the run cannot be compared with main/ ],
	[ [ '--baseline', "$dir/nonesuch.json" ], qr/nonesuch.json cannot be read/ ],
	[ [ '--baseline', '' ], qr/--baseline takes a name or a file/ ],
	[ [ '--set-baseline', "$dir/nonesuch/x.json" ], qr/nonesuch cannot be written to/ ],
	[ [ '--baseline', 'main', '--pool', 'both' ], qr/--baseline and --pool both exclude each other/ ])
{
	my ($status, $out, $err) = run(@{ $case->[0] });
	is($status, 2, "@{ $case->[0] }: it cannot run");
	like($err, $case->[1], '... and says why');
	unlike($out, qr/driving|transactions/, '... before the load');
}
my ($status, $out, $err) = bench("$dir/kept", '--throwaway', '--baseline', 'main');
like($err, qr/a private server has no baselines; give a server with --dsn, or a file that ends in \.json/, 'a private server has no names');
is($status, 2, '... so it cannot run');
is(sql('SELECT count(*) FROM perfkit_runs'), '0', 'nothing was stored');

# A baseline, and the same again.
($status, $out, $err) = run('--set-baseline', 'main', '--output', "$dir/first");
is($status, 0, 'the first run passes') or diag($out, $err);
like($out, qr/^baseline: main is now run 1$/m, 'and is the baseline');
is(sql('SELECT baseline, workload, run_id FROM perfkit_baselines'), 'main|kept|1', '... in the table');
($status, $out, $err) = run('--baseline', 'main', '--output', "$dir/same");
is($status, 0, 'the same again passes') or diag($out, $err);
like($out, qr/^PASS: .*, 8 not worse than baseline main$/m, 'as it is not worse');
like($out, qr/^ *by_k +\| buffers +\| .*\| NOT WORSE/m, 'which is in a table');
my $result = json("$dir/same/run.json");
is($result->{baseline}{name}, 'main', 'run.json names the baseline');
is(join(' ', sort map { "$_->{scenario}:$_->{metric}" } grep { $_->{verdict} eq 'NOT WORSE' } @{ $result->{baseline}{comparison} }),
	join(' ', map { my $scenario = $_; map { "$scenario:$_" } qw(buffers rows temp_blocks wal_records) } qw(by_i by_k)), '... and has the comparison');
is(join(' ', map { $_->{verdict} } grep { $_->{metric} eq 'p95_ms' } @{ $result->{baseline}{comparison} }), 'NOT JUDGED NOT JUDGED NOT JUDGED', 'times are not judged');
($status, $out, $err) = run('--baseline', 'nonesuch');
like($err, qr/workload "kept" has no baseline "nonesuch"\nDETAIL:  It has: main\./, 'a name that is missing: those that there are');
($status, $out, $err) = run('--baseline', 'main', '--duration', 2);
is($status, 2, 'another load');
like($err, qr/runs of different loads cannot be compared\nDETAIL:  They are 1 clients, 1 s and 1 clients, 2 s\./, '... is refused before it runs');

# The index is gone: that is worse than the baseline, in every format.
sql('DROP INDEX public.kept_k');
append_to_file("$dir/kept/seed.sql", "DROP INDEX kept_k;\n");
($status, $out, $err) = run('--baseline', 'main', '--format', 'tap', '--output', "$dir/worse");
is($status, 1, 'without its index, the run fails, though it keeps its budgets') or diag($out, $err);
like($out, qr/^not ok \d+ - kept: baseline by_k buffers\n# WORSE: \S+ -> \S+, \S+ %; .*\(baseline main\)/m, '... a failed case in TAP');
like($out, qr/^ok \d+ - kept: baseline by_i buffers$/m, '... the other one passes');
like($out, qr/^ok \d+ - kept: baseline times # SKIP NOT JUDGED: \S+ -> \S+.*perfkit compare tells/m, '... times are skipped');
like($err, qr/^FAIL: 3 budgets kept, 1 of 8 worse than baseline main$/m, '... and the verdict says so');
like($err, qr/^    baseline: by_k: buffers is \S+, was \S+/m, '... with what is worse');
($status, $out, $err) = run('--set-baseline', 'slow', '--budget', 'by_k max_buffers<20');
is($status, 1, 'a run that fails');
like($out, qr/baseline slow was not set, because the run fails/, '... is no baseline');
is(sql(q{SELECT count(*) FROM perfkit_baselines WHERE baseline = 'slow'}), '0', '... indeed');

# In files.
my @dsn = ('--dsn', $node->connstr('postgres'));
($status, $out, $err) = program('export', 1, 2, @dsn);
is($status, 0, 'runs are exported') or diag($err);
my $file = "$dir/two.json";
append_to_file($file, $out);
is(join(' ', map { "$_->{format} $_->{version}" } @{ json($file) }), 'perfkit run 1 perfkit run 1', '... as an array');
($status, $out, $err) = program('export', '--baseline', 'main', '--workload', 'kept', '--output', "$dir/main.json", @dsn);
is("$status$out", '0', 'so is a baseline, into a file') or diag($err);
is(json("$dir/main.json")->{run}{workload}, 'kept', '... one run, as an object');
my @other = ('--dsn', $node->connstr('other'));
($status, $out, $err) = program('import', $file, "$dir/main.json", '--baseline', 'imported', @other);
is($status, 0, 'imported elsewhere') or diag($err);
is($out, "$file: run 1\n$file: run 2\n$dir/main.json: run 1\nbaseline: imported\n", '... each once, as a baseline');
is((program('export', 1, 2, @other))[1], (program('export', 1, 2, @dsn))[1], '... and exported from there they are the same');
is($node->safe_psql('other', q{SELECT baseline, workload, run_id FROM perfkit_baselines ORDER BY 3}), "imported|kept|1\nimported|kept|2", '... in the table');
is((program('import', $file, '--quiet', @other))[1], "1\n2\n", 'again: they are there already');

# Each file as it should not be.
my $text = slurp_file("$dir/main.json");
my %bad = (cut => [ substr($text, 0, length($text) / 2), qr/cut\.json is not JSON, or was cut off/ ], empty => [ '', qr/empty\.json is not JSON, or was cut off: it is empty/ ],
	none => [ '[]', qr/none\.json has no runs/ ], number => [ '[1]', qr/number\.json has something else than runs/ ],
	foreign => [ '{"a": 1}', qr/this is not an exported run\n.*\n.*\n.*nothing was imported/ ],
	runjson => [ slurp_file("$dir/same/run.json"), qr/this is not an exported run\n.*\nHINT:  It looks like a run\.json/ ],
	future => [ $text =~ s/"version": 1/"version": 2/r, qr/the export has version 2, which this perfkit cannot read/ ],
	negative => [ $text =~ s/"second": \d+/"second": -1/r, qr/the export is damaged: seconds\[\d+\]\.second is not valid/ ]);
foreach my $name (sort keys %bad)
{
	append_to_file("$dir/$name.json", $bad{$name}[0]);
	my ($exit, undef, $said) = program('import', $file, "$dir/$name.json", @other);
	is($exit, 2, "$name: refused");
	like($said, $bad{$name}[1], '... and says why');
}
is($node->safe_psql('other', 'SELECT count(*) FROM perfkit_runs'), '2', 'nothing of that was stored');
foreach my $case ([ ['export'], qr/^usage: / ], [ [ 'export', 'x', @dsn ], qr/a run is a number of perfkit_runs, not "x"/ ], [ [ 'export', 99, @dsn ], qr/run 99 does not exist/ ],
	[ [ 'export', 1 ], qr/which server\? give --dsn/ ], [ [ 'export', '--baseline', 'main', @dsn ], qr/--baseline and --workload go together/ ],
	[ ['import'], qr/^usage: / ], [ [ 'import', "$dir/nonesuch", @dsn ], qr/nonesuch cannot be read/ ])
{
	local %ENV = %ENV;
	delete @ENV{qw(PGHOST PGDATABASE)};
	my ($exit, undef, $said) = program(@{ $case->[0] });
	is($exit, 2, "perfkit @{ $case->[0] }");
	like($said, $case->[1], '... says why not');
}
like((program($_, '--help'))[1], qr/^usage: .*perfkit $_ /, "perfkit $_ --help") foreach qw(export import);

# A load in which nothing counts is no better than its baseline.
my @nothing = ('--rate', 0.001);
($status, $out, $err) = run(@nothing, '--set-baseline', 'nothing');
like($out, qr/note: baseline nothing was not set, because the run has measured no transaction/, 'a run of nothing is no baseline');
sql("SELECT perfkit_set_baseline(ARRAY[max(run_id)], 'nothing') FROM perfkit_runs WHERE workload = 'kept'");
($status, $out, $err) = run(@nothing, '--baseline', 'nothing');
is($status, 3, 'a run of nothing against one: cannot be told') or diag($out, $err);
like($out, qr/^INCONCLUSIVE: .*no transaction was measured/m, '... and says why');

# What the role may not do is said before the load, and what to type.
sql('CREATE ROLE poor LOGIN; GRANT ALL ON SCHEMA public TO poor; GRANT USAGE ON SCHEMA "the kit" TO poor; GRANT ALL ON kept TO poor;'
	  . " GRANT SELECT, INSERT, DELETE ON $kit.perfkit_runs, $kit.perfkit_run_seconds, $kit.perfkit_run_transactions, $kit.perfkit_run_invariants TO poor");
foreach my $case ([ [ '--set-baseline', 'x' ], 'SELECT, INSERT, DELETE' ], [ [ '--baseline', 'main' ], 'SELECT' ],
	[ [ '--baseline', "$dir/main.json" ], 'SELECT, INSERT, DELETE' ])
{
	($status, $out, $err) = bench("$dir/kept", '--dsn', $node->connstr('postgres') . ' user=poor', qw(--no-seed --clients 1 --duration 1), @{ $case->[0] });
	is($status, 2, "without privileges: @{ $case->[0] }");
	like($err, qr/have the owner of perfkit run: GRANT \Q$case->[1]\E ON "the kit"\.perfkit_baselines TO poor$/m, '... says what to type');
	unlike($out, qr/driving|transactions/, '... before the load');
}
# An export only reads.
{
	local $ENV{PGOPTIONS} = '-c default_transaction_read_only=on';
	is((program('export', 1, '--dsn', $node->connstr('postgres')))[0], 0, 'export in sessions that only read');
}

# A private server is compared with a file, and leaves one.
truncate("$dir/kept/seed.sql", 0);
append_to_file("$dir/kept/seed.sql", $files{'seed.sql'});
($status, $out, $err) = bench("$dir/kept", qw(--throwaway --clients 1 --jobs 1 --duration 1), '--baseline', "$dir/main.json", '--set-baseline', "$dir/next.json");
is($status, 0, 'a private server against a file') or diag($out, $err);
like($out, qr/^PASS: .*, 8 not worse than baseline file \S+main\.json$/m, '... is compared');
is(json("$dir/next.json")->{run}{workload}, 'kept', '... and its run is in another');
ok(!-e "$dir/next.json.new", '... whole');
($status, $out, $err) = bench("$dir/kept", qw(--throwaway --clients 1 --jobs 1 --duration 1), '--baseline', "$dir/foreign.json");
is($status, 2, 'a file that is no run');
like($err, qr/this is not an exported run/, '... is refused');
unlike($out, qr/seeding/, '... before anything is seeded');

ok(poll_until(sub { left_behind() eq '' }), 'nothing is left behind');
$node->stop;
done_testing();
