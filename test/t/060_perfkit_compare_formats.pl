# Comparisons as other programs and people read them: whatever names, queries and causes hold,
# formats are well-formed, the worst comes first, and nothing but text reaches a terminal.
use strict;
use warnings;

use FindBin;
use lib "$FindBin::RealBin/lib", "$FindBin::RealBin/../../bench/lib";
use CheckXml;
use JSON::PP ();
use Perfkit::Comparison;
use Perfkit::Format;
use Perfkit::Load;
use Perfkit::Statements;
use PostgreSQL::Test::Utils;
use TAP::Parser;
use Test::More;

my $dir = PostgreSQL::Test::Utils::tempdir();
my $nasty = qq{a<b>&"c"'|`*_[x](y) # %0A ]]> \x00\x07\x1b[31m \xff\xfe \xc3\xa9 --> ::error::x};

sub comparison_row
{
	my ($scenario, $metric, $verdict, %more) = @_;
	return { scenario => $scenario, metric => $metric, verdict => $verdict, baseline_value => 1.5, value => 3, shift => 1, lower => 0.9,
		upper => 1.2, p => 0.001, more_pairs => undef, cause => undef, note => undef, %more };
}
my @rows = (
	comparison_row($nasty, 'p95_ms', 'WORSE', cause => "plan changed: $nasty\nsecond line"),
	comparison_row('slow', 'buffers', 'WORSE', p => undef),
	comparison_row('slow', 'plan', 'WORSE', (map { $_ => undef } qw(baseline_value value shift lower upper p)), cause => 'plan changed: index i is missing'),
	comparison_row('noisy', 'p50_ms', 'INCONCLUSIVE', more_pairs => 7, note => "$nasty; one side was run after the other"),
	comparison_row('other', 'rows', 'INCONCLUSIVE', p => undef, note => 'other numbers of rows: the sides do not do the same'),
	comparison_row('fast', 'p50_ms', 'BETTER', shift => -0.5),
	comparison_row('same', 'p50_ms', 'NOT WORSE'),
	comparison_row('same', 'rows', 'NOT WORSE'), comparison_row('same', 'buffers', 'NOT WORSE'), comparison_row('fast', 'buffers', 'NOT WORSE'));
my ($status, $verdict, $reason) = Perfkit::Comparison::conclude(\@rows, 0.05);
my %comparison = (workload => $nasty, label => "$nasty\n# heading", verdict => $verdict, reason => $reason, started_at => '2026-11-28T11:15:15+00:00',
	rows => \@rows, pairs => 8,
	plan_changes => [ { scenario => $nasty, statement => "SELECT '$nasty'", diff => "  Limit\n- Index Scan using \"$nasty\" on t\n+ Seq Scan on t\n```" } ]);

# Words.
is("$status $verdict", '1 WORSE', 'one that is worse');
like($reason, qr/p95_ms 1\.500 -> 3\.000, \+100 % \(95 % interval \+90\.0 % to \+120 %\), and 2 more; plan changed: /, 'by how much, and why');
is(join(' | ', Perfkit::Comparison::conclude([ @rows[ 3 .. 9 ] ], 0.05)),
	'3 | INCONCLUSIVE | 2 of 7 values cannot be told; 7 more pairs or so would tell 1; in 1, the sides return other numbers of rows', 'what cannot be told, and why');
is(join(' | ', Perfkit::Comparison::conclude([ comparison_row('x', 'p50_ms', 'INCONCLUSIVE') ], 0.05)),
	'3 | INCONCLUSIVE | 1 of 1 values cannot be told; for 1, a longer --duration or a larger --margin is needed', 'for which no number of pairs is enough');
is(join(' | ', Perfkit::Comparison::conclude([ @rows[ 6 .. 9 ] ], 0.025)), '0 | NOT WORSE | none of 4 values is worse by 2.5 %', 'nothing is worse');
like(join(' | ', Perfkit::Comparison::conclude([ @rows[ 5 .. 9 ] ], 0.05)), qr/^0 \| BETTER \| fast p50_ms .*; nothing is worse by 5 %$/, 'BETTER');
my @table = Perfkit::Comparison::table(\@rows);
is(scalar(@table), 2 + 7 + 1, 'counts that did not change are one line of the table');
is($table[-1], 'counted, and not worse: buffers of 2 scenarios, rows of 1 scenario', 'which says what they are');
my %place;
foreach my $line (grep { / \| [A-Z ]+ \|?/ } @table)
{
	utf8::decode(my $text = $line);
	$place{ join(' ', map { length } (split(/ \| /, $text))[ 0 .. 0 ]) }++ unless $line =~ /a<b>/;
}
is(scalar(keys %place), 1, 'columns are aligned');
unlike(join("\n", @table, Perfkit::Comparison::notes(\@rows), Perfkit::Comparison::diffs($comparison{plan_changes}), $reason), qr/[\x00-\x08\x0b-\x1f\x7f]/,
	'no control character reaches the terminal');
is(scalar(grep { /one side was run/ } Perfkit::Comparison::notes(\@rows)), 1, 'notes');

# Formats.
my $junit = Perfkit::Format::render('junit', \%comparison);
is(check_xml($junit), '', 'JUnit: well-formed');
like($junit, qr/tests="10" failures="3" skipped="2" errors="0"/, 'WORSE is a failure, INCONCLUSIVE is skipped');
like($junit, qr/<failure message="WORSE: 1\.5 -&gt; 3, \+100\.0 % /, 'with what was measured');
like($junit, qr/<skipped message="INCONCLUSIVE: [^"]*about 7 more pairs would tell"/, 'with what it takes');
like($junit, qr/<failure message="WORSE: plan changed: index i is missing"/, 'and the plan that changed');
my $tap = Perfkit::Format::render('tap', \%comparison);
my $parser = TAP::Parser->new({ tap => $tap });
$parser->run;
is(join(' ', $parser->parse_errors), '', 'TAP: parses');
is(join(' ', $parser->failed), '1 2 3', 'what is worse has failed');
is(join(' ', $parser->skipped), '4 5', 'INCONCLUSIVE is skipped');
delete local $ENV{GITHUB_STEP_SUMMARY};
my $github = Perfkit::Format::render('github', \%comparison);
my @annotations = grep { /^::/ } split(/\n/, $github);
is(scalar(@annotations), 5, 'GitHub: an annotation for each');
like($annotations[0], qr/^::error title=[^:,]*p95_ms::WORSE: /, 'the worst first');
like($annotations[0], qr/%0Asecond line$/, 'lines stay within it');
like($annotations[-1], qr/^::warning .*::INCONCLUSIVE: /, 'what cannot be told last');
is(scalar(grep { !/^::|^perfkit / } split(/\n/, $github)), 0, 'and nothing else');
$github = Perfkit::Format::render('github', { %comparison, workload => "x\n::error::planted", rows => [ map { comparison_row("s$_", 'p50_ms', 'WORSE', shift => $_) } reverse 1 .. 30 ] });
@annotations = grep { /^::/ } split(/\n/, $github);
is(scalar(grep { /^::error title=perfkit/ } @annotations), 10, 'at most ten');
is(scalar(@annotations), 11, 'a name cannot add one');
like($annotations[0], qr/comparison s30 /, 'in the order of the comparison');
like($annotations[-1], qr/^::notice title=perfkit::20 more/, 'and how many there are besides');
my $markdown = Perfkit::Format::render('markdown', \%comparison);
my @cells = grep { /^\|/ } split(/\n/, $markdown);
is(join(' ', map { scalar(() = $_ =~ /(?<!\\)\|/g) } @cells), join(' ', (5) x 7), 'Markdown: cells stay cells');
unlike($markdown =~ s/^    .*//mgr, qr/<b>|(?<!\\)`|^# heading/m, 'and text stays text');
like($markdown, qr/^    - Index Scan using .*\n    \+ Seq Scan on t\n    ```$/m, 'diffs of plans are indented code');
is(scalar(grep { /^## / } split(/\n/, $markdown)), 1, 'one heading');
my $json = JSON::PP->new->decode(Perfkit::Format::render('json', { %comparison, workload => 'w', label => undef, reason => '', rows => [ $rows[6] ], plan_changes => [] }));
is($json->{rows}[0]{verdict}, 'NOT WORSE', 'JSON: the comparison');

# A self-check, and a comparison that could not run.
my %check = (workload => $nasty, verdict => 'FAIL', reason => "7 of 10 $nasty", self_check => { comparisons => 10 });
is(check_xml($junit = Perfkit::Format::render('junit', \%check)), '', 'JUnit of a self-check: well-formed');
like($junit, qr/false_alarms" name="result".*<failure message="7 of 10 /s, 'is one case');
like(Perfkit::Format::render('github', { workload => $nasty, verdict => 'ERROR', reason => "side B failed in pair 5 of 8:\nit died" }),
	qr/^::error title=[^\n]*::ERROR: side B failed in pair 5 of 8:%0Ait died$/m, 'GitHub: an error');
# Which scenario a statement is of, and what is rolled back of a script.
my %script = (point => "\\set i random(1, 9)\n-- a row\nSELECT *\nFROM t WHERE i = :i;\n",
	range => "SELECT * FROM t WHERE i = :i AND j > :j;\n", several => "BEGIN;\nUPDATE t SET x = ':i' || i WHERE i = :i::int \\gset\nSELECT 'a;b';\nEND;\n",
	twin => "SELECT 1;\n", other_twin => "SELECT 1;\n", long => 'SELECT ' . join(', ', map { "c$_" } 1 .. 400) . " FROM t WHERE i = :i;\n");
append_to_file("$dir/$_.sql", $script{$_}) foreach keys %script;
my $statements = Perfkit::Statements->new(map { { name => $_, path => "$dir/$_.sql" } } sort keys %script, 'missing');
foreach my $case ([ 'SELECT * FROM t WHERE i = 5;', 'point' ], [ "  SELECT *\n\tFROM t WHERE i = 'a b'", 'point' ], [ 'SELECT * FROM t WHERE i = $1', 'point' ],
	[ 'SELECT * FROM t WHERE i = 5 AND j > 6;', 'range' ], [ 'SELECT * FROM t', undef ], [ "UPDATE t SET x = '7' || i WHERE i = 7::int", 'several' ],
	[ 'SELECT 1;', undef ], [ substr($script{long}, 0, 1000), 'long' ], [ '', undef ], [ '[({*', undef ])
{
	is($statements->scenario($case->[0]), $case->[1], 'scenario of ' . substr($case->[0], 0, 40));
}
# Many values are many ways to cut a statement, which must not all be tried.
append_to_file("$dir/wide.sql", 'INSERT INTO t VALUES (' . join(',', map { ":v$_" } 1 .. 60) . ");\n");
$statements = Perfkit::Statements->new({ name => 'wide', path => "$dir/wide.sql" });
{
	local $SIG{ALRM} = sub { die "it takes too long\n" };
	alarm(20);
	is(eval { $statements->scenario('INSERT INTO t VALUES (' . join(',', 1 .. 60) . ');') } // $@, 'wide', 'scenario of many values');
	is(eval { $statements->scenario('INSERT INTO t VALUES (' . join(',', map { "'a $_'" } 1 .. 60) . ');') } // $@, 'wide', '... with spaces');
	is(eval { $statements->scenario('INSERT INTO t VALUES (' . join(',', 1 .. 90) . ') RETURNING i;') // 'none' } // $@, 'none', '... and of more than these');
	alarm(0);
}
is(Perfkit::Load::read_only($script{several}, 2) =~ s/\n+/ /gr, "BEGIN READ ONLY; SET LOCAL statement_timeout = '2s'; UPDATE t SET x = ':i' || i WHERE i = :i::int \\gset SELECT 'a;b'; ; ROLLBACK; ",
	'a script with a transaction of its own');
foreach my $text ("BEGIN;\nSELECT 1;\n", "SELECT 1; COMMIT;\n", "BEGIN; SELECT 1; END;\n", "SELECT 1;\nROLLBACK;\n",
	"BEGIN;\nDO \$x\$\nBEGIN\nEND;\n\$x\$;\nEND;\n", "PREPARE TRANSACTION 'x';\n",
	"SELECT 1;\n/* done */ COMMIT;\nDELETE FROM t;\n", "SET TRANSACTION READ WRITE;\nDELETE FROM t;\n", "SET transaction_read_only = off;\n",
	"\\shell touch x\nSELECT 1;\n", "\\setshell i echo 1\n")
{
	is(Perfkit::Load::read_only($text, 2), undef, 'not simple enough: ' . $text =~ s/\n/ /gr);
}
done_testing();
