# perfkit report; report.html beside the results of perfkit run and perfkit compare; latency over
# time on the terminal.
use strict;
use warnings;

use FindBin;
use lib "$FindBin::RealBin/lib", "$FindBin::RealBin/../../bench/lib";
use BenchRun;
use JSON::PP ();
use PerfkitCluster;
use Perfkit::Report;
use PostgreSQL::Test::Utils;
use Test::More;

# The line, of values that are known.
sub line { return Perfkit::Report::line([ map { { step => $_->[0], starts_s => 2 * $_->[0] - 2, ends_s => 2 * $_->[0], p95_ms => $_->[1] } } @_ ], split(//, 'abcdefgh')); }
is_deeply([ line([ 1, 1 ], [ 2, 10 ], [ 3, 100 ], [ 5, 0.1 ]) ],
	[ 'p95 over time, steps of 2 s, logarithmic: a is 0.10 ms, h is 100.00 ms', '|cfh a| 10 s' ], 'a line: logarithmic, with a gap');
is_deeply([ line([ 1, 10 ], [ 2, 11 ], [ 3, undef ]) ], [ 'p95 over time, steps of 2 s, logarithmic: a is 10.00 ms, b is 11.00 ms', '|ab | 6 s' ],
	'small changes look small');
is_deeply([ line([ 1, 3 ]) ], [ 'p95 over time, steps of 2 s, logarithmic: a is 3.00 ms, a is 3.00 ms', '|a| 2 s' ], 'a single step');
is_deeply([ line([ 1, undef ]) ], [], 'none without a success');
is_deeply([ line() ], [], 'nor without a step');
foreach my $case ([ 1, LC_ALL => 'C.UTF-8', LANG => 'C' ], [ 0, LC_ALL => 'C', LANG => 'C.UTF-8' ], [ 1, LC_ALL => '', LC_CTYPE => '', LANG => 'de_DE.utf8' ], [ 0 ])
{
	my ($wanted, %env) = @$case;
	local @ENV{qw(LC_ALL LC_CTYPE LANG)} = @env{qw(LC_ALL LC_CTYPE LANG)};
	is(Perfkit::Report::is_utf8() ? 1 : 0, $wanted, 'UTF-8: ' . join(' ', map { "$_=$env{$_}" } sort keys %env));
}

my $node = PerfkitCluster->new('main', create => 0);
my $dir = PostgreSQL::Test::Utils::tempdir();
my $dsn = $node->connstr('postgres');
my $label = 'a <b> & "c"';
my ($status, $out, $err);

sub report { return bench_program('bench/perfkit', 'report', @_); }

# As a page of its own; without perfkit, there are no runs.
($status, $out, $err) = report('1', '--dsn', $dsn);
is($status, 2, 'a database without perfkit');
like($err, qr/database postgres does not have perfkit/, '... is said');

local $ENV{LC_ALL} = 'C.UTF-8';
append_to_file("$dir/one.sql", "SELECT 1;\n");
($status, $out, $err) = bench('--script', "$dir/one.sql", '--dsn', $dsn, '--clients', 2, '--rate', 1000, '--duration', 3, '--budget', 'p95_ms<1000', '--label', $label, '--output', "$dir/out");
is($status, 0, 'a run');
like($out, qr/^p95 over time, steps of 1 s, logarithmic: \xe2\x96\x81 is [\d.]+ ms, \xe2\x96[\x81-\x88] is [\d.]+ ms\n\|(?:\xe2\x96[\x81-\x88]| ){3,5}\| [345] s$/m,
	'has latency over time on the terminal');
like($out, qr{^report: $dir/out/report\.html$}m, '... and says where its report is');
my $page = slurp_file("$dir/out/report.html");
like($page, qr{\A<!DOCTYPE html>\n.*</html>\n\z}s, 'a whole page');
like($page, qr{<bdi>a &lt;b&gt; &amp; &quot;c&quot;</bdi>}, '... with the label, escaped');
like($page, qr{class="banner"><span class="v good">}, '... and the verdict');

{
	local $ENV{LC_ALL} = 'C';
	($status, $out, $err) = bench('--script', "$dir/one.sql", '--dsn', $dsn, '--clients', 1, '--rate', 1000, '--duration', 2, '--budget', 'p95_ms<1000', '--output', "$dir/out");
	like($out, qr/\n\|[_.:=+*# -]{2,4}\| [234] s\n/, 'block characters only where the locale has them');
	unlike($out, qr/\xe2/, '... and none elsewhere');
}
isnt(slurp_file("$dir/out/report.html"), $page, 'the page is the last run\'s');
($status, $out, $err) = bench('--script', "$dir/one.sql", '--dsn', $dsn, '--clients', 1, '--rate', 1000, '--duration', 1, '--quiet', '--output', "$dir/quiet");
unlike($out, qr/report:|over time/, 'quiet');
ok(-s "$dir/quiet/report.html", '... and complete');

# The command gives the same bytes, again and again, whatever the client's encoding is.
($status, $out, $err) = report('1', '--dsn', $dsn, '--output', "$dir/1.html");
is($status, 0, 'a stored run');
is($out, "report: $dir/1.html\n", '... says where the page is');
is(slurp_file("$dir/1.html"), $page, '... which is the same');
{
	local $ENV{PGCLIENTENCODING} = 'LATIN1';
	local $ENV{PGTZ} = 'Asia/Kathmandu';
	($status, $out, $err) = report('1', '--dsn', $dsn, '--output', '-');
	is($out, $page, '... on standard output, with other settings of the client');
}
$node->safe_psql('postgres', q{UPDATE perfkit_runs SET label = U&'caf\00E9 \+01F418' WHERE run_id = 2});
{
	local $ENV{PGCLIENTENCODING} = 'LATIN1';
	($status, $out, $err) = report('2', '--dsn', $dsn, '--output', '-');
	like($out, qr/caf\xc3\xa9 \xf0\x9f\x90\x98/, 'UTF-8, also what the client could not show');
}
($status, $out, $err) = report('1,2', '3', '--dsn', $dsn, '--title', 'all <three>', '--output', "$dir/several.html", '--quiet');
is("$status $out", '0 ', 'several runs, quietly');
like(slurp_file("$dir/several.html"), qr{<title>all &lt;three&gt;</title>.*runs 1, 2, 3}s, '... and a title');

# It only reads.
$node->append_conf('postgresql.conf', "default_transaction_read_only = on\n");
$node->reload;
($status, $out, $err) = report('1', '--dsn', $dsn, '--output', '-');
is($out, $page, 'where nothing may be written');
$node->append_conf('postgresql.conf', "default_transaction_read_only = off\n");
$node->reload;

foreach my $case (
	[ [], qr/^usage: perfkit report RUN/ ],
	[ ['x'], qr/RUN takes numbers of runs, such as 12 or 12,14, or a file that perfkit export has written, not "x"/ ],
	[ ['1,'], qr/not "1,"/ ],
	[ ['99'], qr/run 99 does not exist/ ],
	[ [ 1, 1 ], qr/run 1 is given twice/ ],
	[ [ 1, '--baseline-runs', '2,3' ], qr/numbers of runs differ/ ],
	[ [ 1, '--baseline-runs', "2;" ], qr/--baseline-runs takes numbers of runs/ ],
	[ [ 1, '--output', "$dir/nonesuch/page.html" ], qr/nonesuch\/page\.html cannot be written: No such file/ ])
{
	my ($args, $message) = @$case;
	($status, $out, $err) = report(@$args, '--dsn', $dsn);
	is($status, 2, "exit status of: @$args");
	like($err, $message, '... and its message');
}
# Files of exported runs: with a server, its own runs are taken where they are the same; without, a
# private one shows them. Nothing stays.
bench_program('bench/perfkit', 'export', @$_[ 1 .. $#$_ ], '--dsn', $dsn, '--output', "$dir/$_->[0].json") foreach [ 'first', 1 ], [ 'more', 2, 3 ];
($status, $out, $err) = report("$dir/first.json", '--dsn', $dsn, '--output', '-');
is($out, $page, 'a file of a run that is stored');
$node->safe_psql('postgres', 'CREATE DATABASE other');
$node->safe_psql('other', 'CREATE EXTENSION perfkit CASCADE');
my $other = $node->connstr('other');
($status, $out, $err) = report("$dir/first.json", "$dir/more.json", '--dsn', $other, '--output', '-');
like($out, qr{3 runs</bdi></h1>.*a &lt;b&gt; &amp; &quot;c&quot;.*caf\xc3\xa9}s, 'files of runs of another database');
is($node->safe_psql('other', 'SELECT count(*) FROM perfkit_runs'), 0, '... which are not stored');
($status, $out, $err) = report("$dir/first.json", '--baseline-runs', "$dir/more.json", '--dsn', $other, '--output', "$dir/no.html");
is($status, 2, 'a baseline of another number of runs');
like($err, qr/numbers of runs differ/, '... is refused');
($status, $out, $err) = report("$dir/out/run.json");
is($status, 2, 'a run.json');
like($err, qr/run\.json is the result of a run and no export.*\n.*perfkit export 2 --output FILE/, '... is no export, and it is said what to do');
append_to_file("$dir/cut.json", substr(slurp_file("$dir/first.json"), 0, 300));
append_to_file("$dir/other.json", '{"format": "other"}');
foreach my $case ([ 'cut', qr/cut\.json is not JSON, or was cut off/ ], [ 'other', qr/this is not an exported run/ ])
{
	($status, $out, $err) = report("$dir/$case->[0].json", '--dsn', $other, '--output', "$dir/no.html");
	is($status, 2, "$case->[0]");
	like($err, $case->[1], '... is refused');
}
ok(!-e "$dir/no.html", '... without a page');

($status, $out, $err) = report('--help');
like($out, qr/--baseline-runs RUN/, 'help');

# A comparison within one database has a report of both sides.
mkdir "$dir/load" or die "$dir/load: $!";
append_to_file("$dir/load/scenarios", "one 1 nothing\n");
append_to_file("$dir/load/one.sql", "SELECT 1;\n");
my @compare = ('--workload', "$dir/load", '--pairs', 6, '--duration', 1, '--clients', 1, '--rate', 500, '--output', "$dir/compare");
($status, $out, $err) = bench_program('bench/perfkit', 'compare', $dsn, '--set-b', 'work_mem=7MB', @compare);
like($out, qr{^report: $dir/compare/report\.html$}m, 'perfkit compare says where its report is');
my $compared = slurp_file("$dir/compare/report.html");
like($compared, qr{6 runs against a baseline.*Paired differences.*Changes of plans.*Plans are the same}s, '... of both sides');
is(join(' ', glob("$dir/compare/*.html")), "$dir/compare/report.html", '... and of none of its runs alone');
my $found = JSON::PP::decode_json(slurp_file("$dir/compare/compare.json"));
bench_program('bench/perfkit', 'export', @{ $found->{$_} }, '--dsn', $dsn, '--output', "$dir/$_.json") foreach qw(runs baseline_runs);
{
	local $ENV{PGHOST} = '/nonesuch';
	($status, $out, $err) = report("$dir/runs.json", '--baseline-runs', "$dir/baseline_runs.json", '--output', "$dir/file.html");
}
is("$status $out", "0 report: $dir/file.html\n", 'files against files are shown by a private server, wherever the environment leads');
like(slurp_file("$dir/file.html"), qr/6 runs against a baseline.*Paired differences/s, '... as a comparison');
is(left_behind(), '', 'nothing is left behind');
$node->stop;
done_testing();
