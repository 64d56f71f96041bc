# bench/run as a superuser, in a database where another role may create functions in perfkit's
# schema.
#
# Each planted function has the name of one of perfkit's, and arguments that a literal matches more
# closely than those of perfkit's own; or of one of the server's, which takes other types. None may
# be called.
use strict;
use warnings;

use FindBin;
use lib "$FindBin::RealBin/lib";
use BenchRun;
use PerfkitCluster;
use PostgreSQL::Test::Utils;
use Test::More;

my $node = PerfkitCluster->new('main', create => 0);
my $dsn = $node->connstr('postgres');
my $dir = PostgreSQL::Test::Utils::tempdir();
my ($status, $out, $err);

$node->safe_psql('postgres', 'CREATE EXTENSION perfkit CASCADE');
$node->safe_psql('postgres', 'CREATE ROLE mallory; GRANT CREATE ON SCHEMA public TO mallory');
my $planted = join('', map { "CREATE FUNCTION public.$_ LANGUAGE plpgsql AS \$\$ BEGIN RAISE 'planted, as %', current_user; END \$\$;\n" }
	'perfkit_seed_events(n integer) RETURNS bigint',
	'perfkit_seed_events(n integer, target_schema text) RETURNS bigint',
	'perfkit_seed_domain_events(tenants integer, n integer) RETURNS bigint',
	'perfkit_verify_indexes(workload text) RETURNS SETOF record',
	'perfkit_check_budgets(budgets text) RETURNS boolean',
	# those of the server that take any type, or convert what they are given
	'format(text, bigint) RETURNS text', 'format(text, bigint, text) RETURNS text',
	'jsonb_build_object(text, text, text, text, text, uuid) RETURNS jsonb',
	'to_timestamp(integer) RETURNS timestamptz', 'planted_modulo(bigint, integer) RETURNS bigint',
	'perfkit_plan_shape(query text) RETURNS text',
	'perfkit_work_of(queries text) RETURNS record',
	'perfkit_expect_rows(found bigint, expected integer) RETURNS bigint',
	'perfkit_load_log(run_id integer, log text) RETURNS bigint',
	'perfkit_load_log(run_id integer, log regclass) RETURNS bigint',
	'perfkit_load_log(run_id integer, log regclass, keep_transactions boolean) RETURNS bigint',
	'perfkit_histogram_agg(a bigint, b bigint) RETURNS bigint',
	(map { ("perfkit_$_(run_id integer) RETURNS SETOF record", "perfkit_$_(run_id numeric) RETURNS SETOF record") }
		qw(run run_stages run_counts run_totals run_summary run_load run_verdicts run_verdict run_latencies assert_run)));
$node->safe_psql('postgres', "SET ROLE mallory; $planted");
$node->safe_psql('postgres', "SET ROLE mallory; CREATE OPERATOR public.$_") foreach
  '% (FUNCTION = planted_modulo, LEFTARG = bigint, RIGHTARG = integer)',
  '& (FUNCTION = planted_modulo, LEFTARG = bigint, RIGHTARG = integer)';
foreach my $case ([ 'events', qw(--scenario page --scenario cursor_page_1 --budget max_buffers<1000 --rows 2000) ],
	[ 'domain_events', qw(--scenario append_1 --scenario append_10 --rows 1000) ])
{
	my ($workload, @args) = @$case;
	($status, $out, $err) = bench($workload, '--dsn', $dsn, '--clients', 1, '--duration', 1, @args,
		'--output', "$dir/$workload");
	isnt($status, 2, "a run of $workload among planted functions");
	unlike($err, qr/planted/, 'calls none of them');
	ok(-e "$dir/$workload/run.json", 'and comes to its end');
}

# What prepare.sql keeps from run to run, with code of somebody else's.
$node->safe_psql('postgres', 'CREATE ROLE owner_before');
foreach my $case (
	[ 'ALTER TABLE perfkit_bench_targets OWNER TO owner_before', qr/public\.perfkit_bench_targets belongs to role owner_before; its code would run/,
		'ALTER TABLE perfkit_bench_targets OWNER TO CURRENT_USER' ],
	[ q{SET ROLE mallory; CREATE FUNCTION act() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN RAISE 'planted'; END $$; RESET ROLE;
		GRANT TRIGGER ON perfkit_bench_targets TO mallory; SET ROLE mallory;
		CREATE TRIGGER act BEFORE INSERT ON perfkit_bench_targets FOR EACH ROW EXECUTE FUNCTION act()},
		qr/public\.perfkit_bench_targets has a trigger, a rule or a policy; its code would run/, 'DROP TRIGGER act ON perfkit_bench_targets' ])
{
	my ($plant, $message, $remove) = @$case;
	$node->safe_psql('postgres', $plant);
	($status, $out, $err) = bench('domain_events', '--dsn', $dsn, '--no-seed', '--clients', 1, '--duration', 1, '--output', "$dir/planted");
	is($status, 2, 'a table with code of another role');
	like($err, $message, 'is refused');
	unlike($err, qr/ERROR:  planted/, 'before anything is done with it');
	$node->safe_psql('postgres', $remove);
}

$node->stop;
done_testing();
