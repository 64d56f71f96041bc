# perfkit_report_html() in a real browser: it is rendered, asks for nothing, fits every width, and
# can be read in light and dark, without JavaScript, on paper, and by keyboard. Texts that look like
# markup remain texts.
use strict;
use warnings;

use FindBin;
use lib "$FindBin::RealBin/lib";
use Browser;
use PerfkitCluster;
use PostgreSQL::Test::Utils;
use Test::More;

plan skip_all => Browser::lacks() if defined Browser::lacks();

my $node = PerfkitCluster->new('main');
my $dir = PostgreSQL::Test::Utils::tempdir();

# Runs with all there is to show: stages, errors, long names, a slow minute, a broken budget, waits,
# and six pairs against a baseline. Latencies are drawn by a fixed rule.
$node->safe_psql('postgres', <<'SQL');
CREATE FUNCTION new_run(factor float8, plan text, seconds int) RETURNS bigint LANGUAGE plpgsql AS $$
DECLARE
    new_id bigint;
    odd text := E'<img src="http://perfkit.invalid/x" onerror="document.title=1"> </script></style> & \u202E\u05D0\u0627 \U0001F418 ' || repeat('long_name', 12);
BEGIN
    INSERT INTO perfkit_runs (workload, label, duration, clients, scenarios, started_at, data_rows, environment, observed, budgets, pgbench, index_checks)
    VALUES ('shop', odd, seconds * interval '1 s', 20, ARRAY['checkout', odd, 'search', 'page', 'login', 'cart', 'report', 'feed', 'ping'],
            '2026-01-01 12:00:00+00', 10000,
            jsonb_build_object('server_version', '15.1', 'settings', jsonb_build_object('work_mem', '4MB', 'search_path', odd), 'client', '{"cores": 2}'::jsonb,
                               'pgbench_commands', jsonb_build_array(repeat('pgbench --option ', 40)), 'plans', jsonb_build_object('search', jsonb_build_array(plan))),
            '{"wait_samples": 100, "waits": [{"event_type": "Lock", "event": "transactionid", "samples": 40}, {"event_type": "IO", "event": "DataFileRead", "samples": 7}],
              "deadlocks": 1, "buffers": {"hit_per_transaction": 12.5}}',
            '[{"metric": "p95_ms", "limit_value": 10}, {"scenario": "search", "metric": "p95_ms", "limit_value": 100}, {"metric": "p99_ms", "limit_value": 900},
              {"scenario": "ping", "metric": "p99_ms", "limit_value": 1000}, {"metric": "max_error_rate", "limit_value": 0.5}]',
            jsonb_build_object('stages', jsonb_build_array(jsonb_build_object('clients', 5, 'seconds', seconds / 2, 'tps', 90, 'transactions', 90 * seconds / 2),
                                                           jsonb_build_object('clients', 20, 'seconds', seconds / 2, 'tps', 90, 'transactions', 90 * seconds / 2))),
            jsonb_build_array(jsonb_build_object('check_name', odd, 'verdict', 'FAIL', 'reason', odd), jsonb_build_object('check_name', 'b', 'verdict', 'PASS')))
    RETURNING run_id INTO new_id;
    INSERT INTO perfkit_run_seconds (run_id, stage, scenario, second, succeeded, failed, latency_sum_us, longest_us, latencies)
    SELECT new_id, 1 + i / (seconds / 2), s, timestamptz '2026-01-01 12:00:00+00' + i * interval '1 second', 10, CASE WHEN i = 7 THEN 2 ELSE 0 END,
           sum(v.us), max(v.us), perfkit_histogram_agg(v.us)
    FROM generate_series(0, seconds - 1) i, generate_series(1, 9) s, generate_series(1, 10) l,
         LATERAL (SELECT (factor * 800 * s * 1.5 ^ ((i * 7919 + s * 104729 + l * 1299709) % 13) * CASE WHEN i BETWEEN 20 AND 25 THEN 3 ELSE 1 END)::bigint AS us) v
    GROUP BY s, i;
    RETURN new_id;
END
$$;
SELECT new_run(1, 'Result', 120);
SELECT new_run(1 + i / 500.0, E'Limit\n  Index Scan using i on t', 30), new_run(1.3 + i / 500.0, E'Limit\n  Seq Scan on t', 30) FROM generate_series(1, 6) i;
SQL
my %page = (
	run => $node->safe_psql('postgres', q{SELECT perfkit_report_html('{1}')}),
	comparison => $node->safe_psql('postgres', q{SELECT perfkit_report_html('{3,5,7,9,11,13}', '{2,4,6,8,10,12}', 'A <title> & "more"')}));
$node->stop;
append_to_file("$dir/$_.html", "$page{$_}\n") foreach keys %page;

# In the page: every text's contrast to what is behind it, at the sizes that WCAG asks 4.5 or 3 of.
my $contrast = <<'JS';
const parse = (text) => { const n = text.match(/[\d.]+/g).map(Number); return {r: n[0], g: n[1], b: n[2], a: n.length > 3 ? n[3] : 1}; };
const over = (a, b) => ({r: a.r * a.a + b.r * (1 - a.a), g: a.g * a.a + b.g * (1 - a.a), b: a.b * a.a + b.b * (1 - a.a), a: 1});
const light = (c) => { const f = (x) => { x /= 255; return x <= 0.03928 ? x / 12.92 : ((x + 0.055) / 1.055) ** 2.4; };
  return 0.2126 * f(c.r) + 0.7152 * f(c.g) + 0.0722 * f(c.b); };
const behind = (element) => { let color = {r: 0, g: 0, b: 0, a: 0}; const layers = [];
  for (let e = element; e; e = e.parentElement) layers.push(parse(getComputedStyle(e).backgroundColor));
  color = parse(getComputedStyle(document.body).backgroundColor);
  for (const layer of layers.reverse()) color = over(layer, color);
  return color; };
const bad = []; let texts = 0;
const walker = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
while (walker.nextNode()) {
  const node = walker.currentNode, e = node.parentElement;
  if (!node.textContent.trim() || e.closest("script, style, svg, .skip")) continue;
  const style = getComputedStyle(e);
  const b = behind(e), f = over(parse(style.color), b);
  const [x, y] = [light(f), light(b)].sort((p, q) => q - p);
  const ratio = (x + 0.05) / (y + 0.05), size = parseFloat(style.fontSize);
  const wanted = size >= 24 || (size >= 18.66 && style.fontWeight >= 700) ? 3 : 4.5;
  texts++;
  if (ratio < wanted) bad.push(ratio.toFixed(2) + " " + e.tagName + " " + node.textContent.slice(0, 40));
}
return {texts, bad: bad.slice(0, 10)};
JS
# What is wider than the page, other than within something that scrolls.
my $overflow = <<'JS';
document.querySelectorAll("details").forEach((d) => { d.open = true; });
const wide = [...document.body.querySelectorAll("*")].filter((e) => !e.closest(".scroll, pre, svg, .skip")
  ? e.getBoundingClientRect().right > document.documentElement.clientWidth + 1 : false);
return {page: document.documentElement.scrollWidth, window: innerWidth, wide: wide.slice(0, 5).map((e) => e.tagName + "." + e.className)};
JS
# keep(NAME, CONTENT): for people to look at, where PERFKIT_SCREENSHOTS names a directory.
sub keep
{
	my ($name, $content) = @_;
	open(my $file, '>', "$ENV{PERFKIT_SCREENSHOTS}/$name") or die "$ENV{PERFKIT_SCREENSHOTS}/$name: $!";
	print $file $content;
	close($file);
	return;
}
my $headings = 'return [...document.querySelectorAll("h1,h2,h3,h4,h5,h6")].map((h) => Number(h.tagName[1]));';

my $browser = Browser->start($dir);
# A new window loads pages of the browser's own.
$browser->open('about:blank');
foreach my $name (sort keys %page)
{
	$browser->requests;
	$browser->console;
	$browser->size(1440, 900);
	$browser->open("file://$dir/$name.html");
	is_deeply([ $browser->requests ], ["file://$dir/$name.html"], "$name: no request but for the page itself");
	is(join("\n", $browser->console), '', "$name: nothing on the console");
	is($browser->script('return document.querySelectorAll("img, [onerror]").length'), 0, "$name: no markup out of texts");
	like($browser->script('return document.title'), $name eq 'run' ? qr/^perfkit: shop$/ : qr/^A <title> & "more"$/, "$name: title");
	is($browser->script('return document.querySelectorAll("script").length'), 1, "$name: one script");
	cmp_ok($browser->script('return document.querySelectorAll("svg[role=img] path").length'), '>', 10, "$name: drawings");
	cmp_ok($browser->script('return Math.min(...[...document.querySelectorAll(".plot .area svg")].map((s) => s.getBoundingClientRect().height))'), '>', 20, '... that have a size');
	my ($last, $skips) = (0, 0);
	foreach my $level (@{ $browser->script($headings) }) { $skips++ if $level > $last + 1; $last = $level; }
	is($skips, 0, "$name: headings in order");
	foreach my $width (360, 1440)
	{
		$browser->size($width, 900);
		my $found = $browser->script($overflow);
		is($found->{window}, $width, "$name: the window is $width wide");
		cmp_ok($found->{page}, '<=', $width, '... and nothing scrolls sideways') or diag(join(' ', @{ $found->{wide} }));
		foreach my $scheme (qw(light dark))
		{
			$browser->scheme($scheme);
			$found = $browser->script($contrast);
			cmp_ok($found->{texts}, '>', 200, "$name at $width, $scheme: texts");
			is(join("\n", @{ $found->{bad} }), '', '... with enough contrast');
			keep("$name-$width-$scheme.png", $browser->screenshot) if defined $ENV{PERFKIT_SCREENSHOTS};
		}
	}
	isnt($browser->script('return getComputedStyle(document.body).backgroundColor'), 'rgb(255, 255, 255)', "$name: dark is dark");
	$browser->scheme('light');
	next unless $name eq 'run';
	my $pdf = $browser->pdf;
	cmp_ok(scalar(() = $pdf =~ m{/Type\s*/Page\b}g), '>=', 2, "$name: pages on paper");
	keep("$name.pdf", $pdf) if defined $ENV{PERFKIT_SCREENSHOTS};
}

# By keyboard: the skip link comes first; a column is sorted; the chart is read step by step.
$browser->open("file://$dir/run.html");
my ($tab, $enter, $right) = ("\x{E004}", "\x{E007}", "\x{E014}");
$browser->press($tab);
is($browser->script('return document.activeElement.className'), 'skip', 'the first stop is the link that skips');
cmp_ok($browser->script('return document.activeElement.getBoundingClientRect().left'), '>=', 0, '... which is seen then');
cmp_ok($browser->script('return parseFloat(getComputedStyle(document.activeElement).outlineWidth)'), '>', 0, '... with a frame');
my $column = 'const t = document.querySelector("#stages table"), h = [...t.tHead.rows[0].cells].findIndex((c) => c.textContent === "p95 ms");';
$browser->script("$column t.tHead.rows[0].cells[h].querySelector('button').focus()");
$browser->press($enter);
my $values = "$column return [...t.tBodies[0].rows].map((r) => parseFloat(r.cells[h].textContent.replace(/,/g, '')))";
my @sorted = @{ $browser->script($values) };
is_deeply(\@sorted, [ sort { $b <=> $a } @sorted ], 'sorted, the largest first');
is($browser->script("$column return t.tHead.rows[0].cells[h].getAttribute('aria-sort')"), 'descending', '... and said so');
$browser->press($enter);
@sorted = @{ $browser->script($values) };
is_deeply(\@sorted, [ sort { $a <=> $b } @sorted ], '... and the other way around');
$browser->script('document.querySelector("figure.time .area").focus()');
$browser->press($right) foreach 1 .. 2;
like($browser->script('return document.querySelector(".readout").textContent'), qr/^1 to 2 s: Transactions 90, tps 90\.0, p50 [\d.]+ ms, .*Errors 0$/,
	'arrow keys read the chart');

# Without JavaScript nothing is missing.
$browser->stop;
mkdir "$dir/plain" or die "$dir/plain: $!";
$browser = Browser->start("$dir/plain", 'profile.managed_default_content_settings.javascript' => 2);
$browser->size(1440, 900);
$browser->open("file://$dir/run.html");
is($browser->script('return document.querySelectorAll("th button, .readout").length'), 0, 'without JavaScript, there is no button');
cmp_ok($browser->script('return document.querySelector("#time .area svg").getBoundingClientRect().height'), '>', 100, '... and there is the heat map');
like($browser->script('return document.querySelector("#verdicts").innerText'), qr/FAIL[\s\S]*p95_ms/, '... and the verdicts');
$browser->stop;
done_testing();
