# PerfkitCluster: nodes of PostgreSQL::Test::Cluster that have perfkit, without installing it into
# the system.
#
#     use FindBin;
#     use lib "$FindBin::RealBin/lib";
#     use PerfkitCluster;
#     my $node = PerfkitCluster->new('main');   # running, perfkit created in "postgres"
#
# test/run stages the extension and hands over the settings that let a server find it in
# PERFKIT_SERVER_CONF. A standby made by init_from_backup inherits them with its primary's
# configuration file.
package PerfkitCluster;

use strict;
use warnings;

use PostgreSQL::Test::Cluster;
use PostgreSQL::Test::Utils;

# new(NAME, conf => TEXT, allows_streaming => BOOL, create => BOOL): a running node. Lines of conf
# are appended to its postgresql.conf; with create => 0 the extension is left for the test to
# create.
sub new
{
	my ($class, $name, %opt) = @_;
	my $node = PostgreSQL::Test::Cluster->new($name);

	init($node, $opt{allows_streaming});
	# As PostgreSQL's own tests do, these run without fsync: none of them crashes the machine.
	$node->append_conf('postgresql.conf', server_conf());
	$node->append_conf('postgresql.conf', $opt{conf}) if defined $opt{conf};
	$node->start;
	$node->safe_psql('postgres', 'CREATE EXTENSION perfkit CASCADE')
	  if $opt{create} // 1;
	return $node;
}

# init(NODE, STREAMING): what $node->init does, from the data directory that test/run has made with
# the same options. A program called initdb takes the place of the server's own, for
# PostgreSQL::Test::Cluster has a template only from 17 on.
sub init
{
	my ($node, $streaming) = @_;
	my @options = (allows_streaming => $streaming, extra => [ '--encoding=UTF8', '--locale=C' ]);
	my $template = $ENV{PERFKIT_TEMPLATE};

	return $node->init(@options) unless defined $template;
	my $bin = PostgreSQL::Test::Utils::tempdir();
	append_to_file("$bin/initdb", <<'SH');
#!/bin/sh
while [ $# -gt 0 ]; do
	case $1 in
		-D | --pgdata) shift; directory=$1 ;;
		-A | --auth) shift; [ "$1" = trust ] || exit 3 ;;
		-N | --no-sync | --encoding=UTF8 | --locale=C) ;;
		*) echo "unexpected option of initdb: $1" >&2; exit 3 ;;
	esac
	shift
done
exec cp -R -p "$PERFKIT_TEMPLATE" "$directory"
SH
	chmod(0755, "$bin/initdb") or die "$bin/initdb: $!";
	local $ENV{PATH} = "$bin:$ENV{PATH}";
	return $node->init(@options);
}

# lacks(LIBRARY...): those of these modules of contrib that this PostgreSQL does not have; one that
# was built from source may have none.
sub lacks
{
	my $pg_config = $ENV{PG_CONFIG} // 'pg_config';
	chomp(my $directory = `$pg_config --pkglibdir`);
	return grep { !-e "$directory/$_.so" && !-e "$directory/$_.dylib" } @_;
}

# server_conf(): the settings alone, for a node that a test initialises itself. None are needed
# where perfkit is installed (make install; make installcheck).
sub server_conf
{
	return $ENV{PERFKIT_SERVER_CONF} // '';
}

1;
