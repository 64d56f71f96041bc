# The program perfkit, installed: found from anywhere, with everything it needs, and gone after make
# uninstall. And what the README's chapter "Your own tables and scripts" says, with the files as
# they stand there.
use strict;
use warnings;

use Cwd;
use FindBin;
use lib "$FindBin::RealBin/lib", "$FindBin::RealBin/../../bench/lib";
use BenchRun;
use Perfkit::Run;
use PerfkitCluster;
use PostgreSQL::Test::Utils;
use Test::More;

my $node = PerfkitCluster->new('main', create => 0);
my $dsn = $node->connstr('postgres');
my $dir = PostgreSQL::Test::Utils::tempdir();
my $tree = getcwd();
my ($status, $out, $err, $run);

# make(TARGET): in a copy of the tree, into a directory of our own.
my $pg_config = $ENV{PG_CONFIG} // 'pg_config';
sub make
{
	my ($target) = @_;
	return system("make -s $target PG_CONFIG='$pg_config' DESTDIR='$dir/root' MAKEFLAGS= > '$dir/make.log' 2>&1");
}
sub installed { my $found = `find '$dir/root' -type f`; return $found; }

is(make('install'), 0, 'make install') or diag(slurp_file("$dir/make.log"));
my $bindir = `$pg_config --bindir`;
chomp $bindir;
like(slurp_file("$dir/make.log"), qr/perfkit is in \Q$bindir\E/, 'says where the program is');
my $program = "$dir/root$bindir/perfkit";
symlink($program, "$dir/link") or die "symlink: $!";
chdir('/') or die "chdir: $!";

my ($version) = slurp_file("$tree/perfkit.control") =~ /^default_version = '(.*)'/m;
foreach my $path ($program, "$dir/link")
{
	($status, $out, $err) = bench_program($path, '--version');
	is($out, "perfkit $version\n", 'the version is that of the control file');
	($status, $out, $err) = bench_program($path, 'run', '--help');
	is($status, 0, 'help');
	like($out, qr/^usage: perfkit run WORKLOAD\|DIRECTORY.*^Workloads: (?:.* )?domain_events (?:.* )?events\b/ms, 'names what ships');
}
($status, $out, $err) = bench_program($program, 'rum');
is($status, 2, 'a command that does not exist');
like($err, qr/no command "rum"; there are: capacity compare export import report run scale server/, 'names those that exist');

# The README's folder.
my $readme = slurp_file("$tree/README.md");
my ($chapter) = $readme =~ /^### Your own tables and scripts\n(.*?)^##/ms;
ok(defined $chapter, 'the README has the chapter');
chdir($dir) or die "chdir: $!";
mkdir('films');
my %files;
while ($chapter =~ /`films\/([\w.]+)`:\n\n```\n(.*?)^```\n/msg)
{
	$files{$1} = $2;
	append_to_file("films/$1", $2);
}
is(scalar keys %files, 7, 'with a folder of seven files');
my ($command) = $chapter =~ /^    perfkit (run films .*)$/m;
my @command = split(' ', $command);

# On this server: the private server of an installed perfkit would need the extension installed too.
($status, $out, $err) = bench_program("$dir/link", @command, '--dsn', $dsn, '--output', "$dir/out");
is($status, 0, 'the command of the README passes') or diag($err);
like($out, qr/^seeded: 3000 rows inserted/m, 'the folder seeds its tables');
like($out, qr/^ a film by its title +\| film_title_idx +\| chosen +\| PASS/m, 'its index checks are made');
like($out, qr/^ rentals of a film +\| rental_film_idx +\| usable +\| PASS/m, 'all of them');
like($out, qr/^ by_title +\| max_buffers +\| +10 .* PASS/m, 'its budgets are kept');
like($out, qr/^ every rental is of a film +\| holds /m, 'its invariants hold');
$run = read_run("$dir/out");
is($run->{workload}, 'films', 'the folder names the workload');
is(scalar @{ $run->{budgets} }, 4, 'its budgets are stored with the run');
is($node->safe_psql('postgres', q{SELECT count(*) FROM perfkit_budgets WHERE workload = 'films'}), '0', 'and with the run alone');
is($node->safe_psql('postgres', q{SELECT count(*) FROM perfkit_index_checks WHERE workload = 'films'}), '0', 'its checks, too, are no rows');
$node->safe_psql('postgres', "SELECT perfkit_assert_run($run->{run_id})");

# Without the index both the check and the budget fail.
$node->safe_psql('postgres', 'DROP INDEX film_title_idx');
($status, $out, $err) = bench_program($program, @command, '--dsn', $dsn, '--output', "$dir/out", '--no-seed');
is($status, 1, 'without its index the run fails');
like($out, qr/^ a film by its title .* FAIL/m, 'by the check');
like($out, qr/^ by_title +\| max_buffers +\| +10 .* FAIL/m, 'and by the blocks that it touches');

# Scripts and no folder.
($status, $out, $err) = bench_program($program, 'run', '--script', 'films/by_title.sql@3', '--script', 'films/by_title.sql', '--dsn', $dsn);
is($status, 2, 'the same script twice');
like($err, qr/there are two scenarios "by_title"/, 'is told');
append_to_file("$dir/one.sql", "SELECT count(*) FROM film WHERE film_id = 1;\n");
append_to_file("$dir/two words.sql", "SELECT 2;\n");
my @scripts = ('--script', "$dir/one.sql\@3", '--script', "$dir/two words.sql", '--dsn', $dsn, '--clients', 2, '--rate', 1000, '--duration', 2);
($status, $out, $err) = bench_program($program, 'run', @scripts, '--budget', 'p95_ms<60000', '--budget', 'one min_tps > 0.1', '--output', "$dir/scripts");
is($status, 0, 'scripts without a folder');
$run = read_run("$dir/scripts");
is($run->{workload}, 'one+two_words', 'are a workload of their names');
is($run->{environment}{scripts}{one}{weight}, 3, 'with their weights');
is($run->{rows}, undef, 'and nothing is seeded');
is(join(' ', map { "$_->{scenario} $_->{metric} $_->{verdict}" } @{ $run->{verdicts} }), 'one min_tps PASS all p95_ms PASS', 'the budgets are those given');
($status, $out, $err) = bench_program($program, 'run', @scripts, '--budget', 'min_tps>1000000000', '--quiet');
is($status, 1, 'a budget that cannot be kept');
ok(glob("$dir/perfkit-results/one+two_words-*/run.json"), 'results go below the current directory');

# What cannot be run.
mkdir("$dir/empty");
foreach my $case (
	[ [ @scripts, '--budget', 'p95<50' ], qr/metric "p95" does not exist\nHINT:.* p95_ms/ ],
	[ [ @scripts, '--budget', 'p95_ms' ], qr/--budget takes "METRIC<LIMIT"/ ],
	[ [ @scripts, '--budget', 'p95_ms>50' ], qr/p95_ms is kept below its limit; turn the sign around/ ],
	[ [ @scripts, '--budget', 'min_tps<50' ], qr/min_tps is kept above its limit/ ],
	[ [ @scripts, '--budget', 'p95_ms<fast' ], qr/the limit is a number/ ],
	[ [ @scripts, '--budget', 'max_error_rate<2' ], qr/ERROR: / ],
	[ [ 'films', '--scenario', 'by_title', '--budget', 'rent p95_ms<50' ], qr/scenario rent is not run; those that are: by_title/ ],
	[ [ @scripts, '--budget', 'three p95_ms<50' ], qr/no scenario "three"; there are: all one two_words/ ],
	[ [ '--script', "$dir/nonesuch.sql" ], qr/--script \S+nonesuch\.sql cannot be read/ ],
	[ [ '--script', "$dir/one.sql\@0" ], qr/weight of --script/ ],
	[ [ "$dir/empty" ], qr/has no pgbench script/ ],
	[ [ "$dir/nonesuch" ], qr/there is no workload/ ],
	[ [ 'films', '--output', '-rf/x/y', '--clients', '0' ], qr/--clients/ ])
{
	my ($args, $message) = @$case;
	($status, $out, $err) = bench_program($program, 'run', '--dsn', $dsn, @$args);
	is($status, 2, "exit status of: @$args");
	like($err, $message, "message of: @$args");
}
# A run that breaks off leaves no results of the one before it, and nothing else is touched.
append_to_file("$dir/scripts/pgbench-notes.txt", "mine\n");
append_to_file("$dir/fails.sql", "SELECT no_such_column;\n");
ok(-e "$dir/scripts/$_", "$_ is there") foreach qw(run.json transactions.log pgbench-1.txt pgbench-1.txt.err);
($status, $out, $err) = bench_program($program, 'run', '--script', "$dir/fails.sql", '--dsn', $dsn, '--clients', 1, '--duration', 1, '--output', "$dir/scripts");
is($status, 2, 'a script that fails');
is(join(' ', map { s{.*/}{}r } glob("$dir/scripts/*")), 'pgbench-notes.txt', 'no results of an earlier run are left');

# A name that looks like an option is a name.
($status, $out, $err) = bench_program($program, 'run', @scripts, '--budget', 'p95_ms<60000', '--output', '-rf', '--quiet');
like($status, qr/^[03]$/, '--output -rf');
ok(-e "$dir/-rf/run.json", 'is a directory');

# Options of a folder and of its mixes, and those that are typed.
mkdir('optional');
append_to_file('optional/one.sql', "SELECT 1;\n");
append_to_file('optional/options', "--stages 2x1s,4x1s\n--budget p95_ms<100\n--rate 5\n");
append_to_file('optional/slow.mix', "--rate none\n--budget p99_ms<200\n");
append_to_file('optional/few.mix', "--clients 3\n");
sub prepared { return eval { Perfkit::Run::prepare_run('perfkit run', @_) } // die join("\n", @{ $@->{lines} }); }
sub stages { return join(',', map { "$_->{clients}x$_->{seconds}" } @{ $_[0]{stages} }); }
sub budgets { return join(' ', map { "$_->{metric}<$_->{limit_value}" } @{ $_[0]{budgets} }); }
$run = prepared('optional', '--scenario', 'slow', '--budget', 'avg_ms<50', '--budget', 'p95_ms<80');
is(stages($run), '2x1,4x1', 'the stages of a folder');
is(budgets($run), 'avg_ms<50 p95_ms<80 p99_ms<200', 'budgets of folder, mix and command line add up, and the last of two counts');
is($run->{opt}{rate}, undef, 'a mix replaces an option of the folder');
is(stages(prepared('optional', '--clients', 7)), '7x30', 'clients that are typed replace the stages of a folder');
is(stages(prepared('optional', '--duration', 9)), '100x9', 'so does a duration');
is(stages(prepared('optional', '--scenario', 'few')), '3x30', 'so do the clients of a mix');
is(stages(prepared('optional', '--clients', 7, '--stages', '5x5')), '5x5', 'but not stages that are typed');
foreach my $case ([ 'options', "clients 20\n", qr/optional\/options: "clients" is not an option/ ],
	[ 'options', "--quiet --clients 20\n", qr/optional\/options: "--clients 20" is not an option|there is no option/ ],
	[ 'few.mix', "--quiet yes\n", qr/optional\/few\.mix: "yes" is not an option/ ],
	[ 'few.mix', "--script one.sql\n", qr/optional\/few\.mix: --script works on the command line alone/ ])
{
	my ($file, $line, $message) = @$case;
	my $before = slurp_file("optional/$file");
	append_to_file("optional/$file", $line);
	($status, $out, $err) = bench_program($program, 'run', 'optional', '--scenario', 'few', '--dsn', $dsn);
	is($status, 2, "exit status of $line in $file");
	like($err, $message, 'and its message');
	unlink("optional/$file");
	append_to_file("optional/$file", $before);
}
foreach my $file (qw(invariants.sql budgets checks))
{
	symlink('nonesuch', "optional/$file") or die "symlink: $!";
	($status, $out, $err) = bench_program($program, 'run', 'optional', '--dsn', $dsn);
	is($status, 2, "a link $file to nothing");
	like($err, qr/optional\/$file is a link to a file that does not exist/, 'is not taken for absent');
	unlink("optional/$file");
}

# A workload that ships is the same one by its directory.
foreach my $case ([ "$tree/bench/workloads", '../run', 'events' ], [ $tree, 'bench/run', 'bench/workloads/events/' ])
{
	my ($from, @words) = @$case;
	chdir($from) or die "chdir: $!";
	($status, $out, $err) = bench_program(@words, '--dsn', $dsn, '--rows', 200, '--clients', 1, '--duration', 1, '--scenario', 'page', '--output', "$dir/shipped");
	like($out, qr/^seeding events with 200 rows$/m, "@words seeds its tables");
}

# CI is not green because of lint alone: the other steps may skip everything.
mkdir("$dir/fake");
append_to_file("$dir/fake/make", <<'SH');
#!/bin/sh
[ "$1" = lint ] && echo '3 passed, 0 failed, 0 skipped' || echo "$TESTED passed, 0 failed, 2 skipped"
SH
chmod(0755, "$dir/fake/make");
{
	local $ENV{PATH} = "$dir/fake:$ENV{PATH}";
	local $ENV{TESTED} = 0;
	($status, $out) = bench_program("$tree/.ci/run");
	is($status, 1, 'CI in which only lint passed anything');
	like($out, qr/^FAILED: nothing passed outside lint\n3 passed, 1 failed, 4 skipped$/m, 'has failed, and says why');
	$ENV{TESTED} = 1;
	($status, $out) = bench_program("$tree/.ci/run");
	is($status, 0, 'and with a test it has not');
}
chdir($dir) or die "chdir: $!";

# Folders with faults of their own.
append_to_file("films/budgets", "by_title p95_ms\n");
($status, $out, $err) = bench_program($program, 'run', 'films', '--dsn', $dsn);
like($err, qr/budgets: there is no scenario "all"|no scenario|the limit is a number/, 'a budget without a limit');
unlink('films/budgets');
append_to_file('films/checks', "-- check: nothing\n");
($status, $out, $err) = bench_program($program, 'run', 'films', '--dsn', $dsn);
is($status, 2, 'a check without a query');
like($err, qr/checks: check "nothing" has no query/, 'is told');
ok(poll_until(sub { left_behind() eq '' }), 'no temporary file is left');

# A private server, and a command that runs on it; a clone's, which has the extension.
chdir($tree) or die "chdir: $!";
delete local @ENV{qw(PGHOST PGPORT PGUSER PGDATABASE)};
($status, $out, $err) = bench_program('bench/perfkit', 'server', '--set', "work_mem = '7MB'", '--', 'psql', '-XAtqc', 'SHOW work_mem');
is($out, "7MB\n", 'perfkit server runs a command on a server of its own');
($status, $out, $err) = bench_program('bench/perfkit', 'server', '--', 'sh', '-c', 'exit 7');
is($status, 7, 'and ends with its exit status');
($status, $out, $err) = bench_program('bench/perfkit', 'server', '--set', 'nonesuch = 1', '--', 'true');
is($status, 2, 'a server that does not start');
like($err, qr/unrecognized configuration parameter "nonesuch"/, 'says why');
ok(poll_until(sub { left_behind() eq '' }), 'and nothing of it is left');

is(make('uninstall'), 0, 'make uninstall');
is(installed(), '', 'leaves nothing');

$node->stop;
done_testing();
