# perfkit run through pgbouncer in transaction pooling: it works, it says so, and nothing of it
# sticks to the pooled connections.
use strict;
use warnings;

use FindBin;
use lib "$FindBin::RealBin/lib";
use BenchRun;
use PerfkitCluster;
use PostgreSQL::Test::Utils;
use Test::More;

my ($pgbouncer) = grep { -x } map { "$_/pgbouncer" } split(/:/, "$ENV{PATH}:/usr/sbin:/usr/local/sbin");
plan skip_all => 'pgbouncer is not installed' unless defined $pgbouncer;

my $node = PerfkitCluster->new('main', conf => "max_connections = 40\n", create => 0);
my $dir = PostgreSQL::Test::Utils::tempdir();
my $port = PostgreSQL::Test::Cluster::get_free_port();
my $user = $ENV{PGUSER} // getpwuid($<);
my $tmp = PostgreSQL::Test::Utils::tempdir_short();
append_to_file("$dir/users", qq{"$user" ""\n});
append_to_file("$dir/pgbouncer.ini", join("\n",
	'[databases]', '* = host=' . $node->host . ' port=' . $node->port,
	'[pgbouncer]', 'pool_mode = transaction', 'default_pool_size = 2', 'max_client_conn = 100', 'listen_addr =',
	"listen_port = $port", "unix_socket_dir = $tmp", 'auth_type = trust', "auth_file = $dir/users",
	"logfile = $dir/pgbouncer.log", "pidfile = $dir/pgbouncer.pid", 'ignore_startup_parameters = extra_float_digits', ''));
is(system($pgbouncer, '-q', '-d', "$dir/pgbouncer.ini"), 0, 'pgbouncer starts');
END { stop_pgbouncer() if $dir && -e "$dir/pgbouncer.pid"; }

sub stop_pgbouncer
{
	my $pid = slurp_file("$dir/pgbouncer.pid");
	kill('QUIT', $pid);
	wait_gone($pid);
	return;
}

# An application's role has a path of its own; perfkit is elsewhere.
$node->safe_psql('postgres', qq{CREATE DATABASE shop; ALTER DATABASE shop SET search_path = shop, public});
$node->safe_psql('shop', 'CREATE SCHEMA shop; CREATE SCHEMA kit; SET client_min_messages = warning; CREATE EXTENSION perfkit SCHEMA kit CASCADE');
my $dsn = "host=$tmp port=$port dbname=shop";
my %wanted = (search_path => 'shop, public', client_min_messages => 'notice', work_mem => '4MB');

# settings(): of both pooled connections, as the application's next clients find them.
sub settings
{
	my $names = join(', ', map { "'$_'" } keys %wanted);
	my $query = "BEGIN; SELECT pg_sleep(0.3); SELECT string_agg(name || ': ' || current_setting(name), '; ' ORDER BY name)
		FROM unnest(ARRAY[$names]) AS name; COMMIT;";
	# two transactions at once get both connections
	my @asked = map {
		my ($in, $out) = ($query, '');
		[ IPC::Run::start([ 'psql', '-XAtq', '-d', $dsn ], '<', \$in, '>', \$out), \$out ]
	} 1, 2;
	my %seen;
	foreach my $asked (@asked)
	{
		IPC::Run::finish($asked->[0]);
		$seen{ ${ $asked->[1] } =~ s/^\n//r =~ s/\n$//r } = 1;
	}
	return join(' and ', sort keys %seen);
}
my $untouched = join('; ', map { "$_: $wanted{$_}" } sort keys %wanted);
is(settings(), $untouched, 'pooled connections are as the server makes them');

my ($status, $out, $err) = bench('events', '--dsn', $dsn, '--rows', 2000, '--clients', 4, '--duration', 2, '--output', "$dir/out");
isnt($status, 2, 'a run through pgbouncer');
like($out, qr/^note: connected through pgbouncer/m, 'recognises it');
is(settings(), $untouched, 'and leaves its connections as they were');
is($node->safe_psql('shop', q{SELECT count(*) FROM shop.events}), '2000', 'the tables are where the application finds them');
my $run = read_run("$dir/out");
is(scalar(grep { $_->{transactions} > 0 } @{ $run->{summary} }), 10, 'all scenarios run');
ok($run->{observed}{lock_waits}{samples} > 0, 'and are observed');
is(scalar(grep { $_->{verdict} eq 'PASS' } @{ $run->{index_checks} }), scalar @{ $run->{index_checks} }, 'index checks pass');

# Files of a workload are transactions, with perfkit in the path; scripts that call perfkit need it
# in the application's.
($status, $out, $err) = bench('domain_events', '--dsn', $dsn, '--rows', 500, '--clients', 4, '--duration', 2, '--protocol', 'simple',
	'--output', "$dir/events");
is($status, 2, 'scripts that would not find perfkit are not run');
like($err, qr/run: ALTER ROLE \S+ IN DATABASE shop SET search_path = shop, public, kit$/m, 'and what to do is said');
is(settings(), $untouched, 'still nothing sticks');
$node->safe_psql('shop', "ALTER DATABASE shop SET search_path = shop, public, kit");
$wanted{search_path} = 'shop, public, kit';
$untouched = join('; ', map { "$_: $wanted{$_}" } sort keys %wanted);
# A server from 18 on reports its search_path, and a pgbouncer that knows this gives later clients
# the one that it saw first.
stop_pgbouncer();
unlink("$dir/pgbouncer.pid");
is(system($pgbouncer, '-q', '-d', "$dir/pgbouncer.ini"), 0, 'pgbouncer starts again');
ok(poll_until(sub { settings() eq $untouched }), 'the application finds perfkit');
($status, $out, $err) = bench('domain_events', '--dsn', $dsn, '--rows', 500, '--clients', 4, '--duration', 2, '--protocol', 'simple',
	'--output', "$dir/events");
isnt($status, 2, 'then the event store runs through it, too');
is(scalar(grep { !$_->{ok} } @{ read_run("$dir/events")->{invariants} }), 0, 'and its invariants hold');
is(settings(), $untouched, 'and nothing sticks');
ok(poll_until(sub { left_behind() eq '' }), 'no temporary file is left');

# A pooler that drops startup options instead of refusing them.
append_to_file("$dir/pgbouncer.ini", "ignore_startup_parameters = extra_float_digits, options\n");
kill('HUP', slurp_file("$dir/pgbouncer.pid"));
my $text = '';
poll_until(sub {
	local $ENV{PGOPTIONS} = '-c work_mem=1MB';
	return IPC::Run::run([ 'psql', '-XAtqc', 'SELECT 1', '-d', $dsn ], '>', \$text, '2>', \my $ignored);
});
($status, $out, $err) = bench('events', '--dsn', $dsn, '--no-seed', '--clients', 2, '--duration', 1, '--output', "$dir/dropped");
like($out, qr/^note: connected through a connection pooler/m, 'is recognised as well');
is(settings(), $untouched, 'and left alone');

# Growth is compared in schemas of its own, for which a pooler has no way.
($status, $out, $err) = bench_program('bench/scale', 'events', '100', '--dsn', $dsn, '--output', "$dir/scale");
is($status, 2, 'bench/scale through a pooler');
like($err, qr/connect to the server itself/, 'says what to do');

$node->stop;
done_testing();
