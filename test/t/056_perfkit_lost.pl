# perfkit run, when something that the load needs dies outside a stage that is measured: the run
# ends with status 2, says what died, and leaves no process behind.
use strict;
use warnings;

use FindBin;
use lib "$FindBin::RealBin/lib";
use BenchRun;
use PerfkitCluster;
use PostgreSQL::Test::Utils;
use Test::More;

my ($pgbouncer) = grep { -x } map { "$_/pgbouncer" } split(/:/, "$ENV{PATH}:/usr/sbin:/usr/local/sbin");
my $dir = PostgreSQL::Test::Utils::tempdir();
my $tmp = bench_tmpdir();
my ($status, $out, $err);

append_to_file("$dir/wait.sql", "SELECT pg_sleep(0.02);\n");
my @wait = ('--script', "$dir/wait.sql", '--budget', 'p50_ms<100000', '--budget', 'min_tps>0.1', '--output', "$dir/out");

# processes(NAME): those that this test's runs have started, by a path of theirs.
sub processes
{
	my ($name) = @_;
	my @pids;
	foreach my $file (glob('/proc/[0-9]*/cmdline'))
	{
		open(my $handle, '<', $file) or next;
		push @pids, $file =~ /(\d+)/ if (<$handle> // '') =~ /^[^\0]*\Q$name\E\0.*\Q$tmp\E/s;
	}
	return @pids;
}

# said(RUN, PATTERN): has the run printed that?
sub said { my ($run, $pattern) = @_; return poll_until(sub { slurp_file("$run->{file}") =~ $pattern }); }

sub lost
{
	my ($run, $pattern, $what) = @_;
	($status, $out) = bench_wait($run);
	is($status, 2, "$what: the run could not be done");
	like($out, $pattern, 'what died is said');
	unlike($out, qr/PASS/, 'and nothing passes');
	ok(poll_until(sub { left_behind() eq '' && !processes('pgbench') }), 'nothing is left');
	return;
}

delete local @ENV{qw(PGHOST PGPORT PGUSER PGDATABASE)};
my $node = PerfkitCluster->new('main', conf => "max_connections = 80\n");
my @given = ('--dsn', $node->connstr('postgres'));
my $run;

SKIP:
{
	skip 'pgbouncer is not installed' unless defined $pgbouncer;
	$run = bench_start(@wait, @given, '--pool', 2, '--stages', '3x1s,0x10s');
	ok(said($run, qr/^pausing/m), 'a stage without clients');
	kill('KILL', processes('pgbouncer'));
	lost($run, qr/^bench\/run: pgbouncer died, ended by signal 9/m, 'pgbouncer dies in a pause');

	$run = bench_start(@wait, @given, '--pool', 2, '--clients', 3, '--warmup', 600, '--duration', 1);
	ok(said($run, qr/^warming up/m) && poll_until(sub { processes('pgbench') }), 'a warm-up');
	$node->stop('immediate');
	lost($run, qr/^bench\/run: the server ended the runner's own session, too/m, 'the server dies while a pool warms up');
	$node->start;

	# More than either needs, and less than both; then a warm-up of each, one after the other.
	($status, $out, $err) = bench(@wait, @given, '--pool', 'both', '--clients', 38, '--warmup', 1, '--duration', 2);
	is($status, 2, 'a pool and clients that the server has no room for together');
	like($err, qr/a pool of 40 connections and 38 clients need as many connections, .* or run with --clients \d+$/m, 'are refused');
	($status) = bench(@wait, @given, '--pool', 'both', '--clients', 20, '--warmup', 1, '--duration', 2);
	is($status, 0, 'both with a warm-up');
}

# A run that breaks off takes its listeners and its session for samples along, since others may
# follow in the same process. Here pgbench's own sessions are ended, and nothing else.
append_to_file("$dir/one.pl", <<'PERL');
use Perfkit::All;
use Perfkit::Command;
exit Perfkit::Command::attempt('one', sub {
	my $run = Perfkit::Run::prepare_run('one', undef, @ARGV);
	my ($outcome) = Perfkit::All::attempt('one', $run);
	print "after: $outcome->[0], ", join(' ', map { $_->{name} =~ s{.*/}{}r } Perfkit::Process::children()), "\n";
	return 0;
});
PERL
append_to_file("$dir/breaks.sql", "SELECT pg_terminate_backend(pg_backend_pid());\n");
($status, $out) = bench_program($^X, '-Ibench/lib', "$dir/one.pl", '--script', "$dir/breaks.sql", '--budget', 'min_tps>0.1', @given,
	'--output', "$dir/breaks", '--listen', 'channel', '--listeners', 2, '--clients', 2, '--duration', 5);
like($out, qr/^after: could not run, $/m, 'a load that breaks off leaves no process to the next run');

# The server ends, which the listeners tell first.
$run = bench_start_program($^X, '-Ibench/lib', "$dir/one.pl", @wait, @given, '--listen', 'channel',
	'--listeners', 2, '--clients', 2, '--duration', 600);
ok(said($run, qr/^progress/m), 'a load with listeners');
$node->stop('immediate');
($status, $out) = bench_wait($run);
like($out, qr/^after: could not run, $/m, 'nor does one whose server died');

# What is in place of a file is not followed: the directory is another user's when root runs this.
append_to_file("$dir/target", "kept\n");
symlink("$dir/target", "$dir/log");
($status, $out, $err) = bench_program($^X, '-Ibench/lib', '-MPerfkit::Server', '-e',
	'eval { my $file = Perfkit::Server::private_file($ARGV[0], undef); print $file "changed"; }; print ref $@', "$dir/log");
is($out, 'Perfkit::Cannot', 'a link in place of a log is refused');
is(slurp_file("$dir/target"), "kept\n", 'and where it leads to is as it was');

# A value is never more than a line of pgbouncer's configuration.
foreach my $keyword (qw(sslrootcert sslcert sslkey))
{
	($status, $out, $err) = bench_program($^X, '-Ibench/lib', '-MPerfkit::Pool', '-MPerfkit::Conninfo', '-e',
		'my %value = (sslrootcert => "root", sslcert => "cert", sslkey => "key", $ARGV[0] => "x\nauth_type = any");'
		. 'my $conninfo = Perfkit::Conninfo->new("sslmode=verify-ca " . join(" ", map { "$_=\x27$value{$_}\x27" } keys %value));'
		. 'eval { print Perfkit::Pool::tls({ conninfo => $conninfo }, { host => "db1" }) }; print $@->{lines}[0] if ref $@', $keyword);
	like($out, qr/^pgbouncer's configuration has no way to write a server_tls_\w+_file with a line break/, "$keyword: no line break");
}

# A comma would end a path in unix_socket_directories.
mkdir("$tmp/a,b");
($status, $out, $err) = bench_program('env', "TMPDIR=$tmp/a,b", $^X, '-Ibench/lib', '-MPerfkit::Command', '-MPerfkit::Server', '-e',
	'exit Perfkit::Command::attempt("x", sub { print Perfkit::Server::private_directory("perfkit-test", undef); 0 })');
like($out, qr{^/tmp/perfkit-test\.\w+$}, 'a private server is not below a directory with a comma');
rmdir("$tmp/a,b");

# Listeners have file descriptors of their own, and so do sessions that are measured at once.
($status, $out, $err) = bench_program('sh', '-c', 'ulimit -n 120; exec "$@"', 'sh', 'bench/run', @wait, '--listen', 'x', '--listeners', 200,
	'--clients', 2);
like($err, qr/200 listeners need 210 file descriptors, and there are 120 /, 'more listeners than file descriptors');
mkdir("$dir/work");
append_to_file("$dir/work/look.sql", "SELECT 1;\n");
append_to_file("$dir/work/at_once", "look 30 2\n");
($status, $out, $err) = bench_program('sh', '-c', 'ulimit -n 120; exec "$@"', 'sh', 'bench/run', "$dir/work", '--clients', 2);
like($err, qr/30 sessions at once need 130 file descriptors, and there are 120 /, 'and more sessions at once');

# Several that begin in one second do not share a directory.
($status, $out, $err) = bench_program($^X, '-Ibench/lib', '-MPerfkit::All', '-MPerfkit::Command', '-e', <<'PERL', $dir);
no warnings 'redefine';
*POSIX::strftime = sub { return '-now' };
*Perfkit::Home::results_dir = sub { return $ARGV[0] };
*Perfkit::Run::prepare_run = sub { print $_[-1] =~ s{/[^/]*\z}{\n}r; die "enough" };
Perfkit::Command::attempt('x', sub { eval { Perfkit::All::run_all('x', {}) } foreach 1 .. 2; 0 });
PERL
my @made = split(/\n/, $out);
is($made[0], "$dir/all-now", 'a directory of perfkit run all');
like($made[1], qr{^\Q$dir\E/all-now-\d+$}, 'is not that of another one');

done_testing();
