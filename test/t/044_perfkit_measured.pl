# What a run is judged by is what was measured: every statement counts against max_buffers or leaves
# it undecided, text is passed on as it is, and a run that was rejected or not finished cannot be
# asserted.
use strict;
use warnings;

use FindBin;
use lib "$FindBin::RealBin/lib";
use BenchRun;
use PerfkitCluster;
use PostgreSQL::Test::Utils;
use Test::More;

my $node = PerfkitCluster->new('main', create => 0);
my $dsn = $node->connstr('postgres');
my $dir = PostgreSQL::Test::Utils::tempdir();
my ($status, $out, $err, $run);

$node->safe_psql('postgres', <<'SQL');
CREATE EXTENSION perfkit CASCADE;
CREATE TABLE big AS SELECT i, repeat('x', 1000) AS filler FROM generate_series(1, 1000) i;
CREATE PROCEDURE read_all() LANGUAGE plpgsql AS $$ BEGIN PERFORM count(*) FROM big; END $$;
SQL
my @short = ('--dsn', $dsn, '--clients', 1, '--duration', 1);

# write_to(PATH, TEXT)
sub write_to
{
	my ($path, $text) = @_;
	unlink($path);
	append_to_file($path, $text);
}

# last_run(): its number and what perfkit_run_verdict() says of it.
sub last_run { return $node->safe_psql('postgres', 'SELECT max(run_id) FROM perfkit_runs'); }
sub stored_verdict { return $node->safe_psql('postgres', 'SELECT verdict FROM perfkit_run_verdict(' . last_run() . ')'); }

# max_buffers: each script but the first reads all of a table of more than 100 blocks.
my $count = 'SELECT count(*) FROM big';
my @cases = (
	[ nothing => 'PASS', "BEGIN;\nSELECT 1;\nEND;\n" ],
	[ comment => 'FAIL', "/* a /* nested */ comment; */ $count;\n" ],
	[ dashes => 'FAIL', "SELECT 1;\n-- a comment; with a semicolon\n$count;\n" ],
	[ parentheses => 'FAIL', "( /* union */ ($count) UNION ALL SELECT 1);\n" ],
	[ called => 'INCONCLUSIVE', "SELECT 1;\nCALL read_all();\n" ],
	[ executed => 'INCONCLUSIVE', "PREPARE all_of_it AS $count;\nEXECUTE all_of_it;\nDEALLOCATE all_of_it;\n" ],
	[ block => 'INCONCLUSIVE', "/* c */ DO \$\$ BEGIN PERFORM count(*) FROM big; END \$\$;\n" ],
	[ together => 'INCONCLUSIVE', "BEGIN\\; $count\\; END;\n" ],
	[ set => 'INCONCLUSIVE', "SET application_name = 'nothing to measure';\n" ]);
append_to_file("$dir/$_->[0].sql", $_->[2]) foreach @cases;
($status, $out, $err) = bench(@short, '--output', "$dir/out",
	map { ('--script', "$dir/$_->[0].sql", '--budget', "$_->[0] max_buffers<100") } @cases);
is($status, 1, 'scripts that read a whole table');
$run = read_run("$dir/out");
my %verdict = map { $_->{scenario} => $_->{verdict} } @{ $run->{verdicts} };
is($verdict{ $_->[0] }, $_->[1], "max_buffers of script \"$_->[0]\"") foreach @cases;
like($out, qr/^note: the blocks that scenario called touches could not be counted: it runs CALL, which perfkit cannot plan$/m, 'a note says why');
like($out, qr/^note: .* executed .*: it runs EXECUTE, /m, 'of each');
like($out, qr/^note: .* together .*: it runs BEGIN; \.\.\., /m, 'of statements that are sent together');
like($out, qr/^note: .* set .*: it runs no query$/m, 'of a script without queries');

# The same where the budget is a row of perfkit_budgets, and nothing can be measured.
$node->safe_psql('postgres', q{INSERT INTO perfkit_budgets (workload, metric, limit_value) VALUES ('called', 'max_buffers', 100), ('called', 'max_ms', 600000)});
($status, $out, $err) = bench(@short, '--script', "$dir/called.sql", '--output', "$dir/out");
is($status, 3, 'a max_buffers of perfkit_budgets that cannot be measured');
like($out, qr/^INCONCLUSIVE: 1 of 2 budgets were not measured$/m, 'is not kept');

# Letters outside ASCII: in a script, in a check, in names of schemas, and through the search path.
$node->safe_psql('postgres', <<'SQL');
CREATE SCHEMA "größe";
CREATE TABLE "größe".people AS SELECT i AS id, CASE WHEN i % 100 = 0 THEN 'Björk' ELSE 'x' || i END AS name
FROM generate_series(1, 1000) i;
CREATE INDEX "people_björk" ON "größe".people (id) WHERE name = 'Björk';
SQL
mkdir("$dir/letters");
append_to_file("$dir/letters/look.sql", "SELECT 1 / count(*) FROM people WHERE name = 'Björk' AND :people > 0;\n");
append_to_file("$dir/letters/prepare.sql", "SELECT 'people', count(*) FROM people;\n");
append_to_file("$dir/letters/checks", "-- check: à la Björk\n-- index: people_björk\n-- demand: usable\nSELECT id FROM people WHERE name = 'Björk' AND id > 5;\n");
($status, $out, $err) = bench("$dir/letters", '--dsn', "$dsn options='-c search_path=größe'", '--clients', 1, '--duration', 1,
	'--budget', 'max_buffers<100', '--output', "$dir/out");
is($status, 0, 'a workload with letters outside ASCII') or diag($err);
like($out, qr/^PASS: 1 budgets kept, 1 index checks passed$/m, 'is measured and checked');
like($out, qr/^ à la Björk +\| people_björk +\| usable +\| PASS/m, 'and shown');
$run = read_run("$dir/out");
ok($run->{work}{look}{blocks} > 0, 'its statement, which fails where the name is another, is counted');
is($run->{index_checks}[0]{check_name}, 'à la Björk', 'and the names are stored');
is($node->safe_psql('postgres', q{SELECT index_checks #>> '{0,check_name}' FROM perfkit_runs ORDER BY run_id DESC LIMIT 1}), 'à la Björk', 'as they are');

# perfkit scale plans the same statements.
mkdir("$dir/scaled");
append_to_file("$dir/scaled/look.sql", "/* c */ SELECT id FROM people WHERE name = 'Björk' AND id > 990;\n");
append_to_file("$dir/scaled/seed.sql", <<'SQL');
CREATE TABLE people AS SELECT i AS id, CASE WHEN i % 100 = 0 THEN 'Björk' ELSE 'x' || i END AS name FROM generate_series(1, :rows) i;
CREATE INDEX "people_björk" ON people (id) WHERE name = 'Björk';
ANALYZE people;
SQL
($status, $out, $err) = bench_program('bench/scale', "$dir/scaled", 1000, '--dsn', $dsn, '--duration', 1, '--output', "$dir/scale");
isnt($status, 2, 'perfkit scale') or diag($err);
like(slurp_file("$dir/scale/1000/look.plans"), qr/people_björk/, 'finds the plan of a statement behind a comment');

# A directory with @ in its name.
mkdir("$dir/at\@home");
append_to_file("$dir/at\@home/one.sql", "SELECT 1;\n");
($status, $out, $err) = bench(@short, '--script', "$dir/at\@home/one.sql", '--budget', 'max_buffers<100', '--output', "$dir/out");
is($status, 0, 'a script below a directory with @ in its name') or diag($err);

# A log that lacks a transaction is no run.
my $pgbench = (grep { -x } map { "$_/pgbench" } split(/:/, $ENV{PATH}), split(/\n/, `${\($ENV{PG_CONFIG} // 'pg_config')} --bindir`))[0];
mkdir("$dir/bin");
append_to_file("$dir/bin/pgbench", <<"SH");
#!/bin/sh
"$pgbench" "\$@" || exit
for argument; do
	case \$argument in
		--log-prefix=*) for log in "\${argument#*=}".*; do sed '\$d' "\$log" > "\$log.cut" && mv "\$log.cut" "\$log"; done ;;
	esac
done
SH
chmod(0755, "$dir/bin/pgbench");
my $before = last_run();
{
	local $ENV{PATH} = "$dir/bin:$ENV{PATH}";
	($status, $out, $err) = bench(@short, '--script', "$dir/nothing.sql", '--budget', 'max_ms<600000', '--output', "$dir/out");
}
is($status, 2, 'a log that is not complete');
like($err, qr/do not agree:\n.*\d+ transactions and 0 errors in the log, \d+ and 0 by pgbench/, 'is told');
unlike($err, qr/WARNING/, 'and nothing else');
is(last_run(), $before, 'and no run is stored');
is($node->safe_psql('postgres', "SELECT count(*) FROM perfkit_run_seconds WHERE run_id > $before"), '0', 'nor its transactions');

# Invariants that have not been checked: the run cannot be asserted. The role here has only the
# privileges that perfkit run asks for.
$node->safe_psql('postgres', 'CREATE ROLE runner LOGIN; GRANT CREATE ON SCHEMA public TO runner');
mkdir("$dir/sound");
append_to_file("$dir/sound/one.sql", "SELECT 1;\n");
append_to_file("$dir/sound/budgets", "max_ms 600000\n");
my @sound = ("$dir/sound", '--dsn', "$dsn user=runner", '--clients', 1, '--duration', 1, '--output', "$dir/out");
write_to("$dir/sound/invariants.sql", "SELECT 'one is one', 1 = 1, NULL;\n");
($status, $out, $err) = bench(@sound);
my ($grants) = $err =~ /have the owner of perfkit run: (.*)/;
like($grants // '', qr/GRANT SELECT, INSERT ON public\.perfkit_runs TO runner/, 'what to grant');
$node->safe_psql('postgres', $grants);
($status, $out, $err) = bench(@sound);
is($status, 0, 'a run whose invariants were checked') or diag($err);
like($out, qr/^PASS: 1 budgets kept, 1 invariants hold$/m, 'has its own alone');
$node->safe_psql('postgres', 'SELECT perfkit_assert_run(' . last_run() . ')');

write_to("$dir/sound/invariants.sql", "SELECT no_such_column;\n");
$before = last_run();
($status, $out, $err) = bench(@sound);
is($status, 2, 'invariants that fail');
cmp_ok(last_run(), '>', $before, 'leave the run stored');
is(stored_verdict(), 'FAIL', 'but it does not pass');
my ($ret, $stdout, $stderr) = $node->psql('postgres', 'SELECT perfkit_assert_run(' . last_run() . ')');
isnt($ret, 0, 'nor can it be asserted');
like($stderr, qr/the invariants were checked: invariants\.sql failed, or/, 'and the error says why');
($status, $out, $err) = bench(@sound, '--no-checks');
is($status, 0, '--no-checks asks for none');
is(stored_verdict(), 'PASS', 'and the run passes');

write_to("$dir/sound/invariants.sql", "SELECT 'one is one', pg_sleep(600) IS NOT NULL, 'slow';\n");
$before = last_run();
my $started = bench_start(@sound);
ok(poll_until(sub { sessions($node, "query LIKE '%pg_sleep(600)%'") }), 'a run that checks its invariants');
kill('INT', $started->{pid});
($status) = bench_wait($started);
is($status, 130, 'is interrupted');
cmp_ok(last_run(), '>', $before, 'it is stored');
is(stored_verdict(), 'FAIL', 'and does not pass');
ok(poll_until(sub { left_behind() eq '' }), 'no temporary file is left');

$node->stop;
done_testing();
