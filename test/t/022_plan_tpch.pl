# TPC-H's 22 queries: perfkit_plan() and EXPLAIN agree on every node, under settings that produce
# all kinds of plans.
use strict;
use warnings;

use FindBin;
use lib "$FindBin::RealBin/lib";
use PerfkitCluster;
use PostgreSQL::Test::Cluster;
use PostgreSQL::Test::Utils;
use Test::More;

my $node = PerfkitCluster->new('tpch', conf => "autovacuum = off\nmax_parallel_workers_per_gather = 0\njit = off\n");
my $major = int($node->safe_psql('postgres', 'SHOW server_version_num') / 10000);
$node->safe_psql('postgres', slurp_file("test/lib/$_.psql")) foreach qw(compare tpch);

# The queries, each with its values in place and with parameters for them.
my @queries;
my %value;
my $text = '';
for my $line (split /\n/, slurp_file('test/lib/tpch_queries.psql'))
{
	next if $line =~ /^--/ || $line eq '';
	if ($line =~ /^\\set (\w+) (?|'(.*)'|(.*))$/)
	{
		$value{$1} = $2;
		next;
	}
	$text .= "$line\n";
	next if $line !~ s/;$//;
	$text =~ s/;\n$//;
	my (%number, @values);
	my $literal = $text =~ s/:'(\w+)'/'$value{$1}'/gr;
	my $generic = $text =~ s/:'(\w+)'/'$' . ($number{$1} \/\/= push(@values, "'$value{$1}'"))/ger;
	push @queries, { literal => $literal, generic => $generic, values => join(', ', @values) };
	$text = '';
}
is(scalar @queries, 22, 'twenty-two queries');

# Each returns rows.
my @rows = map { $node->safe_psql('postgres', "SELECT count(*) FROM ($_->{literal}) q") } @queries;
is(scalar(grep { $_ > 0 } @rows), 22, 'each returns rows') or diag("rows: @rows");

# same(SETTINGS, NAME): no node of any query differs. Returns the types of the nodes.
sub same
{
	my ($settings, $name) = @_;
	my $options = $major >= 16 ? "'GENERIC_PLAN, '" : "''";
	my $sql = join('', map { "SET $_;\n" } @$settings);

	foreach (@queries)
	{
		$sql .= "SELECT d FROM perfkit_compare.differences(\$q\$$_->{literal}\$q\$, \$q\$$_->{literal}\$q\$) d;\n";
		$sql .= "SELECT d FROM perfkit_compare.differences(\$q\$$_->{generic}\$q\$, \$q\$$_->{generic}\$q\$, true, $options) d;\n"
		  if $major >= 16;
	}
	is($node->safe_psql('postgres', $sql), '', $name);
	my $kinds = $node->safe_psql('postgres',
		join('', map { "SET $_;\n" } @$settings)
		  . "SELECT node_type || coalesce(' ' || join_type, '') FROM perfkit_plan(\$q\$"
		  . join("\$q\$) UNION SELECT node_type || coalesce(' ' || join_type, '') FROM perfkit_plan(\$q\$", map { $_->{literal} } @queries)
		  . "\$q\$) ORDER BY 1");
	return " $kinds " =~ s/\n/, /gr;
}

my @parallel = ('max_parallel_workers_per_gather = 4', 'parallel_setup_cost = 0', 'parallel_tuple_cost = 0', 'min_parallel_table_scan_size = 0',
	'min_parallel_index_scan_size = 0');
my $regress = $major >= 16 ? 'debug_parallel_query = regress' : 'force_parallel_mode = regress';

sub same_in_all_ways
{
	my ($schema) = @_;
	my $kinds;

	same([], "$schema: as it is");
	$kinds = same(['enable_hashjoin = off'], "$schema: without hash joins");
	like($kinds, qr/Merge Join/, '... merge joins');
	$kinds = same([ 'enable_hashjoin = off', 'enable_mergejoin = off' ], "$schema: nested loops only");
	like($kinds, qr/Memoize/, '... results of the inner side remembered');
	unlike($kinds, qr/Merge Join|Hash/, '... and no other join');
	same([ 'enable_nestloop = off', 'enable_hashagg = off', 'enable_sort = off' ], "$schema: without nested loops, hashed groups, sorts");
	same([ 'enable_indexscan = off', 'enable_indexonlyscan = off', 'enable_bitmapscan = off' ], "$schema: without indexes");
	$kinds = same([ 'enable_seqscan = off', 'enable_indexscan = off' ], "$schema: bitmaps");
	like($kinds, qr/Bitmap Index Scan/, '... read');
	same([ 'enable_material = off', 'enable_memoize = off', 'enable_incremental_sort = off' ], "$schema: nothing kept");
	$kinds = same(\@parallel, "$schema: parallel");
	like($kinds, qr/Gather/, '... plans');
	same([ @parallel, 'enable_hashjoin = off', 'enable_hashagg = off' ], "$schema: parallel, merge joins, sorted groups");
	same([ $regress ], "$schema: with a Gather that is not shown");
	same([ 'geqo_threshold = 2', 'geqo_seed = 0.5' ], "$schema: by the genetic optimizer");
	same([ 'join_collapse_limit = 1', 'from_collapse_limit = 1' ], "$schema: joined in the order written");
	same([ 'jit = on', 'jit_above_cost = 0' ], "$schema: compiled");
	same([ 'random_page_cost = 1', 'work_mem = 64', 'hash_mem_multiplier = 1', 'effective_cache_size = 1' ], "$schema: little memory");
	same([ 'cursor_tuple_fraction = 0.001', 'constraint_exclusion = on' ], "$schema: other settings");
	same([ 'enable_partitionwise_join = on', 'enable_partitionwise_aggregate = on' ], "$schema: partition by partition");
	same([ @parallel, 'enable_partitionwise_join = on', 'enable_partitionwise_aggregate = on' ], "$schema: partition by partition, in parallel");
	return;
}
same_in_all_ways('plain tables');

# Generic plans must be those of prepared statements; this is how 15 shows them. Then check that the
# comparison can fail.
my $sql = "SET plan_cache_mode = force_generic_plan;\n";
my $i = 0;
foreach (@queries)
{
	$i++;
	$sql .= "PREPARE q$i AS $_->{generic};\n";
	$sql .= "SELECT d FROM perfkit_compare.differences(\$q\$$_->{generic}\$q\$, \$q\$EXECUTE q$i" . ($_->{values} && " ($_->{values})") . "\$q\$, true) d;\n";
}
is($node->safe_psql('postgres', $sql), '', 'generic plans as those of prepared statements');
isnt($node->safe_psql('postgres', $sql =~ s/force_generic_plan/force_custom_plan/r), '', '... which are told from custom plans');
isnt($node->safe_psql('postgres', "SELECT d FROM perfkit_compare.differences(\$q\$$queries[3]{literal}\$q\$, \$q\$$queries[4]{literal}\$q\$) d"),
	'', 'another query is told apart');

# Counts of a plan that was run.
is( $node->safe_psql('postgres', join('', map { "SELECT d FROM perfkit_compare.work_differences(\$q\$$_->{literal}\$q\$) d;\n" } @queries)),
	'', 'rows and loops as in EXPLAIN ANALYZE');

# Partitioned by the year of shipping and by key, with the same rows, keys and indexes.
$node->safe_psql('postgres', <<'SQL');
ALTER TABLE lineitem RENAME TO lineitem_plain;
CREATE TABLE lineitem (LIKE lineitem_plain) PARTITION BY RANGE (l_shipdate);
SELECT format('CREATE TABLE lineitem_%s PARTITION OF lineitem FOR VALUES FROM (%L) TO (%L)', y, y || '-01-01', y + 1 || '-01-01')
FROM generate_series(1992, 1997) y
\gexec
CREATE TABLE lineitem_rest PARTITION OF lineitem DEFAULT PARTITION BY HASH (l_orderkey);
CREATE TABLE lineitem_rest_0 PARTITION OF lineitem_rest FOR VALUES WITH (MODULUS 2, REMAINDER 0);
CREATE TABLE lineitem_rest_1 PARTITION OF lineitem_rest FOR VALUES WITH (MODULUS 2, REMAINDER 1);
INSERT INTO lineitem SELECT * FROM lineitem_plain;
CREATE INDEX ON lineitem (l_orderkey, l_linenumber);
CREATE INDEX ON lineitem (l_partkey, l_suppkey);
CREATE INDEX ON lineitem (l_shipdate);
ALTER TABLE orders RENAME TO orders_plain;
CREATE TABLE orders (LIKE orders_plain) PARTITION BY HASH (o_orderkey);
CREATE TABLE orders_0 PARTITION OF orders FOR VALUES WITH (MODULUS 3, REMAINDER 0);
CREATE TABLE orders_1 PARTITION OF orders FOR VALUES WITH (MODULUS 3, REMAINDER 1);
CREATE TABLE orders_2 PARTITION OF orders FOR VALUES WITH (MODULUS 3, REMAINDER 2);
INSERT INTO orders SELECT * FROM orders_plain;
ALTER TABLE orders ADD PRIMARY KEY (o_orderkey);
CREATE INDEX ON orders (o_custkey);
CREATE INDEX ON orders (o_orderdate);
ANALYZE lineitem, orders;
SQL
same_in_all_ways('partitions');

$node->stop;
done_testing();
