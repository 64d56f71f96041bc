# perfkit_index_advice() on a server with other roles and sessions: their statements cannot break
# it, their locks do not hold it up, and it leaves them room. Guard findings as its input.
use strict;
use warnings;

use FindBin;
use lib "$FindBin::RealBin/lib";
use PerfkitCluster;
use PostgreSQL::Test::Cluster;
use PostgreSQL::Test::Utils;
use Test::More;
use Time::HiRes qw(time);

my @lacking = PerfkitCluster::lacks('pg_stat_statements');
plan skip_all => "this PostgreSQL lacks @lacking" if @lacking;

my $node = PerfkitCluster->new('counted', conf => <<'CONF');
shared_preload_libraries = 'perfkit, pg_stat_statements'
pg_stat_statements.track = all
perfkit.guard = log
perfkit.guard_min_rows = 1000
autovacuum = off
max_connections = 10
max_worker_processes = 0
max_wal_senders = 0
max_locks_per_transaction = 20
CONF
my $sql = sub { return $node->safe_psql('postgres', @_) };

$sql->(<<'SQL');
CREATE EXTENSION pg_stat_statements;
CREATE ROLE alice LOGIN;
CREATE SCHEMA alice AUTHORIZATION alice;
CREATE TABLE t AS SELECT i AS a, i * 7919 % 30011 AS b, i % 100 AS c, i % 77 AS d, i % 13 AS e, repeat('x', 60) AS pad FROM generate_series(1, 20000) i;
CREATE TABLE locked AS SELECT * FROM t;
CREATE TABLE tiny (a int);
DO $$ BEGIN FOR i IN 1 .. 8 LOOP EXECUTE format('CREATE TABLE many_%s AS SELECT * FROM t', i); END LOOP; END $$;
ANALYZE;
GRANT SELECT ON t, tiny TO alice;
SELECT pg_stat_statements_reset(), perfkit_guard_reset();
SQL

# A function of alice's that fails every other time that the planner asks it.
$sql->(<<'SQL', extra_params => [ '-U', 'alice' ]);
CREATE SEQUENCE alice.planned;
CREATE FUNCTION alice.moody() RETURNS int LANGUAGE plpgsql IMMUTABLE AS $$
BEGIN
    IF nextval('alice.planned') % 2 = 0 AND current_setting('is_superuser') = 'off' THEN
        RAISE 'alice is in a bad mood';
    END IF;
    RETURN 7;
END $$;
SELECT setval('alice.planned', 1, false);
SELECT pad FROM t WHERE b = alice.moody();
SELECT pad FROM t WHERE c = 7 AND d = 8;
SQL
$sql->('SELECT pad FROM t WHERE b = 7');
$sql->(q{SELECT setval('alice.planned', 1, false)});
is($sql->('SELECT statement FROM perfkit_index_advice() ORDER BY 1'), "CREATE INDEX ON t (b)\nCREATE INDEX ON t (c, d)",
	'advice for the others, where a statement of another role fails once it was planned');
cmp_ok($sql->('SELECT last_value FROM alice.planned'), '>', 1, 'and it did fail');

# What perfkit builds is not counted, so it pushes out no statements; few transaction ids are used.
is($sql->(q{SELECT count(*) FROM pg_stat_statements WHERE query LIKE '%INDEX perfkit\_%'}), '0', 'the indexes that it builds are not counted');
my $before = $sql->('SELECT txid_current()');
my $all = q{ARRAY['SELECT pad FROM t WHERE a = 1 AND b = 2 AND c = 3 AND d > 5 ORDER BY e LIMIT 3', 'SELECT pad FROM t WHERE e = 3 AND d = 3 ORDER BY b, c']};
cmp_ok($sql->("SELECT count(*) FROM perfkit_index_advice($all)"), '>', 0, 'many candidates');
cmp_ok($sql->('SELECT txid_current()') - $before, '<', 8, 'are built in a few subtransactions');

# The statements after the two hundred that take most time are not planned.
$sql->('SELECT pg_stat_statements_reset()');
$sql->(join(';', map { my $columns = $_; 'SELECT ' . join(', ', map { $columns >> $_ & 1 ? 'a' : 'b' } 0 .. 7) . " FROM t WHERE a = $_" } 0 .. 204));
$sql->('SELECT a FROM tiny WHERE a = alice.moody()', extra_params => [ '-U', 'alice' ]);
$before = $sql->(q{SELECT setval('alice.planned', 1)});
$sql->('SELECT count(*) FROM perfkit_index_advice()');
is($sql->('SELECT last_value FROM alice.planned'), '1', 'statements that do not matter are not planned');

# A table that another session holds.
$sql->('SELECT pg_stat_statements_reset()');
$sql->("SELECT pad FROM locked WHERE b = 7 AND " . join(' + ', ('a') x $_) . ' > 0') for 1 .. 12;
$sql->('SELECT pad FROM t WHERE b = 7') for 1 .. 2;
my $holder = $node->background_psql('postgres');
$holder->query_safe('BEGIN; LOCK TABLE locked');
my $limit = q{SET statement_timeout = '90s'; };
is($sql->("$limit SELECT statement FROM perfkit_index_advice()"), 'CREATE INDEX ON t (b)', 'a locked table holds nobody up');
is($sql->("$limit SELECT count(*), bool_and(not_planned LIKE 'canceling statement due to lock timeout%') FROM perfkit_slow_queries(0) WHERE query LIKE '%locked%a > %'"), '12|t', 'and its statements say why they have no plan');
is($sql->("$limit SET lock_timeout = '5s'; SELECT count(*) FROM perfkit_slow_queries(0); SHOW lock_timeout") =~ s/^\d+\n//r, '5s', 'the setting stays');
my ($status, $out, $err) = $node->psql('postgres', "$limit SET lock_timeout = '20ms'; SELECT count(*) FROM perfkit_slow_queries(0)");
like($err, qr/canceling statement due to lock timeout/, q{the caller's own limit is obeyed});
$holder->query_safe('ROLLBACK');
$holder->quit;

# Many tables with many candidates, in a server with a small lock table.
my $conditions = 'a = 1 AND b = 2 AND c = 3 AND d > 5 ORDER BY e LIMIT 3';
my $many = join(', ', map { my $table = $_; map { "'SELECT pad, $_ FROM many_$table WHERE $conditions'" } qw(a b c d e) } 1 .. 8);
is($sql->("SELECT count(DISTINCT relation) > 0, bool_and(cardinality(queries) > 0) FROM perfkit_index_advice(ARRAY[$many])"), 't|t', 'the lock table is not exhausted');

# It stops when it is told to, wherever it is.
for my $after (100, 400, 1000)
{
	my $began = time;
	my ($status, $out, $err) = $node->psql('postgres', "SET statement_timeout = '${after}ms'; SELECT count(*) FROM perfkit_index_advice(ARRAY[$many])");
	my $took = time - $began;
	ok($err =~ /canceling statement due to statement timeout/ || $status == 0, "stopped after $after ms") or diag($err);
	cmp_ok($took, '<', $after / 1000 + 5, 'soon') if $status != 0;
}
is($sql->(q{SELECT count(*) FROM pg_class WHERE relname LIKE 'perfkit\_clone%'}), '0', 'nothing is left');

# Findings of the guard, as README has it: those of the role that asks, with their counts.
my $readme = slurp_file("$FindBin::RealBin/../../README.md");
my ($from_guard) = $readme =~ /```sql\n(WITH seen AS .*?)```/s;
isnt($from_guard, undef, 'README says how') or BAIL_OUT('no example');
$sql->("SELECT pad FROM t WHERE c = 9 AND d = 10;", extra_params => [ '-U', 'alice' ]) for 1 .. 2;
$sql->('SELECT pad FROM t WHERE b = 9');
$sql->("SELECT pad FROM t WHERE b = 9 AND pad <> '" . ('long ' x 300) . "'");
like($sql->($from_guard, extra_params => [ '-U', 'alice', '-F', ' ' ]) =~ s/ \{.*//sr, qr/^CREATE INDEX ON t \(c, d\)(?: INCLUDE \(pad\))?\z/, q{advice for alice's findings});
like($sql->($from_guard), qr/^CREATE INDEX ON t \(b\)/m, q{and for the superuser's, some of which are cut off});
unlike($sql->($from_guard), qr/\(c, d\)/, 'not for those of others, whose functions would run as the caller');

$node->stop;
done_testing();
