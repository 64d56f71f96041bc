# perfkit run marketplace: every scenario runs, and no payment is lost, doubled or booked in part;
# broken data is found; loads that cannot pass are refused; and several transactions at once are
# compared with one.
use strict;
use warnings;

use FindBin;
use lib "$FindBin::RealBin/lib";
use BenchRun;
use PerfkitCluster;
use PostgreSQL::Test::Utils;
use Test::More;

my @lacking = PerfkitCluster::lacks(qw(postgis-3 pgcrypto));
plan skip_all => "not installed: @lacking" if @lacking;

my ($has_pgbouncer) = grep { -x "$_/pgbouncer" } split(/:/, $ENV{PATH}), '/usr/sbin', '/usr/local/sbin';
my $node = PerfkitCluster->new('main', conf => "max_connections = 60\n", create => 0);
my $dir = PostgreSQL::Test::Utils::tempdir();
my $dsn = $node->connstr('shop');
my ($status, $out, $err, $run);

sub query { return $node->safe_psql('shop', $_[0]); }

# market(ARGUMENT...): a run on the tables there are.
my @market = ('marketplace', '--dsn', $dsn, '--pool', 0, '--warmup', 0, '--output', "$dir/out", '--no-seed');
sub market { return bench(@market, @_); }

# broken(RUN): the invariants that do not hold.
sub broken { return join('; ', map { $_->{invariant} } grep { !$_->{ok} } @{ $_[0]->{invariants} }); }

sub detail { my ($got, $pattern) = @_; return (map { $_->{detail} } grep { $_->{invariant} =~ $pattern } @{ $got->{invariants} })[0]; }

sub summary { my ($got, $scenario) = @_; return (grep { $_->{scenario} eq $scenario && !defined $_->{stage} } @{ $got->{summary} })[0]; }

# The application's schema is its own; perfkit and the extensions are in others, which its search
# path does not have.
$node->safe_psql('postgres', 'CREATE DATABASE shop; ALTER DATABASE shop SET search_path = shop');
query('CREATE SCHEMA shop; CREATE SCHEMA kit; CREATE SCHEMA "geo graphy"; CREATE SCHEMA "Crypt"; SET client_min_messages = warning;
	CREATE EXTENSION perfkit SCHEMA kit CASCADE');
($status, $out, $err) = bench('marketplace', '--dsn', $dsn, '--rows', 10, '--pool', 0, '--clients', 2);
is($status, 2, 'a run without PostGIS');
like($err, qr/needs extension postgis; have a superuser run: CREATE EXTENSION postgis$/m, 'says what is missing');
query('CREATE EXTENSION postgis SCHEMA "geo graphy"');
($status, $out, $err) = bench('marketplace', '--dsn', $dsn, '--rows', 10, '--pool', 0, '--clients', 2);
like($err, qr/needs extension pgcrypto; have a superuser run: CREATE EXTENSION pgcrypto$/m, 'one after the other');
is(query('SELECT count(*) FROM pg_tables WHERE schemaname = \'shop\''), '0', 'and seeds nothing');
query('CREATE EXTENSION pgcrypto SCHEMA "Crypt"');
($status, $out, $err) = bench('marketplace', '--scenario', 'serch', '--pool', 0, '--throwaway');
is($status, 2, 'an unknown scenario');
like($err, qr/it has: search ten_searches program_details login create_subscription confirm_payment$/m, 'and those there are');
foreach my $stages ('50x2m,', '50', '5x2m,x', '0x2m')
{
	($status, $out, $err) = bench('marketplace', '--stages', $stages, '--pool', 0, '--throwaway');
	is("$status " . ($err =~ /--stages takes clients x duration|no stage of .* has a client/ ? 'explained' : $err), '2 explained', "stages \"$stages\"");
}

# How fast it is here is not this test's concern.
query(q{UPDATE kit.perfkit_budgets SET limit_value = CASE metric WHEN 'max_error_rate' THEN 1 ELSE 600000 END WHERE workload = 'marketplace'});

# A small run in stages, with users who think; the last stage is a pause.
($status, $out, $err) = bench('marketplace', '--dsn', $dsn, '--rows', 2000, '--output', "$dir/out", '--warmup', '1', '--time-scale', '0.05',
	'--pool', $has_pgbouncer ? 12 : 0, '--stages', '12x40s,24x60s,0x20s');
isnt($status, 2, 'a run in stages');
$run = read_run("$dir/out");
is(broken($run), '', 'its invariants hold');
is(scalar @{ $run->{invariants} }, 8, 'all of them');
is(join(' ', map { $_->{stage} // 'all' } grep { $_->{scenario} eq 'search' } @{ $run->{summary} }), '1 2 all', 'a row for each stage that has users');
is(join(' ', map { $_->{stage} // 'all' } grep { $_->{scenario} eq 'search' && $_->{metric} eq 'p95_ms' } @{ $run->{verdicts} }), '1 2 all', 'and a verdict');
like($run->{environment}{notes}[0], qr/^passwords are bcrypt of cost 8, [\d.]+ ms each/, 'the cost of passwords is in the report');
like($out, qr/^note: passwords are bcrypt of cost 8/m, 'and shown');
ok((grep { $_ eq 'password_cost=8' } @{ $run->{environment}{variables} }), 'for programs, too');
# 12 users for 2 s, and 24 for 3 s, who think for 4 s or nearly
cmp_ok(summary($run, 'all')->{transactions}, '<', 36 * 3, 'users think, whatever the scale of time');
my ($check) = grep { ($_->{kind} // '') eq 'at once' } @{ $run->{index_checks} };
is("$check->{check_name}: $check->{rounds} rounds", 'search: 10 at once: 31 rounds', 'ten searches at once are compared with one');
ok($check->{lower} <= $check->{ratio} && $check->{ratio} <= $check->{upper}, 'with an interval');
is($check->{verdict}, $check->{upper} < 3 ? 'PASS' : 10 / $check->{cores} >= 3 ? 'NOT JUDGED' : $check->{lower} >= 3 ? 'FAIL' : 'INCONCLUSIVE',
	'and judged where the processors allow it');
query('SET search_path = shop, kit; SELECT kit.perfkit_assert_index_scan($$SELECT * FROM perfkit_bench_search(1, 3, 10000)$$, \'idx_programs_location\')');
pass('the search of the scripts reads the spatial index');

# At a rate nobody thinks: enough requests that some are sent twice, and all scenarios.
($status, $out, $err) = bench_until(
	sub { my $got = read_run("$dir/out"); detail($got, qr/second effect/) !~ /^0 were/ && detail($got, qr/wrong password/) !~ / 0 logins refused/
		  && !grep { !$_->{transactions} } @{ $got->{summary} } },
	3, @market, '--rate', 150, '--clients', 8,
	'--scenario', 'login@2', '--scenario', 'create_subscription@7', '--scenario', 'confirm_payment@7', '--scenario', 'ten_searches@1', '--scenario', 'program_details@3');
isnt($status, 2, 'a run at a rate');
$run = read_run("$dir/out");
is(broken($run), '', 'its invariants hold');
is(scalar(grep { !$_->{transactions} } @{ $run->{summary} }), 0, 'all scenarios ran');
is(summary($run, 'all')->{errors}, 0, 'without an error');

# Serialization failures: tried again with the same key, and booked once.
my @payments = ('--clients', 6, '--rate', 100, '--scenario', 'create_subscription', '--scenario', 'confirm_payment');
query(q{CREATE FUNCTION fails() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN
	IF random() < 0.3 THEN RAISE SQLSTATE '40001' USING MESSAGE = 'sometimes'; END IF; RETURN NEW; END $$;
	CREATE TRIGGER fails BEFORE INSERT OR UPDATE ON payments FOR EACH ROW EXECUTE FUNCTION fails();
	CREATE TRIGGER fails BEFORE INSERT ON ledger_entries FOR EACH ROW EXECUTE FUNCTION fails()});
($status, $out, $err) = market(@payments, '--duration', 2, '--max-tries', 100);
$run = read_run("$dir/out");
ok(summary($run, 'all')->{retries} > 0, 'serialization failures are tried again');
is(summary($run, 'all')->{errors}, 0, 'until they succeed');
is(broken($run), '', 'and each payment is made once');
query('DROP FUNCTION fails() CASCADE');

# With both, a stage has several loads. No client takes another one's request for its own.
SKIP: {
	skip('pgbouncer is not installed', 2) unless $has_pgbouncer;
	($status, $out, $err) = market('--pool', 'both', @payments, '--duration', 2);
	foreach my $side (qw(pooled direct))
	{
		$run = read_run("$dir/out/$side");
		is(summary($run, 'all')->{errors} . ' errors ' . broken($run), '0 errors ', "a run in turns, $side");
	}
}

# Payments that are doubled, and entries that are lost.
query(q{CREATE FUNCTION doubles() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN
	NEW.id := gen_random_uuid(); NEW.idempotency_key := NEW.idempotency_key || '9'; INSERT INTO payments SELECT NEW.*; RETURN NULL; END $$;
	CREATE TRIGGER doubles AFTER INSERT ON payments FOR EACH ROW WHEN (pg_trigger_depth() = 0) EXECUTE FUNCTION doubles()});
($status, $out, $err) = market(@payments, '--duration', 1);
is($status, 1, 'payments that are doubled fail the run');
like(broken(read_run("$dir/out")), qr/every idempotency key has one payment.*what succeeded in the log is in the tables/, 'by name');
query('DROP FUNCTION doubles() CASCADE');
query(q{CREATE FUNCTION loses() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN RETURN CASE WHEN NEW.account <> 'fees' THEN NEW END; END $$;
	CREATE TRIGGER loses BEFORE INSERT ON ledger_entries FOR EACH ROW EXECUTE FUNCTION loses()});
($status, $out, $err) = market(@payments, '--duration', 1);
is($status, 1, 'entries of the ledger that are lost fail the run');
like(broken(read_run("$dir/out")), qr/debits equal credits.*every confirmed payment is booked once/, 'by name');
query('DROP FUNCTION loses() CASCADE');

# A request that has a second effect: the key is not kept.
query(q{CREATE FUNCTION forgets() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN
	UPDATE payments SET status = 'requires_confirmation' WHERE id = NEW.payment_id; DELETE FROM ledger_entries WHERE payment_id = NEW.payment_id; RETURN NEW; END $$;
	CREATE TRIGGER forgets AFTER INSERT ON ledger_entries FOR EACH ROW EXECUTE FUNCTION forgets()});
($status, $out, $err) = bench_until(sub { broken(read_run("$dir/out")) =~ /second effect/ }, 2, @market, '--clients', 6, '--rate', 300, '--scenario', 'confirm_payment');
like(broken(read_run("$dir/out")), qr/a request that is sent again has no second effect/, 'a confirmation that works twice is found');
query('DROP FUNCTION forgets() CASCADE');

# A search that does not stop at its radius: a copy of the folder, on a few programs.
my $copy = "$dir/marketplace";
mkdir($copy);
foreach my $path (glob('bench/workloads/marketplace/*'))
{
	my $text = slurp_file($path);
	$text =~ s/(_ST_Expand\(.*?radius)/$1 * 5/ && $text =~ s/WHERE :postgis\.ST_DWithin.*// if $path =~ /prepare/;
	append_to_file("$copy/" . ($path =~ s{.*/}{}r), $text);
}
$node->safe_psql('postgres', 'CREATE DATABASE few; ALTER DATABASE few SET search_path = public');
$node->safe_psql('few', 'SET client_min_messages = warning; CREATE EXTENSION perfkit CASCADE; CREATE EXTENSION postgis; CREATE EXTENSION pgcrypto');
($status, $out, $err) = bench($copy, '--dsn', $node->connstr('few'), '--rows', 250, '--pool', 0, '--warmup', 0, '--output', "$dir/out", '--clients', 2,
	'--rate', 20, '--duration', 1, '--scenario', 'program_details');
is($status, 1, 'a search beyond its radius fails the run');
like(broken(read_run("$dir/out")), qr/no search finds a program beyond its radius/, 'by name');

# Loads that cannot keep a login's budget are refused, with the arithmetic.
my $runs = query('SELECT count(*) FROM kit.perfkit_runs');
($status, $out, $err) = market('--budget', 'login p95_ms<1', '--clients', 30);
is($status, 2, 'a budget below the time of a password is refused');
like($err, qr/budget of scenario login \(p95 below 1 ms\) cannot be kept: 30 clients that think for 3\.\d+ s .*\(weight 10 of 100\), and at cost 8 a password takes [\d.]+ ms/,
	'with what it takes');
($status, $out, $err) = market('--rate', 100000, '--clients', 10, '--scenario', 'login');
is($status, 2, 'a rate that takes more processors than there are is refused');
like($err, qr/10 clients at 100000 transactions a second make 100000\.0 logins a second .* so they need [\d.]+ of \d+ cores\. A login would take longer and longer on average.*What would help: .*a rate of \d+$/m,
	'with what would help');
is(query("SELECT count(*) - $runs FROM kit.perfkit_runs"), '0', 'what is refused is not run');

# A wrong password that is admitted: crypt() returns what it is compared with.
query(q{ALTER EXTENSION pgcrypto DROP FUNCTION "Crypt".crypt(text, text);
	CREATE OR REPLACE FUNCTION "Crypt".crypt(text, text) RETURNS text LANGUAGE sql IMMUTABLE STRICT AS 'SELECT $2'});
($status, $out, $err) = bench_until(sub { detail(read_run("$dir/out"), qr/wrong password/) !~ / 0 of them/ }, 1, @market, '--clients', 4, '--rate', 300, '--scenario', 'login');
is($status, 1, 'a wrong password that is admitted fails the run');
like(broken(read_run("$dir/out")), qr/no session begins with a wrong password/, 'by name');
query('TRUNCATE users CASCADE');
($status, $out, $err) = market('--clients', 2);
is($status, 2, 'no users');
like($err, qr/table users has no rows, so there is no login/, 'are an error that says so');

# Several at once, of any workload: sleepers do not delay each other, and those that wait for one
# lock do.
my $own = "$dir/own";
mkdir($own);
append_to_file("$own/apart.sql", "SELECT pg_sleep(0.02);\n");
append_to_file("$own/queue.sql", "SELECT pg_sleep(0.01) FROM (SELECT pg_advisory_xact_lock(7) OFFSET 0) AS one_by_one;\n");
append_to_file("$own/at_once", "# a comment\napart 6 3\nqueue 6 5.5\n");
my @own = ($own, '--dsn', $node->connstr('postgres'), '--clients', 2, '--duration', 1, '--output', "$dir/own.out", '--budget', 'p50_ms<100000');
$node->safe_psql('postgres', 'SET client_min_messages = warning; CREATE EXTENSION perfkit CASCADE');
($status, $out, $err) = bench(@own, '--scenario', 'apart');
is($status, 0, 'sleeping at once');
like($out, qr/^PASS: .*1 concurrency checks passed/m, 'takes no longer than alone, which is part of the verdict');
($status, $out, $err) = bench(@own, '--scenario', 'queue');
($check) = @{ read_run("$dir/own.out")->{index_checks} };
cmp_ok($check->{ratio}, '>', 5, 'what queues takes its time');
is($status, $check->{verdict} eq 'FAIL' ? 1 : $check->{verdict} eq 'INCONCLUSIVE' ? 3 : 0, 'and the run ends as the check does');
is($check->{verdict}, 'FAIL', 'which fails') if $check->{cores} > 1 && $check->{lower} >= 5.5;
append_to_file("$own/at_once", "nobody 3 2\n");
($status, $out, $err) = bench(@own);
is($status, 2, 'an unknown scenario in at_once');
like($err, qr/there is no scenario "nobody"; there are: apart queue/, 'is named');

ok(poll_until(sub { left_behind() eq '' }), 'nothing is left behind');
$node->stop;
done_testing();
