# Plans and index checks where one session is not enough: dump and restore, a standby, other
# extensions, memory.
use strict;
use warnings;

use FindBin;
use lib "$FindBin::RealBin/lib";
use PerfkitCluster;
use PostgreSQL::Test::Cluster;
use PostgreSQL::Test::Utils;
use Test::More;

my $counts = !PerfkitCluster::lacks('pg_stat_statements');
my $node = PerfkitCluster->new(
	'primary',
	allows_streaming => 1,
	conf => "max_connections = 20\n" . ($counts ? "shared_preload_libraries = 'pg_stat_statements'\npg_stat_statements.track = all\n" : ''));

# Rows that users wrote or changed are dumped, and replace those that CREATE EXTENSION creates.
$node->safe_psql('postgres', <<'SQL');
CREATE SCHEMA "odd ""schema";
ALTER EXTENSION perfkit SET SCHEMA "odd ""schema";
SET search_path = "odd ""schema", public;
INSERT INTO perfkit_index_checks (workload, check_name, query, expected_index, also_accepted, demand)
VALUES ('mine', 'it''s "mine"', 'SELECT 1', 'a', '{b,"c d"}', 'usable');
INSERT INTO perfkit_index_checks (workload, check_name, query) VALUES ('events', 'genre', 'SELECT 2');
UPDATE perfkit_index_checks SET enabled = false WHERE workload = 'events' AND check_name = 'venue';
CREATE ROLE "its ""wri""ter";
CREATE ROLE renamed;
CREATE ROLE dropped;
INSERT INTO perfkit_index_checks (workload, check_name, query, added_by)
SELECT 'roles', r, 'SELECT current_user', r::perfkit_role FROM (VALUES ('its "wri"ter'), ('renamed'), ('dropped')) v (r);
ALTER ROLE renamed RENAME TO other_name;
CREATE ROLE renamed SUPERUSER;
SQL
my $rows = 'SELECT * FROM "odd ""schema".perfkit_index_checks ORDER BY workload, check_name';
my $before = $node->safe_psql('postgres', $rows);
my $dump = PostgreSQL::Test::Utils::tempdir();
for my $form ('plain', 'custom')
{
	$node->command_ok([ 'pg_dump', '--format', $form, '--file', "$dump/$form", $node->connstr('postgres') ], "pg_dump, $form");
	$node->safe_psql('postgres', "CREATE DATABASE restored_$form TEMPLATE template0");
	my $target = $node->connstr("restored_$form");
	$node->command_ok(
		  $form eq 'plain'
		? [ 'psql', '-X', '-q', '-v', 'ON_ERROR_STOP=1', '-f', "$dump/$form", $target ]
		: [ 'pg_restore', '--exit-on-error', '--dbname', $target, "$dump/$form" ],
		"restore, $form");
	is($node->safe_psql("restored_$form", $rows), $before, "index checks are the same after a $form restore");
}
is($node->safe_psql('postgres', 'SELECT count(*) FILTER (WHERE shipped) > 0, count(*) FILTER (WHERE NOT shipped) FROM "odd ""schema".perfkit_index_checks'),
	't|6', 'shipped rows and six others');

# Roles are dumped by their present names; if a role is missing, the row belongs to nobody.
is($node->safe_psql('postgres', q{SELECT check_name, added_by FROM "odd ""schema".perfkit_index_checks WHERE workload = 'roles' ORDER BY 1}),
	qq{dropped|dropped\nits "wri"ter|its "wri"ter\nrenamed|other_name}, "rows are their writers'");
is($node->safe_psql('postgres', <<"SQL"), '4', 'a binary copy keeps them');
SET search_path = "odd ""schema", public;
CREATE TEMP TABLE written AS
SELECT check_name, added_by FROM perfkit_index_checks WHERE workload = 'roles' UNION ALL SELECT 'none', '';
COPY written TO '$dump/binary' (FORMAT binary);
CREATE TEMP TABLE copied (LIKE written);
COPY copied FROM '$dump/binary' (FORMAT binary);
SELECT count(*) FROM written JOIN copied USING (check_name, added_by);
SQL
$node->safe_psql('postgres', 'DROP ROLE dropped; CREATE DATABASE restored_roles TEMPLATE template0');
$node->command_ok([ 'pg_restore', '--exit-on-error', '--dbname', $node->connstr('restored_roles'), "$dump/custom" ], 'restore without one of the roles');
is( $node->safe_psql('restored_roles', <<'SQL'), qq{dropped|\nits "wri"ter|its "wri"ter\nrenamed|other_name\ndropped|FAIL\nits "wri"ter|PASS\nrenamed|PASS}, 'and are so after a restore');
SELECT check_name, added_by FROM "odd ""schema".perfkit_index_checks WHERE workload = 'roles' ORDER BY 1;
SELECT check_name, verdict FROM "odd ""schema".perfkit_verify_indexes('roles') ORDER BY 1;
SQL

# A restore finds a shipped row, edited or not, by its key. An edited row is still known as such
# after a restore.
for my $change ("check_name = 'x' WHERE workload = 'events' AND check_name = 'genre'", "workload = 'x' WHERE workload = 'events' AND check_name = 'venue'",
	"workload = 'x' WHERE workload = 'events' AND check_name = 'cursor page'")
{
	my ($status, $out, $err) = $node->psql('restored_plain', qq{UPDATE "odd ""schema".perfkit_index_checks SET $change});
	like($err, qr/cannot change the key of a row that ships with perfkit/, "refused: $change");
}
$node->safe_psql('postgres', 'ALTER EXTENSION perfkit SET SCHEMA public; DELETE FROM perfkit_index_checks WHERE NOT shipped');
$node->safe_psql('restored_plain', 'DROP EXTENSION perfkit; CREATE EXTENSION perfkit SCHEMA public');

# Planning is not executing: pg_stat_statements does not count what was only planned.
$node->safe_psql('postgres', 'SELECT perfkit_seed_events(10000)');
SKIP:
{
	skip 'this PostgreSQL lacks pg_stat_statements', 2 unless $counts;
	$node->safe_psql('postgres', <<'SQL');
CREATE EXTENSION pg_stat_statements;
SELECT pg_stat_statements_reset();
SELECT perfkit_assert_index_scan('SELECT count(*) FROM events WHERE genre = ''blues''');
SELECT count(*) FROM perfkit_plan('SELECT count(*) FROM events WHERE genre = ''blues''');
SQL
	is($node->safe_psql('postgres', q{SELECT count(*) FROM pg_stat_statements WHERE query LIKE 'SELECT count(*) FROM events%' AND calls > 0}),
		'0', 'a planned statement is not counted as executed');
	$node->safe_psql('postgres', q{SELECT count(*) FROM events WHERE genre = 'blues'});
	is($node->safe_psql('postgres', q{SELECT sum(calls) FROM pg_stat_statements WHERE query LIKE 'SELECT count(*) FROM events%'}),
		'1', 'an executed one is');
}

# A hundred thousand assertions in one query take no more memory than one.
$node->safe_psql('postgres', <<'SQL');
CREATE FUNCTION bytes_used() RETURNS bigint VOLATILE LANGUAGE sql AS 'SELECT sum(total_bytes)::bigint FROM pg_backend_memory_contexts';
SQL
for my $call (
	[ 'perfkit_assert_index_scan', 100000, q{perfkit_assert_index_scan('SELECT * FROM events WHERE genre = ''blues''')::text} ],
	[ 'perfkit_plan_shape', 20000, q{perfkit_plan_shape('SELECT * FROM events WHERE genre = ''blues''')} ],
	[ 'perfkit_plan', 20000, q{(SELECT max(filter) FROM perfkit_plan('SELECT * FROM events WHERE price = ' || i))} ],
	[ 'perfkit_plan, generic', 20000, q{(SELECT max(filter) FROM perfkit_plan('SELECT * FROM events WHERE price = $1', generic => i > 0))} ],
	[ 'perfkit_plan, analyze', 5000, q{(SELECT max(actual_rows) FROM perfkit_plan('SELECT * FROM events WHERE genre = ''x''', "analyze" => i > 0))} ],
	[ 'perfkit_verify_indexes', 2000, q{(SELECT string_agg(verdict, '') FROM perfkit_verify_indexes(left('events' || i, 6)))} ])
{
	my ($name, $calls, $expression) = @$call;
	my $grown = $node->safe_psql('postgres', <<"SQL");
SELECT max(bytes) - min(bytes)
FROM (SELECT i, $expression AS result, CASE WHEN i % ($calls / 5) = 0 THEN bytes_used() END AS bytes
	  FROM generate_series(1, $calls) i OFFSET 0) s
WHERE i >= $calls / 5
SQL
	cmp_ok($grown, '<=', 256 * 1024, "memory stays flat over $calls calls of $name");
}

# A failing assertion builds an index on a sample and rolls it back. The server keeps 1.6 kB of each
# such subtransaction until the transaction ends; that is not perfkit's doing.
my $grown = $node->safe_psql('postgres', <<'SQL');
CREATE PROCEDURE grown(calls int, INOUT grown bigint) LANGUAGE plpgsql AS $$
DECLARE
	least bigint := NULL;
	failed int := 0;
BEGIN
	FOR i IN 1..calls LOOP
		BEGIN
			PERFORM perfkit_assert_index_scan('SELECT * FROM events WHERE price = 7');
		EXCEPTION WHEN assert_failure THEN
			failed := failed + 1;
		END;
		COMMIT;
		IF i % (calls / 5) = 0 THEN
			grown := bytes_used();
			least := least(least, grown);
		END IF;
	END LOOP;
	ASSERT failed = calls;
	grown := grown - least;
END $$;
CALL grown(1000, NULL);
SQL
cmp_ok($grown, '<=', 256 * 1024, 'memory stays flat over 1000 failing calls of perfkit_assert_index_scan');

# A standby plans like its primary, including statements that write; nothing is written.
$node->backup('base');
my $standby = PostgreSQL::Test::Cluster->new('standby');
$standby->init_from_backup($node, 'base', has_streaming => 1);
$standby->start;
$node->wait_for_catchup($standby, 'replay', $node->lsn('flush'));
is($standby->safe_psql('postgres', 'SELECT pg_is_in_recovery()'), 't', 'the standby is one');
for my $query (
	q{SELECT perfkit_plan_shape('SELECT * FROM events WHERE genre = ''blues''')},
	q{SELECT perfkit_plan_shape('INSERT INTO events (id) VALUES (gen_random_uuid())')},
	q{SELECT perfkit_plan_shape('DELETE FROM events WHERE genre = ''blues''')},
	q{SELECT node_type, relation, index FROM perfkit_plan('SELECT * FROM events WHERE price = 7')},
	q{SELECT perfkit_assert_index_scan('SELECT * FROM events WHERE name ILIKE ''%live%''', 'idx_events_name_trgm', 'usable')},
	q{SELECT check_name, verdict, used_index FROM perfkit_verify_indexes('events') ORDER BY 1},
	q{SELECT verdict FROM perfkit_verify_indexes('events', 'public')})
{
	my $there = $node->safe_psql('postgres', $query);
	is($standby->safe_psql('postgres', $query), $there, "the same on the standby: $query");
}
# It runs statements that only read.
is($standby->safe_psql('postgres', q{SELECT actual_rows FROM perfkit_plan('SELECT count(*) FROM events', "analyze" => true) WHERE depth = 0}),
	'1', 'a query is run on the standby');
my (undef, undef, $refused) = $standby->psql('postgres', q{\set VERBOSITY verbose
SELECT perfkit_plan('DELETE FROM events', "analyze" => true)});
like($refused, qr/25006: +cannot execute DELETE in a read-only transaction/, 'a statement that writes is not');
my ($status, undef, $error) = $standby->psql('postgres',
	q{\set VERBOSITY verbose
SELECT perfkit_assert_index_scan('SELECT * FROM events WHERE price = 7')});
like($error, qr/P0004: +no index can serve.*HINT: +Try CREATE INDEX ON events \(price\)/s, 'a failure on the standby says why');

$standby->stop;
$node->stop;
done_testing();
