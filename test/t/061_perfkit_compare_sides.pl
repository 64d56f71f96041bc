# perfkit compare --sql-b: an index of events that is dropped is named in the first line. A side
# that fails, and Ctrl-C: what was measured is kept and said. What cannot be compared is refused.
use strict;
use warnings;

use FindBin;
use lib "$FindBin::RealBin/lib";
use BenchRun;
use JSON::PP ();
use PerfkitCluster;
use PostgreSQL::Test::Utils;
use TAP::Parser;
use Test::More;

my $counts = !PerfkitCluster::lacks('pg_stat_statements');
my $node = PerfkitCluster->new('main', create => 0, conf => $counts ? "shared_preload_libraries = 'pg_stat_statements'\n" : '');
my $dir = PostgreSQL::Test::Utils::tempdir();
my ($status, $out, $err);

sub result { return JSON::PP::decode_json(slurp_file("$dir/$_[0]/compare.json")); }

my %conninfo;
foreach my $name (qw(a b c d e f))
{
	$node->safe_psql('postgres', "CREATE DATABASE $name");
	$conninfo{$name} = $node->connstr($name);
	$node->safe_psql($name, 'CREATE TABLE sides AS SELECT 1 AS i');
}

$node->safe_psql('b', 'CREATE SCHEMA "of counts"; CREATE EXTENSION pg_stat_statements SCHEMA "of counts"') if $counts;

# folder(NAME, FILES): a workload "sides".
sub folder
{
	my ($name, %files) = @_;
	mkdir "$dir/$name" or die;
	mkdir "$dir/$name/sides" or die;
	append_to_file("$dir/$name/sides/$_", $files{$_}) foreach keys %files;
	return "$dir/$name/sides";
}
my %files = ('scenarios' => "one 1 a row\n", 'one.sql' => "SELECT i FROM sides;\n");
my $folder = folder('first', %files);
my $renamed = folder('second', 'scenarios' => "two 1 a row\n", 'two.sql' => "SELECT i FROM sides;\n");
my $larger = folder('third', %files, 'options' => "--clients 3\n");
append_to_file("$dir/drop.sql", "DROP INDEX idx_events_artist_trgm;\n");
append_to_file("$dir/wrong.sql", "DROP INDEX no_such_index;\n");

my @short = qw(--clients 1 --jobs 1 --pairs 6 --duration 1);
my $fails = bench_start_program('bench/perfkit', 'compare', $conninfo{a}, $conninfo{b}, '--workload', $folder, @short, '--output', "$dir/fails");
my $stopped = bench_start_program('bench/perfkit', 'compare', $conninfo{a}, '--set-b', 'work_mem=7MB', '--workload', $folder, @short, '--output', "$dir/stopped");

my $dropped = bench_start_program('/bin/sh', '-c', 'err=$1; shift; exec "$@" 2> "$err"', 'sh', "$dir/dropped.err",
	'bench/perfkit', 'compare', $conninfo{c}, $conninfo{d}, '--workload', 'events', '--rows', 10000,
	'--scenario', 'artist_search', '--scenario', 'page', '--sql-b', "$dir/drop.sql", '--format', 'tap', '--output', "$dir/events", @short);

foreach my $case (
	[ [ $conninfo{a}, '--sql-b', "$dir/drop.sql" ], qr/--sql-b changes a database, and the sides are one/ ],
	[ [ $conninfo{a}, $conninfo{a}, '--sql-b', "$dir/drop.sql" ], qr/both connection strings lead to one database/ ],
	[ [ $conninfo{a}, $conninfo{b}, '--sql-a', "$dir/nonesuch.sql" ], qr/--sql-a .*nonesuch\.sql cannot be read: No such file/ ],
	[ [ $conninfo{a}, $conninfo{b}, '--sql-a', $dir ], qr/--sql-a .* cannot be read: it is a directory/ ],
	[ [ $conninfo{a}, '--self-check', '--sql-b', "$dir/drop.sql" ], qr/without --sql-b/ ],
	[ [ $conninfo{a}, $conninfo{b}, '--workload-b', $renamed ], qr/runs of different scenarios cannot be compared\n.*side A has one, side B two$/m ],
	[ [ $conninfo{a}, $conninfo{b}, '--workload-b', $larger ], qr/runs of different loads cannot be compared\n.*side A has 100 clients for 1 s, side B 3 clients for 1 s$/m ],
	[ [ $conninfo{e}, $conninfo{f}, '--sql-b', "$dir/wrong.sql", '--clients', 1 ], qr/no_such_index.*side B failed while it was warmed up:\n.*wrong\.sql failed/s ])
{
	my ($args, $message) = @$case;
	($status, $out, $err) = bench_program('bench/perfkit', 'compare', @$args, '--workload', $folder, '--output', "$dir/none", '--pairs', 6, '--duration', 1);
	is($status, 2, "exit status of: @$args");
	like($err, $message, "message of: @$args");
}
($status, $out, $err) = bench_program('bench/perfkit', 'compare', $conninfo{a}, '--workload', $folder, '--format', 'json');
is($status, 2, 'a comparison that cannot be');
like(JSON::PP::decode_json($out)->{reason}, qr/both sides would be the same/, 'says so in the format');

# What is in the directory of results is left alone, but for an earlier comparison.
mkdir "$dir/$_" or die foreach 'mine', 'mine/A-1';
append_to_file("$dir/mine/$_", 'x') foreach 'A-1/notes', 'A-0.json', 'B-1.txt';
($status, $out, $err) = bench_program('bench/perfkit', 'compare', $conninfo{a}, '--set-b', 'work_mem=7MB', '--workload', $folder, '--output', "$dir/mine");
is($status, 2, 'a folder that has the name of a run');
like($err, qr{mine/A-1 is in the way of the results; remove it, or give another directory with --output}, '... is not removed');
ok(-e "$dir/mine/A-1/notes" && -e "$dir/mine/B-1.txt", '... and all is there');
ok(!-e "$dir/mine/A-0.json", '... but for an earlier run');

# Side B fails after two pairs; Ctrl-C after one.
ok(poll_until(sub { -e "$dir/fails/A-2.json" && -e "$dir/fails/B-2.json" }), 'two pairs are through');
$node->safe_psql('b', 'DROP TABLE sides');
ok(poll_until(sub { -e "$dir/stopped/A-1.json" && -e "$dir/stopped/B-1.json" }), 'a pair of the other');
kill('INT', $stopped->{pid});
($status, $out) = bench_wait($fails);
is($status, 2, 'a side that fails');
my ($pairs) = $out =~ /^perfkit compare: (\d) of 6 pairs were measured; of these alone: INCONCLUSIVE: .*; \Q$dir\E\/fails has the runs$/m;
ok(defined $pairs && $pairs >= 2 && $pairs < 6, 'what was measured is said');
like($out, qr/^perfkit compare: side B failed in pair [3-6] of 6:$/m, 'and which side it was, and when');
my $result = result('fails');
is("$result->{verdict} $result->{pairs}", "ERROR $pairs", 'and kept');
ok(!$result->{complete} && @{ $result->{rows} } > 0 && @{ $result->{runs} } == $pairs, 'with its rows and its runs');
($status, $out) = bench_wait($stopped);
is($status, 130, 'Ctrl-C');
like($out, qr/^perfkit compare: [1-5] of 6 pairs were measured; of these alone: INCONCLUSIVE: /m, 'what was measured is said');
is(result('stopped')->{verdict}, 'ERROR', 'and kept');
# An index of events.
($status, $out) = bench_wait($dropped);
$err = slurp_file("$dir/dropped.err");
print map { "#   $_\n" } split(/\n/, $err);
is($status, 1, 'an index of events that is dropped');
my ($first) = $err =~ /^([A-Z ]+: .*)$/m;
like($first, qr/^WORSE: .*; (?:artist_search: )?plan changed: index idx_events_artist_trgm is missing/, 'the first line names it');
like($err, qr/^8?[0-9]* ?pairs of runs, 1 s each: about \d+ s, and the time to seed$/m, 'how long it will take');
like($err, qr/^pair 1 of 6: p95 of all +[\d.]+ and +[\d.]+ ms, +[-+][\d.]+ %, \d+ s left$/m, 'and how long still');
like($err, qr/^plans of artist_search, SELECT .*:\n(?:    .*\n)*    -.*idx_events_artist_trgm$/m, 'the plan is shown as a diff');
my $parser = TAP::Parser->new({ tap => $out });
$parser->run;
is(join(' ', $parser->parse_errors), '', 'the format is all there is on standard output');
ok($parser->failed > 0 && $out =~ /^not ok \d+ - events: comparison artist_search buffers$/m, 'and says what is worse');
$result = result('events');
my ($plan) = grep { $_->{metric} eq 'plan' } @{ $result->{rows} };
is("$plan->{scenario} $plan->{verdict}", 'artist_search WORSE', 'compare.json has the plan');
is(scalar(grep { $_->{metric} eq 'rows' && $_->{verdict} eq 'NOT WORSE' } @{ $result->{rows} }), 2, 'and that the same rows are found');
is($result->{sql}{B}, "$dir/drop.sql", 'and what was run on side B');
my $page = slurp_file("$dir/events/report.html");
like($page, qr{6 runs against a baseline.*WORSE.*<del>-[^<]*idx_events_artist_trgm}s, 'the page has the runs of both databases');
is($node->safe_psql($_, 'SELECT count(*) FROM perfkit_runs'), 7, "... and database $_ still its own alone") foreach qw(c d);

# What the server counted during the load.
my %observed = map { $_ => JSON::PP::decode_json(slurp_file("$dir/fails/$_-1.json"))->{observed} } qw(A B);
cmp_ok($observed{A}{rows}{read}, '>=', $observed{A}{transactions}, 'rows that were read');
ok(!defined $observed{A}{statements}, 'without pg_stat_statements, no statements');
SKIP:
{
	skip 'no pg_stat_statements here', 2 unless $counts;
	my $statements = $observed{B}{statements};
	# (transactions at both ends of a short load are counted on one side only)
	cmp_ok(abs($statements->{rows_per_transaction} - 1), '<', 0.5, 'with it, rows per transaction');
	cmp_ok(abs($statements->{blocks_per_transaction} - 1), '<', 0.5, 'and blocks');
}

ok(poll_until(sub { left_behind() eq '' && !pgbenches() }), 'nothing is left behind');
ok(poll_until(sub { !sessions($node, "datname IN ('a', 'b')") }), 'nor a session');

$node->stop;
done_testing();
