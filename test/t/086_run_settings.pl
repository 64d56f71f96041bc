# Settings that a run names: with a max_wal_size and a work_mem that are far too small, and with
# others, with which it names nothing. The load is counted in transactions' work, not in time: a
# busy machine only takes longer.
use strict;
use warnings;

use FindBin;
use lib "$FindBin::RealBin/lib";
use BenchRun;
use PerfkitCluster;
use PostgreSQL::Test::Utils;
use Test::More;

my $node = PerfkitCluster->new('main', conf => "min_wal_size = 32MB\nmax_wal_size = 32MB\nwal_compression = off\ncheckpoint_timeout = 1h\n");
my $dsn = $node->connstr('postgres');
my $folder = bench_tmpdir() . '/settings';
mkdir $folder or die "$folder: $!";
append_to_file("$folder/writes.sql", "SELECT pg_logical_emit_message(false, 'filler', repeat(md5(random()::text), 65536));\n");
append_to_file("$folder/sorts.sql", "SELECT count(*) FROM (SELECT i FROM generate_series(1, 20000) i ORDER BY i % 7919, i OFFSET 0) AS sorted;\n");
my @args = ($folder, '--dsn', $dsn, '--clients', 2, '--output', bench_tmpdir() . '/out');
my ($status, $out, $err, $run, %named);

# named(RUN): what run.json has, by setting
sub named { return map { $_->{setting} => $_ } @{ $_[0]{settings} }; }

# Each transaction that writes has 2 MB of WAL, and a checkpoint begins after 16 MB or so. The
# role's work_mem is the load's, and not that of the runner's own sessions.
$node->safe_psql('postgres', q{ALTER ROLE CURRENT_USER SET work_mem = '64kB'});
bench_until(sub { $run = read_run(bench_tmpdir() . '/out'); ($status, $out, $err) = @_; return keys %{ { named($run) } } == 2 }, 3, @args);
%named = named($run);
is(join(' ', sort keys %named), 'max_wal_size work_mem', 'a run that forces checkpoints and spills names both settings');
is($named{max_wal_size}{current_value}, '32MB', 'max_wal_size as it is');
like($named{max_wal_size}{evidence}, qr/^WAL forced (?:[2-9]|\d\d+) checkpoints in [\d.]+ s, one every [\d.]+ s, where checkpoint_timeout is 3600 s/, 'with its evidence');
like($named{max_wal_size}{advised_value}, qr/^\d+GB$/, 'and what to try');
is($named{work_mem}{current_value}, '64kB', "work_mem as it is for the load's sessions");
like($named{work_mem}{evidence}, qr/^\d+ temporary files were written, \d+ kB on average/, 'with its evidence');
like($named{work_mem}{advised_value}, qr/^[248]MB$/, 'and what to try');
like($out, qr/^ setting that does not fit .*\n.*\n max_wal_size +\| 32MB +\| \d+GB +\| WAL forced .*\n work_mem +\| 64kB/m, 'on the terminal');
like(slurp_file(bench_tmpdir() . '/out/report.html'), qr/Settings that do not fit.*max_wal_size.*WAL forced.*work_mem/s, 'in the report');
is($node->safe_psql('postgres', "SELECT string_agg(setting, ' ') FROM perfkit_run_settings($run->{run_id})"), 'max_wal_size work_mem', 'in SQL');

# With what it advises, and room for the WAL, it names neither.
$node->safe_psql('postgres', "ALTER ROLE CURRENT_USER SET work_mem = '$named{work_mem}{advised_value}'; CHECKPOINT");
$node->safe_psql('postgres', "ALTER SYSTEM SET max_wal_size = '$named{max_wal_size}{advised_value}'");
$node->reload;
($status, $out, $err) = bench(@args, '--duration', 3);
$run = read_run(bench_tmpdir() . '/out');
is(join(' ', map { "$_->{setting}: $_->{evidence}" } @{ $run->{settings} }), '', 'with both as advised, a run names nothing');
is($run->{observed}{temp_files}, 0, 'there was no temporary file');
unlike($out, qr/setting that does not fit/, 'and the terminal has no table');
unlike(slurp_file(bench_tmpdir() . '/out/report.html'), qr/Settings that do not fit/, 'nor has the report');

done_testing();
