# perfkit_openmetrics() and the files of bench/monitoring: a real Prometheus scrapes a real run,
# evaluates every query of the dashboard, and fires the alerts; and Debian's postgres exporter
# exports the same values.
use strict;
use warnings;

use FindBin;
use lib "$FindBin::RealBin/lib";
use BenchRun;
use HTTP::Tiny;
use IO::Socket::INET;
use JSON::PP ();
use PerfkitCluster;
use PostgreSQL::Test::Utils;
use Test::More;

my $node = PerfkitCluster->new('main', create => 0);
my $dir = PostgreSQL::Test::Utils::tempdir();
my $monitoring = "$FindBin::RealBin/../../bench/monitoring";
my $tmp = bench_tmpdir();
my @children;
END { kill('KILL', $_) foreach @children; }

sub program { my ($name) = @_; return (grep { -x } map { "$_/$name" } split(/:/, "$ENV{PATH}:/usr/sbin"))[0]; }

# A run that keeps its budgets but for one, with a label that has to be escaped.
my $label = "a \"b\" \\ c";
my ($status, $out, $err) = bench('events', '--dsn', $node->connstr('postgres'), '--rows', 2000, '--clients', 1, '--duration', 2,
	'--scenario', 'page', '--scenario', 'genre', '--budget', 'page max_ms<0.000001', '--label', $label, '--output', "$dir/out");
is($status, 1, 'a run that misses a budget');
my $metrics = $node->safe_psql('postgres', 'SELECT perfkit_openmetrics()');
my %sample = map { /^(\S+\{.*\}|\S+) (\S+)$/ ? ($1 => $2) : () } grep { !/^#/ } split(/\n/, $metrics);
like($metrics, qr/\n# EOF\n*\z/, 'OpenMetrics ends so');
is($sample{'perfkit_run_verdict{workload="events",verdict="FAIL"}'}, 1, 'the verdict');
cmp_ok($sample{'perfkit_run_cache_hit_ratio{workload="events",scenario="all"}'}, '>', 0, 'blocks found in shared buffers');
is($sample{'perfkit_budget_missed{workload="events",scenario="page",metric="max_ms"}'}, 1, 'a budget missed');
is($sample{'perfkit_budget_missed{workload="events",scenario="genre",metric="avg_ms"}'} // 0, 0, 'and one that is not');
ok((grep { /^perfkit_run_info\{.*label="a \\"b\\" \\\\ c"/ } keys %sample), 'labels are escaped');
ok(!(grep { /guard_findings/ } keys %sample), 'nothing is said of a guard that is not loaded');
is($sample{'perfkit_run_latency_seconds_bucket{workload="events",scenario="all",le="+Inf"}'},
	$sample{'perfkit_run_latency_seconds_count{workload="events",scenario="all"}'}, 'the last bucket holds all');
my $run = read_run("$dir/out");
my ($all) = grep { $_->{scenario} eq 'all' } @{ $run->{summary} };
cmp_ok(abs($sample{'perfkit_run_latency_seconds_sum{workload="events",scenario="all"}'} * 1000 / $all->{transactions} - $all->{avg_ms}),
	'<', 0.001 * $all->{avg_ms}, 'sum and count give the mean');

# Two workloads; a second run of the first replaces it.
$node->safe_psql('postgres', q{INSERT INTO perfkit_runs (workload, duration, clients, scenarios, observed)
	VALUES (E'odd\n"one"', '1 s', 1, '{s,t}', '{"buffers": {"hit": 90, "read": 10}, "scenario_buffers": {"s": {"hit": 1, "read": 3}}}')});
my $odd = $node->safe_psql('postgres', 'SELECT perfkit_openmetrics()');
like($odd, qr/^perfkit_run_verdict\{workload="odd\\n\\"one\\"",verdict="INCONCLUSIVE"\} 1$/m,
	'a run without transactions');
is(join(' ', $odd =~ /^perfkit_run_cache_hit_ratio\{workload="odd.*?",scenario="(\w+)"\} (\S+)$/mg), 'all 0.900000 s 0.250000',
	'cache hits of all, and of the scenarios whose blocks are known');
$node->safe_psql('postgres', q{DELETE FROM perfkit_runs WHERE workload LIKE 'odd%'});
is($node->safe_psql('postgres', q{BEGIN; DELETE FROM perfkit_runs; SELECT perfkit_openmetrics(); ROLLBACK}), '# EOF', 'no runs at all');

my ($prometheus, $promtool, $exporter) = map { program($_) } qw(prometheus promtool prometheus-postgres-exporter);
if (!$prometheus || !$promtool || !$exporter)
{
	$node->stop;
	diag('prometheus or prometheus-postgres-exporter is not installed: files of bench/monitoring were not tried');
	done_testing();
	exit;
}

# node_exporter would serve the file as it is.
append_to_file("$dir/perfkit.prom", "$metrics\n");
my $check = '';
ok(IPC::Run::run([ $promtool, 'check', 'metrics' ], '<', "$dir/perfkit.prom", '>&', \$check), 'promtool accepts it') or diag($check);
ok(IPC::Run::run([ $promtool, 'check', 'rules', "$monitoring/perfkit.rules.yml" ], '>&', \$check), 'and the rules') or diag($check);

my $server = IO::Socket::INET->new(LocalAddr => '127.0.0.1', Listen => 10, ReuseAddr => 1) or die "no socket: $!";
my $served = $server->sockport;
push @children, serve($server, slurp_file("$dir/perfkit.prom"));
close($server);

# serve(SOCKET, TEXT): a process that answers each request with the text.
sub serve
{
	my ($listening, $text) = @_;
	my $pid = fork() // die "fork: $!";
	return $pid if $pid;
	# not those that stop the servers of the test
	$SIG{$_} = 'DEFAULT' foreach qw(INT TERM HUP);
	while (my $client = $listening->accept)
	{
		while (my $line = <$client>) { last if $line =~ /^\r?\n\z/; }
		print $client "HTTP/1.0 200 OK\r\nContent-Type: text/plain; version=0.0.4\r\nContent-Length: " . length($text) . "\r\n\r\n$text";
		close($client);
	}
	POSIX::_exit(0);
}

sub free_port
{
	my $socket = IO::Socket::INET->new(LocalAddr => '127.0.0.1', Listen => 1) or die "no socket: $!";
	return $socket->sockport;
}

# start(COMMAND): in the background, its output to a file.
sub start
{
	my ($log, @command) = @_;
	my $pid = fork() // die "fork: $!";
	if (!$pid)
	{
		open(STDOUT, '>', $log);
		open(STDERR, '>&', \*STDOUT);
		exec(@command) or POSIX::_exit(127);
	}
	push @children, $pid;
	return $pid;
}

my ($exported, $port) = (free_port(), free_port());
{
	local $ENV{DATA_SOURCE_NAME} = 'host=' . $node->host . ' port=' . $node->port . ' dbname=postgres sslmode=disable user=' . (getpwuid($<))[0];
	start("$dir/exporter.log", $exporter, "--web.listen-address=127.0.0.1:$exported", '--disable-default-metrics', '--disable-settings-metrics',
		"--extend.query-path=$monitoring/postgres-exporter-queries.yml");
}
append_to_file("$dir/prometheus.yml", <<"YML");
global: { scrape_interval: 1s, evaluation_interval: 1s }
rule_files: [ "$monitoring/perfkit.rules.yml" ]
scrape_configs:
  - job_name: textfile
    static_configs: [ { targets: [ "127.0.0.1:$served" ] } ]
  - job_name: exporter
    static_configs: [ { targets: [ "127.0.0.1:$exported" ] } ]
YML
start("$dir/prometheus.log", $prometheus, "--config.file=$dir/prometheus.yml", "--storage.tsdb.path=$dir/data",
	"--web.listen-address=127.0.0.1:$port", '--web.console.templates=/nonexistent', '--web.console.libraries=/nonexistent');

my $http = HTTP::Tiny->new(timeout => 20);
# api(PATH, PARAMETERS): the data of an answer; undef when there is none.
sub api
{
	my ($path, %parameters) = @_;
	my $answer = $http->get("http://127.0.0.1:$port/api/v1/$path?" . $http->www_form_urlencode(\%parameters));
	my $json = eval { JSON::PP->new->decode($answer->{content}) } // return undef;
	return $json->{status} eq 'success' ? $json->{data} : undef;
}
# query(EXPRESSION): its samples.
sub query { my ($expression) = @_; my $data = api('query', query => $expression) // return; return @{ $data->{result} }; }

ok(poll_until(sub { query('up{job="textfile"} == 1') && query('up{job="exporter"} == 1') && query('perfkit_budget_limit{job="exporter"}') }),
	'Prometheus scrapes both') or diag(slurp_file("$dir/prometheus.log"), slurp_file("$dir/exporter.log"));

# The dashboard: every query is answered, and those that this run has values for are not empty.
my $dashboard = JSON::PP->new->decode(slurp_file("$monitoring/grafana-dashboard.json"));
my $may_be_empty = qr/_passed\{.*== 0|_holds|guard_findings/;
foreach my $panel (@{ $dashboard->{panels} })
{
	foreach my $target (@{ $panel->{targets} })
	{
		my $expression = $target->{expr} =~ s/\$workload/events/gr;
		my $data = api('query', query => $expression);
		ok(defined $data, "$panel->{title}: evaluated");
		ok($expression =~ $may_be_empty || @{ $data->{result} // [] } > 0, '... to something');
	}
}
is(scalar(@{ $dashboard->{templating}{list} }), 2, 'the workload is a variable');
my ($p95) = query('histogram_quantile(0.95, perfkit_run_latency_seconds_bucket{job="textfile",scenario="all"})');
ok($p95->{value}[1] > 0 && $p95->{value}[1] < 10, 'a percentile comes out of the buckets');

# What the exporter exports is what the file has.
foreach my $name (qw(perfkit_budget_limit perfkit_budget_observed perfkit_budget_missed perfkit_run_passed))
{
	my @differing = query("($name\{job=\"textfile\"} - on (workload, scenario, metric) $name\{job=\"exporter\"}) != 0");
	my @both = query("$name\{job=\"textfile\"} and on (workload, scenario, metric) $name\{job=\"exporter\"}");
	ok(@both > 0 && @both == query("$name\{job=\"textfile\"}") && !@differing, "$name by both ways");
}

ok(poll_until(sub { my $alerts = api('alerts') // return; grep { $_->{state} eq 'firing' } @{ $alerts->{alerts} } }), 'alerts fire');
my @alerts = @{ api('alerts')->{alerts} };
my %firing = map { ("$_->{labels}{alertname} " . ($_->{labels}{scenario} // '') . ' ' . ($_->{labels}{metric} // '') => $_) }
  grep { $_->{state} eq 'firing' } @alerts;
ok($firing{'PerfkitBudgetMissed page max_ms'}, 'for the budget that was missed');
like($firing{'PerfkitBudgetMissed page max_ms'}{annotations}{summary} // '', qr/^events: page misses its budget of max_ms$/, 'in words');
is(join(' ', sort map { (split(' '))[0] } keys %firing), 'PerfkitBudgetMissed', 'and for nothing else');
is(join(' ', sort keys %{ { map { ($_->{labels}{alertname} => 1) } grep { $_->{state} eq 'pending' } @alerts } }), 'PerfkitRunNotPassed',
	'a run that has not passed for a day will be one');

# Others, by series of their own.
append_to_file("$dir/rules-test.yml", <<"YML");
rule_files: [ "$monitoring/perfkit.rules.yml" ]
evaluation_interval: 1h
tests:
  - interval: 1h
    input_series:
      - { series: 'perfkit_run_passed{workload="w"}', values: '0x30' }
      - { series: 'perfkit_concurrency_check{workload="w",check="ten searches",verdict="FAIL"}', values: '1x30' }
      - { series: 'perfkit_concurrency_check{workload="v",check="ten searches",verdict="PASS"}', values: '1x30' }
    alert_rule_test:
      - { eval_time: 23h, alertname: PerfkitRunNotPassed }
      - eval_time: 25h
        alertname: PerfkitRunNotPassed
        exp_alerts:
          - exp_labels: { workload: w, severity: info }
            exp_annotations: { summary: 'w: the latest run has not passed for a day' }
      - eval_time: 1h
        alertname: PerfkitConcurrencyCheckFailed
        exp_alerts:
          - exp_labels: { workload: w, check: ten searches, verdict: FAIL, severity: warning }
            exp_annotations: { summary: 'w: "ten searches" takes too long for several at once' }
YML
ok(IPC::Run::run([ $promtool, 'test', 'rules', "$dir/rules-test.yml" ], '>&', \$check), 'runs that do not pass, and checks of several at once')
  or diag($check);
is(scalar(grep { $_->{health} ne 'ok' } map { @{ $_->{rules} } } @{ api('rules')->{groups} }), 0, 'all rules are evaluated');

kill('TERM', $_) foreach @children;
waitpid($_, 0) foreach @children;
@children = ();
$node->stop;
done_testing();
