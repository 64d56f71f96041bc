# Durability under all WAL settings: rows and indexes survive a crash after the commit, and are gone after one before it.
use strict;
use warnings;

use FindBin;
use lib "$FindBin::RealBin/lib";
use PerfkitCluster;
use PostgreSQL::Test::Utils;
use SeedRun;
use Test::More;

my $n = 20000;

# With wal_level = minimal, storage made in the transaction itself (a new table, a rebuilt index) is not logged but synced at
# commit, or logged page by page then when it is small: wal_skip_threshold says which. Parallel workers have to know it, too.
my $node = PerfkitCluster->new('main', conf => <<'CONF');
wal_level = minimal
max_wal_senders = 0
min_parallel_table_scan_size = 0
autovacuum = off
checkpoint_timeout = 1h
max_wal_size = 4GB
CONF
SeedRun::prepare($node);

my $expected = $node->safe_psql('postgres',
	"SELECT seedtest.digest('SELECT * FROM perfkit_generate_events($n, 0, 42, ''2025-06-15 00:00+00'')')");

sub crash
{
	$node->stop('immediate');
	$node->start;
	return;
}

foreach my $settings (
	[ 'minimal', 'wal_skip_threshold = 0' ],
	[ 'minimal', q{wal_skip_threshold = '1GB'} ],
	[ 'replica', 'full_page_writes = off' ],
	[ 'logical', 'wal_compression = on' ])
{
	my ($level, $setting) = @$settings;

	$node->append_conf('postgresql.conf', "wal_level = $level\n$setting");
	$node->restart;
	foreach my $workers (0, 2)
	{
		foreach my $table ('new', 'empty', 'some', 'savepoint', 'temporary')
		{
			my $name = "wal_level = $level, $setting, $workers workers, table $table";
			my $rows = "SET client_min_messages = warning; SET max_parallel_maintenance_workers = $workers";
			my $seed = "SELECT perfkit_seed_events($n, 42, $SeedRun::START)";
			my @before = (
				'DROP TABLE IF EXISTS events',
				$table eq 'empty' ? 'SELECT perfkit_seed_events(0)' : (),
				$table eq 'some' ? $seed =~ s/$n/5000/r : ());
			my @seed = $table eq 'savepoint'
			  # the table and a first half in subtransactions, of which one is undone
			  ? ('BEGIN', 'SAVEPOINT a', $seed =~ s/$n/5000/r, 'SAVEPOINT b', $seed, 'ROLLBACK TO b', 'SAVEPOINT c', $seed, 'COMMIT')
			  : ($seed);

			next if $table eq 'temporary' && $level ne 'minimal';
			if ($table eq 'temporary')
			{
				is( $node->safe_psql('postgres', join(";\n", $rows,
						"DO \$\$ BEGIN PERFORM perfkit_seed_events($n, 42, $SeedRun::START, 'pg_temp'); END \$\$",
						"SELECT seedtest.digest('SELECT * FROM pg_temp.events')")),
					$expected, "$name: all rows");
				next;
			}
			$node->safe_psql('postgres', join(";\n", $rows, @before, @seed));
			crash();
			is(SeedRun::rows($node), $expected, "$name: all rows after a crash");
			is($node->safe_psql('postgres', "SELECT * FROM seedtest.index_faults('public.events')"), '', "$name: indexes are sound");
		}
	}
}

# An unlogged table is empty after a crash, and can be seeded again.
$node->safe_psql('postgres', "SET client_min_messages = warning; DROP TABLE events; SELECT perfkit_seed_events(0);
	ALTER TABLE events SET UNLOGGED; SELECT perfkit_seed_events($n, 42, $SeedRun::START)");
is(SeedRun::rows($node), $expected, 'unlogged: all rows');
crash();
is(SeedRun::rows($node), '0:0', 'unlogged: empty after a crash');
$node->safe_psql('postgres', "SELECT perfkit_seed_events($n, 42, $SeedRun::START)");
is(SeedRun::rows($node), $expected, 'unlogged: all rows again');
is($node->safe_psql('postgres', "SELECT * FROM seedtest.index_faults('public.events')"), '', 'unlogged: indexes are sound');

$node->stop;
done_testing();
