# The guard of a whole server: findings of all sessions, bounded and private; with other hooks, in
# any order.
use strict;
use warnings;

use FindBin;
use lib "$FindBin::RealBin/lib";
use PerfkitCluster;
use PostgreSQL::Test::Cluster;
use PostgreSQL::Test::Utils;
use Test::More;

my @lacking = PerfkitCluster::lacks('auto_explain', 'pg_stat_statements');
plan skip_all => "this PostgreSQL lacks @lacking" if @lacking;

my $node = PerfkitCluster->new('guarded', conf => <<'CONF');
shared_preload_libraries = 'auto_explain, perfkit, pg_stat_statements'
perfkit.guard = log
perfkit.guard_min_rows = 1000
perfkit.guard_max = 100
pg_stat_statements.track = all
auto_explain.log_min_duration = 0
auto_explain.log_analyze = on
auto_explain.log_nested_statements = on
max_connections = 20
CONF

$node->safe_psql('postgres', <<'SQL');
CREATE EXTENSION pg_stat_statements;
CREATE SCHEMA "odd ""schema";
CREATE TABLE "odd ""schema"."big table" (id int PRIMARY KEY, v int);
INSERT INTO "odd ""schema"."big table" SELECT i, i % 100 FROM generate_series(1, 2000) i;
CREATE TABLE big AS SELECT * FROM "odd ""schema"."big table";
ALTER TABLE big ADD PRIMARY KEY (id);
ANALYZE "odd ""schema"."big table", big;
CREATE ROLE alice LOGIN;
CREATE ROLE monitor LOGIN IN ROLE pg_read_all_stats;
GRANT SELECT ON big TO alice;
CREATE FUNCTION count_all() RETURNS bigint LANGUAGE plpgsql AS $$ BEGIN RETURN (SELECT count(*) FROM public.big); END $$;
SELECT perfkit_guard_reset();
SQL

sub findings
{
	my ($columns, $condition) = @_;
	return $node->safe_psql('postgres',
		"SELECT $columns FROM (SELECT * FROM perfkit_guard_findings ORDER BY relation, sample_query) f WHERE " . ($condition // 'true'));
}

# The same in all orders of loading; the results of statements are the same as without the guard.
my @orders = ('auto_explain, perfkit, pg_stat_statements', 'pg_stat_statements, auto_explain, perfkit', 'perfkit, pg_stat_statements, auto_explain');
for my $order (@orders)
{
	if ($order ne $orders[0])
	{
		$node->append_conf('postgresql.conf', "shared_preload_libraries = '$order'");
		$node->restart;
	}
	is(findings('count(*)'), '0', "$order: none at the start");
	my $at = -s $node->logfile;
	$node->safe_psql('postgres', 'SELECT pg_stat_statements_reset()');
	for my $session (1 .. 2)
	{
		is($node->safe_psql('postgres', 'SELECT count(*) FROM "odd ""schema"."big table" WHERE v = 3; SELECT v FROM big WHERE id = 5'),
			"20\n5", "results, session $session");
	}
	is($node->safe_psql('postgres', 'SELECT count_all(), count_all()'), '2000|2000', 'results of a function');
	is(findings(q{queryid IS NOT NULL, userid::regrole, dbid = (SELECT oid FROM pg_database WHERE datname = 'postgres'), relation, node_type, calls, first_seen < last_seen OR calls < 3, sample_query}),
		join("\n",
			't|postgres|t|"odd ""schema"."big table"|Seq Scan|2|t|SELECT count(*) FROM "odd ""schema"."big table" WHERE v = 3',
			't|postgres|t|public.big|Seq Scan|2|t|(SELECT count(*) FROM public.big)'),
		'findings of two sessions, and of a function');
	is( $node->safe_psql('postgres', 'SELECT count(*), sum(s.calls) FROM perfkit_guard_findings f JOIN pg_stat_statements s USING (queryid, userid, dbid)'),
		'2|4', 'pg_stat_statements counts the same, under the same identifiers');
	my $log = slurp_file($node->logfile, $at);
	is(() = $log =~ /LOG:  sequential scan of table "big"/g, 2, 'in the log too');
	like($log, qr/Query Text: SELECT v FROM big WHERE id = 5\n\tIndex Scan using big_pkey on big .*actual/, 'auto_explain explains');
}

# Only the administrator can change the setting here.
my ($status, $out, $err) = $node->psql('postgres', "SET ROLE alice; SET perfkit.guard = off");
like($err, qr/permission denied to set parameter "perfkit.guard"/, 'a user cannot turn it off');
($status, $out, $err) = $node->psql('postgres', "SET ROLE alice; SET perfkit.guard_min_rows = 1000000");
like($err, qr/permission denied to set parameter "perfkit.guard_min_rows"/, 'or blind it');
($status, $out, $err) = $node->psql('postgres', 'SET perfkit.guard_max = 5');
like($err, qr/cannot be changed without restarting/, 'the number of findings is fixed');
$node->safe_psql('postgres', 'GRANT SET ON PARAMETER perfkit.guard TO alice');
is($node->safe_psql('postgres', 'SET ROLE alice; SET perfkit.guard = off; SELECT count(*) FROM big'), '2000', 'unless it is granted');

# Statements of other users are private.
$node->safe_psql('postgres', 'SELECT perfkit_guard_reset()');
$node->safe_psql('postgres', "SELECT count(*) FROM big WHERE v = 12345");
$node->safe_psql('postgres', "SELECT count(*) FROM big WHERE v = 7", extra_params => [ '-U', 'alice' ]);
my $query = 'SELECT queryid IS NULL, relation, calls, sample_query FROM perfkit_guard_findings ORDER BY sample_query';
is( $node->safe_psql('postgres', $query, extra_params => [ '-U', 'alice' ]),
	"t||1|<insufficient privilege>\nf|public.big|1|SELECT count(*) FROM big WHERE v = 7",
	'users see the text of their own statements');
is( $node->safe_psql('postgres', $query, extra_params => [ '-U', 'monitor' ]),
	"f|public.big|1|SELECT count(*) FROM big WHERE v = 12345\nf|public.big|1|SELECT count(*) FROM big WHERE v = 7",
	'pg_read_all_stats sees all');
($status, $out, $err) = $node->psql('postgres', 'SELECT perfkit_guard_reset()', extra_params => [ '-U', 'monitor' ]);
like($err, qr/permission denied for function perfkit_guard_reset/, 'and may not reset');

# Bounded: the latest are kept. Long texts are truncated between characters.
$node->safe_psql('postgres', <<'SQL');
DO $$
BEGIN
	FOR i IN 1..300 LOOP
		EXECUTE 'SELECT ' || repeat('1, ', i) || 'count(*) FROM big';
	END LOOP;
END $$;
SQL
my $kept = findings('count(*)');
cmp_ok($kept, '<=', 100, 'no more than guard_max');
cmp_ok($kept, '>=', 90, 'and not many fewer');
$node->safe_psql('postgres', q{SELECT 'ü' || 'a' || repeat('ü', 2000), count(*) FROM big});
$node->safe_psql('postgres', q{SELECT 'a' || repeat('ü', 2000), count(*), '} . ('ü' x 1000) . q{' FROM big});
is(findings('max(octet_length(sample_query)) IN (1022, 1023), bool_and(char_length(sample_query) <= 1023)'), 't|t', 'texts are cut');
# By age: a finding that was seen recently stays.
is(findings('count(*)', q{sample_query LIKE 'SELECT ''a''%'}), '1', 'the newest is there');

# Every call is counted, also of concurrent clients, in an error or in a subtransaction.
$node->safe_psql('postgres', 'SELECT perfkit_guard_reset()');
my $script = PostgreSQL::Test::Utils::tempdir() . '/script.sql';
append_to_file($script, "SELECT count(*) FROM big;\n");
$node->command_ok([ 'pgbench', '--no-vacuum', '--client', '4', '--transactions', '50', '--protocol', 'prepared', '--file', $script, $node->connstr('postgres') ],
	'four clients');
is(findings('calls, sample_query'), '200|SELECT count(*) FROM big', 'every call of every client');
$node->psql('postgres', 'SET perfkit.guard = error; BEGIN; SAVEPOINT a; SELECT count(*) FROM big; ROLLBACK TO a; COMMIT');
is(findings('calls'), '201', 'one that was refused');
is( $node->safe_psql('postgres', <<'SQL'), '2000', 'a parallel plan');
SET max_parallel_workers_per_gather = 2; SET parallel_setup_cost = 0; SET parallel_tuple_cost = 0; SET min_parallel_table_scan_size = 0;
SELECT count(*) FROM big;
SQL
is(findings('node_type, calls', q{node_type <> 'Seq Scan'}), 'Parallel Seq Scan|1', 'is one finding, not one for each worker');

# perfkit's own tables do not belong to the application.
$node->safe_psql('postgres', <<'SQL');
SELECT perfkit_guard_reset();
INSERT INTO perfkit_index_checks (workload, check_name, query) SELECT 'mine', i::text, 'SELECT 1' FROM generate_series(1, 2000) i;
ANALYZE perfkit_index_checks;
SELECT count(*) FROM perfkit_index_checks WHERE query LIKE '%2%';
SQL
is(findings('count(*)'), '0', 'tables of perfkit are exempt');

# perfkit's own statements are exempt, but not what they call.
$node->safe_psql('postgres', <<'SQL');
CREATE ROLE app LOGIN;
GRANT CREATE ON SCHEMA public TO app;
GRANT SELECT ON big TO app;
ALTER ROLE app SET perfkit.guard = error;
SQL

sub as_app
{
	my ($sql) = @_;
	my ($result, $stdout, $stderr) = $node->psql('postgres', "SET client_min_messages = warning; $sql", extra_params => [ '-U', 'app' ]);
	return $result == 0 ? $stdout : $stderr;
}
my $refused = qr/ERROR:  sequential scan of table "big"/;
like(as_app('SELECT count(*) FROM big'), $refused, 'a role whose guard refuses');
is(as_app('SELECT perfkit_seed_events(1500)'), '1500', 'seeds');
is(as_app('SELECT perfkit_seed_events(1600)'), '100', 'and adds to a table that is read for it');
is(as_app('SELECT perfkit_seed_domain_events(1, 1500)'), '1500', 'an event store too');
is(as_app('SELECT perfkit_seed_domain_events(1, 1600)'), '100', 'which is added to');
like(as_app('SELECT count(*) FROM events'), qr/ERROR:  sequential scan of table "events"/, 'and is guarded afterwards');
as_app(<<'SQL');
CREATE TABLE noted (n bigint);
CREATE FUNCTION count_in_trigger() RETURNS trigger LANGUAGE plpgsql AS
$$ BEGIN INSERT INTO noted SELECT count(*) FROM big; RETURN NEW; END $$;
CREATE FUNCTION count_now() RETURNS bigint VOLATILE LANGUAGE plpgsql AS $$ BEGIN RETURN (SELECT count(*) FROM big); END $$;
CREATE FUNCTION count_when_planned() RETURNS bigint IMMUTABLE LANGUAGE plpgsql AS $$ BEGIN RETURN (SELECT count(*) FROM big); END $$;
SQL
for my $case (
	[ 'a row trigger', 'CREATE TRIGGER t BEFORE INSERT ON events FOR EACH ROW EXECUTE FUNCTION count_in_trigger()', 'DROP TRIGGER t ON events' ],
	[ 'a statement trigger', 'CREATE TRIGGER t AFTER INSERT ON events EXECUTE FUNCTION count_in_trigger()', 'DROP TRIGGER t ON events' ],
	[ 'a default', 'ALTER TABLE events ADD extra bigint; ALTER TABLE events ALTER extra SET DEFAULT count_now()', 'ALTER TABLE events DROP extra' ],
	[ 'a default that the planner evaluates', 'ALTER TABLE events ADD extra bigint; ALTER TABLE events ALTER extra SET DEFAULT count_when_planned()', 'ALTER TABLE events DROP extra' ])
{
	my ($what, $set, $unset) = @$case;
	as_app($set);
	like(as_app('SELECT perfkit_seed_events(1601)'), $refused, "$what is not exempt");
	as_app($unset);
}
is(as_app('SELECT perfkit_seed_events(1601)'), '1', 'without them the table is seeded');
for my $case ([ 'beside', 'ALSO' ], [ 'instead of', 'INSTEAD' ])
{
	my ($what, $kind) = @$case;
	as_app("CREATE RULE r AS ON INSERT TO domain_events DO $kind INSERT INTO noted SELECT count(*) FROM big");
	like(as_app('SELECT perfkit_seed_domain_events(1, 1601)'), $refused, "a rule's statement $what it is not exempt");
	as_app('DROP RULE r ON domain_events');
}
is(as_app('SELECT perfkit_seed_domain_events(1, 1601)'), '1', 'without rules the store is seeded');
is($node->safe_psql('postgres', 'SELECT count(*) FROM noted'), '0', 'and nothing was left by the refused ones');

# If a string has several statements, the sample is the one that ran.
$node->safe_psql('postgres', 'SELECT perfkit_guard_reset()');
$node->safe_psql('postgres', 'CREATE TABLE target (n bigint); CREATE TABLE plain (n bigint); CREATE RULE r AS ON INSERT TO target DO ALSO INSERT INTO plain SELECT count(*) FROM big');
my @statements = (
	'CREATE TABLE c1 AS SELECT 1 AS c1, v FROM big',
	'SELECT 2 AS c2, v INTO c2 FROM big',
	'EXPLAIN ANALYZE SELECT 3, v FROM big',
	'EXPLAIN ANALYZE CREATE TABLE c4 AS SELECT 4 AS c4, v FROM big',
	'DECLARE c CURSOR FOR SELECT 5, v FROM big',
	'COPY (SELECT 6, v FROM big) TO STDOUT',
	'CREATE MATERIALIZED VIEW m AS SELECT 7 AS c7, v FROM big',
	'REFRESH MATERIALIZED VIEW m',
	'INSERT INTO plain SELECT 9 + v FROM big',
	'DELETE FROM plain WHERE n IN (SELECT 10 + v FROM big)',
	"SELECT 'a;b', v FROM big");
my %sampled;
for my $statement (@statements, 'PREPARE p AS SELECT 11, v FROM big; EXECUTE p', 'INSERT INTO target VALUES (1)')
{
	$node->safe_psql('postgres', '', extra_params => [ '--command' => "BEGIN; ALTER ROLE app PASSWORD 'secret12'; $statement ; ALTER ROLE app PASSWORD 'secret13'; COMMIT" ]);
	# a constant does not make another query
	$sampled{$_} = 1 for split /\n/, $node->safe_psql('postgres', 'SELECT sample_query FROM perfkit_guard_findings');
	$node->safe_psql('postgres', 'SELECT perfkit_guard_reset()');
}
unlike(join("\n", keys %sampled), qr/secret/, 'no other statement of the string shows');
for my $statement (@statements)
{
	ok($sampled{$statement}, "sample of $statement") or diag(join("\n", sort keys %sampled));
}
ok($sampled{'PREPARE p AS SELECT 11, v FROM big'}, 'what EXECUTE runs is what was prepared');
ok($sampled{'<a statement of a rule>'}, 'a rule does not record where its statement is');
$script = PostgreSQL::Test::Utils::tempdir() . '/extended.sql';
append_to_file($script, "CREATE TEMPORARY TABLE mine ON COMMIT DROP AS SELECT 15 AS c, v FROM big;\n");
$node->command_ok([ 'pgbench', '--no-vacuum', '--transactions', '2', '--protocol', 'extended', '--file', $script, $node->connstr('postgres') ], 'the extended protocol');
is(findings('calls', q{sample_query = 'CREATE TEMPORARY TABLE mine ON COMMIT DROP AS SELECT 15 AS c, v FROM big'}), '2', 'its sample');

# Every database shows all findings, whatever its encoding.
$node->safe_psql('postgres', 'CREATE TABLE "☃ü" AS TABLE big; ANALYZE "☃ü"; SELECT perfkit_guard_reset()');
$node->safe_psql('postgres', q{SELECT count(*) /* ☃ ü */ FROM "☃ü"});
for my $encoding ('LATIN1', 'SQL_ASCII')
{
	$node->safe_psql('postgres', "CREATE DATABASE other_\L$encoding\E TEMPLATE template0 ENCODING '$encoding' LC_COLLATE 'C' LC_CTYPE 'C'");
	$node->safe_psql("other_\L$encoding", 'CREATE EXTENSION perfkit CASCADE');
}
$ENV{PGCLIENTENCODING} = 'UTF8';
my $columns = 'SELECT relation, sample_query FROM perfkit_guard_findings';
is( $node->safe_psql('other_latin1', $columns),
	q{public."\xE2\x98\x83ü"|SELECT count(*) /* \xE2\x98\x83 ü */ FROM "\xE2\x98\x83ü"}, 'a character that LATIN1 lacks is escaped');
is($node->safe_psql('other_sql_ascii', $columns), q{public."☃ü"|SELECT count(*) /* ☃ ü */ FROM "☃ü"}, 'SQL_ASCII takes all');
# A string in a database without an encoding need not be valid text elsewhere.
$node->safe_psql('other_sql_ascii', q{CREATE TABLE big AS SELECT i FROM generate_series(1, 2000) i; ANALYZE big; SELECT perfkit_guard_reset()});
$ENV{PGCLIENTENCODING} = 'SQL_ASCII';
$node->safe_psql('other_sql_ascii', qq{SELECT count(*) /* \xFF \xC3\xBC */ FROM big});
delete $ENV{PGCLIENTENCODING};
is($node->safe_psql('postgres', 'SELECT sample_query FROM perfkit_guard_findings'), qq{SELECT count(*) /* \\xFF \xC3\xBC */ FROM big}, 'bytes that are no character');

# Found without query identifiers, too.
$node->safe_psql('postgres', 'SELECT perfkit_guard_reset()');
$node->append_conf('postgresql.conf', "compute_query_id = off\nauto_explain.log_min_duration = -1");
$node->restart;
$node->safe_psql('postgres', 'SELECT count(*) FROM big; SELECT sum(v) FROM big');
is(findings('queryid IS NULL, calls, sample_query'), 't|2|SELECT count(*) FROM big', 'a row for each table without identifiers');

# In session_preload_libraries: the user can change the setting, and nothing is collected.
$node->append_conf('postgresql.conf', "shared_preload_libraries = ''\nsession_preload_libraries = 'perfkit'\nperfkit.guard = warning\ncompute_query_id = auto");
$node->append_conf('postgresql.conf', "perfkit.guard_max = 100");
$node->restart;
($status, $out, $err) = $node->psql('postgres', "SELECT count(*) FROM big; SET perfkit.guard = off; SELECT count(*) FROM big", extra_params => [ '-U', 'alice' ]);
is(() = $err =~ /WARNING:  sequential scan of table "big"/g, 1, 'a session that may turn it off');
is($out, "2000\n2000", 'with the same results');

$node->stop;
done_testing();
