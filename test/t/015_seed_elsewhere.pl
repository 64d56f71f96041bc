# The same rows in databases of other encodings, and after a dump and restore.
use strict;
use warnings;

use FindBin;
use lib "$FindBin::RealBin/lib";
use PerfkitCluster;
use PostgreSQL::Test::Utils;
use SeedRun;
use Test::More;

my $n = 10000;
my $node = PerfkitCluster->new('main');
SeedRun::prepare($node);
$node->safe_psql('postgres', "SELECT perfkit_seed_events($n, 42, $SeedRun::START)");
my $rows = SeedRun::rows($node);

# The words are ASCII, so they are the same bytes everywhere.
foreach my $encoding (qw(SQL_ASCII LATIN1 EUC_JP))
{
	my $database = lc $encoding;

	$node->safe_psql('postgres', "CREATE DATABASE $database ENCODING $encoding LOCALE 'C' TEMPLATE template0");
	$node->safe_psql($database, 'CREATE EXTENSION perfkit CASCADE');
	SeedRun::prepare($node, $database);
	$node->safe_psql($database, "SELECT perfkit_seed_events($n, 42, $SeedRun::START)");
	is($node->safe_psql($database, q{SELECT seedtest.digest('SELECT * FROM events')}), $rows, "$encoding: the rows");
	is($node->safe_psql($database, q{SELECT * FROM seedtest.index_faults('events')}), '', "$encoding: indexes are sound");
}

# A dump of seeded tables does not need perfkit: they are the user's.
my $dump = PostgreSQL::Test::Utils::tempdir() . '/events.dump';
$node->command_ok([ 'pg_dump', '--format=custom', '--table=public.events', '--file', $dump, $node->connstr('postgres') ], 'pg_dump of the table');
$node->safe_psql('postgres', 'CREATE DATABASE restored TEMPLATE template0');
$node->safe_psql('restored', 'CREATE EXTENSION pg_trgm');
SeedRun::prepare($node, 'restored');
$node->command_ok([ 'pg_restore', '--exit-on-error', '--dbname', $node->connstr('restored'), $dump ], 'pg_restore without perfkit');
is($node->safe_psql('restored', q{SELECT seedtest.digest('SELECT * FROM public.events')}), $rows, 'restored: the rows');
$node->safe_psql('restored', 'ANALYZE public.events');
is($node->safe_psql('restored', q{SELECT * FROM seedtest.index_faults('public.events')}), '', 'restored: indexes are sound');

# And perfkit recognizes the restored table.
my $more = $n + 500;
is( $node->safe_psql('restored', "SET client_min_messages = warning; CREATE EXTENSION perfkit; SELECT perfkit_seed_events($n, 42, $SeedRun::START, 'public')"),
	'0', 'restored: nothing is missing');
is($node->safe_psql('restored', "SET client_min_messages = warning; SELECT perfkit_seed_events($more, 42, $SeedRun::START, 'public')"),
	'500', 'restored: and more can be added');

# A whole database, with the extension in it.
$node->safe_psql('postgres', 'SET client_min_messages = warning; DROP SCHEMA seedtest CASCADE');
$node->command_ok([ 'pg_dump', '--file', "$dump.sql", $node->connstr('postgres') ], 'pg_dump of the database');
$node->safe_psql('postgres', 'CREATE DATABASE whole TEMPLATE template0');
$node->command_ok([ 'psql', '-Xq', '-v', 'ON_ERROR_STOP=1', '-f', "$dump.sql", $node->connstr('whole') ], 'the dump restores');
SeedRun::prepare($node, 'whole');
is($node->safe_psql('whole', q{SELECT seedtest.digest('SELECT * FROM public.events')}), $rows, 'whole: the rows');
is($node->safe_psql('whole', "SET client_min_messages = warning; SELECT perfkit_seed_events($n, 42, $SeedRun::START)"), '0', 'whole: nothing is missing');

$node->stop;
done_testing();
