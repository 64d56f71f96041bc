# perfkit run and what servers, roles and environments impose upon its sessions; and what is left of
# it when what should have cleaned up is gone.
use strict;
use warnings;

use FindBin;
use lib "$FindBin::RealBin/lib";
use BenchRun;
use PerfkitCluster;
use PostgreSQL::Test::Utils;
use Test::More;
use Time::HiRes qw(time);

my $node = PerfkitCluster->new('main', allows_streaming => 1, conf => "autovacuum = off\n");
my $dsn = $node->connstr('postgres');
my $dir = PostgreSQL::Test::Utils::tempdir();
my ($run, $status, $out, $err);

# folder(NAME, FILE => TEXT, ...): a workload.
sub folder
{
	my ($name, %files) = @_;
	mkdir("$dir/$name") or die "$dir/$name: $!";
	append_to_file("$dir/$name/$_", $files{$_}) foreach keys %files;
	return "$dir/$name";
}

# Limits of an application's role are for its statements. Seeding and storing may take longer, and
# our sessions idle while others work.
my @limits = qw(statement_timeout lock_timeout idle_in_transaction_session_timeout idle_session_timeout);
push @limits, 'transaction_timeout' if $node->safe_psql('postgres', 'SHOW server_version_num') >= 170000;
$node->safe_psql('postgres', 'CREATE DATABASE limited');
$node->safe_psql('limited', <<'SQL');
SET client_min_messages = warning;
CREATE EXTENSION perfkit CASCADE;
CREATE FUNCTION slowly() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN PERFORM pg_sleep(1.3); RETURN new; END $$;
CREATE TRIGGER slowly BEFORE INSERT ON perfkit_runs FOR EACH ROW EXECUTE FUNCTION slowly();
SQL
$node->safe_psql('postgres', "ALTER DATABASE limited SET $_ = '1s'") foreach @limits;
my $patience = folder('patience', 'one.sql' => "SELECT 1;\n",
	'seed.sql' => "SELECT pg_sleep(1.3);\n"
	  . join('', map { "SELECT 1 / (current_setting('$_') = '0')::int;\n" } @limits) . "SELECT 1;\n");
($status, $out, $err) = bench($patience, '--dsn', $node->connstr('limited'), '--clients', 1, '--duration', 3,
	'--output', "$dir/limited");
isnt($status, 2, 'a run where timeouts are shorter than it is');
is($node->safe_psql('limited', 'SELECT count(*) FROM perfkit_runs'), '1', 'is stored');
ok(read_run("$dir/limited")->{observed}{lock_waits}{samples} >= 2, 'and was sampled to its end');

# Where nothing can be written, nothing is begun.
{
	local $ENV{PGOPTIONS} = '-c default_transaction_read_only=on';
	($status, $out, $err) = bench('events', '--dsn', $dsn, '--clients', 1, '--duration', 1, '--no-seed');
	is($status, 2, 'exit status where transactions are read-only');
	like($err, qr/read-only transaction.* default_transaction_read_only must be off for role/, 'message there');
	unlike($out, qr/^load:/m, 'no load is begun');
}
$node->backup('base');
my $standby = PostgreSQL::Test::Cluster->new('standby');
$standby->init_from_backup($node, 'base', has_streaming => 1);
$standby->start;
($status, $out, $err) = bench('events', '--dsn', $standby->connstr('postgres'), '--clients', 1, '--duration', 1);
is($status, 2, 'exit status on a standby');
like($err, qr/the server is a standby, .*connect to its primary/, 'message on a standby');
$standby->stop;

# A function that hides one of perfkit's from the scripts would be called in its place.
$node->safe_psql('postgres', 'CREATE DATABASE hidden');
$node->safe_psql('hidden', <<'SQL');
SET client_min_messages = warning;
CREATE SCHEMA kit;
CREATE EXTENSION perfkit SCHEMA kit CASCADE;
CREATE FUNCTION public.perfkit_expect_rows(bigint, bigint) RETURNS bigint LANGUAGE sql AS 'SELECT 1 / 0::bigint';
SQL
my @append = ('domain_events', '--dsn', $node->connstr('hidden'), qw(--rows 300 --clients 1 --duration 1 --scenario append_1));
($status, $out, $err) = bench(@append, '--output', "$dir/hidden");
is($status, 2, 'exit status where a function of perfkit is hidden');
like($err, qr/function public\.perfkit_expect_rows\(bigint, bigint\) hides the one of perfkit/, 'it is named');
unlike($out, qr/^load:/m, 'and no load is begun');
$node->safe_psql('hidden', 'ALTER FUNCTION public.perfkit_expect_rows(bigint, bigint) RENAME TO something_else');
($status, $out, $err) = bench(@append, '--output', "$dir/found");
isnt($status, 2, 'without it, the scripts find theirs');

# What the seeding has written is not counted as the load's.
($status, $out, $err) = bench('events', '--dsn', $dsn, qw(--rows 5000 --clients 1 --duration 1 --scenario page --no-checks),
	'--output', "$dir/counted");
my $records = read_run("$dir/counted")->{observed}{wal}{records};
cmp_ok($records, '<', 2000, 'WAL records of a load that reads, after a seeding that wrote more than 5000');

# What an interrupted pgbench had sent does not go on.
my $sleep = folder('sleep', 'sleep.sql' => "SELECT pg_sleep(60);\n");
$run = bench_start($sleep, '--dsn', $dsn, '--clients', 2, '--duration', 600, '--no-checks', '--output', "$dir/sleep-out");
ok(poll_until(sub { sessions($node, "query LIKE 'SELECT pg_sleep(60)%' AND state = 'active'") == 2 }), 'two clients wait for a statement');
kill('INT', $run->{pid});
($status) = bench_wait($run);
is($status, 130, 'interrupted');
my $since = time();
ok(poll_until(sub { !sessions($node, "query LIKE 'SELECT pg_sleep(60)%'") }), 'their statements end');
cmp_ok(time() - $since, '<', 20, 'long before they would have');

# The keeper is killed: the run cleans up itself, and says so. Its server is private, and what the
# environment asks of connections to another server does not concern it.
{
	delete local @ENV{qw(PGHOST PGPORT PGUSER PGDATABASE)};
	local @ENV{qw(PGCHANNELBINDING PGREQUIREPEER PGSSLCERTMODE)} = qw(require nobody invalid);
	$run = bench_start('events', qw(--rows 1000 --clients 2 --duration 600), '--output', "$dir/keeper");
	ok(poll_until(sub { pgbenches() }), 'the load has begun on a private server');
	my ($server) = glob(bench_tmpdir() . '/perfkit-server.*');
	my ($postmaster) = split(/\n/, slurp_file("$server/data/postmaster.pid"));
	my ($keeper) = grep { slurp_file("/proc/$_/cmdline") eq slurp_file("/proc/$run->{pid}/cmdline") }
	  split(' ', slurp_file("/proc/$run->{pid}/task/$run->{pid}/children"));
	kill('KILL', $keeper);
	kill('TERM', $run->{pid});
	($status, $out) = bench_wait($run);
	is($status, 143, 'exit status without a keeper');
	like($out, qr/was ended by signal 9; cleaning up without it/, 'it says that the keeper is gone');
	ok(wait_gone($postmaster), 'no server is left');
	ok(poll_until(sub { !pgbenches() }), 'no pgbench is left');
	ok(poll_until(sub { left_behind() eq '' }), 'no temporary file is left');
	ok(!-e "$dir/keeper", 'no directory for results is left');
}

$node->stop;
done_testing();
