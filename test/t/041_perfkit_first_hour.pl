# What a stranger runs into with perfkit run: a password, two runs at once, more load than the
# server can take, and what is not there.
use strict;
use warnings;

use FindBin;
use lib "$FindBin::RealBin/lib";
use BenchRun;
use PerfkitCluster;
use PostgreSQL::Test::Utils;
use Test::More;

my $node = PerfkitCluster->new('main', conf => "password_encryption = 'scram-sha-256'\n", create => 0);
my $dir = PostgreSQL::Test::Utils::tempdir();
my $tmp = bench_tmpdir();
my ($status, $out, $err);

# Two runs that begin on a new database at once: neither stumbles over the other's CREATE EXTENSION.
foreach my $round (1 .. 3)
{
	$node->safe_psql('postgres', "CREATE DATABASE new_$round");
	my @runs = map {
		bench_start('events', '--dsn', $node->connstr("new_$round"), '--rows', 100, '--clients', 1, '--rate', 20, '--duration', 1, '--quiet',
			'--output', "$dir/new_$round-$_")
	} 1, 2;
	foreach my $run (@runs)
	{
		my ($ended, $text) = bench_wait($run);
		isnt($ended, 2, "a run on a new database, beside another ($round)");
		unlike($text, qr/make install|already exists/, '... blames nobody');
		# a quiet run prints its verdict and nothing else
		like($text, qr/^\w+: [^\n]*\n\z/, '... and prints its verdict alone') if $ended == 0 || $ended == 3;
	}
}

# More transactions are offered than can be had: the latency is schedule lag, and that is said.
my $dsn = $node->connstr('new_1');
($status, $out, $err) = bench('events', '--dsn', $dsn, '--no-seed', '--clients', 2, '--duration', 1, '--rate', 300_000, '--scenario', 'page',
	'--output', "$dir/overloaded");
like($out, qr/^\w+: overloaded: /m, 'an overloaded run is called one');
my $run = read_run("$dir/overloaded");
my ($all) = grep { $_->{scenario} eq 'all' } @{ $run->{summary} };
ok($all->{service_p95_ms} < $all->{lag_p95_ms}, 'lag and service time are told apart');
is($run->{load}[0]{finding}, 'overloaded', 'run.json: finding');
ok($run->{load}[0]{offered_tps} > $run->{load}[0]{achieved_tps}, 'run.json: rates offered and achieved');
like($out, qr/connecting ms/, 'how long connecting took is shown');

# Each stage is judged by itself.
($status, $out, $err) = bench('events', '--dsn', $dsn, '--no-seed', '--stages', '1x1s,2x1s', '--rate', 50, '--scenario', 'page', '--budget', 'p50_ms<60000',
	'--output', "$dir/stages");
$run = read_run("$dir/stages");
is(join(' ', map { $_->{stage} // 'all' } grep { $_->{scenario} eq 'page' } @{ $run->{summary} }), '1 2 all', 'the summary has stages');
is(join(' ', map { $_->{stage} // 'all' } grep { $_->{metric} eq 'p50_ms' } @{ $run->{verdicts} }), '1 2 all', 'the verdicts, too');

# A password is asked for once, on the terminal.
$node->safe_psql('postgres', q{CREATE ROLE asked LOGIN SUPERUSER PASSWORD 'se cret'});
my $hba = $node->data_dir . '/pg_hba.conf';
my $old = slurp_file($hba);
unlink($hba);
append_to_file($hba, "local all asked scram-sha-256\n$old");
$node->reload;
my @asked = ('events', '--dsn', "$dsn user=asked", '--no-seed', '--clients', 2, '--rate', 20, '--duration', 1, '--scenario', 'page', '--quiet', '--output', "$dir/asked");
SKIP:
{
	skip 'no terminal to be had here', 2 unless eval { require IO::Pty; IO::Pty->new };
	my $terminal = IO::Pty->new;
	my $pid = fork() // die "fork: $!";
	if ($pid == 0)
	{
		$terminal->make_slave_controlling_terminal;
		my $slave = $terminal->slave;
		$ENV{TMPDIR} = $tmp;
		open(STDIN, '<&', $slave);
		open(STDOUT, '>&', $slave);
		open(STDERR, '>&', $slave);
		{ exec('bench/run', @asked) };
		POSIX::_exit(127);
	}
	my ($text, $prompts) = ('', 0);
	$terminal->blocking(0);
	ok(poll_until(sub {
		sysread($terminal, $text, 65536, length $text);
		my $seen = () = $text =~ /Password/g;
		syswrite($terminal, "se cret\n") if $seen > $prompts;
		$prompts = $seen;
		return waitpid($pid, POSIX::WNOHANG()) == $pid;
	}), 'a run as a role with a password ends');
	print map { "# $_\n" } split(/\r?\n/, $text);
	isnt($? >> 8, 2, '... having run');
	is($prompts, 1, '... and the password was asked for once');
	unlike($text, qr/se cret/, '... and not shown');
}
# setsid: no terminal to ask on
($status, $out, $err) = bench_program('setsid', '-w', 'bench/run', @asked);
is($status, 2, 'without a terminal nobody is asked');
like($err, qr/no password supplied/, '... and the reason is given');

# Interrupted while its server starts.
{
	delete local @ENV{qw(PGHOST PGPORT PGUSER PGDATABASE)};
	my $started = bench_start('events', '--rows', 100, '--output', "$dir/interrupted");
	ok(poll_until(sub { glob("$tmp/perfkit-server.*") }), 'a private server is being made');
	kill('INT', $started->{pid});
	($status) = bench_wait($started);
	is($status, 130, 'Ctrl-C while the private server starts');
	ok(poll_until(sub { left_behind() eq '' }), '... leaves nothing');

	# Nothing to run with, nowhere to put it.
	local $ENV{PG_CONFIG} = '/nonexistent/pg_config';
	($status, $out, $err) = bench('events', '--throwaway');
	is($status, 2, 'without a PostgreSQL');
	like($err, qr/there is no PostgreSQL to use \(\S+\); run: test\/dependencies/, '... the command that installs one is named');
}
{
	local $ENV{TMPDIR} = '/nonexistent';
	my ($text, $errors) = ('', '');
	IPC::Run::run([ 'bench/run', 'events', '--dsn', $dsn ], '>', \$text, '2>', \$errors);
	is($? >> 8, 2, 'without a place for temporary files');
	like($errors, qr/no temporary directory could be made; see TMPDIR/, '... that is said');
}

$node->stop;
done_testing();
