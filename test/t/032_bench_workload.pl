# A workload that is a folder and nothing else; names that need quoting; failed transactions; a role
# without privileges.
use strict;
use warnings;

use FindBin;
use lib "$FindBin::RealBin/lib";
use BenchRun;
use PerfkitCluster;
use PostgreSQL::Test::Utils;
use Test::More;

my $node = PerfkitCluster->new('main', create => 0);
my $dir = PostgreSQL::Test::Utils::tempdir();
my ($status, $out, $err, $run);

# One scenario conflicts with itself, one depends on prepare.sql and on options.
my $folder = "$dir/plugged_in";
mkdir $folder or die "$folder: $!";
append_to_file("$folder/scenarios", "# a comment\n\nconflict 1 updates one row from everywhere\nlook 3 reads it\nbroken 1 fails\n");
append_to_file("$folder/options", "--clients 3\n--duration 2s\n# a comment\n--scenario conflict\@1\n--scenario look\@3\n");
append_to_file("$folder/seed.sql",
	"DROP TABLE IF EXISTS plugged_in;\nCREATE TABLE plugged_in AS SELECT i, 0 AS hits FROM generate_series(1, :rows) i;\nSELECT :rows AS inserted;\n");
append_to_file("$folder/prepare.sql", "SELECT 'last', max(i) FROM plugged_in;\n");
append_to_file("$folder/conflict.sql",
	"BEGIN ISOLATION LEVEL REPEATABLE READ;\nSELECT hits FROM plugged_in WHERE i = 1;\n\\sleep 2 ms\nUPDATE plugged_in SET hits = hits + 1 WHERE i = 1;\nEND;\n");
append_to_file("$folder/look.sql", "\\set think :time_scale * 1000\n\\sleep :think us\nSELECT 1 / (:last = 7)::int, hits FROM plugged_in WHERE i = :last;\n");
append_to_file("$folder/broken.sql", "SELECT no_such_column FROM plugged_in;\n");

# A database, a schema and a role whose names need quoting; the role owns the database and is no
# superuser.
$node->safe_psql('postgres', <<'SQL');
CREATE ROLE "odd ""role' \" LOGIN;
CREATE DATABASE "odd ""db' =\" OWNER "odd ""role' \";
SQL
my $conninfo = sub {
	my ($dbname, $user) = @_;
	s/([\\'])/\\$1/g foreach $dbname, $user;
	return 'host=' . $node->host . ' port=' . $node->port . " dbname='$dbname' user='$user'";
};
my $odd = $conninfo->(q{odd "db' =\\}, q{odd "role' \\});
# (psql, because PostgreSQL::Test::Cluster quotes database names for itself)
my $super = $conninfo->(q{odd "db' =\\}, $ENV{PGUSER} // getpwuid($<));
my $psql = sub {
	my ($sql) = @_;
	my $output;
	IPC::Run::run([ 'psql', '-XAtq', '-v', 'ON_ERROR_STOP=1', '-d', $super ], '<', \$sql, '>', \$output) or die "psql failed";
	chomp $output;
	return $output;
};
my @args = ($folder, '--dsn', $odd, '--rows', 7, '--output', "$dir/odd \"out' put");

($status, $out, $err) = bench(@args);
is($status, 2, 'a role that may not create the extension');
like($err, qr/have a superuser run: CREATE EXTENSION perfkit CASCADE/, 'is told who may');

$psql->('CREATE SCHEMA "perf ""kit"; CREATE EXTENSION perfkit SCHEMA "perf ""kit" CASCADE;');
($status, $out, $err) = bench(@args);
is($status, 2, 'a role that may not store runs');
my ($grants) = $err =~ /have the owner of perfkit run: (.*)/;
like($grants // '', qr/GRANT USAGE ON SCHEMA "perf ""kit" TO "odd ""role' \\"/, 'is told what to grant');
like($grants // '', qr/GRANT SELECT, INSERT ON "perf ""kit"\.perfkit_runs TO "odd ""role' \\"/, 'all of it');
$psql->($grants);

($status, $out, $err) = bench_until(sub { read_run("$dir/odd \"out' put")->{summary}[0]{errors} > 0 }, 2, @args);
is($status, 3, 'a run that no budget applies to is inconclusive');
like($out, qr/^INCONCLUSIVE: no budget applies/m, 'and says so');
like($out, qr/seeded: 7 rows inserted/, 'seed.sql says how many rows it made');
$run = read_run("$dir/odd \"out' put");
is($run->{clients}, 3, 'the workload has options of its own');
is(join(' ', map { $_->{scenario} } @{ $run->{summary} }), 'conflict look all', 'and a choice of scenarios');
my ($conflict, $look, $all) = @{ $run->{summary} };
ok($conflict->{errors} > 0, 'serialization failures are counted');
is($look->{errors}, 0, 'for the scenario that has them');
my ($failed) = slurp_file("$dir/odd \"out' put/pgbench-1.txt") =~ /^number of failed transactions: (\d+)/m;
is($all->{errors}, $failed, 'as pgbench counts them');
is($psql->(q{SELECT sum(failed), sum(skipped) FROM "perf ""kit".perfkit_run_seconds WHERE run_id = } . $run->{run_id}), "$failed|0", 'and stored as such');
is($run->{environment}{variables}[0], 'last=7', 'variables from prepare.sql are recorded');

# The rate of errors is a budget as any other; trying again removes them.
$psql->(q{SET search_path = "perf ""kit"; INSERT INTO perfkit_budgets (workload, scenario, metric, limit_value)
	VALUES ('plugged_in', 'conflict', 'max_error_rate', 0), ('plugged_in', 'look', 'max_ms', 600000)});
($status, $out, $err) = bench_until(sub { $_[0] == 1 }, 2, @args);
is($status, 1, 'a broken budget for errors');
like($out, qr/conflict \| max_error_rate \| +0 .* FAIL/, 'is shown');
my $retried = sub { read_run("$dir/odd \"out' put")->{summary}[0]{retries} > 0 };
($status, $out, $err) = bench_until($retried, 2, @args, '--max-tries', 1000, '--time-scale', 1.5);
is($status, 0, 'with --max-tries the same budget is kept');
$run = read_run("$dir/odd \"out' put");
($conflict, $look, $all) = @{ $run->{summary} };
is($all->{errors}, 0, 'no errors');
ok($conflict->{retries} > 0 && $look->{retries} == 0, 'retries are counted for the scenario that has them');
is($all->{retries}, $run->{pgbench}{stages}[0]{retries}, 'as pgbench counts them');
# (2 s, or that times a power of 4)
like($run->{pgbench}{stages}[0]{seconds}, qr/^(3|12|48|192)$/, '--time-scale scales the duration');

# Late transactions are skipped, and skipped ones are errors.
($status, $out, $err) = bench(@args, '--max-tries', 1000, '--rate', 5000, '--latency-limit', 20);
$run = read_run("$dir/odd \"out' put");
ok($run->{pgbench}{stages}[0]{skipped} > 0, 'an impossible rate skips transactions');
# (a transaction that is too late to be tried again fails)
is( $run->{summary}[-1]{errors},
	$run->{pgbench}{stages}[0]{skipped} + $run->{pgbench}{stages}[0]{failed},
	'they are errors of the run');

# A script that fails is no measurement.
($status, $out, $err) = bench(@args, '--scenario', 'broken');
is($status, 2, 'a scenario that raises an error');
like($err, qr/no_such_column/, 'shows the error');
like($err, qr/pgbench ended with status 2/, 'and that pgbench gave up');
unlink("$folder/prepare.sql");
append_to_file("$folder/prepare.sql", "SELECT 'bad name', 1;\n");
($status, $out, $err) = bench(@args);
is($status, 2, 'a variable that is none');
like($err, qr/prepare\.sql: "bad name=1" is not a name and a value/, 'is shown');
append_to_file("$folder/scenarios", "nofile 1\n");
($status, $out, $err) = bench(@args);
is($status, 2, 'a scenario without a script');
like($err, qr/nofile\.sql is missing/, 'is named');
append_to_file("$folder/scenarios", "all 1\n");
($status, $out, $err) = bench(@args);
ok(poll_until(sub { left_behind() eq '' }), 'no temporary file is left');

# PGHOST and its siblings name a server as well as --dsn does.
{
	local $ENV{PGHOST} = $node->host;
	local $ENV{PGPORT} = $node->port;
	local $ENV{PGDATABASE} = q{odd "db' =\\};
	local $ENV{PGUSER} = q{odd "role' \\};
	my $all_ran = sub { grep({ $_->{transactions} > 0 } @{ read_run("$dir/environment")->{summary} }) == 10 };
	($status, $out, $err) = bench_until($all_ran, 1, 'events', '--rows', 2000, '--clients', 1, '--output', "$dir/environment");
	ok($status != 2, 'the server that the environment names');
	like($out, qr/^server: PostgreSQL \S+.*, database odd "db' =\\$/m, 'is used');
	is(scalar(grep { $_->{transactions} > 0 } @{ read_run("$dir/environment")->{summary} }), 10, 'by pgbench too');
}
is($psql->(q{SELECT tableowner FROM pg_tables WHERE tablename = 'events'}), q{odd "role' \\}, 'as the role it names');

$node->stop;
done_testing();
