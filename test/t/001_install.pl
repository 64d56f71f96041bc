# Installing, dumping and restoring, and dropping perfkit on a server of its own.
use strict;
use warnings;

use FindBin;
use lib "$FindBin::RealBin/lib";
use PerfkitCluster;
use PostgreSQL::Test::Utils;
use Test::More;

my $node = PerfkitCluster->new('main');

# perfkit.control is the one place that has the version.
my ($version) = slurp_file('perfkit.control') =~ /^default_version\s*=\s*'(.+)'/m;
is($node->safe_psql('postgres', "SELECT extversion FROM pg_extension WHERE extname = 'perfkit'"),
	$version, 'the version installed is the default one');

# A dump must bring the extension into a new database, in its schema, and leave nothing loose.
$node->safe_psql('postgres', 'CREATE SCHEMA "odd ""schema"; ALTER EXTENSION perfkit SET SCHEMA "odd ""schema"');
my $dump = PostgreSQL::Test::Utils::tempdir() . '/dump.sql';
$node->command_ok([ 'pg_dump', '--file', $dump, $node->connstr('postgres') ], 'pg_dump');
$node->safe_psql('postgres', 'CREATE DATABASE restored TEMPLATE template0');
$node->command_ok(
	[ 'psql', '-X', '-q', '-v', 'ON_ERROR_STOP=1', '-f', $dump, $node->connstr('restored') ],
	'the dump restores');
is( $node->safe_psql('restored', "SELECT extnamespace::regnamespace FROM pg_extension WHERE extname = 'perfkit'"),
	'"odd ""schema"',
	'restored into the same schema');

# Every member goes with the extension.
$node->safe_psql('restored', 'DROP EXTENSION perfkit');
is( $node->safe_psql('restored', "SELECT count(*) FROM pg_class WHERE relname LIKE 'perfkit%'"),
	'0',
	'DROP EXTENSION leaves no relation');
is( $node->safe_psql('restored', "SELECT count(*) FROM pg_proc WHERE proname LIKE 'perfkit%'"),
	'0',
	'DROP EXTENSION leaves no function');

$node->stop;
done_testing();
