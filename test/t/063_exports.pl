# The export of a run: its JSON Schema describes what perfkit writes, and a run and its baseline
# survive pg_dump; an export is of a size for a repository.
use strict;
use warnings;

use FindBin;
use lib "$FindBin::RealBin/lib";
use JSON::PP ();
use PerfkitCluster;
use PostgreSQL::Test::Utils;
use Test::More;

my $node = PerfkitCluster->new('main');
my $dir = PostgreSQL::Test::Utils::tempdir();
my $schema_file = 'bench/formats/run.schema.json';
my $schema = JSON::PP::decode_json(slurp_file($schema_file));

# 60 seconds and three scenarios, with a rate.
my $run_id = $node->safe_psql('postgres', <<'SQL');
CREATE TEMP TABLE log AS SELECT i % 8 AS client, i AS transaction_no, CASE i % 999 WHEN 0 THEN 'skipped' ELSE (900 + i * 7919 % 20000)::text END AS latency,
	i % 3 AS script, 1700000000 + i / 1000 AS epoch, i % 1000 AS microseconds, i % 70 AS schedule_lag, i % 2 AS retries FROM generate_series(0, 59999) i;
INSERT INTO perfkit_runs (workload, label, duration, clients, data_rows, scenarios, budgets, pgbench, index_checks, observed, work, notifications, warmup)
VALUES ('exported', 'label', '60 s', 8, 10, '{a,b,c}', '[{"metric": "p95_ms", "limit_value": 20.5}]',
	'{"stages": [{"clients": 8, "seconds": 60, "transactions": 59939, "tps": 998.9, "rate": 1000}]}', '[]', '{}', '{}', '{}',
	'[{"stage": 1, "began": 1700000000, "until": 1700000005, "seconds": 4.9}]') RETURNING run_id
\gset
SELECT perfkit_load_log(:run_id, 'log') AS lines
\gset
INSERT INTO perfkit_run_invariants VALUES (:run_id, 'holds', true, NULL);
SELECT perfkit_set_baseline(ARRAY[:run_id]::bigint[], 'kept');
SELECT :run_id;
SQL
$run_id =~ s/\s//g;
my $text = $node->safe_psql('postgres', "SELECT perfkit_export_run($run_id)");
append_to_file("$dir/run.json", $text);
cmp_ok(length $text, '<', 1_500_000, '60,000 transactions with lags take less than 1.5 MB');

# The schema has what there is.
is(join(' ', sort keys %{ $schema->{properties}{run}{properties} }),
	$node->safe_psql('postgres', q{SELECT string_agg(attname, ' ' ORDER BY attname COLLATE "C") FROM pg_attribute
		WHERE attrelid = 'perfkit_runs'::regclass AND attnum > 0 AND NOT attisdropped AND attname NOT IN ('run_id', 'budgets')}),
	"it has each column of perfkit_runs; a new one must be added to $schema_file");
my %unseen = map { $_ => 1 } keys %{ $schema->{properties}{seconds}{items}{properties} };
my $document = JSON::PP::decode_json($text);
is_deeply([ sort keys %{ $document->{run} } ], [ sort keys %{ $schema->{properties}{run}{properties} } ], 'so has the run');
foreach my $second (@{ $document->{seconds} }) { delete @unseen{ keys %$second }; }
is(join(' ', sort keys %unseen), '', 'and the seconds');

# conforms(VALUE, SCHEMA, PLACE): what does not, as far as the keywords that this schema uses go.
sub conforms
{
	my ($value, $part, $place) = @_;
	my @faults;
	if (my $ref = $part->{'$ref'}) { return conforms($value, $schema->{'$defs'}{ $ref =~ s{.*/}{}r }, $place); }
	my %known = map { $_ => 1 } qw($schema $defs title description format type required additionalProperties properties items const minimum maximum pattern
	  minItems not);
	push @faults, "$place: unknown keyword $_" foreach grep { !$known{$_} } keys %$part;
	my $type = ref $value eq 'HASH' ? 'object' : ref $value eq 'ARRAY' ? 'array' : JSON::PP::is_bool($value) ? 'boolean' : !defined $value ? 'null'
	  : $value =~ /^-?\d+\z/ ? 'integer' : $value =~ /^-?[\d.]+(?:e[-+]?\d+)?\z/ ? 'number' : 'string';
	my @types = ref $part->{type} ? @{ $part->{type} } : $part->{type} // ();
	push @faults, "$place is of type $type" if @types && !grep { $_ eq $type || $_ eq 'number' && $type eq 'integer' || $_ eq 'string' && !ref $value && defined $value } @types;
	push @faults, "$place is $value" if exists $part->{const} && $value ne $part->{const};
	push @faults, "$place is $value" if defined $part->{minimum} && $value < $part->{minimum} || defined $part->{maximum} && $value > $part->{maximum};
	push @faults, "$place does not match" if defined $part->{pattern} && $value !~ /$part->{pattern}/;
	push @faults, "$place is too short" if $part->{minItems} && @$value < $part->{minItems};
	push @faults, "$place is what it may not be" if $part->{not} && !conforms($value, $part->{not}, $place);
	if ($type eq 'object')
	{
		push @faults, "$place.$_ is missing" foreach grep { !exists $value->{$_} } @{ $part->{required} // [] };
		foreach my $name (sort keys %$value)
		{
			my $member = ($part->{properties} // {})->{$name};
			push @faults, $member ? conforms($value->{$name}, $member, "$place.$name") : $part->{properties} ? "$place.$name is unknown" : ();
		}
	}
	if ($type eq 'array' && $part->{items}) { push @faults, map { conforms($value->[$_], $part->{items}, "$place\[$_]") } 0 .. $#$value; }
	return @faults;
}
is(join("\n", conforms($document, $schema, '')), '', 'the export conforms to it');
foreach my $wrong ([ [ 'seconds', 0, 'failed' ], -1 ], [ [ 'seconds', 0, 'latencies' ], '{1:' ], [ [ 'run', 'colour' ], 'red' ], [ ['version'], 2 ], [ [ 'run', 'scenarios', 0 ], 'all' ])
{
	my $copy = JSON::PP::decode_json($text);
	# a run that is there already would not be looked at
	$copy->{run}{clients} = 77;
	my ($path, $value) = @$wrong;
	my $at = $copy;
	$at = ref $at eq 'HASH' ? $at->{$_} : $at->[$_] foreach @$path[ 0 .. $#$path - 1 ];
	if (ref $at eq 'HASH') { $at->{ $path->[-1] } = $value; }
	else { $at->[ $path->[-1] ] = $value; }
	isnt(join("\n", conforms($copy, $schema, '')), '', join('.', @$path) . " = $value does not");
	my ($status, undef, $err) = $node->psql('postgres', 'SELECT perfkit_import_run($$' . JSON::PP->new->canonical->encode($copy) . '$$)');
	isnt($status, 0, '... and is not imported');
}
SKIP:
{
	skip 'python3-jsonschema is not installed', 1 if system('python3 -c "import jsonschema" 2>/dev/null') != 0;
	my $said = `python3 -c 'import json, sys, jsonschema; jsonschema.Draft202012Validator.check_schema(json.load(open(sys.argv[1]))); jsonschema.Draft202012Validator(json.load(open(sys.argv[1]))).validate(json.load(open(sys.argv[2])))' $schema_file $dir/run.json 2>&1`;
	is($said, '', 'a validator agrees');
}

# Dump and restore.
$node->command_ok([ 'pg_dump', '--file', "$dir/dump", $node->connstr('postgres') ], 'pg_dump');
$node->safe_psql('postgres', 'CREATE DATABASE restored TEMPLATE template0');
$node->command_ok([ 'psql', '-X', '-q', '-v', 'ON_ERROR_STOP=1', '-f', "$dir/dump", $node->connstr('restored') ], 'restore');
is($node->safe_psql('restored', 'TABLE perfkit_baselines'), $node->safe_psql('postgres', 'TABLE perfkit_baselines'), 'baselines are the same');
is($node->safe_psql('restored', "SELECT perfkit_baseline_runs('exported', 'kept')"), "{$run_id}", '... and usable');
is($node->safe_psql('restored', "SELECT perfkit_export_run($run_id)"), $text, 'so is the export');

# Those who may store runs may import them; others may not.
$node->safe_psql('postgres', <<'SQL');
CREATE ROLE tester LOGIN; CREATE ROLE stranger LOGIN;
GRANT SELECT, INSERT ON perfkit_runs, perfkit_run_seconds, perfkit_run_transactions, perfkit_run_invariants TO tester;
GRANT SELECT, INSERT, DELETE ON perfkit_baselines TO tester;
SQL
my $as = sub { my ($role, $sql) = @_; my ($status, $out, $err) = $node->psql('postgres', "SET ROLE $role; $sql"); return $status == 0 ? $out : $err; };
$document->{run}{label} = 'another';
$document->{run}{clients} = 9;
my $other = JSON::PP->new->canonical->encode($document) =~ s/'/''/gr;
like($as->('stranger', "SELECT perfkit_import_run('$other')"), qr/permission denied for table perfkit_runs/, 'without privileges, a run is not imported');
my $new = $as->('tester', "SELECT perfkit_import_run('$other')");
like($new, qr/^\d+$/, 'with them it is');
is($as->('tester', "SELECT perfkit_set_baseline('{$new}', 'own'); SELECT perfkit_forget_baseline('own')") =~ s/\s//gr, '1', 'and can be a baseline');
like($as->('stranger', "SELECT perfkit_baseline_runs('exported', 'kept')"), qr/permission denied/, 'which not everyone sees');

$node->stop;
done_testing();
