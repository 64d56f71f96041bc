# perfkit run --format: what other programs read is well-formed whatever the names and messages
# hold, and says what the run's verdict says.
use strict;
use warnings;

use FindBin;
use lib "$FindBin::RealBin/lib", "$FindBin::RealBin/../../bench/lib";
use BenchRun;
use CheckXml;
use JSON::PP ();
use Perfkit::Format;
use PerfkitCluster;
use PostgreSQL::Test::Utils;
use TAP::Parser;
use Test::More;

my $dir = PostgreSQL::Test::Utils::tempdir();
my $nasty = qq{a<b>&"c"'|`*_[x](y) # %0A ]]> \x00\x07\x1b[31m \xff\xfe \xc3\xa9 -->};
my %run = (workload => $nasty, label => "$nasty\n# heading", verdict => 'FAIL', duration_s => 12.5,
	started_at => '2026-11-28T11:15:15+00:00',
	summary => [ map { { scenario => $_, stage => undef, transactions => 7, tps => 1.23456, p50_ms => 1, p95_ms => 2, p99_ms => undef, errors => 0 } } $nasty, 'all' ],
	verdicts => [
		{ scenario => 'all', stage => undef, metric => 'p95_ms', limit_value => 10, observed => 20, lower => 19, upper => 21, verdict => 'FAIL', more_transactions => 0 },
		{ scenario => $nasty, stage => 2, metric => 'p99_ms', limit_value => 1, observed => 50, lower => 40, upper => undef, verdict => 'FAIL', more_transactions => 0 },
		{ scenario => 'all', stage => undef, metric => 'avg_ms', limit_value => 10, observed => 9, lower => undef, upper => undef, verdict => 'INCONCLUSIVE', more_transactions => 77 },
		{ scenario => 'all', stage => undef, metric => 'min_tps', limit_value => 10, observed => 1, lower => undef, upper => undef, verdict => 'PASS', more_transactions => 0 } ],
	index_checks => [ { check_name => "x\ny", verdict => 'FAIL', reason => "one\ntwo", used_index => undef } ],
	invariants => [ { invariant => 'sound', ok => JSON::PP::true, detail => undef }, { invariant => $nasty, ok => JSON::PP::false, detail => $nasty } ]);
my %empty = (%run, workload => 'empty', verdict => 'INCONCLUSIVE', verdicts => [], index_checks => [], invariants => []);

my $junit = Perfkit::Format::render('junit', \%run, \%empty);
is(check_xml($junit), '', 'JUnit: well-formed');
is(scalar(() = $junit =~ /<failure /g), 4, 'what failed is a failure');
is(scalar(() = $junit =~ /<skipped message="INCONCLUSIVE: /g), 2, 'INCONCLUSIVE is skipped, with a message');
like($junit, qr/tests="7" failures="4" skipped="1" errors="0"/, 'and counted');
like($junit, qr/name="empty"|perfkit\.empty" tests="1" failures="0" skipped="1"/, 'a run without budgets is a skipped case');

my $tap = Perfkit::Format::render('tap', \%run, \%empty);
my $parser = TAP::Parser->new({ tap => $tap });
$parser->run;
is(join(' ', $parser->parse_errors), '', 'TAP: parses');
is(join(' ', $parser->failed), '1 2 5 7', 'what failed has failed');
is(join(' ', $parser->skipped), '3 8', 'INCONCLUSIVE is skipped');

delete local $ENV{GITHUB_STEP_SUMMARY};
my $github = Perfkit::Format::render('github', \%run);
my @annotations = grep { /^::/ } split(/\n/, $github);
is(scalar(@annotations), 5, 'GitHub: an annotation for each failure, a warning for INCONCLUSIVE');
like($annotations[0], qr/^::error title=[^:,]*invariant/, 'worst first: an invariant');
like($annotations[1], qr/p99_ms is 50/, 'then the budget that is missed by most');
like($annotations[-1], qr/^::warning .*about 77 more/, 'what cannot be told is last');
my %many = (%run, verdicts => [ map { { %{ $run{verdicts}[0] }, scenario => "s$_", observed => 20 + $_ } } 1 .. 30 ]);
@annotations = grep { /^::/ } split(/\n/, Perfkit::Format::render('github', \%many));
is(scalar(grep { /^::error/ } @annotations), 10, 'at most ten');
like($annotations[-1], qr/^::notice title=perfkit::22 more/, 'and how many there are besides');
{
	local $ENV{GITHUB_STEP_SUMMARY} = "$dir/summary.md";
	Perfkit::Format::render('github', \%run);
	is(slurp_file("$dir/summary.md"), Perfkit::Format::render('markdown', \%run), 'the step\'s summary is the Markdown');
}

my $markdown = Perfkit::Format::render('markdown', \%run);
my @rows = grep { /^\|/ } split(/\n/, $markdown);
is(join(' ', map { scalar(() = $_ =~ /(?<!\\)\|/g) } @rows), join(' ', (5) x 7, (8) x 4), 'Markdown: cells stay cells');
unlike($markdown, qr/<b>|(?<!\\)`|^# heading/m, 'and text stays text');

my $json = JSON::PP->new->decode(Perfkit::Format::render('json', { %run, workload => 'w', label => undef, summary => [], invariants => [], verdicts => [] }));
is($json->{workload}, 'w', 'JSON: one run is an object');

# A run that ended early is not left out.
my %ended = (workload => $nasty, verdict => 'ERROR', reason => "$nasty\nsecond line");
$junit = Perfkit::Format::render('junit', \%ended, \%run);
is(check_xml($junit), '', 'JUnit of a run that could not run: well-formed');
like($junit, qr/tests="1" failures="0" skipped="0" errors="1" time="0\.000">\n.*\n      <error message="[^"]*second line"/, 'an error');
$parser = TAP::Parser->new({ tap => Perfkit::Format::render('tap', \%ended) });
$parser->run;
is(join(' ', $parser->parse_errors, $parser->failed), '1', 'TAP: a test that fails');
like(Perfkit::Format::render('github', \%ended), qr/^::error title=perfkit [^\n]*::ERROR: /, 'GitHub: an error');
like(Perfkit::Format::render('markdown', \%ended), qr/^## perfkit .*: ERROR\n\n.*^\| ERROR \| run \| result \| .*second line \|\n\n\z/ms, 'Markdown: a line');
like(Perfkit::Format::render('junit', { %ended, verdict => 'FAIL' }), qr/failures="1" .*<failure message=/s, 'one that broke off and left broken data failed');

# A real run: nothing else is on standard output.
my $node = PerfkitCluster->new('main', create => 0);
my $tmp = bench_tmpdir();
append_to_file("$dir/one.sql", "SELECT 1;\n");
my @real = ('run', '--script', "$dir/one.sql", '--dsn', $node->connstr('postgres'), '--clients', 1, '--duration', 2, '--output', "$dir/out");
my ($status, $out, $err) = bench_program('bench/perfkit', @real, '--budget', 'p50_ms<10000', '--format', 'junit');
is($status, 0, 'a run that passes');
is(check_xml($out), '', 'prints XML alone');
like($err, qr/^PASS: 1 budgets kept/m, 'and the rest to standard error');
like($err, qr/^progress: 1\.\d s, .* p50 [\d.]+ ms, p95 [\d.]+ ms, p99 [\d.]+ ms$/m, 'progress has percentiles');
($status, $out, $err) = bench_program('bench/perfkit', @real, '--budget', 'max_ms<0.000001', '--format', 'tap');
is($status, 1, 'one that fails');
like($out, qr/\ATAP version 13\n1\.\.1\nnot ok 1 - one: budget all max_ms\n# max_ms is [\d.]+, limit/, 'says so in TAP');
($status, $out, $err) = bench_program('bench/perfkit', @real, '--dsn', 'port=1 host=/nonexistent', '--format', 'json');
is($status, 2, 'one that cannot run');
my $cannot = JSON::PP->new->decode($out);
is("$cannot->{workload} $cannot->{verdict}", 'one ERROR', 'says so in the format');
my ($reason) = split(/\n/, $cannot->{reason});
like($err, qr/: \Q$reason\E$/m, 'with the reason');
($status, $out, $err) = bench_program('bench/perfkit', @real, '--stages', 'x', '--format', 'tap');
like($out, qr/^not ok 1 - one: run result\n# --stages takes/m, 'as do wrong options');
append_to_file("$dir/invariants.sql", "SELECT 'data are sound', false, 'never';\n");
append_to_file("$dir/breaks.sql", "SELECT 1 / 0;\n");
($status, $out, $err) = bench_program('bench/perfkit', 'run', $dir, @real[ 3 .. $#real ], '--scenario', 'breaks', '--format', 'github');
is($status, 1, 'one that breaks off');
like($out, qr/^::error title=[^\n]*::FAIL: the load broke off, and it does not hold that data are sound/m, 'and what it left');
unlink("$dir/invariants.sql", "$dir/breaks.sql");
($status, $out, $err) = bench_program('bench/perfkit', @real, '--format', 'yaml');
is($status, 2, 'an unknown format');
like($err, qr/--format is text, github, json, junit, markdown or tap, not "yaml"/, 'lists those there are');
$node->stop;
done_testing();
