# perfkit_index_advice() on the workloads that ship: with all of their secondary indexes dropped,
# and nothing known but what pg_stat_statements counted, it has to find indexes that save at least
# nine tenths of what the shipped ones save, by the planner's costs, and none that no plan uses.
use strict;
use warnings;

use FindBin;
use lib "$FindBin::RealBin/lib";
use BenchRun;
use PerfkitCluster;
use PostgreSQL::Test::Cluster;
use PostgreSQL::Test::Utils;
use Test::More;

my @lacking = PerfkitCluster::lacks('pg_stat_statements');
plan skip_all => "this PostgreSQL lacks @lacking" if @lacking;

my $node = PerfkitCluster->new('advised', conf => "shared_preload_libraries = 'pg_stat_statements'\nautovacuum = off\n");
my %rows = (events => 20000, domain_events => 20000, dashboard => 5000, marketplace => 2000);

# run(WORKLOAD, OPTION...): the workload's load for some seconds; its verdict does not matter.
sub run
{
	my ($workload, @options) = @_;
	my ($status, $out, $err) = bench($workload, '--dsn', $node->connstr($workload), '--clients', 2, '--no-checks', '--output', bench_tmpdir() . '/out', @options);
	ok($status == 0 || $status == 1 || $status == 3, "$workload: ran") or diag($err);
	return;
}

# cost(DATABASE, STATEMENTS): what the counted statements cost once the statements are run, in a
# transaction that is rolled back.
sub cost
{
	my ($database, $statements) = @_;
	return $node->safe_psql($database, "BEGIN; $statements; ANALYZE; SELECT pg_catalog.round(sum(calls * cost(query))::numeric) FROM counted; ROLLBACK");
}

foreach my $workload (sort keys %rows)
{
	my $postgis = $workload eq 'marketplace' ? 'postgis' : undef;
	SKIP: {
		skip "this PostgreSQL lacks $postgis", 1 if $postgis && PerfkitCluster::lacks($postgis);
		$node->safe_psql('postgres', "CREATE DATABASE $workload");
		$node->safe_psql($workload, 'CREATE EXTENSION perfkit CASCADE; CREATE EXTENSION pg_stat_statements' . ($postgis ? "; CREATE EXTENSION $postgis" : ''));
		run($workload, '--rows', $rows{$workload}, '--rate', 10, '--duration', '1s');
		$node->safe_psql($workload, <<'SQL');
CREATE TABLE shipped AS
SELECT pg_get_indexdef(i.indexrelid) AS definition, i.indexrelid::regclass::text AS name
FROM pg_index i JOIN pg_class c ON c.oid = i.indrelid
WHERE c.relnamespace = 'public'::regnamespace AND NOT i.indisunique
  AND NOT EXISTS (SELECT FROM pg_depend d WHERE d.classid = 'pg_class'::regclass AND d.objid = c.oid AND d.deptype = 'e');
DO $$
DECLARE
    index text;
BEGIN
    FOR index IN SELECT name FROM shipped LOOP
        EXECUTE 'DROP INDEX ' || index;
    END LOOP;
END $$;
-- NULL for a text that only perfkit_slow_queries() can repair.
CREATE FUNCTION cost(statement text) RETURNS float8 LANGUAGE plpgsql AS $$
BEGIN
    RETURN (SELECT total_cost FROM perfkit_plan(statement, generic => true) WHERE depth = 0);
EXCEPTION WHEN OTHERS THEN
    RETURN NULL;
END $$;
SQL
		$node->safe_psql($workload, 'VACUUM ANALYZE');
		$node->safe_psql($workload, 'SELECT pg_stat_statements_reset()');
		run($workload, '--no-seed', $workload eq 'events' ? ('--rate', 100) : (), '--duration', '4s');
		$node->safe_psql($workload, <<'SQL');
CREATE TABLE counted AS SELECT query, calls FROM perfkit_slow_queries(0) WHERE plan IS NOT NULL;
CREATE TABLE advice AS SELECT * FROM perfkit_index_advice();
SQL
		my $shipped = $node->safe_psql($workload, q{SELECT string_agg(definition, '; ') FROM shipped});
		my $advised = $node->safe_psql($workload, q{SELECT string_agg(statement, '; ') FROM advice});
		my $without = cost($workload, '');
		my $saved = $without - cost($workload, $shipped);
		my $recovered = $without - cost($workload, $advised);
		note("$workload: $advised");
		cmp_ok($saved, '>', 0, "$workload: the shipped indexes save something");
		cmp_ok($recovered, '>=', 0.9 * $saved, "$workload: the advice saves nine tenths of that") or diag("$recovered of $saved: $advised");
		is($node->safe_psql($workload, 'SELECT count(*) FROM advice WHERE cardinality(queries) = 0 OR proof IS NULL OR gain <= 0'), 0, "$workload: each index is used");
		is($node->safe_psql($workload, "SELECT count(*) FROM pg_class WHERE relname LIKE 'perfkit\\_clone%'"), 0, "$workload: nothing is left");
		$node->safe_psql('postgres', "DROP DATABASE $workload");
	}
}

$node->stop;
done_testing();
