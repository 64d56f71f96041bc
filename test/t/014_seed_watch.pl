# What a seed shows and takes while it runs: progress, NOTICEs, memory; and what happens when the
# disk is full.
use strict;
use warnings;

use FindBin;
use lib "$FindBin::RealBin/lib";
use PerfkitCluster;
use PostgreSQL::Test::Utils;
use SeedRun;
use Test::More;
use Time::HiRes qw(sleep);

my $node = PerfkitCluster->new('main', conf => <<'CONF');
max_parallel_maintenance_workers = 2
maintenance_work_mem = 24MB
autovacuum = off
max_wal_size = 4GB
CONF
SeedRun::prepare($node);

# Progress, the direct way: the view says how many rows there are so far.
my $seed = "SELECT perfkit_seed_events(150000, 42, $SeedRun::START)";
my $run = SeedRun->start($node, $SeedRun::WATCHED, $seed);
ok($run->wait_for('rows'), 'pg_stat_progress_copy has the seed');
ok($run->wait_for('worker'), 'several processes build indexes');
is( $node->safe_psql('postgres', "SELECT relid = 0 FROM pg_stat_progress_create_index WHERE pid = $run->{pid}"),
	'f', 'pg_stat_progress_create_index has the seed');
$run->finish;
like($run->{err}, qr/NOTICE:  00000: public\.events: 150000 rows inserted in \d+\.\d\d s \(\d+ rows\/s\)/, 'number, time and rate are reported');
like($run->{err}, qr/DETAIL:  Rows in \d+\.\d\d s, 8 indexes built in \d+\.\d\d s\. ANALYZE in \d+\.\d\d s\./, 'and where the time went');
is($node->safe_psql('postgres', 'SELECT count(*) FROM pg_stat_progress_copy'), '0', 'no progress is left over');

# Why the INSERT way was taken, and a NOTICE now and then: each statement takes two seconds, so that
# the seed takes long enough.
$node->safe_psql('postgres', q{
	DROP TABLE events;
	SET client_min_messages = warning;
	SELECT perfkit_seed_events(0);
	CREATE FUNCTION slow() RETURNS trigger LANGUAGE plpgsql AS 'BEGIN PERFORM pg_sleep(2); RETURN NULL; END';
	CREATE TRIGGER t AFTER INSERT ON events FOR EACH STATEMENT EXECUTE FUNCTION slow()});
$run = SeedRun->start($node, "SELECT perfkit_seed_events(40000, 42, $SeedRun::START)");
ok($run->wait_for('rows'), 'pg_stat_progress_copy has the INSERTs');
my $done = $node->safe_psql('postgres', "SELECT relid::regclass || ' ' || tuples_processed FROM pg_stat_progress_copy WHERE pid = $run->{pid}");
like($done, qr/^events [1-4]0000$/, 'with the table and the rows so far');
$run->finish;
like($run->{err}, qr/NOTICE:  00000: public\.events: [1-4]0000 of 40000 rows \(\d+ %\), \d+ rows\/s/, 'a NOTICE after five seconds');
like($run->{err}, qr/DETAIL:  Rows and index entries by INSERT in \d+\.\d\d s, because the table has triggers\./, 'why by INSERT');
$node->safe_psql('postgres', 'DROP TABLE events');

# Memory: the peak of the backend's private memory, as the kernel counts it, does not grow with the
# number of rows.
SKIP:
{
	skip 'the kernel does not tell', 2 unless -r "/proc/$$/status" && slurp_file("/proc/$$/status") =~ /^RssAnon:/m;

	# Which indexes this backend builds is a matter of chance, and their sorts differ in size. With
	# few rows that shows, so the comparison then allows 5 bytes a row.
	my $long = $ENV{PERFKIT_LONG_TESTS};
	my @rows = $long ? (1000000, 10000000) : (100000, 300000);
	my @peak;

	# sorts that fill their memory at the smaller size, too
	$node->append_conf('postgresql.conf', "maintenance_work_mem = 4MB\nmax_wal_size = 20GB");
	$node->reload;
	foreach my $rows (@rows)
	{
		my $peak = 0;

		$run = SeedRun->start($node, 'SET client_min_messages = warning', "SELECT perfkit_seed_events($rows, 42, $SeedRun::START)");
		while ($run->{run}->pumpable)
		{
			my $status = eval { slurp_file("/proc/$run->{pid}/status") } // '';
			$peak = $1 if $status =~ /^RssAnon:\s+(\d+) kB/m && $1 > $peak;
			$run->{run}->pump_nb;
			sleep(0.01);
		}
		$run->finish;
		like($run->{out}, qr/^$rows$/m, "seeded $rows rows");
		push @peak, $peak;
		note("$rows rows: $peak kB");
		$node->safe_psql('postgres', 'DROP TABLE events; CHECKPOINT');
	}
	cmp_ok($peak[1], '<=', $peak[0] * 1.1 + ($long ? 0 : 1024), "memory at $rows[1] rows is that at $rows[0]");
}

# A full disk, for which a limit on the size of files stands in. It is met in the table, or in an
# index that is larger than the table and that a parallel worker builds.
SKIP:
{
	my ($pid) = slurp_file($node->data_dir . '/postmaster.pid') =~ /^(\d+)/;
	my $limit_files = sub { return system('prlimit', "--pid=$pid", "--fsize=$_[0]:unlimited") == 0 };
	my $seed = "SELECT perfkit_seed_events(100000, 42, $SeedRun::START)";
	my $columns = 'name, artist, venue, date, "time", genre, price, source_id, source_platform, created_at, updated_at, id';
	my %make = (
		table => 'SELECT perfkit_seed_events(0)',
		index => "SELECT perfkit_seed_events(0);
			DROP INDEX date_idx, genre_idx, venue_idx, idx_events_date_id, idx_events_artist_trgm, idx_events_name_trgm;
			CREATE INDEX huge ON events ($columns) INCLUDE (ticket_sources, $columns)");

	skip 'there is no prlimit', 16 unless eval { $limit_files->('unlimited') };
	foreach my $what (qw(table index))
	{
		my $name = "the $what does not fit on the disk";
		my $setup = "SET client_min_messages = warning; DROP TABLE IF EXISTS events; $make{$what}";

		# the limit is just too low for what is to meet it, and high enough for WAL
		$node->safe_psql('postgres', "$setup; $seed");
		my $table_size = $node->safe_psql('postgres', q{SELECT pg_relation_size('events')});
		my $limit = $what eq 'table' ? int($table_size * 0.95) : $table_size + 1024 * 1024;
		cmp_ok($node->safe_psql('postgres', q{SELECT pg_relation_size('huge')}), '>', $limit, 'the index is larger than the table')
		  if $what eq 'index';
		cmp_ok($limit, '>', 16 * 1024 * 1024, "$name: the limit leaves room for WAL");

		$node->safe_psql('postgres', $setup);
		my $files = SeedRun::files($node);
		$limit_files->($limit) or die 'prlimit';
		$run = SeedRun->start($node, 'SET client_min_messages = warning', $seed, 'SELECT count(*) FROM events')->finish;
		$limit_files->('unlimited') or die 'prlimit';
		like($run->{err}, qr/ERROR:  \w{5}: could not (extend|write) /, "$name: the error");
		like($run->{err}, qr/CONTEXT:  parallel worker/, "$name: a worker met it") if $what eq 'index';
		like($run->{out}, qr/\n0\n\z/, "$name: no rows");
		SeedRun::no_new_files($node, $files, $name);
		is($node->safe_psql('postgres', 'SELECT count(*) FROM pg_ls_tmpdir()'), '0', "$name: no temporary file is left");

		$run = SeedRun->start($node, 'SET client_min_messages = warning', $seed)->finish;
		is($run->{err}, '', "$name: with room, the same seed succeeds");
		is($node->safe_psql('postgres', q{SELECT * FROM seedtest.index_faults('public.events')}), '', "$name: then, indexes are sound");
	}
}

$node->stop;
done_testing();
