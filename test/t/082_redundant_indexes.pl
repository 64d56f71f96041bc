# perfkit_redundant_indexes() where a single session cannot show it: standbys, crashes, and an index
# that is being built.
use strict;
use warnings;

use FindBin;
use lib "$FindBin::RealBin/lib";
use PerfkitCluster;
use PostgreSQL::Test::Cluster;
use PostgreSQL::Test::Utils;
use Test::More;

my $node = PerfkitCluster->new('primary', allows_streaming => 1, conf => "autovacuum = off\n");
$node->safe_psql('postgres', <<'SQL');
CREATE TABLE t (id int PRIMARY KEY, a int, b int);
CREATE INDEX t_a ON t (a);
INSERT INTO t SELECT i, i, i FROM generate_series(1, 1000) i;
ANALYZE t;
SQL

# against(NODE, INDEX): what is said against dropping it, and the statement.
sub against
{
	my ($server, $index) = @_;
	return $server->safe_psql('postgres', "SELECT array_to_string(against, '; '), statement FROM perfkit_redundant_indexes('public') WHERE index::text = '$index'");
}
like(against($node, 't_a'), qr/^scans are counted only since \d{4}-\d\d-\d\d\|DROP INDEX CONCURRENTLY public\.t_a$/, 'a server alone');

# A standby has counters of its own.
$node->backup('copy');
my $standby = PostgreSQL::Test::Cluster->new('standby');
$standby->init_from_backup($node, 'copy', has_streaming => 1);
$standby->start;
$node->wait_for_catchup($standby, 'replay', $node->lsn('insert'));
like(against($node, 't_a'), qr/^standbys read it without being counted here; /, 'the primary of a standby');
like(against($standby, 't_a'), qr/^this server is a standby: the primary counts its own scans/, 'a standby');
$standby->safe_psql('postgres', 'SET enable_seqscan = off; SELECT count(*) FROM t WHERE a = 5');
is(against($standby, 't_a'), '', 'its scans count');
isnt(against($node, 't_a'), '', 'and not on the primary');
$standby->stop;

# An index under construction looks like one that a failed build left.
my $reader = $node->background_psql('postgres');
$reader->query_safe('BEGIN; DELETE FROM t WHERE id = 1');
my $builder = $node->background_psql('postgres', on_error_stop => 0);
$builder->query_until(qr/started/, "\\echo started\nCREATE INDEX CONCURRENTLY t_b ON t (b);\n");
ok($node->poll_query_until('postgres', "SELECT EXISTS (SELECT FROM pg_locks WHERE NOT granted) AND EXISTS (SELECT FROM pg_class WHERE relname = 't_b')"), 'a build waits');
like(against($node, 't_b'), qr/^session \d+ holds a lock that building it takes, so it may be under construction\|$/, 'it is not to be dropped');
$node->safe_psql('postgres', "SELECT pg_cancel_backend(pid) FROM pg_stat_activity WHERE query LIKE 'CREATE INDEX CONCURRENTLY%' AND pid <> pg_backend_pid()");
$reader->query_safe('ROLLBACK');
ok($node->poll_query_until('postgres', "SELECT NOT EXISTS (SELECT FROM pg_locks WHERE mode = 'ShareUpdateExclusiveLock')"), 'the build was cancelled');
is(against($node, 't_b'), '|DROP INDEX CONCURRENTLY public.t_b', 'what it left is');
$reader->quit;
$builder->quit;

# A crash discards the counters, and then nothing is older than it.
$node->safe_psql('postgres', 'SET enable_seqscan = off; SELECT count(*) FROM t WHERE a = 5');
is($node->safe_psql('postgres', q{SELECT count(*) FROM perfkit_redundant_indexes('public') WHERE index = 't_a'::regclass}), '0', 'an index that was read');
my $before = $node->safe_psql('postgres', 'SELECT now()');
$node->stop('immediate');
$node->start;
is($node->safe_psql('postgres', qq{SELECT counted_since >= '$before' FROM perfkit_redundant_indexes('public') WHERE index = 't_a'::regclass}), 't',
	'after a crash it counts as unused since then');

$node->stop;
done_testing();
