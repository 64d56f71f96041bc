# A streaming replica has what was seeded on its primary, with sound indexes. It refuses to seed,
# but generates rows.
use strict;
use warnings;

use FindBin;
use lib "$FindBin::RealBin/lib";
use PerfkitCluster;
use PostgreSQL::Test::Cluster;
use PostgreSQL::Test::Utils;
use SeedRun;
use Test::More;

my $n = 30000;
my $seed = "SELECT perfkit_seed_events($n, 42, $SeedRun::START)";

my $primary = PerfkitCluster->new('primary', allows_streaming => 1, conf => <<'CONF');
max_parallel_maintenance_workers = 2
min_parallel_table_scan_size = 0
autovacuum = off
wal_keep_size = 4GB
CONF
SeedRun::prepare($primary);
$primary->backup('base');
my $standby = PostgreSQL::Test::Cluster->new('standby');
$standby->init_from_backup($primary, 'base', has_streaming => 1);
$standby->start;

# Ways and top-ups, then what the primary has.
$primary->safe_psql('postgres', $_)
  for 'CREATE SCHEMA inserted', $seed,
  q{SELECT perfkit_seed_events(0, target_schema => 'inserted')},
  'CREATE FUNCTION nothing() RETURNS trigger LANGUAGE plpgsql AS $$BEGIN RETURN NULL; END$$',
  'CREATE TRIGGER t AFTER INSERT ON inserted.events FOR EACH STATEMENT EXECUTE FUNCTION nothing()',
  "SELECT perfkit_seed_events($n, 42, $SeedRun::START, 'inserted')",
  'CREATE SCHEMA grown', "SELECT perfkit_seed_events(1000, 42, $SeedRun::START, 'grown')",
  "SELECT perfkit_seed_events($n, 42, $SeedRun::START, 'grown')";
# and one that was rolled back
$primary->safe_psql('postgres', "CREATE SCHEMA undone; BEGIN; SELECT perfkit_seed_events(2000, target_schema => 'undone'); ROLLBACK");
$primary->wait_for_catchup($standby, 'replay', $primary->lsn('insert'));

my $rows = SeedRun::rows($primary);
like($rows, qr/^$n:/, 'rows on the primary');
foreach my $schema (qw(public inserted grown))
{
	is(SeedRun::rows($primary, "$schema.events"), $rows, "schema $schema on the primary: the rows");
	is(SeedRun::rows($standby, "$schema.events"), $rows, "schema $schema on the standby: the rows");
	foreach my $node ($primary, $standby)
	{
		is( $node->safe_psql('postgres', "SELECT count(*) FROM (SELECT seedtest.index_faults('$schema.events')) f"),
			'0', "schema $schema on the " . $node->name . ': indexes are sound');
	}
}
is($standby->safe_psql('postgres', "SELECT to_regclass('undone.events') IS NULL"), 't', 'what was rolled back is nowhere');

# The standby itself.
my ($status, $out, $err) = $standby->psql('postgres', '\set VERBOSITY verbose' . "\n$seed;");
isnt($status, 0, 'a standby refuses to seed');
like($err, qr/ERROR:  25006: cannot execute perfkit_seed_events\(\) in a read-only transaction/, 'its SQLSTATE and message');
like($err, qr/HINT:  This server is a standby\. Seed on its primary/, 'its hint');
is( $standby->safe_psql('postgres',
		"SELECT seedtest.digest('SELECT * FROM perfkit_generate_events($n, 0, 42, ''2025-06-15 00:00+00'')')"),
	$rows, 'a standby generates');

# Functions that run a statement and undo it need no transaction id for one that only reads.
is($standby->safe_psql('postgres', "SELECT iterations FROM perfkit_bench('SELECT count(*) FROM events', 3, 1)"), '3', 'a standby times a SELECT');
is($standby->safe_psql('postgres', "SELECT perfkit_assert_latency('SELECT count(*) FROM events', 60000, 0.5, 10)"), '', 'and asserts on it');
is($standby->safe_psql('postgres', q{SELECT actual_rows FROM perfkit_plan('SELECT 1 FROM events', "analyze" => true) LIMIT 1}), $n, 'and runs its plan');
($status, $out, $err) = $standby->psql('postgres', '\set VERBOSITY sqlstate' . "\nSELECT perfkit_bench('DELETE FROM events', 3, 1)");
like($err, qr/ERROR:  25006/, 'a DELETE it does not');

# A promoted standby can add rows.
$standby->promote;
my $more = $n + 1000;
is($standby->safe_psql('postgres', "SET client_min_messages = warning; " . $seed =~ s/$n/$more/r), '1000', 'a promoted standby seeds the rest');
$primary->safe_psql('postgres', $seed =~ s/$n/$more/r);
is(SeedRun::rows($standby), SeedRun::rows($primary), 'as its primary does');
is($standby->safe_psql('postgres', "SELECT count(*) FROM (SELECT seedtest.index_faults('public.events')) f"), '0', 'with sound indexes');

$standby->stop;
$primary->stop;
done_testing();
