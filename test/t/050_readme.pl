# The README says what is true: its SQL runs, fails where it says so, prints what it prints; and its
# reference has all there is.
#
# A block ```sql is run in one session with those before it. A plain block ``` after it is what psql
# answers; in it "..." stands for anything, a line of it alone for any lines, and the empty row of a
# function without a result is left out. A block whose answer has a line "ERROR:" must fail at its
# last statement, and any other must succeed.
use strict;
use warnings;

use FindBin;
use lib "$FindBin::RealBin/lib";
use PerfkitCluster;
use PostgreSQL::Test::Cluster;
use PostgreSQL::Test::Utils;
use Test::More;

my $node = PerfkitCluster->new('readme', conf => "shared_preload_libraries = 'perfkit'\nautovacuum = off\ntimezone = 'UTC'\n");
my $readme = slurp_file('README.md');

# The examples. Settings, too, last from one block to the next, so one psql runs all; a line of "--
# block" tells their answers apart.
my @blocks;
while ($readme =~ /^```sql\n(.*?)^```\n(?:```(?:text)?\n(.*?)^```\n)?/msg)
{
	push @blocks, { sql => $1, answer => $2, line => 1 + (substr($readme, 0, $-[0]) =~ tr/\n//) };
}
cmp_ok(scalar @blocks, '>=', 15, 'the README has examples');
my $script = PostgreSQL::Test::Utils::tempdir() . '/readme.sql';
# the session can set the guard as a superuser; a role set by a block is left at its end
append_to_file($script, join('', map { "\\echo -- block $_\n$blocks[$_]{sql}RESET ROLE;\n" } 0 .. $#blocks));
my $output = `psql -X -d '@{[ $node->connstr('postgres') ]}' -q -P pager=off -f $script 2>&1`;
$output =~ s/^psql:\S+:\d+: //mg;
$output =~ s/^ *perfkit_\w+ *\n-+\n *\n\(1 row\)\n\n//mg;
my @answers = split /^-- block \d+\n/m, "$output\n", -1;
shift @answers;
is(scalar @answers, scalar @blocks, 'all were run');

# like_answer(TEXT): a pattern for what psql prints.
sub like_answer
{
	my ($text) = @_;
	my $pattern = join('', map { $_ eq "...\n" ? '(?:.*\n)*?' : join('.*', map { quotemeta } split /\.\.\./, $_ =~ s/\s*\n//r, -1) . '\s*?\n' } $text =~ /(.*\n)/g);
	return qr/\A$pattern\z/;
}

foreach my $i (0 .. $#blocks)
{
	my ($block, $answer) = ($blocks[$i], $answers[$i] // '');
	my $name = "line $block->{line}: " . ($block->{sql} =~ /(.*)/)[0];
	if (defined $block->{answer} && $block->{answer} =~ /^ERROR:/m)
	{
		is(() = $answer =~ /^ERROR:/mg, 1, "$name ... fails once");
	}
	else
	{
		unlike($answer, qr/^(?:ERROR|FATAL|WARNING):/m, "$name ... works") or diag($answer);
	}
	if (defined $block->{answer})
	{
		like($answer =~ s/\n\n*\z/\n/r, like_answer($block->{answer}), "$name ... and prints what is said");
	}
}

# The recipe for CI: its files, run by its command in a database of its own, pass; and a schema that
# lost its index does not.
my ($recipe) = $readme =~ /^## Your schema in your CI\n(.*?)^## /ms;
my %file = $recipe =~ /^```sql\n-- (\w+\.sql)\n(.*?)^```\n/msg;
my ($command) = $recipe =~ /^```sh\n(.*?)^```\n/ms;
is(join(' ', sort keys %file), 'plans.sql schema.sql', 'the recipe has its files');

# run_recipe(DATABASE, FILES): its exit status and standard error.
sub run_recipe
{
	my ($database, %contents) = @_;
	my $directory = PostgreSQL::Test::Utils::tempdir();
	append_to_file("$directory/$_", $contents{$_}) foreach keys %contents;
	$node->safe_psql('postgres', "CREATE DATABASE $database");
	local @ENV{qw(PGHOST PGPORT PGDATABASE)} = ($node->host, $node->port, $database);
	my $error = '';
	IPC::Run::run([ 'sh', '-c', "cd '$directory' && $command" ], '>', '/dev/null', '2>', \$error);
	return ($? >> 8, $error);
}
my ($exit, $said) = run_recipe('recipe', %file);
is($exit, 0, 'the recipe passes') or diag($said);
$file{'schema.sql'} =~ s/^CREATE INDEX (.*)/CREATE INDEX bookings_holder ON bookings (event_id);/m;
($exit, $said) = run_recipe('recipe_without', %file);
is($exit, 3, 'without the index, psql exits with 3');
like($said, qr/ERROR:.*\n(.*\n)*HINT:.*CREATE INDEX ON bookings \(holder\)/, 'and says which index is missing');

# What the recipe says of PL/pgSQL.
my $catch = 'DO $do$ BEGIN PERFORM perfkit_assert_no_seq_scan($$SELECT * FROM bookings WHERE paid$$); EXCEPTION WHEN %s THEN NULL; END $do$';
isnt($node->psql('recipe', sprintf($catch, 'OTHERS')), 0, 'WHEN OTHERS does not catch a failed assertion');
is($node->psql('recipe', sprintf($catch, 'assert_failure')), 0, 'WHEN assert_failure does');

# The reference: everything of the extension that has a name, with a function's exact arguments.
my %described = map { $_ => 1 } $readme =~ /^\| `([^`]+)` \|/mg;
my @there = split /\n/, $node->safe_psql('postgres', <<'SQL');
SELECT CASE d.classid
	WHEN 'pg_proc'::regclass THEN (
		SELECT format('%s(%s)', proname, (
			SELECT string_agg(format('%I %s', name, format_type(type, NULL)), ', ' ORDER BY i)
			FROM unnest(coalesce(proallargtypes, proargtypes::oid[]), proargnames, proargmodes) WITH ORDINALITY AS arguments (type, name, mode, i)
			WHERE coalesce(mode, 'i') = 'i'))
		FROM pg_proc WHERE oid = d.objid)
	ELSE (SELECT relname::text FROM pg_class WHERE oid = d.objid) END
FROM pg_depend d JOIN pg_extension e ON e.oid = d.refobjid AND d.refclassid = 'pg_extension'::regclass
WHERE e.extname = 'perfkit' AND d.deptype = 'e' AND
	(d.classid = 'pg_proc'::regclass OR d.classid = 'pg_class'::regclass AND (SELECT relkind IN ('r', 'v') FROM pg_class WHERE oid = d.objid))
UNION ALL
SELECT name FROM pg_settings WHERE name LIKE 'perfkit.%'
ORDER BY 1
SQL
cmp_ok(scalar @there, '>=', 30, 'the catalog has objects');
is(join("\n", grep { !$described{$_} } @there), '', 'all are in the reference');
my %there = map { $_ => 1 } @there;
is(join("\n", grep { /perfkit/ && !$there{$_} } sort keys %described), '', 'nothing else is');
is( $node->safe_psql('postgres', q{SELECT count(*) FROM pg_depend d JOIN pg_extension e ON e.oid = d.refobjid AND d.refclassid = 'pg_extension'::regclass
	WHERE e.extname = 'perfkit' AND d.classid IN ('pg_proc'::regclass, 'pg_class'::regclass) AND obj_description(d.objid, d.classid::regclass::text) IS NULL
		AND (d.classid <> 'pg_class'::regclass OR (SELECT relkind IN ('r', 'v') FROM pg_class WHERE oid = d.objid))}),
	'0', 'each has a comment');
is($node->safe_psql('postgres', q{SELECT setting FROM pg_settings WHERE name = 'perfkit.guard_min_rows'}), '10000', "the guard's default is the one in the reference");

$node->stop;
done_testing();
