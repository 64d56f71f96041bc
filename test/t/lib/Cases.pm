# Cases: runs files of test/cases, each in a database of its own, and counts what they expect. See
# test/cases/README.md.
#
#     use Cases;
#     Cases::run('[01]*');
package Cases;

use strict;
use warnings;

use FindBin;
use PerfkitCluster;
use PostgreSQL::Test::Cluster;
use PostgreSQL::Test::Utils;
use Test::More;

my $tree = "$FindBin::RealBin/../..";

# run_file(NODE, FILE): number of expectations that are met, and of those still open
sub run_file
{
	my ($node, $file) = @_;
	my ($name) = $file =~ m{([^/]+)\.sql$};
	my ($right, $open) = (0, 0);
	my $text = slurp_file($file);

	$node->safe_psql('postgres', "CREATE DATABASE \"$name\" TEMPLATE a_case STRATEGY file_copy");
	my ($status, $out, $err) = $node->psql($name, $text, on_error_stop => 0);
	$node->safe_psql('postgres', "DROP DATABASE \"$name\"");

	my @allowed = $text =~ /^-- error: (.*)/mg;
	my @errors = grep { my $error = $_; !grep { $error =~ /ERROR:  \Q$_\E/ } @allowed } grep { /ERROR:/ } split /\n/, $err;
	is("@errors", '', "$name: no other errors than it says");
	ok($out =~ /^(not )?ok - /m, "$name: expects something");
	for my $line (split /\n(?=ok|not ok)/, $out)
	{
		my ($not, $what, $todo, $why) = $line =~ /(not )?ok - (.*?)(?: # TODO (.*?))?(?:\n# (.*))?\s*$/s or next;
		diag("$name: no longer TODO: $what") if $todo && !$not;
		local our $TODO = $todo;
		$todo ? $open++ : $right++;
		ok(!$not, "$name: $what") or diag("$name: $why");
	}
	return ($right, $open);
}

# run(PATTERN, [DIRECTORY]): all files whose names match
sub run
{
	my ($pattern, $directory) = @_;
	my $node = PerfkitCluster->new('causes', conf => "autovacuum = off\n");
	my $pg_config = $ENV{PG_CONFIG} // 'pg_config';
	chomp(my $share = `$pg_config --sharedir`);
	my ($right, $open) = (0, 0);

	# Collations and orders that depend on the locale are those of most servers.
	$node->safe_psql('postgres',
		"CREATE DATABASE a_case TEMPLATE template0 ENCODING 'UTF8' LOCALE_PROVIDER icu ICU_LOCALE 'en' LOCALE 'C'");
	$node->safe_psql('a_case', 'CREATE EXTENSION perfkit CASCADE');
	$node->safe_psql('a_case', 'CREATE EXTENSION hypopg') if -e "$share/extension/hypopg.control";
	$node->safe_psql('a_case', slurp_file("$tree/test/lib/cases.sql"));
	for my $file (sort glob(($directory // "$tree/test/cases") . "/$pattern.sql"))
	{
		# Not every server has PostGIS.
		my @missing = grep { !-e "$share/extension/$_.control" } slurp_file($file) =~ /^create extension if not exists (\w+);/mg;
		if (@missing)
		{
			note("$file: skipped, this server lacks @missing");
			next;
		}
		my ($r, $o) = run_file($node, $file);
		$right += $r;
		$open += $o;
	}
	note("$right expectations are met, $open are still open");
	$node->stop;
	done_testing();
}

# run_public(PATTERN): the same for those of test/cases/public
sub run_public
{
	my ($pattern) = @_;
	my $directory = PostgreSQL::Test::Utils::tempdir;

	system_or_bail("$tree/test/cases/public/check", '--expect', $directory, glob("$tree/test/cases/public/$pattern.sql"));
	run('*', $directory);
}

1;
