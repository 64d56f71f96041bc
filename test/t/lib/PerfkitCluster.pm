# PerfkitCluster: nodes of PostgreSQL::Test::Cluster that have perfkit, without installing it into the system.
#
#     use FindBin;
#     use lib "$FindBin::RealBin/lib";
#     use PerfkitCluster;
#     my $node = PerfkitCluster->new('main');   # initialised, running, perfkit created in "postgres"
#
# test/run stages the extension and hands over the settings that let a server find it in PERFKIT_SERVER_CONF. A
# standby made by init_from_backup inherits them with its primary's configuration file.
package PerfkitCluster;

use strict;
use warnings;

use PostgreSQL::Test::Cluster;

# new(NAME, conf => TEXT, allows_streaming => BOOL, create => BOOL): a running node. Lines of conf are appended to its
# postgresql.conf; with create => 0 the extension is left for the test to create.
sub new
{
	my ($class, $name, %opt) = @_;
	my $node = PostgreSQL::Test::Cluster->new($name);

	$node->init(
		allows_streaming => $opt{allows_streaming},
		extra => [ '--encoding=UTF8', '--locale=C' ]);
	# PostgreSQL's own tests turn fsync off and so do these: a test that needs a crash of the machine has none.
	$node->append_conf('postgresql.conf', server_conf());
	$node->append_conf('postgresql.conf', $opt{conf}) if defined $opt{conf};
	$node->start;
	$node->safe_psql('postgres', 'CREATE EXTENSION perfkit CASCADE')
	  if $opt{create} // 1;
	return $node;
}

# server_conf(): the settings alone, for a node that a test initialises itself. None are needed where perfkit is
# installed (make install; make installcheck).
sub server_conf
{
	return $ENV{PERFKIT_SERVER_CONF} // '';
}

1;
