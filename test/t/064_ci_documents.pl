# The workflow documents in bench/ci: their shell steps are run as the services would, on a
# repository with a schema, assertions, a load and a baseline; and they fail when an index is lost.
#
# What is left out are the steps that install.
use strict;
use warnings;

use Cwd ();
use FindBin;
use lib "$FindBin::RealBin/lib";
use BenchRun;
use PostgreSQL::Test::Utils;
use Test::More;

plan skip_all => 'git is not installed' if system('git --version >/dev/null 2>&1') != 0;

my $root = Cwd::getcwd();
my $dir = PostgreSQL::Test::Utils::tempdir();
my $readme = slurp_file('README.md');

# blocks(FILE): [ name, script ] of each literal block that is a step's run, or an element of a
# list; and the variables.
sub blocks
{
	my ($file) = @_;
	my (@blocks, %variables, $name, $section);
	my @lines = split(/\n/, slurp_file($file));
	for (my $i = 0; $i < @lines; $i++)
	{
		$name = $1 if $lines[$i] =~ /^\s*- name: (.*)/;
		$section = $1 if $lines[$i] =~ /^ {2,4}(\w+):\s*$/;
		$variables{$1} = $2 if $lines[$i] =~ /^\s+([A-Z_]+): "?(.*?)"?$/;
		next unless $lines[$i] =~ /^(\s*)(?:run:|-) \|$/;
		my ($indent, $script) = (length $1, '');
		while ($i < $#lines && ($lines[ $i + 1 ] =~ /^\s*$/ || $lines[ $i + 1 ] =~ /^(\s+)/ && length($1) > $indent))
		{
			$script .= $lines[ ++$i ] =~ s/^\s{0,@{[ $indent + 2 ]}}//r . "\n";
		}
		push @blocks, [ $name // $section, $script ];
	}
	return (\@blocks, \%variables);
}

# A repository with the README's own examples, and its baseline.
my $repository = "$dir/repository";
mkdir $repository or die;
mkdir "$repository/bench" or die;
mkdir "$repository/bench/films" or die;
append_to_file("$repository/bench/$1", $2) while $readme =~ m{^```sql\n-- ((?:schema|plans)\.sql)\n(.*?)^```\n}msg;
append_to_file("$repository/bench/films/$1", $2) while $readme =~ m{`films/([\w.]+)`:\n\n```\n(.*?)^```\n}msg;
ok(-s "$repository/bench/films/$_", "the README has films/$_") foreach qw(seed.sql by_title.sql rent.sql budgets);
append_to_file("$repository/bench/films/options", "--rows 2000\n--clients 1\n--jobs 1\n");
# A second of load on a busy machine proves no percentile.
my $budgets = slurp_file("$repository/bench/films/budgets") =~ s/^.* p95_ms .*\n//mgr;
truncate("$repository/bench/films/budgets", 0) or die;
append_to_file("$repository/bench/films/budgets", $budgets);
mkdir "$dir/bin" or die;
append_to_file("$dir/bin/perfkit", "#!/bin/sh\nexec '$root/bench/perfkit' \"\$@\"\n");
chmod(0755, "$dir/bin/perfkit") or die;

# A machine of the service.
delete @ENV{qw(PGHOST PGDATABASE)};
my %shared = (PATH => "$dir/bin:$ENV{PATH}", TMPDIR => bench_tmpdir(), GIT_CONFIG_GLOBAL => '/dev/null', GIT_AUTHOR_NAME => 'a', GIT_AUTHOR_EMAIL => 'a@example.org',
	GIT_COMMITTER_NAME => 'a', GIT_COMMITTER_EMAIL => 'a@example.org', DURATION => '1s', PAIRS => 6, TARGET => 'main');

# shell(SCRIPT, ENVIRONMENT): exit status and output.
sub shell
{
	my ($script, %env) = @_;
	local @ENV{ keys %shared } = values %shared;
	local @ENV{ keys %env } = values %env;
	my $out = '';
	IPC::Run::run([ 'bash', '-eo', 'pipefail', '-c', $script ], '<', '/dev/null', '>', \$out, '2>&1', init => sub { chdir $repository or die },
		IPC::Run::timeout($PostgreSQL::Test::Utils::timeout_default));
	my $status = $? >> 8;
	print map { "#   $_\n" } "status $status", split(/\n/, $out);
	return ($status, $out);
}
my ($status, $out) = shell('git init -q -b main && perfkit run bench/films --duration 1s --set-baseline bench/films.json && git add . && git commit -qm base && git checkout -qb change');
is($status, 0, 'a baseline is made and committed') or diag($out);

my ($github, $env) = blocks('bench/ci/github.yml');
is(join(', ', map { $_->[0] } @$github), 'Install PostgreSQL and perfkit, Plans, Budgets and baseline, Time against the target branch', 'GitHub: steps');
my ($gitlab, $variables) = blocks('bench/ci/gitlab.yml');
is(join(', ', map { $_->[0] } @$gitlab), 'before_script, script, script, script', 'GitLab: steps');
is_deeply([ map { $variables->{$_} } qw(CHECKS FOLDER BASELINE) ], [ map { $env->{$_} } qw(CHECKS FOLDER BASELINE) ], 'both mean the same files');
foreach my $block (@$github, @$gitlab)
{
	is((shell("bash -n <<'SCRIPT'\n$block->[1]SCRIPT\n"))[0], 0, "$block->[0] is a script");
	unlike($block->[1], qr/\$\{\{/, '... of the shell alone');
}

# steps(BLOCKS, ENVIRONMENT, ONE): GitHub runs each step by itself, GitLab all in one shell.
my %github = (%$env, %shared, RUNNER_TEMP => "$dir/runner", GITHUB_STEP_SUMMARY => "$dir/summary");
my %gitlab = (%$variables, %shared);
mkdir "$dir/runner" or die;
my (undef, $plans, $load, $time) = map { $_->[1] } @$github;
($status, $out) = shell($plans, %github);
is($status, 0, 'GitHub: the plans are as they should be') or diag($out);
($status, $out) = shell($load, %github);
is($status, 0, 'GitHub: the run passes') or diag($out);
like(slurp_file("$dir/summary"), qr/^## perfkit films: (?:PASS|INCONCLUSIVE)/m, '... with a summary');
($status, $out) = shell($time, %github);
like($status, qr/^[01]\z/, 'GitHub: the branches are compared') or diag($out);
like($out, qr/^(?:WORSE|NOT WORSE|BETTER|INCONCLUSIVE): /m, '... with a verdict');
like(slurp_file("$dir/summary"), qr/^```\n(?:.*\n)*?(?:WORSE|NOT WORSE|BETTER|INCONCLUSIVE): /m, '... in the summary, too');
ok(-s "$repository/perfkit-run/run.json" && -s "$repository/perfkit-compare/compare.json", 'there is what is uploaded');

# GitLab's shell goes on after a step; without its last one, since that was run above.
my @script = map { $_->[1] } @$gitlab[ 1 .. $#$gitlab - 1 ];
shell('rm -r perfkit-run');
($status, $out) = shell(join('', @script), %gitlab);
is($status, 0, 'GitLab: plans and run pass') or diag($out);
like(slurp_file("$repository/perfkit.xml"), qr/<testcase classname="perfkit\.films\.baseline" name="by_title buffers"/, '... with a report of the baseline');
like($gitlab->[-1][1], qr/perfkit compare --workload "\/tmp\/target\/\$FOLDER" --workload-b "\$FOLDER"/, 'GitLab: the last step compares, too');

# The change loses an index: that fails.
shell(q{sed -i '/film_title_idx/d' bench/films/seed.sql && sed -i 's/^CREATE INDEX .*/CREATE INDEX bookings_holder ON bookings (event_id);/' bench/schema.sql && git commit -qam change});
($status, $out) = shell($plans, %github);
isnt($status, 0, 'without the index, the plans fail');
like($out, qr/ERROR:.*index/, '... and say so');
append_to_file("$repository/bench/films/options", "--no-checks\n");
shell(q{sed -i '/max_buffers/d' bench/films/budgets; echo 'by_title max_buffers 1000' >> bench/films/budgets});
($status, $out) = shell($load, %github);
is($status, 1, 'without its budget and checks, the baseline alone fails it') or diag($out);
like($out, qr/^::error title=perfkit films%3A baseline by_title buffers::WORSE: \S+ -> \S+, /m, '... with an annotation');
($status, $out) = shell(join('', @script), %gitlab);
isnt($status, 0, 'GitLab: it fails, too');

SKIP:
{
	skip 'python3-yaml is not installed', 2 if system('python3 -c "import yaml" 2>/dev/null') != 0;
	is(`python3 -c 'import sys, yaml; yaml.safe_load(open(sys.argv[1]))' $root/bench/ci/$_ 2>&1`, '', "$_ is YAML") foreach qw(github.yml gitlab.yml);
}
ok(poll_until(sub { left_behind() eq '' }), 'nothing is left behind');
done_testing();
