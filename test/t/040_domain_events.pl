# The event store at its default size, and what its seeder says about sizes that cannot have all its
# properties.
use strict;
use warnings;

use FindBin;
use lib "$FindBin::RealBin/lib";
use PerfkitCluster;
use PostgreSQL::Test::Utils;
use Test::More;

my $node = PerfkitCluster->new('main', conf => "max_wal_size = '4GB'\ntimezone = 'UTC'");
my $ends = "'2025-06-01 00:00 UTC'";

# notices(SQL): the notices of a statement, which must succeed.
sub notices
{
	my ($sql) = @_;
	my ($out, $err);
	is($node->psql('postgres', $sql, stdout => \$out, stderr => \$err), 0, "succeeds: $sql");
	return $err;
}

for my $case (
	[ '1, 10', qr/NOTICE:  1 tenant cannot be divided into one fifth and four fifths\nDETAIL:  It owns all events\./ ],
	[ '3, 1000', qr/NOTICE:  3 tenants cannot be divided .*\nDETAIL:  1 of them owns four fifths of the events\./ ],
	[ '10, 1', qr/NOTICE:  1 of 10 tenants have events\nDETAIL:  1 events are too few .*\nHINT:  Raise n, or lower tenants\./ ],
	[ '10000, 20000', qr/NOTICE:  \d{4} of 10000 tenants have events\nDETAIL:  20000 events are too few/ ])
{
	my ($arguments, $expected) = @$case;
	$node->safe_psql('postgres', 'DROP TABLE IF EXISTS domain_events, aggregate_snapshots, tracking_tokens');
	like(notices("SELECT perfkit_seed_domain_events($arguments, ends_at => $ends)"), $expected, "($arguments) says what it lacks");
}
$node->safe_psql('postgres', 'DROP TABLE domain_events, aggregate_snapshots, tracking_tokens');
unlike(
	notices("SELECT perfkit_seed_domain_events(10, 20000, ends_at => $ends)"),
	qr/cannot be divided|too few/,
	'10 tenants and 20000 events lack nothing');
$node->safe_psql('postgres', 'DROP TABLE domain_events, aggregate_snapshots, tracking_tokens');

# An error on the way leaves nothing, not even the tables.
$node->safe_psql('postgres', 'CREATE TABLE aggregate_snapshots (tenant_id text)');
isnt($node->psql('postgres', 'SELECT perfkit_seed_domain_events(10, 1000)', stderr => \my $err), 0, 'a snapshots table of another shape is refused');
like($err, qr/table public\.aggregate_snapshots lacks column "aggregate_id"/, '... and named');
is($node->safe_psql('postgres', "SELECT to_regclass('domain_events') IS NULL"), 't', '... before anything is made');
$node->safe_psql('postgres', 'DROP TABLE aggregate_snapshots');

# The default size.
is($node->safe_psql('postgres', "SET client_min_messages = warning; SELECT perfkit_seed_domain_events(ends_at => $ends)"),
	'1000000', 'a million events by default');
my %queries = (
	'ids are distinct, numbers without a gap' => q{
		SELECT count(DISTINCT event_id) = 1000000 AND min(global_sequence_id) = 1 AND max(global_sequence_id) = 1000000 FROM domain_events},
	'10 tenants, each with more than 1000 aggregates' => q{
		SELECT count(*) = 10 AND bool_and(aggregates >= 1000)
		FROM (SELECT tenant_id, count(*) FILTER (WHERE sequence_number = 0) AS aggregates FROM domain_events GROUP BY 1) t},
	'two tenants own four fifths' => q{
		SELECT abs(avg((tenant_id IN ('tenant-0001', 'tenant-0002'))::int) - 0.8) <= 0.02 FROM domain_events},
	'streams are contiguous, with one owner each, of up to 1000 events' => q{
		SELECT bool_and(events = last + 1 AND first = 0 AND owners = 1) AND max(events) = 1000 AND count(*) FILTER (WHERE events = 1000) > 10
		FROM (SELECT count(*) AS events, max(sequence_number) AS last, min(sequence_number) AS first, count(DISTINCT tenant_id) AS owners
			  FROM domain_events GROUP BY stream_id) s},
	'time never runs backwards, takes 180 days, and keeps business hours' => q{
		SELECT bool_and(timestamp_utc >= before) AND max(timestamp_utc) - min(timestamp_utc) BETWEEN interval '178 days' AND interval '182 days'
			   AND avg((extract(isodow FROM timestamp_utc) < 6 AND extract(hour FROM timestamp_utc) BETWEEN 8 AND 17)::int) >= 0.75
		FROM (SELECT timestamp_utc, lag(timestamp_utc, 1, '-infinity') OVER (ORDER BY global_sequence_id) AS before FROM domain_events) e},
	'a snapshot at every 100th event' => q{
		SELECT count(*) = (SELECT count(*) FROM domain_events WHERE sequence_number % 100 = 99) FROM aggregate_snapshots},
	'index checks pass' => q{SELECT bool_and(verdict = 'PASS') AND count(*) >= 6 FROM perfkit_verify_indexes('domain_events')});
is($node->safe_psql('postgres', $queries{$_}), 't', $_) for sort keys %queries;

# An append that waits for a seed gets a number that the seed has not used.
$node->safe_psql('postgres', 'TRUNCATE domain_events; ALTER SEQUENCE domain_events_global_sequence_id_seq RESTART');
my $seeder = $node->background_psql('postgres', on_error_die => 1);
$seeder->query_safe("SET client_min_messages = warning; BEGIN; SELECT perfkit_seed_domain_events(10, 5000, ends_at => $ends)");
my $append = q{INSERT INTO domain_events (event_id, stream_id, aggregate_id, aggregate_type, expected_version, sequence_number, tenant_id, event_type,
	payload, metadata, timestamp_utc) VALUES (gen_random_uuid(), 'Order-1', '1', 'Order', -1, 0, 'tenant-0001', 'OrderPlaced', '{}', '{}', now())
	RETURNING global_sequence_id};
my ($in, $out, $errors) = ('', '', '');
my $appender = IPC::Run::start([ 'psql', '-XAtq', '-d', $node->connstr('postgres'), '-c', $append ], \$in, \$out, \$errors);
ok( $node->poll_query_until('postgres', "SELECT count(*) = 1 FROM pg_stat_activity WHERE wait_event_type = 'Lock' AND query LIKE 'INSERT%'"),
	'an append waits for the seed');
$seeder->query_safe('COMMIT');
$appender->finish;
is($out, "5001\n", '... and follows it');
$seeder->quit;

$node->stop;
done_testing();
