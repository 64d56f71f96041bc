# Perfkit::Scale: perfkit scale: the same operations at each size of the data, and how what they
# cost grows with it.
#
# Each size has tables of its own, in a schema of its own. There perfkit run seeds them and runs
# every scenario by itself, with one client unless told otherwise: what grows is then the
# operation, not a queue. What was measured is kept in the output directory, scenario by scenario,
# and not measured again: so a run that was stopped goes on where it was, and a larger size can be
# added later, as long as the folder, the budgets and the server are the same.
#
# Growth is the exponent b of cost = a * size^b, the slope of the least-squares line through the
# logarithms: 0 for what does not depend on the size, 1 for what reads everything. A B-tree's few
# levels show as a few hundredths.
package Perfkit::Scale;

use strict;
use warnings;

use File::Path ();

use Perfkit::Conninfo;
use Perfkit::Connection;
use Perfkit::Failure;
use Perfkit::Home;
use Perfkit::Json;
use Perfkit::Options;
use Perfkit::Process;
use Perfkit::Run;
use Perfkit::Workload;

# of a measurement, as a line of scale.tsv has them
my @columns = qw(size scenario transactions avg_ms p50_ms p95_ms p99_ms buffers buffers_read wal_bytes limit verdict);

my @options = (
	['Options'],
	[ 'dsn', 'CONNINFO', "use this server (default: the one PGHOST or PGDATABASE name, else a\nprivate one)" ],
	[ 'throwaway', undef, "a private server, whatever the environment says; it is gone afterwards" ],
	[ 'keep', undef, "on a given server, keep the tables of each size (schemas\nperfkit_scale_WORKLOAD_SIZE)" ],
	[ 'scenario', 'NAME...', "only this scenario; may be given several times (those that perfkit\nrun runs by default)" ],
	[ 'duration', 'TIME', 'for each scenario at each size: 30, 30s, 2m (10s)',
		sub { Perfkit::Options::some_duration(@_); $_[1] } ],
	[ 'clients', 'N', '(1)', Perfkit::Options::whole(1, 100000) ],
	[ 'output', 'DIR', 'where results are, and are looked for' ],
	[ 'again', undef, 'measure everything again' ],
	[ 'help', undef, 'this text' ]);

sub usage
{
	my ($program) = @_;
	return <<"TEXT" . Perfkit::Options::help(\@options);
usage: $program WORKLOAD SIZE... [options]

Runs each scenario of the workload by itself at each size (a number of rows such as 50000, 100K, 1M, 10M)
and prints its p95 and buffers against the size, the exponent with which they grow, and every plan that
is not the same at all sizes. Stopped and started again, it goes on where it was. Budgets are those of
the scenario and of all together; min_tps is not judged, since it is meant for a load with more clients.
Exit status: 0 PASS, 1 FAIL (a budget is broken, a plan changed, an index check or an invariant failed),
2 could not run, 3 INCONCLUSIVE (too few transactions to tell).
TEXT
}

sub main
{
	my ($program, @arguments) = @_;
	my ($opt, $name, @sizes) = Perfkit::Options::parse($program, \@options, @arguments);

	if ($opt->{help}) { print usage($program); return 0; }
	if (!defined $name || !@sizes) { print STDERR usage($program); return 2; }
	my $workload = Perfkit::Workload->find($name);
	my %sizes = map { rows($_) => 1 } @sizes;
	my $self = bless { program => $program, name => $name, workload => $workload, opt => $opt,
		sizes => [ sort { $a <=> $b } keys %sizes ], duration => $opt->{duration} // '10s',
		clients => $opt->{clients} // 1 }, __PACKAGE__;

	$self->{scenarios} = [ map { $_->{name} } $workload->choose(@{ $opt->{scenario} // [] }) ];
	cannot('--dsn and --throwaway exclude each other') if defined $opt->{dsn} && $opt->{throwaway};
	$self->open_output;
	$self->measure_size($_) foreach @{ $self->{sizes} };
	return $self->report;
}

# rows(SIZE): 100K, 1M and 1G in plain digits.
sub rows
{
	my ($size) = @_;
	my ($number, $unit) = $size =~ /^([1-9][0-9]{0,11})([KMG]?)$/i
	  or cannot("a size is a number of rows such as 50000, 100K or 10M, not \"$size\"");
	return $number * { '' => 1, K => 1e3, M => 1e6, G => 1e9 }->{ uc $unit };
}

# Results of other conditions are not mixed: neither those of another load, nor those of other
# scripts or budgets, nor those of another server.
sub open_output
{
	my ($self) = @_;
	my $dir = $self->{output} = $self->{opt}{output}
	  // Perfkit::Home::results_dir() . "/scale-$self->{workload}{name}";
	my $conditions = "workload $self->{workload}{name}, $self->{clients} clients, $self->{duration} for each scenario";

	$conditions .= ', ' . $self->server_identity . ', files ' . $self->{workload}->digest;
	File::Path::make_path($dir, { error => \my $errors });
	cannot("the directory $dir cannot be made or written to; give another one with --output")
	  unless -d $dir && -w _;
	File::Path::remove_tree(glob(Perfkit::Home::quoted_glob($dir) . '/[0-9]*'), "$dir/conditions") if $self->{opt}{again};
	my $before = read_file("$dir/conditions");
	cannot("$dir has results of other conditions: $before",
		'give another directory with --output, or --again to measure everything again')
	  if defined $before && $before ne "$conditions\n";
	$self->write_file("$dir/conditions", "$conditions\n");
	return;
}

sub private
{
	my ($self) = @_;
	return $self->{opt}{throwaway} || !defined $self->{opt}{dsn} && !grep { length($ENV{$_} // '') } qw(PGHOST PGDATABASE);
}

# server_identity(): what tells this server and its budgets from others, in words. A private server
# is new each time, and is not started unless there is something to measure: its version and
# perfkit's say all of it.
sub server_identity
{
	my ($self) = @_;

	if ($self->private)
	{
		my ($status, $version) = Perfkit::Process::output([ Perfkit::Home::bindir() . '/postgres', '--version' ]);
		chomp $version;
		return "a private server, $version, perfkit " . Perfkit::Home::version();
	}
	$self->connect;
	my ($own, $facts) = @{ $self->{connection} }{qw(own facts)};
	$own->set(workload => $self->{workload}{name});
	# The role may lack the right to see the system identifier.
	my ($budgets, $system) = split(/\n/, $own->task(<<'SQL', 'the budgets could not be read; see the message above'));
SELECT encode(sha256(convert_to(coalesce(string_agg(line, E'\n' ORDER BY line COLLATE "C"), ''), 'UTF8')), 'hex')
FROM (SELECT b::text FROM :perfkit.perfkit_budgets b WHERE b.workload = :'workload'
      UNION ALL
      SELECT c::text FROM :perfkit.perfkit_index_checks c WHERE c.workload = :'workload') AS row (line);
SELECT has_function_privilege('pg_catalog.pg_control_system()', 'EXECUTE') AS identified
\gset
\if :identified
SELECT system_identifier FROM pg_control_system();
\endif
SQL
	return "PostgreSQL $facts->{version}, database $facts->{database}"
	  . (defined $system ? " of system $system" : '') . ", budgets and checks $budgets";
}

sub read_file
{
	my ($path) = @_;
	open(my $file, '<', $path) or return undef;
	local $/;
	return scalar <$file>;
}

sub write_file { return Perfkit::Run::write_file(@_); }

# measure_size(SIZE): the scenarios that are still to be measured there.
sub measure_size
{
	my ($self, $size) = @_;
	my $dir = "$self->{output}/$size";
	my @left = grep { !-e "$dir/$_.tsv" } @{ $self->{scenarios} };

	if (!@left) { print "$size rows: measured already\n"; return; }
	$self->connect unless $self->{connection};
	print "$size rows: " . @left . " scenarios\n";
	File::Path::make_path($dir);
	my $own = $self->{connection}{own};
	my $schema = "perfkit_scale_$self->{workload}{name}_$size";
	$own->set(new_schema => $schema);
	$own->task("CREATE SCHEMA IF NOT EXISTS :\"new_schema\";", 'no schema could be made; see the message above');
	$self->measure($size, $schema, $_, $_ eq $left[0], $_ eq $left[-1]) foreach @left;
	$own->task("DROP SCHEMA :\"new_schema\" CASCADE;") unless $self->{opt}{keep};
	return;
}

# The server, with perfkit, in the schema where it is or belongs.
sub connect
{
	my ($self) = @_;

	if ($self->private)
	{
		my $like = Perfkit::Run::prepare_run($self->{program}, $self->{name}, '--throwaway', '--pool', 0, '--clients', $self->{clients});
		print "starting a private server\n";
		$like->{quiet} = 1;
		$like->start_server;
	}
	my $connection = Perfkit::Connection->new($self->{opt}{dsn});
	$connection->open;
	cannot("perfkit scale sets a search path for each size, which $connection->{pooler} does not allow;"
		  . ' connect to the server itself')
	  if $connection->{pooler};
	$connection->create_extension;
	$self->{connection} = $connection;
	return;
}

# measure(SIZE, SCHEMA, SCENARIO, FIRST, LAST): one run, and what of it is compared.
sub measure
{
	my ($self, $size, $schema, $scenario, $first, $last) = @_;
	my $dir = "$self->{output}/$size";
	my $path = join(', ', grep { length } Perfkit::Conninfo::identifier($schema), $self->{connection}{facts}{path});
	my ($dsn, $env) = $self->{connection}->arguments('-c search_path=' . Perfkit::Conninfo::option_value($path));
	local %ENV = (%ENV, %$env);
	my @arguments = ('--rows', $size, $first ? () : '--no-seed', '--rate', 'none', '--clients', $self->{clients},
		'--pool', 0, '--jobs', $self->{clients}, '--duration', $self->{duration}, '--scenario', $scenario,
		'--label', "$self->{program} $size", '--output', "$dir/$scenario", $dsn eq '' ? () : ('--dsn', $dsn),
		# what concerns all of the data is looked at once
		$last ? () : '--no-checks', '--quiet');
	my $plans;

	my $run = Perfkit::Run::prepare_run($self->{program}, $self->{name}, @arguments);
	$run->{silent} = 1;
	$run->run(sub { $plans = plans($_[0]) });
	my $row = row(Perfkit::Json::decode(read_file("$dir/$scenario/run.json")), $size, $scenario);
	rename("$dir/$scenario/run.json", "$dir/$scenario.json");
	File::Path::remove_tree("$dir/$scenario");
	$self->write_file("$dir/$scenario.plans", join('', map { "$_\n" } @$plans));
	$self->write_file("$dir/$scenario.tsv", join("\t", map { $row->{$_} // '' } @columns) . "\n");
	printf "  %s: %d transactions, p95 %.2f ms, %.1f buffers\n", $scenario, @$row{qw(transactions p95_ms buffers)};
	return;
}

# plans(RUN): the shapes of the plans of what its script sends, for five sets of parameters; sorted.
sub plans
{
	my ($run) = @_;
	my $statements = $run->{load}->statements($run->{scenarios}[0], 5)
	  // cannot("its script fails:", $run->{load}{last_words});
	$run->{own}->set(statements => Perfkit::Json::encode($statements));
	my $shapes = $run->{own}->task(Perfkit::Session::include(Perfkit::Home::sql('shapes')));
	return Perfkit::Json::decode($shapes)->{plans};
}

# row(RUN.JSON, SIZE, SCENARIO): what is compared of a run. What has no budget counts as kept. In a
# run of one scenario, "all" is that scenario. min_tps is a property of the load, not of the
# operation: one client without a rate cannot reach what was meant for a mix of many.
sub row
{
	my ($run, $size, $scenario) = @_;
	my ($summary) = grep { $_->{scenario} eq $scenario } @{ $run->{summary} };
	my @budgets = grep { !defined $_->{stage} && $_->{metric} ne 'min_tps' }
	  map { my $of = $_; grep { $_->{scenario} eq $of } @{ $run->{verdicts} } } $scenario, 'all';
	my ($limit) = map { $_->{limit_value} } grep { $_->{metric} eq 'p95_ms' } @budgets;
	my %verdict = map { $_->{verdict} => 1 } @budgets;
	my $observed = $run->{observed};

	$verdict{FAIL} = 1 if grep { !$_->{ok} } @{ $run->{invariants} };
	$verdict{FAIL} = 1 if grep { $_->{verdict} eq 'FAIL' } @{ $run->{index_checks} };
	return {
		(map { $_ => $summary->{$_} } qw(transactions avg_ms p50_ms p95_ms p99_ms)),
		size => $size, scenario => $scenario, limit => $limit,
		buffers => ($observed->{buffers}{hit_per_transaction} // 0) + ($observed->{buffers}{read_per_transaction} // 0),
		buffers_read => $observed->{buffers}{read_per_transaction},
		wal_bytes => $observed->{wal}{bytes_per_transaction},
		verdict => (grep { $verdict{$_} } qw(FAIL INCONCLUSIVE))[0] // 'PASS' };
}

# report(): the table, the plans that changed, and the verdict.
sub report
{
	my ($self) = @_;
	my %row;
	my $tsv = '';

	foreach my $size (@{ $self->{sizes} })
	{
		foreach my $scenario (@{ $self->{scenarios} })
		{
			my $line = read_file("$self->{output}/$size/$scenario.tsv");
			$tsv .= $line;
			chomp $line;
			@{ $row{$scenario}{$size} }{@columns} = split(/\t/, $line, -1);
		}
	}
	$self->write_file("$self->{output}/scale.tsv", $tsv);
	print "\n", $self->table(\%row);
	my $changed = $self->changed_plans;
	my @rows = map { my $scenario = $_; map { $row{$scenario}{$_} } @{ $self->{sizes} } } @{ $self->{scenarios} };
	my $status = verdict($changed, sort { $a->{size} <=> $b->{size} } @rows);
	print "results: $self->{output}/scale.tsv\n";
	return $status;
}

sub table
{
	my ($self, $row) = @_;
	my @sizes = @{ $self->{sizes} };
	my ($widest) = sort { $b <=> $a } 8, map { length } @{ $self->{scenarios} };
	my @head = (sprintf("%-${widest}s", 'scenario'), (map { sprintf('%11s', 'p95 ' . short($_)) } @sizes),
		sprintf('%6s', 'growth'), (map { sprintf('%12s', 'buffers ' . short($_)) } @sizes),
		sprintf('%6s', 'growth'), sprintf('%6s', 'budget'), 'verdict');
	my $text = join(' | ', @head) . "\n" . join('-+-', map { '-' x length } @head) . "\n";

	foreach my $scenario (@{ $self->{scenarios} })
	{
		my @of = map { $row->{$scenario}{$_} } @sizes;
		my ($limit) = grep { $_ ne '' } map { $_->{limit} } reverse @of;
		my %verdict = map { $_->{verdict} => 1 } @of;
		$text .= join(' | ', sprintf("%-${widest}s", $scenario), (map { sprintf('%11.3f', $_->{p95_ms} || 0) } @of),
			sprintf('%6s', exponent('p95_ms', @of)), (map { sprintf('%12.1f', $_->{buffers} || 0) } @of),
			sprintf('%6s', exponent('buffers', @of)), sprintf('%6s', $limit // ''),
			(grep { $verdict{$_} } qw(FAIL INCONCLUSIVE))[0] // 'PASS') . "\n";
	}
	return $text;
}

sub short
{
	my ($rows) = @_;
	foreach my $unit ([ 1e9, 'G' ], [ 1e6, 'M' ], [ 1e3, 'K' ])
	{
		return $rows / $unit->[0] . $unit->[1] if $rows >= $unit->[0] && $rows % $unit->[0] == 0;
	}
	return $rows;
}

# exponent(COLUMN, ROW...): it takes two sizes.
sub exponent
{
	my ($column, @rows) = @_;
	my ($n, $sx, $sy, $sxx, $sxy) = (0, 0, 0, 0, 0);

	foreach my $row (grep { ($_->{$column} || 0) > 0 } @rows)
	{
		my ($x, $y) = (log($row->{size}), log($row->{$column}));
		$n++; $sx += $x; $sy += $y; $sxx += $x * $x; $sxy += $x * $y;
	}
	return '-' if $n < 2;
	return sprintf('%+.2f', ($n * $sxy - $sx * $sy) / ($n * $sxx - $sx * $sx));
}

# changed_plans(): prints those that are not the same from one size to the next, and counts them.
sub changed_plans
{
	my ($self) = @_;
	my $changed = 0;

	foreach my $scenario (@{ $self->{scenarios} })
	{
		my ($before, $plans_before);
		foreach my $size (@{ $self->{sizes} })
		{
			my $plans = read_file("$self->{output}/$size/$scenario.plans") // '';
			if (defined $before && $plans ne $plans_before)
			{
				$changed++;
				printf "\nplan of %s at %s rows:\n%sand at %s rows:\n%s", $scenario, $before,
				  $plans_before =~ s/^/    /mgr, $size, $plans =~ s/^/    /mgr;
			}
			($before, $plans_before) = ($size, $plans);
		}
	}
	return $changed;
}

# verdict(CHANGED, ROW...): prints it; the exit status.
sub verdict
{
	my ($changed, @rows) = @_;
	my @broken = map { "$_->{scenario} at $_->{size}" } grep { $_->{verdict} eq 'FAIL' } @rows;
	my $unknown = grep { $_->{verdict} eq 'INCONCLUSIVE' } @rows;

	if (@broken || $changed)
	{
		print "\nFAIL: ", join('; ', @broken ? 'not within bounds: ' . join(', ', @broken) : (),
			$changed ? "$changed plans changed with the size" : ()), "\n";
		return 1;
	}
	if ($unknown)
	{
		print "\nINCONCLUSIVE: $unknown of " . @rows . " cannot be told; give a longer --duration\n";
		return 3;
	}
	print "\nPASS: " . @rows . " within bounds, and no plan changed with the size\n";
	return 0;
}

1;
