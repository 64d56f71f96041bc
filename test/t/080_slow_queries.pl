# perfkit_slow_queries(): what has to be there first, whose statements are shown and planned, and
# why some have no plan.
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

my $node = PerfkitCluster->new('slow', conf => "shared_preload_libraries = 'perfkit, auto_explain'\n");
my $sql = sub { return $node->safe_psql('postgres', @_) };

# fails(QUERY): the message that it ends with.
sub fails
{
	my ($query, $database) = @_;
	my ($status, $out, $err) = $node->psql($database // 'postgres', $query);
	isnt($status, 0, "$query fails") or diag($out);
	return $err;
}

# What has to be there first; the hint is run as it stands.
$sql->('CREATE ROLE alice LOGIN; CREATE ROLE monitor LOGIN IN ROLE pg_read_all_stats; CREATE ROLE other LOGIN');
my $error = fails('SELECT * FROM perfkit_slow_queries()');
like($error, qr/"pg_stat_statements" is not loaded\nDETAIL:  It counts statements only if it is in shared_preload_libraries/, 'not loaded');
like($error, qr/HINT:  Run (ALTER SYSTEM SET shared_preload_libraries = 'perfkit', 'auto_explain', 'pg_stat_statements'), restart the server, and run (CREATE EXTENSION pg_stat_statements)\.$/m,
	'the hint names the libraries that are there');
my ($alter) = $error =~ /Run (ALTER SYSTEM .*?), restart/;
unlike(fails('SET ROLE alice; SELECT * FROM perfkit_slow_queries()'), qr/auto_explain/, 'but not to those who may not see the setting');
like(fails('SET pg_stat_statements.max = 100; SELECT * FROM perfkit_slow_queries()'), qr/is not loaded/, 'a setting alone is no library');
$sql->('CREATE EXTENSION pg_stat_statements');
like(fails('SELECT * FROM perfkit_slow_queries()'), qr/'pg_stat_statements', and restart the server\.$/m, 'the extension alone is not enough');
$sql->('DROP EXTENSION pg_stat_statements');
$sql->($alter);
$node->append_conf('postgresql.conf', "pg_stat_statements.track = all\npg_stat_statements.track_utility = on\n");
$node->restart;
$error = fails('SELECT * FROM perfkit_slow_queries()');
like($error, qr/extension "pg_stat_statements" is not installed\nHINT:  Run CREATE EXTENSION pg_stat_statements\.$/m, 'not installed');
$sql->(q{CREATE EXTENSION pg_stat_statements VERSION '1.7'});
like(fails('SELECT * FROM perfkit_slow_queries()'), qr/lacks column pg_stat_statements\.toplevel\n.*\n.*ALTER EXTENSION pg_stat_statements UPDATE/, 'too old');
$sql->('DROP EXTENSION pg_stat_statements; CREATE SCHEMA "odd ""s"; CREATE EXTENSION pg_stat_statements SCHEMA "odd ""s"');
like(fails('SET ROLE other; SELECT * FROM perfkit_slow_queries()'), qr/permission denied for schema "odd "s"/, 'no access to its schema');
$sql->('GRANT USAGE ON SCHEMA "odd ""s" TO PUBLIC');

# Statements of two roles. A function of alice's would run as the role that plans her statement.
$sql->(<<'SQL');
CREATE TABLE t AS SELECT i AS id, date '2026-01-01' + i % 100 AS d, i::text AS x FROM generate_series(1, 10000) i;
CREATE INDEX t_id ON t (id);
CREATE INDEX t_d ON t (d, id);
ANALYZE t;
CREATE TABLE hidden (i int);
GRANT SELECT ON t TO alice;
CREATE SCHEMA alice AUTHORIZATION alice;
GRANT USAGE ON SCHEMA alice TO PUBLIC;
CREATE DATABASE elsewhere;
CREATE FUNCTION in_function() RETURNS bigint LANGUAGE plpgsql AS $$ BEGIN RETURN (SELECT count(*) FROM public.t WHERE id = 3); END $$;
SQL
$sql->('SELECT "odd ""s".pg_stat_statements_reset()');
$sql->(<<'SQL', extra_params => [ '-U', 'alice' ]);
CREATE FUNCTION alice.whoami() RETURNS int LANGUAGE plpgsql IMMUTABLE AS $$ BEGIN RAISE LOG 'planned as %', current_user; RETURN 1; END $$;
SELECT count(*) FROM t WHERE id = 5;
SELECT count(*) FROM t WHERE d = date '2026-01-02' AND id = 7 AND x <> 'a' AND d < timestamp with time zone '2027-01-01';
SELECT count(*) FROM t WHERE id = alice.whoami();
CREATE TEMP TABLE mine (a int);
SELECT * FROM mine WHERE a IN (1, 2, 3) LIMIT 1;
SELECT count(*) FROM t WHERE d > current_date - interval '1' day;
SQL
$sql->(<<'SQL');
SELECT in_function();
UPDATE t SET x = 'b' WHERE id = 7;
INSERT INTO hidden VALUES (1);
SELECT sum(id) FROM t WHERE x LIKE '%7%' AND 1 = 1;
ANALYZE t;
SQL
$sql->('SELECT count(*) FROM t WHERE id = 5') for 1 .. 3;
$node->safe_psql('elsewhere', 'SELECT 1 AS in_another_database');

# row(CONDITION, COLUMNS, ROLE)
sub row
{
	my ($condition, $columns, $role) = @_;
	return $node->safe_psql('postgres', "SELECT $columns FROM perfkit_slow_queries(0) WHERE $condition", extra_params => [ '-U', $role // $ENV{USER} // getpwuid($<) ]);
}
my $super = $node->safe_psql('postgres', 'SELECT current_user');
my $alice = q{userid = 'alice'::regrole AND query LIKE };
my $index_plan = "Aggregate\n  Index Only Scan using t_id on t";
is(row(q{userid = current_user::regrole AND toplevel AND query LIKE 'SELECT count(*) FROM t WHERE id =%'}, 'calls, rows, mean_ms > 0 AND mean_ms <= max_ms AND total_ms >= 3 * mean_ms - 0.001, shared_hit + shared_read > 0, plan, not_planned IS NULL', $super),
	"3|1|t|t|$index_plan|t", 'numbers and the plan');
is(row(q{NOT toplevel AND query LIKE '%WHERE id =%'}, 'calls, plan', $super), "1|$index_plan", 'a statement in a function');
is(row("$alice 'SELECT count(*) FROM t WHERE d = date%'", 'plan, not_planned IS NULL', $super), "Aggregate\n  Index Scan using t_d on t|t",
	'literals with a type in front');
like(row("$alice '%interval% day'", q{coalesce(plan, not_planned)}, $super), qr/^(Aggregate\n  Index Only Scan using t_d on t|syntax error at or near "\$\d" \(SQLSTATE 42601\))$/, 'an interval of days');
is(row("$alice 'SELECT * FROM mine%'", 'plan IS NULL, not_planned', $super), 't|relation "mine" does not exist (SQLSTATE 42P01)', 'a table that is gone');
is(row(q{query = 'ANALYZE t'}, 'plan IS NULL, not_planned', $super), 't|cannot plan a utility command: The statement is ANALYZE. (SQLSTATE 22023)', 'a command without a plan');
is(row(q{query LIKE '%in_another_database'}, q{plan IS NULL, not_planned, dbid = (SELECT oid FROM pg_database WHERE datname = 'elsewhere')}, $super), 't|it ran in database "elsewhere"|t', 'another database');
is(row(q{query LIKE 'UPDATE t%'}, 'plan, wal_bytes > 0', $super), "Update on t\n  Index Scan using t_id on t|t", 'a statement that writes');
is($sql->(q{SELECT x FROM t WHERE id = 7}), 'b', 'is only planned');
is($sql->('SELECT count(*) FROM hidden'), '1', 'as is one that inserts');

# The share is of what clients sent.
is($sql->('SELECT round(sum(share)::numeric, 6) FROM perfkit_slow_queries(0) WHERE toplevel'), '1.000000', 'shares add up');
is($sql->('SELECT count(*) = count(*) FILTER (WHERE mean_ms >= 1) FROM perfkit_slow_queries(1)'), 't', 'the limit holds');
is($sql->('SELECT count(*) FROM perfkit_slow_queries(1e9)'), '0', 'of all');
is($sql->('SELECT bool_and(total_ms <= before) FROM (SELECT total_ms, lag(total_ms) OVER () AS before FROM perfkit_slow_queries(0)) q'), 't', 'the most time first');
is($sql->('SELECT count(*) FROM perfkit_slow_queries(0) WHERE counted_since IS NULL OR counted_since > now()'), '0', 'since when');

# Whose privileges: a statement is planned as the role that ran it.
my $at = -s $node->logfile;
is(row("$alice '%= alice.whoami()'", 'plan', $super), $index_plan, q{a superuser plans another role's statement});
my $log = slurp_file($node->logfile, $at);
like($log, qr/planned as alice/, 'as that role');
unlike($log, qr/planned as (?!alice)/, 'and as no other');
is(row("$alice '%= alice.whoami()'", 'plan IS NULL, not_planned', 'monitor'), 't|the caller lacks the privileges of role "alice", which ran it', 'a reader of statistics may not plan it');
is(row("$alice '%= alice.whoami()'", 'plan', 'alice'), $index_plan, 'its role may');
is(row(q{query LIKE '%hidden%'}, 'count(*)', 'alice'), '0', q{alice does not see the texts of others});
is(row(q{userid <> 'alice'::regrole}, q{count(*) > 0, bool_and(query = '<insufficient privilege>' AND plan IS NULL AND not_planned LIKE 'its text is hidden%')}, 'alice'), 't|t', 'nor their plans');
is(row(q{query LIKE 'INSERT INTO hidden%'}, 'plan', $super), "Insert on hidden\n  Result", 'which are there');
$sql->('DROP OWNED BY alice; DROP ROLE alice');
is(row(q{query LIKE 'SELECT * FROM mine%'}, 'not_planned', $super), 'the role that ran it no longer exists', 'a role that is gone');

# The caller's session stays as it was, and planning leaves no locks.
is($node->safe_psql('postgres', q{PREPARE p AS SELECT 1; BEGIN; SELECT count(*) > 0 FROM perfkit_slow_queries(0); EXECUTE p;
	SELECT count(*) FROM pg_locks WHERE pid = pg_backend_pid() AND relation = 't'::regclass; COMMIT}), "t\n1\n0", 'nothing is left');
# Operators and functions in the caller's path are not called.
$sql->(<<'SQL');
CREATE SCHEMA trap;
DO $$
DECLARE
    type text;
    operator text;
    body text := $b$BEGIN RAISE 'planted code is run'; END$b$;
BEGIN
    FOREACH type IN ARRAY '{double precision,bigint,oid,text,numeric,smallint}'::text[] LOOP
        EXECUTE format('CREATE FUNCTION trap.spring(%1$s, %1$s) RETURNS boolean LANGUAGE plpgsql AS %2$L', type, body);
        EXECUTE format('CREATE FUNCTION trap.sum(%1$s) RETURNS boolean LANGUAGE plpgsql AS %2$L', type, body);
        FOREACH operator IN ARRAY '{=,<>,<,>,<=,>=,/,||}'::text[] LOOP
            EXECUTE format('CREATE OPERATOR trap.%1$s (FUNCTION = trap.spring, LEFTARG = %2$s, RIGHTARG = %2$s)', operator, type);
        END LOOP;
    END LOOP;
END $$;
SQL
like(fails('SET search_path = trap, pg_catalog; SELECT 1::bigint / 2::bigint'), qr/planted code is run/, 'planted operators');
is($sql->('SET search_path = trap, pg_catalog; SELECT pg_catalog.count(*) OPERATOR(pg_catalog.>) 0 FROM public.perfkit_slow_queries(0) q'), 't', 'are not called');
# A planted view is not the extension's.
like(fails('DROP EXTENSION pg_stat_statements; CREATE VIEW pg_stat_statements AS SELECT 1 AS calls; SELECT * FROM perfkit_slow_queries()'), qr/is not installed/, 'a planted view');
# Bad input.
like(fails('SELECT perfkit_slow_queries(NULL)'), qr/"min_mean_ms" must not be null/, 'null');
like(fails("SELECT perfkit_slow_queries('NaN')"), qr/"min_mean_ms" must be at least 0, and finite\nDETAIL:  It is nan\./i, 'no number');

$node->stop;
done_testing();
