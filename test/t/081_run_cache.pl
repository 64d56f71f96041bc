# What runs know of shared buffers and memory: blocks by scenario, from pg_stat_statements; budgets
# of min_cache_hit; whether the memory of backends grows. And pg_buffercache, where it is installed.
use strict;
use warnings;

use FindBin;
use lib "$FindBin::RealBin/lib";
use lib "$FindBin::RealBin/../../bench/lib";
use BenchRun;
use Perfkit::Statements;
use PerfkitCluster;
use PostgreSQL::Test::Utils;
use Test::More;

my @lacking = PerfkitCluster::lacks('pg_stat_statements', 'pg_buffercache');
plan skip_all => "this PostgreSQL lacks @lacking" if @lacking;

# Texts of scripts and of pg_stat_statements, which are the same statement.
my %same = (
	q{SELECT a FROM t WHERE b = :b AND c = 'it''s' LIMIT 20} => q{SELECT a FROM t WHERE b = $1 AND c = $2 LIMIT $3},
	q{SELECT :x::bigint, t1.c2 FROM t1 WHERE x = -5 OR y = 1.5e3} => q{SELECT $1::bigint, t1.c2 FROM t1 WHERE x = $2 OR y = $3},
	qq{SELECT 1\nFROM  t WHERE a IN (1, 2, 3)} => q{SELECT $1 FROM t WHERE a IN ($2 /*, ... */)},
	q{SELECT * FROM t WHERE d > date '2026-01-01' AND n IS NOT NULL AND ok = true;} => q{SELECT * FROM t WHERE d > date $1 AND n IS NOT NULL AND ok = $2},
	q{SELECT "1st", a[:i] FROM t WHERE e = E'x'} => q{SELECT "1st", a[$1] FROM t WHERE e = $2},
);
is(Perfkit::Statements::normal($same{$_}), Perfkit::Statements::normal($_), $_) foreach sort keys %same;
isnt(Perfkit::Statements::normal('SELECT a1 FROM t WHERE b = 1'), Perfkit::Statements::normal('SELECT a2 FROM t WHERE b = 1'), 'names keep their digits');

my $node = PerfkitCluster->new('cached', conf => "shared_preload_libraries = 'pg_stat_statements'\nshared_buffers = 16MB\n");
my $dsn = $node->connstr('postgres');
my $folder = bench_tmpdir() . '/cached';
mkdir $folder;
sub file { my ($name, $text) = @_; unlink "$folder/$name"; append_to_file("$folder/$name", $text); return; }

# One scenario reads what is always in shared buffers, one reads a table of 4 times their size; two
# have a statement in common.
$node->safe_psql('postgres', <<'SQL');
CREATE TABLE small AS SELECT i AS id, repeat('x', 100) AS v FROM generate_series(1, 1000) i;
CREATE TABLE large AS SELECT i AS id, repeat('x', 1000) AS v FROM generate_series(1, 60000) i;
CREATE TABLE third AS SELECT 1 AS id;
CREATE INDEX ON large (id);
VACUUM ANALYZE small, large, third;
SQL
file('scenarios', "hot 4\ncold 4\ntwin_a 1\ntwin_b 1\n");
file('hot.sql', "\\set id random(1, 1000)\nSELECT v FROM small WHERE id = :id;\n");
file('cold.sql', "\\set id random(1, 60000)\nSELECT v FROM large WHERE id = :id;\n");
file('twin_a.sql', "SELECT id FROM third;\n");
file('twin_b.sql', "SELECT id FROM third;\nSELECT count(*) FROM third;\n");
my @args = ($folder, '--dsn', $dsn, '--clients', 2, '--rate', 300, '--output', bench_tmpdir() . '/out');

# Without the extension, a budget of a single scenario cannot be judged.
my ($status, $out, $err) = bench(@args, '--duration', 2, '--budget', 'hot min_cache_hit>0.5', '--budget', 'min_cache_hit>0.01');
is($status, 3, 'inconclusive without pg_stat_statements') or diag($out, $err);
is($node->safe_psql('postgres', q{SELECT string_agg(format('%s %s', scenario, hit_rate IS NOT NULL), ', ') FROM perfkit_run_cache_hit(1)}),
	'hot f, cold f, twin_a f, twin_b f, all t', 'and the rate of all is known');

$node->safe_psql('postgres', 'CREATE SCHEMA stat; CREATE EXTENSION pg_stat_statements SCHEMA stat');
foreach my $protocol (qw(simple prepared))
{
	($status, $out, $err) = bench(@args, '--duration', $protocol eq 'simple' ? 24 : 2, '--protocol', $protocol, '--budget', 'hot min_cache_hit>0.99', '--budget', 'cold min_cache_hit>0.95');
	is($status, 1, "$protocol: a budget is missed") or diag($out, $err);
	my $run = read_run(bench_tmpdir() . '/out');
	my %rate = map { split(/\|/, $_) } split(/\n/, $node->safe_psql('postgres', "SELECT scenario, coalesce(round(hit_rate::numeric, 3)::text, '?') FROM perfkit_run_cache_hit($run->{run_id})"));
	cmp_ok($rate{hot}, '>', 0.99, "$protocol: what is small is in shared buffers");
	cmp_ok($rate{cold}, '<', 0.95, "$protocol: what is large is not");
	cmp_ok($rate{cold}, '>', 0.3, "$protocol: but the upper pages of its index are");
	is($rate{twin_a} . $rate{twin_b}, '??', "$protocol: what two scenarios share is neither's");
	my %verdict = map { ("$_->{scenario} $_->{metric}" => $_->{verdict}) } @{ $run->{verdicts} };
	is("$verdict{'hot min_cache_hit'} $verdict{'cold min_cache_hit'}", 'PASS FAIL', "$protocol: verdicts");
	my $seen = $run->{observed}{scenario_buffers};
	my ($all) = map { $_->{transactions} } grep { $_->{scenario} eq 'hot' } @{ $run->{summary} };
	cmp_ok($seen->{hot}{hit} + $seen->{hot}{read}, '>=', $all * 10, "$protocol: every transaction's blocks are counted");
	like($out, qr/^ cache hit rate +\| hot \S+ %, cold \S+ %, all \S+ %$/m, "$protocol: the terminal has them");
	next if $protocol ne 'simple';

	# Memory.
  SKIP:
	{
		skip 'no /proc here', 4 unless -r "/proc/$$/status" && slurp_file("/proc/$$/status") =~ /^RssAnon:/m;
		my $samples = $run->{observed}{backend_memory}{samples};
		cmp_ok(scalar @$samples, '>=', 15, 'samples of memory');
		is((grep { $_->[4] > 2 || $_->[2] < 500_000 || $_->[3] < $_->[2] } @$samples) + 0, 0, q{are of the load's backends});
		is($node->safe_psql('postgres', "SELECT turn, verdict, finding LIKE 'flat within % kB/min' FROM perfkit_run_memory($run->{run_id}, 1000000)"), '1|FLAT|t', 'memory is flat');
		like($out, qr/^ most memory of a backend +\| \S+ \S+, (?:flat within|grows by) .* kB\/min/m, 'and the terminal says so');
	}
}

# A backend that grows, by 5000 bytes and their names in each of 60 transactions a second.
SKIP:
{
	skip 'no /proc here', 4 unless -r "/proc/$$/status" && slurp_file("/proc/$$/status") =~ /^RssAnon:/m;
	file('scenarios', "leak 1\n");
	file('leak.sql', "\\set n random(1, 1000000000)\nSELECT set_config('leak.v' || :n, repeat('x', 5000), false) IS NULL;\n");
	($status, $out, $err) = bench(@args, '--duration', 16, '--clients', 1, '--rate', 60, '--ramp', 0, '--budget', 'max_ms<1000000');
	is($status, 0, 'a load that leaks') or diag($out, $err);
	# The rate is what the machine managed.
	my $leaked = 60 * 5000 * (map { $_->{tps} } grep { $_->{scenario} eq 'leak' } @{ read_run(bench_tmpdir() . '/out')->{summary} })[-1];
	my ($verdict, $growth, $finding) = split(/\|/, $node->safe_psql('postgres', 'SELECT verdict, growth, finding FROM perfkit_run_memory((SELECT max(run_id) FROM perfkit_runs))'));
	is($verdict, 'GROWS', 'grows');
	# From 16 on, the server takes memory for settings in blocks that double.
	ok($growth / $leaked > 0.5 && $growth / $leaked < 2.5, "by what is leaked: $growth of $leaked bytes a minute");
	like($finding, qr/^grows by \d+ to \d+ kB\/min$/, 'and says so');
}

# What is resident.
$node->safe_psql('postgres', 'CREATE SCHEMA "b c"; CREATE EXTENSION pg_buffercache SCHEMA "b c"; CREATE ROLE alice LOGIN; GRANT USAGE ON SCHEMA "b c" TO alice');
is($node->safe_psql('postgres', q{SELECT count(*) FROM small; SELECT relation, kind, resident_bytes = size_bytes FROM perfkit_cache_hit(target_table => 'small', resident => true) WHERE kind = 'table'}),
	"1000\nsmall|table|t", 'all of a small table');
is($node->safe_psql('postgres', q{SELECT resident_bytes > 0 AND resident_bytes < size_bytes / 2 FROM perfkit_cache_hit(target_table => 'large', resident => true) WHERE kind = 'table'}), 't', 'some of a large one');
my ($ret, $stdout, $stderr) = $node->psql('postgres', 'SELECT * FROM perfkit_cache_hit(resident => true)', extra_params => [ '-U', 'alice' ]);
like($stderr, qr/permission denied for view pg_buffercache/, 'not for everyone');

# The assertion: what has to be read from outside, and that it does not fit.
$node->safe_psql('postgres', 'SELECT pg_stat_reset()');
$node->safe_psql('postgres', 'SELECT sum(length(v)) FROM large; SELECT sum(length(v)) FROM large');
($ret, $stdout, $stderr) = $node->psql('postgres', 'SELECT perfkit_assert_cache_hit()');
like($stderr, qr/the cache hit rate is 0\.\d+, less than 0\.9\nDETAIL:  Of \d+ blocks, \d+ were not in shared buffers\. Most were those of table "large" /, 'the worst table');
like($stderr, qr/HINT:  The relations have \d+ MB, and shared_buffers is 16 MB: make shared_buffers larger, or have statements read less\. Table "large" was read by \d+ sequential scans: /, 'and why');

$node->stop;
done_testing();
