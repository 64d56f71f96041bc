# perfkit_redundant_indexes() where a single session cannot show it: standbys, crashes, an index
# that is being built, and tables that others have locked, which perfkit_cache_hit() lists, too.
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

# Nobody waits for a table that another session has locked, or for one whose index is being dropped.
$node->safe_psql('postgres', <<'SQL');
CREATE TABLE held (a int, b int);
CREATE INDEX held_a ON held (a);
CREATE INDEX held_a_b ON held (a, b);
CREATE INDEX held_sum ON held ((a + b)) WHERE b > 5;
CREATE INDEX held_sum_too ON held ((a + b)) WHERE b > 5;
CREATE TABLE parted (a int) PARTITION BY RANGE (a);
CREATE TABLE parted_1 PARTITION OF parted FOR VALUES FROM (0) TO (1000);
CREATE INDEX parted_a ON parted (a);
INSERT INTO held SELECT i, i FROM generate_series(1, 1000) i;
INSERT INTO parted SELECT i FROM generate_series(0, 999) i;
VACUUM ANALYZE held, parted;
SQL
my $listed = q{SELECT string_agg(concat_ws(' ', index, verdict, covered_by), ', ' ORDER BY index::text) FROM perfkit_redundant_indexes('public') WHERE relation::text IN ('held', 'parted')};
my $cached = q{SELECT string_agg(concat_ws(' ', relation, index, size_bytes), ', ' ORDER BY relation::text, index::text) FROM perfkit_cache_hit('public') WHERE relation::text IN ('held', 'parted_1')};
my $limit = q{SET lock_timeout = '2s'; };
my $sizes = $node->safe_psql('postgres', $cached);
is($node->safe_psql('postgres', $listed), 'held_a prefix held_a_b, held_a_b unused, held_sum unused, held_sum_too duplicate held_sum, parted_a unused', 'indexes of tables that nobody has locked');
my $holder = $node->background_psql('postgres');
$holder->query_safe('BEGIN; LOCK TABLE held, parted');
my $without_text = 'held_a prefix held_a_b, held_a_b unused, held_sum unused, held_sum_too unused, parted_a unused';
is($node->safe_psql('postgres', $limit . $listed), $without_text, 'and of tables that somebody has');
is($node->safe_psql('postgres', $limit . $cached), $sizes, 'sizes of these');
$holder->query_safe('ROLLBACK; BEGIN; SELECT count(*) FROM held');
my $second = $node->background_psql('postgres', on_error_stop => 0);
$second->query_until(qr/started/, "\\echo started\nBEGIN; LOCK TABLE held;\n");
ok($node->poll_query_until('postgres', "SELECT EXISTS (SELECT FROM pg_locks WHERE NOT granted)"), 'a session waits for a lock');
is($node->safe_psql('postgres', $limit . $listed), $without_text, 'nobody waits behind it');
is($node->safe_psql('postgres', $limit . $cached), $sizes, 'sizes then');
$holder->query_safe('ROLLBACK');
$second->quit;
$holder->query_safe('BEGIN; DROP INDEX held_a_b; REINDEX INDEX parted_1_a_idx');
is($node->safe_psql('postgres', $limit . $listed), $without_text, 'indexes that are being dropped or rebuilt');
is($node->safe_psql('postgres', $limit . $cached), $sizes, 'their sizes');
$holder->query_safe('ROLLBACK');
$holder->quit;
$node->safe_psql('postgres', 'DROP TABLE held, parted');

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
