# BenchRun: run bench/run and look at what it left.
#
#     my ($status, $out, $err) = bench('events', '--dsn', $node->connstr('postgres'), ...);
#     my $run = bench_start(...);  $run->{pid}; ...  my $status = bench_wait($run);
#
# Each test gets a directory for temporary files of its own, with a short name for a socket's path,
# so that what is left in it is what bench/run left.
package BenchRun;

use strict;
use warnings;

use Exporter 'import';
use File::Temp;
use IPC::Run ();
use JSON::PP ();
use POSIX ();
use Time::HiRes ();

use PostgreSQL::Test::Utils;

our @EXPORT = qw(bench bench_told bench_until bench_program bench_start bench_start_program bench_wait
  bench_tmpdir left_behind pgbenches poll_until read_run sessions wait_gone);

my $tmpdir = File::Temp->newdir('pk.XXXXXX', TMPDIR => 1);

sub bench_tmpdir { return "$tmpdir"; }

# left_behind(): names of what is in the directory for temporary files.
sub left_behind
{
	opendir(my $dir, "$tmpdir") or die "$tmpdir: $!";
	return join(' ', sort grep { !/^\.\.?$/ } readdir($dir));
}

# pgbenches(): pids of the pgbench processes of runs, by the log that they write below our
# directory.
sub pgbenches
{
	my @pids;
	foreach my $file (glob('/proc/[0-9]*/cmdline'))
	{
		open(my $handle, '<', $file) or next;
		my $line = <$handle> // '';
		push @pids, $file =~ /(\d+)/ if $line =~ /^[^\0]*pgbench\0/ && $line =~ /\Q--log-prefix=$tmpdir\E/;
	}
	return @pids;
}

# sessions(NODE, CONDITION): pids of the other sessions in pg_stat_activity that meet it.
sub sessions
{
	my ($node, $condition) = @_;
	return split(/\n/, $node->safe_psql('postgres',
		"SELECT pid FROM pg_stat_activity WHERE pid <> pg_backend_pid() AND backend_type = 'client backend' AND $condition"));
}

# bench(ARGUMENT...): exit status, standard output, standard error.
sub bench { return bench_program('bench/run', @_); }

# bench_until(CODE, SECONDS, ARGUMENT...): bench() with a load of that many seconds, repeated with
# twice as many until CODE, called with exit status, standard output and standard error,
# returns true. So a busy machine only takes longer. All of the load counts, unless said otherwise:
# then counts are those of pgbench.
sub bench_until
{
	my ($code, $seconds, @args) = @_;
	push @args, '--ramp', 0 unless grep { /^--ramp/ } @args;
	while (1)
	{
		my @result = bench(@args, '--duration', $seconds);
		$seconds *= 2;
		return @result if $code->(@result) || $seconds > $PostgreSQL::Test::Utils::timeout_default / 2;
	}
}

# bench_told(SECONDS, ARGUMENT...): the same until there are enough transactions for a verdict.
sub bench_told
{
	my ($seconds, @args) = @_;
	return bench_until(sub { $_[0] != 3 }, $seconds, @args);
}

# bench_program(PROGRAM, ARGUMENT...): the same for another program of bench/.
sub bench_program
{
	my ($program, @args) = @_;
	local $ENV{TMPDIR} = "$tmpdir";
	my ($out, $err) = ('', '');
	print "# $program @args\n";
	IPC::Run::run([ $program, @args ], '<', '/dev/null', '>', \$out, '2>', \$err,
		IPC::Run::timeout($PostgreSQL::Test::Utils::timeout_default));
	my $status = $? >> 8;
	print map { "#   $_\n" } "status $status", split(/\n/, $out), split(/\n/, $err);
	return ($status, $out, $err);
}

# bench_start(ARGUMENT...): run it in the background, its output in a file.
sub bench_start { return bench_start_program('bench/run', @_); }

sub bench_start_program
{
	my ($program, @args) = @_;
	my $file = File::Temp->new;
	my $pid = fork() // die "fork: $!";
	if ($pid == 0)
	{
		$ENV{TMPDIR} = "$tmpdir";
		$SIG{$_} = 'DEFAULT' foreach qw(INT TERM HUP);
		open(STDIN, '<', '/dev/null');
		open(STDOUT, '>', "$file");
		open(STDERR, '>&', \*STDOUT);
		{ exec($program, @args) };
		POSIX::_exit(127);
	}
	return { pid => $pid, file => $file };
}

# bench_wait(RUN): its exit status and output, once it has ended. Dies when it does not.
sub bench_wait
{
	my ($run) = @_;
	poll_until(sub { waitpid($run->{pid}, POSIX::WNOHANG()) == $run->{pid} })
	  or die "it does not end";
	my $status = $? >> 8;
	my $out = slurp_file("$run->{file}");
	print map { "#   $_\n" } "status $status", split(/\n/, $out);
	return ($status, $out);
}

# poll_until(CODE): true as soon as it returns true, false when it never does.
sub poll_until
{
	my ($code) = @_;
	my $until = time() + $PostgreSQL::Test::Utils::timeout_default;
	while (time() < $until)
	{
		return 1 if $code->();
		Time::HiRes::sleep(0.05);
	}
	return 0;
}

# wait_gone(PID): true once there is no such process.
sub wait_gone
{
	my ($pid) = @_;
	return poll_until(sub { !kill(0, $pid) });
}

# read_run(DIRECTORY): its run.json.
sub read_run
{
	my ($dir) = @_;
	return JSON::PP->new->decode(slurp_file("$dir/run.json"));
}

1;
