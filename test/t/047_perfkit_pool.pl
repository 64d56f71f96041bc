# perfkit run --pool: the load goes through a pgbouncer of the run's own, and nothing else does.
# What it did is part of the run; whatever dies is named, and nothing is left behind.
use strict;
use warnings;

use FindBin;
use lib "$FindBin::RealBin/lib", "$FindBin::RealBin/../../bench/lib";
use BenchRun;
use JSON::PP ();
use Perfkit::Format;
use PerfkitCluster;
use PostgreSQL::Test::Utils;
use Test::More;

my ($pgbouncer) = grep { -x } map { "$_/pgbouncer" } split(/:/, "$ENV{PATH}:/usr/sbin:/usr/local/sbin");
plan skip_all => 'pgbouncer is not installed' unless defined $pgbouncer;
my ($major, $minor) = `$pgbouncer --version` =~ /^PgBouncer (\d+)\.(\d+)/;
my $prepares = $major > 1 || $minor >= 21;

my $node = PerfkitCluster->new('main', conf => "max_connections = 80\n");
my $dsn = $node->connstr('postgres');
my $dir = PostgreSQL::Test::Utils::tempdir();
my $tmp = bench_tmpdir();
my ($run, $status, $out, $err, $pool);

append_to_file("$dir/look.sql", "SELECT 1;\n");
append_to_file("$dir/wait.sql", "SELECT pg_sleep(0.02);\n");
my @budgets = ('--budget', 'p50_ms<100000', '--budget', 'min_tps>0.1');
my @look = ('--script', "$dir/look.sql", @budgets);
my @wait = ('--script', "$dir/wait.sql", @budgets);

# pooler(): process ID of the pgbouncer of a run, and its directory; nothing when there is none.
sub pooler
{
	foreach my $file (glob('/proc/[0-9]*/cmdline'))
	{
		open(my $handle, '<', $file) or next;
		my ($directory) = (<$handle> // '') =~ m{^[^\0]*pgbouncer\0(\Q$tmp\E/perfkit-pool[^/]*)/} or next;
		return ($file =~ /(\d+)/, $directory);
	}
	return;
}

sub nothing_left
{
	my ($when) = @_;
	ok(poll_until(sub { left_behind() eq '' }), "no temporary file is left $when");
	ok(poll_until(sub { !pooler() && !pgbenches() }), "neither pgbouncer nor pgbench is left $when");
	return;
}

# refused(PATTERN, WHAT, COMMAND...): before anything is started, and so with nothing to say but
# why.
sub refused
{
	my ($pattern, $what, @command) = @_;
	($status, $out, $err) = bench_program(@command);
	is($status, 2, "$what: refused");
	like($err, $pattern, 'and why is said');
	is($out, '', 'before anything is started');
	return;
}

refused(qr/: --pool takes a number of server connections from 1 to 1000, 0 for no pool, or both .*, not "$_"$/m,
	"--pool $_", 'bench/run', @look, '--pool', $_) foreach '1001', 'neither';
{
	local $ENV{PATH} = join(':', grep { !-x "$_/pgbouncer" } split(/:/, $ENV{PATH}));
	refused(qr/pgbouncer is not installed, .*apt-get install pgbouncer/, 'no pgbouncer', $^X, '-Ibench/lib', '-MPerfkit::Command',
		'-MPerfkit::Pool', '-e', '@Perfkit::Pool::directories = (); exit Perfkit::Command::main("perfkit", @ARGV)',
		'run', @look, '--pool', 4);
}
refused(qr/200 clients need 2\d\d file descriptors, in pgbouncer too, and there are 120 .*; run: (?:ulimit -n|sudo prlimit --nofile=)/,
	'more clients than file descriptors', 'sh', '-c', 'ulimit -n 120; exec "$@"', 'sh', 'bench/run', @look, '--pool', 4,
	'--clients', 200);
refused(qr/300 connections to one address need as many local ports, and there are 256 \(.*32768 to 33023\); run: sudo sysctl/,
	'more connections than ports', $^X, '-Ibench/lib', '-MPerfkit::Command', '-MPerfkit::Room', '-e',
	'exit Perfkit::Command::attempt("x", sub { Perfkit::Room::check_ports(256, "32768\t33023"); Perfkit::Room::check_ports(300, "32768\t33023"); 0 })');
refused(qr/--notify-ceiling and --pool both exclude each other/, 'one ceiling of two ways', 'bench/run', @look, '--pool', 'both',
	'--listen', 'channel', '--notify-ceiling', 'look', '--budget', 'notify_p95_ms<1000');
if ($prepares)
{
	($status) = bench(@look, '--dsn', $dsn, '--pool', 2, '--protocol', 'prepared', '--clients', 4, '--duration', 1, '--output', "$dir/out");
	is($status, 0, 'prepared statements through a pgbouncer that has them');
}
else
{
	refused(qr/--protocol prepared needs pgbouncer 1\.21 or newer with --pool, and \S+ is \Q$major.$minor\E/, 'prepared statements',
		'bench/run', @look, '--pool', 2, '--protocol', 'prepared');
}

# More clients than the server has connections, on a connection with a password, in a database whose
# scripts need settings that no pooled client could ask for.
$node->safe_psql('postgres', q{CREATE ROLE buyer LOGIN PASSWORD 'a''b "c\ d'; CREATE DATABASE shop OWNER buyer});
$node->safe_psql('shop', q{CREATE SCHEMA kit; CREATE SCHEMA "odd 'path"; SET client_min_messages = warning;
	CREATE EXTENSION perfkit SCHEMA kit CASCADE; GRANT USAGE ON SCHEMA kit TO buyer; GRANT USAGE, CREATE ON SCHEMA "odd 'path" TO buyer;
	GRANT SELECT, INSERT, DELETE ON ALL TABLES IN SCHEMA kit TO buyer});
my $hba = slurp_file($node->data_dir . '/pg_hba.conf');
unlink($node->data_dir . '/pg_hba.conf');
append_to_file($node->data_dir . '/pg_hba.conf', "local all buyer scram-sha-256\n$hba");
$node->reload;
append_to_file("$dir/pass", "# of nobody\n*:1:shop:buyer:wrong\n*:*:shop:buyer:a'b \"c\\\\ d\n");
chmod(0600, "$dir/pass");
append_to_file("$dir/settled.sql", <<'SQL');
BEGIN;
SELECT 1 / (perfkit_expect_rows(1, 1) = 1 AND current_user = 'buyer' AND current_database() = 'shop'
            AND current_setting('search_path') = '"odd ''path", kit' AND current_setting('work_mem') = '7MB'
            AND current_setting('app.tenant', true) = 'five \ 5' AND current_setting('TimeZone') = 'Asia/Kolkata'
            AND current_setting('application_name') = 'a shop')::int;
SELECT pg_sleep(0.02);
COMMIT;
SQL
{
	local $ENV{PGOPTIONS} = q{-c search_path="odd\\ 'path" -c work_mem=7MB --app.tenant=five\\ \\\\\\ 5};
	local @ENV{qw(PGTZ PGAPPNAME PGPASSFILE)} = ('Asia/Kolkata', 'a shop', "$dir/pass");
	$run = bench_start('--script', "$dir/settled.sql", @budgets, '--max-tries', 1, '--dsn', 'host=' . $node->host . ' port=' . $node->port . ' user=buyer dbname=shop',
		'--clients', 90, '--pool', 4, '--duration', 3, '--no-checks', '--output', "$dir/shop");
}
my ($most, $pid, $pool_dir) = (0);
ok(poll_until(sub { ($pid, $pool_dir) = pooler(); $pid && pgbenches() }), 'a load through a pooler of its own');
is(join(' ', map { sprintf('%o', (stat)[2] & 07777) } $pool_dir, "$pool_dir/pgbouncer.ini"), '700 600', 'which nobody else can enter');
while (pgbenches())
{
	my $sessions = sessions($node, "application_name = 'a shop' AND query LIKE '%pg_sleep%'");
	$most = $sessions if $sessions > $most;
}
($status, $out) = bench_wait($run);
is($status, 0, 'pooled sessions are as direct ones would be');
cmp_ok($most, '<=', 4, 'there are no more of them than the pool has');
cmp_ok($most, '>=', 1, 'and some');
$run = read_run("$dir/shop");
$pool = $run->{observed}{pool};
is($run->{clients}, 90, 'with more clients than the server has connections');
is($pool->{transactions}, $run->{summary}[-1]{transactions}, 'the load goes through the pool, and nothing else does');
is($pool->{server_connections}, 4, 'the size of the pool is part of the run');
is($pool->{most_connections_open}, 4, 'and how many connections were open');
cmp_ok($pool->{most_clients_waiting}, '>', 40, 'clients wait for connections');
# 86 have none; on a busy machine some of them are with pgbench rather than in the queue
cmp_ok($pool->{mean_clients_waiting}, '>', 40, 'on average most that have none');
cmp_ok($pool->{mean_clients_waiting}, '<', 90, 'and no more than those');
# of a latency that is mostly waiting
cmp_ok($pool->{mean_wait_ms}, '>', 0.8 * $run->{summary}[-1]{avg_ms}, 'for most of the time');
cmp_ok($pool->{longest_wait_ms}, '>', 0, 'and the longest wait is known');
cmp_ok($pool->{cpu_seconds}, '<=', 8, 'CPU time of pgbouncer');
cmp_ok($pool->{cpu_share_of_core}, '>=', $pool->{cpu_share_of_machine}, 'as shares of a core and of the machine');
cmp_ok($pool->{memory}{most_bytes}, '>=', $pool->{memory}{$_}, "memory: $_") foreach qw(first_bytes last_bytes);
cmp_ok($pool->{memory}{first_bytes}, '>', 1_000_000, 'is measured');
like($out, qr/^ pooled connections +\| 4, at most 4 open and [1-4] used, through pgbouncer \Q$major.$minor\E/m, 'the summary has it');
like($out, qr/^ $_ /m, "and $_") foreach 'clients waiting for one', 'CPU of pgbouncer', 'memory of pgbouncer';
nothing_left('after a run');

# What the server has no room for is said before the load; a setting that does not reach, too.
($status, $out, $err) = bench(@look, '--dsn', $dsn, '--pool', 90, '--clients', 2, '--output', "$dir/out");
is($status, 2, 'a pool that the server has no room for');
like($err, qr/a pool of 90 connections needs as many, and the server has room for \d+ .* or run with --pool \d+/, 'is refused');
($status, $out, $err) = bench(@look, '--dsn', "$dsn requirepeer=" . getpwuid($<), '--pool', 2, '--output', "$dir/out");
is($status, 2, 'what pgbouncer cannot do');
like($err, qr/pgbouncer cannot connect with requirepeer=\w+; leave out --pool/, 'is refused');

# The options of a folder may have a pool, which 0 undoes.
mkdir("$dir/work");
append_to_file("$dir/work/count.sql", "INSERT INTO counted VALUES (1);\n");
append_to_file("$dir/work/seed.sql", "CREATE TABLE IF NOT EXISTS counted (n int);\nSELECT 0;\n");
append_to_file("$dir/work/options", "--pool 3\n--clients 6\n");
append_to_file("$dir/work/budgets", "p50_ms 100000\nmin_tps 0.1\n");
append_to_file("$dir/work/invariants.sql", "SELECT 'something was counted', count(*) > 0, count(*)::text FROM counted;\n");
($status) = bench("$dir/work", '--dsn', $dsn, '--duration', 1, '--output', "$dir/out");
is($status, 0, 'a pool by the options of a folder');
is(read_run("$dir/out")->{observed}{pool}{server_connections}, 3, 'is used');
($status) = bench("$dir/work", '--dsn', $dsn, '--duration', 1, '--output', "$dir/out", '--pool', 0);
ok(!exists read_run("$dir/out")->{observed}{pool}, 'and --pool 0 is none');

# Both, in turns.
($status, $out, $err) = bench("$dir/work", '--dsn', $dsn, '--stages', '3x2s,30x1s', '--pool', 'both', '--label', 'here', '--output', "$dir/both");
is($status, 0, 'pooled and direct');
is(join(' ', $out =~ /^load: \d+ clients for 1 s, 1 scenarios, (\w+)$/mg), join(' ', (qw(pooled direct direct pooled)) x 2), 'take turns');
my %side = map { $_ => read_run("$dir/both/$_") } qw(pooled direct);
is($side{$_}{side}, $_, "the $_ run says so") foreach sort keys %side;
like(Perfkit::Format::render('tap', @side{qw(pooled direct)}), qr/^ok 1 - work\.pooled: .*^ok \d+ - work\.direct: /ms, 'in other formats, too');
is($side{$_}{label}, "here, $_", "the $_ run has its label") foreach sort keys %side;
is(join(' ', map { exists $side{$_}{observed}{pool} ? 1 : 0 } qw(pooled direct)), '1 0', 'one of them has a pool');
is($side{pooled}{observed}{pool}{transactions}, $side{pooled}{summary}[-1]{transactions}, 'through which its whole load went');
foreach my $name (sort keys %side)
{
	is(scalar(@{ $side{$name}{invariants} }), 1, "invariants are part of the $name run");
	is($side{$name}{pgbench}{stages}[0]{seconds}, 2, 'which has the whole duration');
	# the inserts of both are in the table, and so are those of pgbench at the end of each turn
	cmp_ok($side{$name}{invariants}[0]{detail}, '>=', $side{pooled}{summary}[-1]{transactions} + $side{direct}{summary}[-1]{transactions},
		'of both loads');
	my ($table) = grep { $_->{relation} eq 'counted' } @{ $side{$name}{observed}{relations} };
	cmp_ok($table->{bytes_after} - $table->{bytes_before}, '<', $table->{bytes_after}, "and growth is that of the $name turns");
}
my $comparison = JSON::PP->new->decode(slurp_file("$dir/both/comparison.json"));
is(scalar(@$comparison), 2 * 3 * 3, 'a scenario and all, three metrics, two stages and all are compared');
foreach my $row (grep { $_->{scenario} eq 'all' && !defined $_->{stage} } @$comparison)
{
	my %value = map { $_ => $side{$_}{summary}[-1]{ $row->{metric} } } keys %side;
	cmp_ok(abs($row->{$_} - $value{$_}), '<', 1e-6, "$row->{metric} of the $_ run") foreach sort keys %value;
	cmp_ok(abs($row->{ratio} - $value{pooled} / $value{direct}), '<', 1e-6, 'and the ratio');
	my $finding = $row->{metric} eq 'tps' ? undef
	  : $row->{pooled_upper} < $row->{direct_lower} ? 'pooled is lower'
	  : $row->{direct_upper} < $row->{pooled_lower} ? 'direct is lower'
	  : 'intervals overlap';
	is($row->{finding}, $finding, 'claims what the intervals show');
}
like($out, qr/^PASS: pooled PASS and direct PASS$/m, 'and there is one verdict');
($status, $out) = bench_program($^X, '-Ibench/lib', '-MPerfkit::Alternation', '-e',
	'print join(" ", map { Perfkit::Alternation::worse(map { { verdict => $_ } } split(/-/, $_))->{verdict} } @ARGV)',
	'PASS-FAIL', 'FAIL-INCONCLUSIVE', 'INCONCLUSIVE-PASS', 'PASS-PASS');
is($out, 'FAIL FAIL INCONCLUSIVE PASS', 'which is the worse one');
nothing_left('after both');

# Whatever dies is named.
sub start_run
{
	my @arguments = @_;
	my $started = bench_start(@wait, '--clients', 20, '--pool', 4, '--duration', 600, '--output', "$dir/dies", @arguments);
	ok(poll_until(sub { ($pid, $pool_dir) = pooler(); $pid && pgbenches() }), 'a load begins');
	# (some of it has been through)
	sleep(1);
	return $started;
}

# dies(PATTERN, WHO, SIGNAL): the run ends, with status 2.
sub dies
{
	my ($started, $pattern, $what) = @_;
	($status, $out) = bench_wait($started);
	is($status, 2, "$what: exit status");
	like($out, $pattern, 'what died is said');
	unlike($out, qr/PASS/, 'and nothing passes');
	ok(!-e "$dir/dies", 'no directory for results is left');
	nothing_left("when $what");
	return;
}

$run = start_run('--dsn', $dsn);
($status, $out, $err) = bench(@look, '--dsn', "host=$pool_dir port=6432 dbname=perfkit user=perfkit", '--pool', 4, '--output', "$dir/out");
is($status, 2, 'a pool before a pooler is refused');
like($err, qr/the connection goes through pgbouncer already; leave out --pool/, 'and why is said');
kill('KILL', $pid);
dies($run, qr/^bench\/run: pgbouncer died, ended by signal 9; it said last:$/m, 'pgbouncer is killed');
ok(poll_until(sub { !sessions($node, "application_name <> ''") }), 'and no session');

delete local @ENV{qw(PGHOST PGPORT PGUSER PGDATABASE)};
$run = start_run();
my ($postmaster) = map { (split(/\n/, slurp_file($_)))[0] } glob("$tmp/perfkit-server.*/data/postmaster.pid");
kill('KILL', $postmaster);
dies($run, qr/^bench\/run: the private server died; it said last:$/m, 'the private server is killed');

foreach my $signal (qw(INT KILL))
{
	$run = start_run('--dsn', $dsn);
	kill($signal, $run->{pid});
	($status) = bench_wait($run);
	is($status, $signal eq 'INT' ? 130 : 0, "exit status of a run that ends by SIG$signal");
	nothing_left("after SIG$signal");
	ok(poll_until(sub { !sessions($node, "application_name <> ''") }), 'no session either');
}
rmdir("$dir/dies");

$run = start_run('--dsn', $dsn);
$node->stop('immediate');
dies($run, qr/^bench\/run: the server ended the runner's own session, too/m, 'the server that was given is stopped');

done_testing();
