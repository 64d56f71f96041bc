# perfkit run dashboard: its phases, its think times, its notifications, and what must be true
# afterwards.
use strict;
use warnings;

use FindBin;
use lib "$FindBin::RealBin/lib";
use BenchRun;
use IPC::Run ();
use PerfkitCluster;
use PostgreSQL::Test::Utils;
use Test::More;

my $node = PerfkitCluster->new('main');
my $dir = PostgreSQL::Test::Utils::tempdir();
my @short = ('dashboard', '--dsn', $node->connstr('postgres'), '--clients', 8, '--listeners', 5, '--time-scale', 0.03, '--output', "$dir/out");
my ($status, $out, $err, $run);

# invariants(RUN): those that do not hold.
sub broken { return join('; ', map { $_->{invariant} } grep { !$_->{ok} } @{ $_[0]{invariants} }); }

# Somebody who listens to all runs.
my ($in, $heard, $said) = ('', '', '');
my $listener = IPC::Run::start([ 'bench/listener/perfkit_listen', $node->connstr('postgres'), 'perfkit_dashboard', 1 ], '<', \$in,
	'>', \$heard, '2>', \$said, IPC::Run::timeout(10 * $PostgreSQL::Test::Utils::timeout_default));
$listener->pump until $heard =~ s/^listening\n//;

my @seeded = (@short, '--rows', 3000);
($status, $out, $err) = bench(@seeded, '--budget', 'initial_load max_buffers<1000000', '--budget', 'scan_ticket max_buffers<1000000');
isnt($status, 2, 'a short run') or diag($err);
$run = read_run("$dir/out");
my %of = map { $_->{scenario} => $_ } @{ $run->{summary} };
is(join(' ', sort keys %of), 'all initial_load refresh scan_ticket', 'its phases are apart, and its pauses are none');
cmp_ok($of{$_}{transactions}, '>', 0, "$_ ran") foreach qw(initial_load refresh scan_ticket);
# 8 viewers, who pause for 4.25 s x 0.03 on average, for 5 s: 314 pauses, of which 5 % are left out,
# one more at the end, and half as many again by chance
cmp_ok($of{initial_load}{transactions} + $of{refresh}{transactions}, '<', 1.5 * (1.06 * 314 + 16), 'viewers think');
cmp_ok($of{refresh}{p50_ms}, '<', 60, 'which is part of no latency');
my %verdict = map { ("$_->{scenario} $_->{metric}" => $_) } @{ $run->{verdicts} };
is(join(', ', sort keys %verdict),
	'all max_error_rate, all notify_p95_ms, initial_load max_buffers, initial_load p95_ms, refresh p95_ms, scan_ticket max_buffers', 'its budgets');
is($verdict{'initial_load p95_ms'}{limit_value}, 3000, 'of the initial load');
is($verdict{'refresh p95_ms'}{limit_value}, 1000, 'of the refresh');
cmp_ok($verdict{"$_ max_buffers"}{observed}, '>', 4, "blocks of $_ are counted, pipeline or not") foreach qw(initial_load scan_ticket);
is($of{all}{errors}, 0, 'nothing failed');

my $delivery = $run->{delivery}[0];
is($delivery->{sent}, $of{scan_ticket}{transactions}, 'each scan notifies');
is($delivery->{received}, 5 * $delivery->{sent}, 'all listeners');
is(scalar @{ $run->{invariants} }, 7, 'its invariants');
is(broken($run), '', 'hold');

# Once more on the same data: scans of the first run are no concern of the second.
($status, $out, $err) = bench(@short, '--no-seed', '--duration', 30);
isnt($status, 2, 'another run on the same tables');
is(broken(read_run("$dir/out")), '', 'is sound, too');
$listener->finish;
like($heard, qr/"lost": 0, "duplicates": 0, "out_of_order": 0, "unmeasured": 0/, 'and its senders are others than the first one\'s') or diag("$heard$said");

# Without the scenario that notifies, there is nothing to listen to, and nothing is INCONCLUSIVE.
($status, $out, $err) = bench(@short, '--no-seed', '--scenario', 'refresh');
$run = read_run("$dir/out");
is($run->{notifications}, undef, 'a scenario that does not notify');
is(join(' ', grep { /notify/ } map { $_->{metric} } @{ $run->{verdicts} }), '', 'has no budget of notifications');

# Scans that get lost, and tickets that are admitted twice.
$node->safe_psql('postgres', <<'SQL');
CREATE FUNCTION forget() RETURNS trigger LANGUAGE plpgsql AS 'BEGIN RETURN NULL; END';
CREATE TRIGGER forget BEFORE INSERT ON scan_logs FOR EACH ROW WHEN (random() < 0.3 AND pg_trigger_depth() = 0) EXECUTE FUNCTION forget();
CREATE FUNCTION again() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN
INSERT INTO scan_logs VALUES (gen_random_uuid(), NEW.ticket_id, NEW.event_id, NEW.gate, NEW.result, NEW.scanned_at); RETURN NULL; END $$;
CREATE TRIGGER again AFTER INSERT ON scan_logs FOR EACH ROW WHEN (NEW.result = 'admitted' AND pg_trigger_depth() = 0) EXECUTE FUNCTION again();
SQL
($status, $out, $err) = bench(@short, '--no-seed', '--duration', 60);
is($status, 1, 'a writer that loses scans and admits tickets twice');
is(broken(read_run("$dir/out")),
	'every listener received every scan; every scan in the log is in the table once, and nothing else is; every ticket is admitted once, and is scanned then',
	'breaks what must be true');
$node->safe_psql('postgres', 'DROP TRIGGER forget ON scan_logs; DROP TRIGGER again ON scan_logs');

# The mix that looks for the ceiling, with a limit that no rate keeps.
($status, $out, $err) = bench(@short, '--no-seed', '--scenario', 'notify_ceiling', '--budget', 'notify_p95_ms<0.0001');
is($status, 1, 'notify_ceiling');
like($out, qr/^ceiling: fewer than 1 notifying commits per second /m, 'finds the ceiling');
is(broken(read_run("$dir/out")), '', 'whose scans are not the load\'s');

ok(poll_until(sub { left_behind() eq '' }), 'nothing is left behind');
$node->stop;
done_testing();
