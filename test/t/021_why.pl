# Advice that is verified with hypopg before it is given: messages, and that nothing is ever left
# behind.
use strict;
use warnings;

use FindBin;
use lib "$FindBin::RealBin/lib";
use PerfkitCluster;
use PostgreSQL::Test::Cluster;
use PostgreSQL::Test::Utils;
use Test::More;

my $pg_config = $ENV{PG_CONFIG} // 'pg_config';
chomp(my $share = `$pg_config --sharedir`);
plan skip_all => 'extension hypopg is not available to this server' unless -e "$share/extension/hypopg.control";

my $node = PerfkitCluster->new('why', conf => "autovacuum = off\nmax_prepared_transactions = 1\n");
my $hypo = '"odd ""hypo"';
$node->safe_psql('postgres', <<"SQL");
CREATE SCHEMA $hypo;
CREATE SCHEMA "odd ""tables";
CREATE TABLE "odd ""tables"."big table" (id int PRIMARY KEY, k int, "a name" text, tags jsonb);
INSERT INTO "odd ""tables"."big table" SELECT i, i % 1000, md5(i::text), jsonb_build_object('t', i) FROM generate_series(1, 20000) i;
CREATE TABLE little AS SELECT i AS id, i AS k FROM generate_series(1, 50) i;
CREATE TABLE parts (id int, k int) PARTITION BY RANGE (id);
CREATE TABLE parts_1 PARTITION OF parts FOR VALUES FROM (0) TO (10000);
CREATE TABLE parts_2 PARTITION OF parts FOR VALUES FROM (10000) TO (20000);
INSERT INTO parts SELECT i, i FROM generate_series(0, 19999) i;
ANALYZE;
SQL
my $big = '"odd ""tables"."big table"';
my $by_name = "SELECT * FROM $big WHERE \"a name\" = 'x'";

# failure(QUERY, SQL before it, arguments): DETAIL without the plan, HINT, and the number of
# hypothetical indexes afterwards.
sub failure
{
	my ($query, %opt) = @_;
	my $arguments = $opt{arguments} // '';
	my $before = $opt{before} // '';
	my $counted = $opt{counted} // "SELECT count(*) FROM $hypo.hypopg()";
	my ($status, $out, $err) = $node->psql('postgres',
		"\\set ON_ERROR_STOP 0\n\\set VERBOSITY verbose\n$before;\nSELECT perfkit_assert_index_scan(\$q\$$query\$q\$$arguments);\n$counted;\n");
	my ($detail) = $err =~ /DETAIL: +(.*?)\nPlan:/s;
	my ($hint) = $err =~ /HINT: +(.*)/;
	return { detail => $detail // '', hint => $hint // '', left => $out, error => $err };
}

# Without the extension: reported, and a function of the same name elsewhere on the path is not
# called.
$node->safe_psql('postgres', <<'SQL');
CREATE FUNCTION hypopg_create_index(text, OUT indexrelid oid, OUT indexname text) RETURNS SETOF record
LANGUAGE plpgsql AS $$ BEGIN RAISE EXCEPTION 'a trap'; END $$;
SQL
my $told = failure($by_name, counted => 'SELECT 0');
like($told->{detail}, qr/Verified with an index built on a sample: the plan would use the index/, 'not installed: built on a sample');
$told = failure($by_name, before => 'BEGIN READ ONLY', counted => 'SELECT 0');
like($told->{detail}, qr/Not verified: extension hypopg is not installed in this database, and nothing can be built in a read-only transaction\.$/,
	'nor can an index be built');
is($told->{hint}, "Try CREATE INDEX ON $big (\"a name\").", 'the advice is given anyway');

$node->safe_psql('postgres', "CREATE EXTENSION hypopg SCHEMA $hypo");

# Verified, in both orders of loading, and with a planted function that comes first on the search
# path.
for my $first ('hypopg', '$libdir/hypopg', 'perfkit')
{
	my $before = $first eq 'perfkit' ? 'SELECT perfkit_plan_hash($$SELECT 1$$)' : "LOAD 'hypopg'";
	$told = failure($by_name, before => "$before; SET search_path = public, $hypo", counted => "SELECT count(*) FROM $hypo.hypopg()");
	my ($with, $without) = $told->{detail} =~ /Verified with hypopg: the plan would use the index and cost ([\d.]+) instead of ([\d.]+)\.$/;
	ok(defined $with && $with < $without / 10, "$first first: verified, with both costs") or diag $told->{error};
	like($told->{left}, qr/^0$/m, "$first first: nothing is left");
}

# The real index has the same effect.
my ($claimed) = failure($by_name)->{detail} =~ /and cost ([\d.]+) instead/;
$node->safe_psql('postgres', "CREATE INDEX by_name ON $big (\"a name\")");
my $real = $node->safe_psql('postgres', "SELECT total_cost FROM perfkit_plan(\$q\$$by_name\$q\$) WHERE parent_id = 0 OR parent_id IS NULL");
cmp_ok(abs($claimed - $real), '<', 0.5 * $real, "predicted cost $claimed, real cost $real");
$node->safe_psql('postgres', 'DROP INDEX "odd ""tables".by_name');

# Other arguments.
like(failure($by_name, arguments => ", demand => 'usable'")->{detail}, qr/Verified with hypopg: the plan would use the index and cost [\d.]+\.$/, 'usable');
like(failure("SELECT * FROM $big WHERE \"a name\" = \$1", arguments => ', generic => true')->{detail}, qr/Verified with hypopg/, 'generic');
like(failure('SELECT * FROM parts WHERE k = 5')->{detail}, qr/Verified with hypopg/, 'a partitioned table');
like(failure("SELECT * FROM $big WHERE upper(\"a name\") = 'X'")->{detail}, qr/Verified with hypopg/, 'an expression');
like(failure("SELECT * FROM little, $big b WHERE upper(b.\"a name\") = 'X'")->{detail}, qr/Verified with hypopg/, 'an expression of a table that is not the first');
$node->safe_psql('postgres', "CREATE VIEW joined AS SELECT upper(\"a name\") AS u, length(\"a name\") AS l, b.k FROM $big b");
$told = failure("SELECT * FROM joined WHERE u = 'X' AND k = 5 AND l = 3");
like($told->{detail}, qr/Verified with hypopg/, 'expressions of a view');
like(failure("SELECT u FROM joined WHERE l = 3 AND k = 5 AND u = 'X'", before => "LOAD 'hypopg'")->{detail}, qr/Verified with hypopg/, 'the same with hypopg first');

# Partitions with other column numbers than the partitioned table: hypopg does not translate them.
$node->safe_psql('postgres', <<'SQL');
CREATE TABLE sparse (gone_1 int, gone_2 int, gone_3 int, id int, k int, t text) PARTITION BY RANGE (id);
ALTER TABLE sparse DROP COLUMN gone_1, DROP COLUMN gone_2, DROP COLUMN gone_3;
CREATE TABLE sparse_1 PARTITION OF sparse FOR VALUES FROM (0) TO (10000);
CREATE TABLE sparse_2 (gone int, t text, k int, id int);
ALTER TABLE sparse_2 DROP COLUMN gone;
ALTER TABLE sparse ATTACH PARTITION sparse_2 FOR VALUES FROM (10000) TO (20000);
INSERT INTO sparse SELECT i, i, i FROM generate_series(0, 19999) i;
ANALYZE sparse;
SQL
for my $condition ('k = 5', "lower(t) = '5'", "k = 5 OR lower(t) = '5'")
{
	$told = failure("SELECT * FROM sparse WHERE $condition");
	my ($with, $without) = $told->{detail} =~ /Verified with hypopg: the plan would use the index and cost ([\d.]+) instead of ([\d.]+)\.$/;
	ok(defined $with && $with < $without / 2, "$condition: both partitions by it") or diag $told->{error};
	is($told->{left}, '0', 'nothing is left');
}
like(failure("SELECT * FROM $big WHERE \"a name\" = 'x'", before => 'BEGIN READ ONLY')->{detail}, qr/Verified with hypopg/, 'in a read-only transaction');
like(failure($by_name, before => 'SET perfkit.guard = error; SET perfkit.guard_min_rows = 1')->{detail}, qr/Verified with hypopg/, 'with the guard on');
$told = failure("SELECT * FROM $big WHERE k = 5 OR \"a name\" = 'x'");
like($told->{detail}, qr/Each arm of the OR needs an index\. Verified with hypopg/, 'both arms of an OR');
is($told->{hint}, "Try CREATE INDEX ON $big (k); CREATE INDEX ON $big (\"a name\").", 'need two indexes');
is($told->{left}, '0', 'which are both removed');
$told = failure("SELECT * FROM $big WHERE \"a name\" = 'x' AND tags \@> '{}'");
is($told->{hint}, "Try CREATE INDEX ON $big (\"a name\").", 'of two alternatives, the verified one is suggested');

# The planner would not choose the index: both costs, and the size at which it would.
$told = failure('SELECT * FROM little WHERE k = 5');
my ($by_index, $as_it_is) = $told->{detail} =~ /the planner would not choose the index; with it, the plan would cost ([\d.]+) instead of ([\d.]+)\.$/;
ok(defined $by_index && $by_index > $as_it_is, 'a small table: not chosen, with both costs') or diag $told->{error};
like($told->{hint}, qr/^CREATE INDEX ON little \(k\) would serve the query, but would not be chosen for the table as it is: assert demand => 'usable'/, 'the hint says so');
like(failure('SELECT * FROM little WHERE k = 5', arguments => ', size_factor => 1000')->{detail}, qr/Verified with hypopg/, 'but at a larger size');

# If hypopg does not support the index, is off or is not allowed, it is built on a sample; if that
# is not possible either, both reasons are given.
my $built = qr/Verified with an index built on a sample: the plan would use the index and cost [\d.]+ instead of [\d.]+\.$/;
my $by_trigrams = "SELECT * FROM $big WHERE \"a name\" ILIKE '%xyz%'";
like(failure($by_trigrams)->{detail}, $built, 'gin');
is(failure($by_trigrams)->{left}, '0', 'gin leaves nothing');
is(failure($by_trigrams, counted => "SELECT count(*) FROM pg_class WHERE relname ~ 'perfkit_copy'")->{left}, '0', 'and no table');
like(failure($by_trigrams, before => 'BEGIN READ ONLY')->{detail},
	qr/Not verified: hypopg does not support access method "gin", and nothing can be built in a read-only transaction\.$/, 'gin, read-only');
like(failure($by_trigrams, before => 'BEGIN ISOLATION LEVEL SERIALIZABLE')->{detail},
	qr/and reading rows could make a serializable transaction fail\.$/, 'gin, serializable');
like(failure($by_trigrams, before => 'SET perfkit.guard = error; SET perfkit.guard_min_rows = 1')->{detail}, $built, 'gin, with the guard on');
like(failure($by_trigrams, before => 'SET default_table_access_method = heap; CREATE TEMP TABLE perfkit_copy_for_index ()')->{detail},
	qr/and relation "perfkit_copy_for_index" already exists\.$/, 'gin, a table of that name');
like(failure($by_name, before => "BEGIN; UPDATE pg_proc SET probin = '\$libdir/no_hypopg' WHERE proname = 'hypopg_create_index' AND probin IS NOT NULL")->{detail},
	$built, 'its library is gone');
like(failure($by_name, before => "LOAD 'hypopg'; SET hypopg.enabled = off")->{detail}, $built, 'switched off');
like(failure($by_name, before => "BEGIN READ ONLY; LOAD 'hypopg'; SET hypopg.enabled = off")->{detail},
	qr/Not verified: hypopg\.enabled is off, and nothing can be built in a read-only transaction\.$/, 'switched off, read-only');
$node->safe_psql('postgres', <<"SQL");
CREATE ROLE alice;
GRANT USAGE ON SCHEMA $hypo, "odd ""tables" TO alice;
GRANT SELECT ON $big TO alice;
SQL
like(failure($by_name, before => 'SET ROLE alice')->{detail}, qr/Verified with hypopg/, 'for another role');
$node->safe_psql('postgres', "REVOKE USAGE ON SCHEMA $hypo FROM alice");
like(failure($by_name, before => 'SET ROLE alice', counted => 'SELECT 0')->{detail}, $built, 'no schema');
$node->safe_psql('postgres', 'REVOKE TEMP ON DATABASE postgres FROM PUBLIC');
like(failure($by_name, before => 'SET ROLE alice', counted => 'SELECT 0')->{detail},
	qr/Not verified: permission denied for extension hypopg, and permission denied to create temporary tables in database "postgres"\.$/,
	'nor temporary tables');
$node->safe_psql('postgres', 'GRANT TEMP ON DATABASE postgres TO PUBLIC');
$node->safe_psql('postgres', "GRANT USAGE ON SCHEMA $hypo TO alice; REVOKE EXECUTE ON FUNCTION $hypo.hypopg_create_index(text) FROM PUBLIC");
like(failure($by_name, before => 'SET ROLE alice')->{detail}, $built, 'no function');
$node->safe_psql('postgres', "GRANT EXECUTE ON FUNCTION $hypo.hypopg_create_index(text) TO PUBLIC");
$node->safe_psql('postgres', "CREATE VIEW seen AS SELECT id, \"a name\" FROM $big; GRANT SELECT ON seen TO alice; REVOKE USAGE ON SCHEMA \"odd \"\"tables\" FROM alice");
like(failure("SELECT * FROM seen WHERE \"a name\" = 'x'", before => 'SET ROLE alice')->{detail}, qr/Not verified: permission denied for schema odd "tables, and permission denied for schema odd "tables\.$/, 'a view into a schema that is closed');

# Hypothetical indexes of the user are ignored and kept.
my $own = "SELECT $hypo.hypopg_create_index('CREATE INDEX ON $big (\"a name\")')";
my $names = "SELECT count(*), string_agg(indexname, ',') ~ 'btree' FROM $hypo.hypopg()";
for my $query ($by_name, "SELECT * FROM $big WHERE k = 7 OR \"a name\" = 'x'", "SELECT * FROM $big WHERE \"a name\" ILIKE '%x%'")
{
	$told = failure($query, before => $own, counted => $names);
	like($told->{error}, qr/P0004/, 'the assertion fails as if they were not there');
	like($told->{left}, qr/^1\|t$/m, 'and they stay');
}
$told = failure("SELECT * FROM $big WHERE k = 5", before => "$own; SELECT $hypo.hypopg_create_index('CREATE INDEX ON $big (k, id)')", counted => $names);
like($told->{left}, qr/^2\|t$/m, 'two of them');
like($told->{detail}, qr/Verified with hypopg/, 'the advice is verified nevertheless');

# hypopg keeps showing indexes after an EXPLAIN that failed, but not to perfkit.
$told = failure($by_name, before => "$own; EXPLAIN SELECT 1 / 0", counted => $names);
like($told->{error}, qr/P0004.*no index can serve/, 'after a failed EXPLAIN');
like($told->{left}, qr/^1\|t$/m, 'the index is still there');

# An error in the trial is reported and a cancellation raised; neither leaves an index behind, nor
# hypopg assuming that an EXPLAIN is running.
$node->safe_psql('postgres', <<"SQL");
CREATE FUNCTION in_trial(what text, own int) RETURNS text LANGUAGE plpgsql IMMUTABLE AS \$\$
BEGIN
    IF what = 'query' THEN
        PERFORM count(*) FROM pg_class;
    ELSIF (SELECT count(*) FROM $hypo.hypopg()) > own THEN
        IF what = 'error' THEN
            RAISE EXCEPTION 'failed in the trial';
        ELSIF what = 'corrupt' THEN
            RAISE EXCEPTION 'broken' USING ERRCODE = 'data_corrupted';
        END IF;
        PERFORM pg_sleep(60);
    END IF;
    RETURN what;
END \$\$;
SQL
my $after = "$by_name;\n$names";
$told = failure("SELECT * FROM $big WHERE \"a name\" = in_trial('error', 1)", before => $own, counted => $after);
like($told->{detail}, $built, 'after an error, an index is built');
like($told->{left}, qr/^1\|t$/m, 'and the index removed');
unlike($told->{error}, qr/could not open relation/, 'the next statement is planned without the user\'s');
$told = failure("SELECT * FROM $big WHERE \"a name\" = in_trial('corrupt', 1)", before => $own, counted => $after);
like($told->{error}, qr/XX001: broken/, 'corrupted data is raised');
like($told->{left}, qr/^1\|t$/m, 'and the index removed');
unlike($told->{error}, qr/could not open relation/, 'the next statement is planned without the user\'s');
$node->safe_psql('postgres', <<'SQL');
CREATE SEQUENCE plans;
CREATE FUNCTION sleeps_at(n int) RETURNS text LANGUAGE plpgsql IMMUTABLE AS $$
BEGIN
    RETURN CASE WHEN nextval('plans') = n THEN pg_sleep(60)::text ELSE 'x' END;
END $$;
SQL
$told = failure("SELECT * FROM $big WHERE \"a name\" = sleeps_at(3)", before => "$own; SET statement_timeout = '1s'", counted => $after);
like($told->{error}, qr/57014/, 'a cancellation with no statement run before it');
unlike($told->{error}, qr/could not open relation/, 'the next statement is planned without the user\'s');
like($told->{left}, qr/^1\|t$/m, 'and the index removed');
$told = failure("SELECT * FROM $big WHERE \"a name\" = in_trial('sleep', 1)", before => "$own; SET statement_timeout = '1s'", counted => $after);
like($told->{error}, qr/57014/, 'a cancellation is passed on');
like($told->{left}, qr/^1\|t$/m, 'and the index removed');
unlike($told->{error}, qr/could not open relation/, 'the next statement is planned without the user\'s');
$told = failure("SELECT * FROM $big WHERE \"a name\" = in_trial('sleep', 0)", before => "BEGIN; SAVEPOINT s; SET LOCAL statement_timeout = '1s'",
	counted => "ROLLBACK TO s; SET LOCAL statement_timeout = 0; SELECT count(*) FROM $hypo.hypopg(); COMMIT");
like($told->{error}, qr/57014/, 'a cancellation in a transaction');
like($told->{left}, qr/^0$/m, 'of which the rest goes on');
$told = failure("SELECT * FROM $big WHERE \"a name\" = in_trial('query', 0)");
like($told->{detail}, $built, 'a function that runs a query of its own while planning');

# The reason of a check; many of them leak nothing. hypopg itself leaks half a kilobyte for each
# index that is created.
is($node->safe_psql('postgres', <<"SQL"), 't', 'the reason of a check');
INSERT INTO perfkit_index_checks (workload, check_name, query) VALUES ('why', 'by name', \$q\$$by_name\$q\$);
SELECT detail ~ 'Verified with hypopg.*Try CREATE INDEX' FROM perfkit_verify_indexes('why');
SQL
my $grown = $node->safe_psql('postgres', <<"SQL");
CREATE FUNCTION assert_often(n int) RETURNS void LANGUAGE plpgsql AS \$f\$
BEGIN
    FOR i IN 1 .. n LOOP
        BEGIN
            PERFORM perfkit_assert_index_scan(\$q\$$by_name\$q\$);
        EXCEPTION WHEN assert_failure THEN
        END;
    END LOOP;
END \$f\$;
SELECT assert_often(200);
CREATE TEMP TABLE before AS SELECT name, sum(total_bytes) AS bytes FROM pg_backend_memory_contexts GROUP BY name;
SELECT assert_often(1);
SELECT assert_often(500);
SELECT count(*) FROM $hypo.hypopg();
SELECT a.name, a.bytes, b.bytes FROM (SELECT name, sum(total_bytes) AS bytes FROM pg_backend_memory_contexts GROUP BY name) a JOIN before b USING (name)
WHERE a.bytes > b.bytes + 100000 AND name <> 'HypoPG context';
SQL
is($grown, "\n\n\n0", 'five hundred trials leave no memory behind');

# A trial in a temporary table is rolled back, so the transaction can still be prepared, unless it
# used a temporary object before the trial.
my $prepare = <<'SQL';
SAVEPOINT s;
SELECT perfkit_assert_estimates('SELECT * FROM skewed WHERE a = 1 AND b = 1');
ROLLBACK TO s;
PREPARE TRANSACTION 'tried';
SQL
$node->safe_psql('postgres', <<'SQL');
CREATE TABLE skewed (a int, b int);
INSERT INTO skewed SELECT i % 100, i % 100 FROM generate_series(1, 20000) i;
ANALYZE skewed;
SQL
my ($status, $out, $err) = $node->psql('postgres', "\\set ON_ERROR_STOP 0\nBEGIN;\n$prepare");
like($err, qr/On a copy of the table with fresh statistics/, 'statistics were tried in a temporary table');
is($node->safe_psql('postgres', 'SELECT gid FROM pg_prepared_xacts'), 'tried', 'the transaction was prepared')
  or diag $err;
$node->psql('postgres', "ROLLBACK PREPARED 'tried'");
($status, $out, $err) = $node->psql('postgres', "\\set ON_ERROR_STOP 0\nBEGIN;\nCREATE TEMP TABLE own (i int);\n$prepare");
like($err, qr/cannot PREPARE a transaction that has operated on temporary objects/, 'one with a temporary table was not');

$node->stop;
done_testing();
