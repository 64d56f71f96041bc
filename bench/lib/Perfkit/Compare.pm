# Perfkit::Compare: perfkit compare: is one side slower than the other, or is it noise?
#
# A side is a database, or a private server with settings of its own, or the same one with other
# settings or scripts. Both are seeded and loaded once to warm up; there the plans and the blocks
# of their statements are looked at, too. Then they are run in pairs, as perfkit run would.
#
# Which side of a pair is first is drawn for each pair. In a fixed order such as A B B A, what the
# machine does from one run to the next can look like a difference; after a coin it cannot, and the
# test of perfkit_compare_results() is exact (test/perf/README.md has the numbers).
#
# The runs stay where they were made. What is compared of them is a few kilobytes each, in run.json,
# which Perfkit::Judge brings to one database.
package Perfkit::Compare;

use strict;
use warnings;

use File::Path ();
use POSIX ();
use Time::HiRes qw(time);

use Perfkit::Comparison;
use Perfkit::Connection;
use Perfkit::Conninfo;
use Perfkit::Failure;
use Perfkit::Format;
use Perfkit::Home;
use Perfkit::Json;
use Perfkit::Judge;
use Perfkit::Options;
use Perfkit::Process;
use Perfkit::Run;
use Perfkit::Server;
use Perfkit::Session;

# What perfkit_compare_results() reads.
my @compared = qw(run_id workload started_at rows environment pgbench observed work summary);

# Handed to perfkit run as they are.
my @of_run = qw(rows clients scenario rate warmup ramp protocol pool jobs max-tries);
my %run_option = map { $_->[0] => $_ } grep { @$_ > 1 } @Perfkit::Run::options;

my @options = (
	['What is compared'],
	[ 'workload', 'NAME|DIR', "the load: a workload that ships, or your folder" ],
	[ 'workload-b', 'DIR', "another folder of the same name for side B: its scripts are compared" ],
	[ 'set-a', 'NAME=VALUE...', "a setting of side A; may be given several times. On a given server\nit is the sessions', on a private one the server's", \&setting ],
	[ 'set-b', 'NAME=VALUE...', 'the same for side B', \&setting ],
	[ 'settings-a', 'FILE', 'settings of side A, as lines of postgresql.conf (private servers only)' ],
	[ 'settings-b', 'FILE', 'the same for side B' ],
	[ 'sql-a', 'FILE', "SQL that is run in side A's database before it is warmed up, such as\nCREATE INDEX; the sides must be two databases" ],
	[ 'sql-b', 'FILE', 'the same for side B' ],
	[ 'self-check', undef, "compare side A with itself, several times, and count false alarms" ],
	[ 'comparisons', 'N', 'with --self-check: how many times (10)', Perfkit::Options::whole(1, 1000) ],
	['How'],
	[ 'pairs', 'N', 'pairs of runs, at least 6 (8)', Perfkit::Options::whole(6, 100) ],
	[ 'duration', 'TIME', 'of each run: 30, 30s, 2m (10s)', sub { Perfkit::Options::some_duration(@_); $_[1] } ],
	[ 'margin', 'F', 'the largest change that does not matter; 0.05 is 5 % (0.05)', \&Perfkit::Options::positive ],
	[ 'no-seed', undef, 'take the tables as they are' ],
	(map { $run_option{$_} } @of_run),
	['Results'],
	[ 'output', 'DIR', 'where to put compare.json and the run.json of every run' ],
	[ 'format', 'F', "what to print: text, or for other programs junit, tap, github, markdown\nor json (then all else goes to standard error)",
		Perfkit::Options::one_of('text', Perfkit::Format::names()) ],
	[ 'label', 'TEXT', 'stored with the runs, to find them by' ],
	[ 'quiet', undef, 'print the verdict alone' ],
	[ 'help', undef, 'this text' ]);

sub usage
{
	my ($program) = @_;
	return <<"TEXT" . Perfkit::Options::help(\@options);
usage: $program DSN_A DSN_B --workload NAME|DIR [options]
       $program [DSN] --workload NAME|DIR --set-b NAME=VALUE... [options]
       $program --workload NAME|DIR --sql-b FILE [options]
       $program [DSN] --workload NAME|DIR --self-check [options]

Runs the load on both sides in pairs, in an order that is drawn, and says for each scenario and metric
whether side B is worse. Without a DSN, each side is a private server, gone afterwards. Neither indexes
nor invariants are checked, and budgets do not count.
Exit status: 0 nothing is worse, 1 WORSE, 2 could not run, 3 INCONCLUSIVE (more pairs are needed).
With --self-check: 1 if false alarms are more frequent than 5 %, beyond doubt.
TEXT
}

sub setting
{
	my ($option, $text) = @_;
	cannot("$option takes NAME=VALUE, such as work_mem=64MB, not \"$text\"")
	  unless $text =~ /^[A-Za-z_][A-Za-z0-9_.]*=[^\n\r\0]*\z/;
	return $text;
}

sub main
{
	my ($program, @arguments) = @_;
	my ($opt, @dsns) = Perfkit::Options::parse($program, \@options, @arguments);

	if ($opt->{help}) { print usage($program); return 0; }
	my $shown = defined $opt->{workload} ? $opt->{workload} =~ s{/+\z}{}r =~ s{.*/}{}r : 'comparison';
	# What is wrong with the options is to be read in the format, too.
	return Perfkit::Run::formatted($opt->{format}, $shown, sub { outcome($program, $opt, @dsns) })->{exit_status};
}

sub outcome
{
	my ($program, $opt, @dsns) = @_;

	cannot("at most two connection strings, and \"$dsns[2]\" is one more; options begin with --") if @dsns > 2;
	cannot("--workload is missing; see $program --help") unless defined $opt->{workload};
	my $self = bless { program => $program, opt => $opt, pairs => $opt->{pairs} // 8, private => !@dsns,
		margin => $opt->{margin} // 0.05, seed => 1 + int(rand(900_000_000)), quiet => $opt->{quiet} }, __PACKAGE__;
	$self->check_sides(@dsns);
	# Before anything is started, so that a wrong option costs no time.
	$self->open_output;
	$self->check_loads(map { $self->prepare($_, 'check', '--no-seed', '--dsn', 'none') } $self->sides);
	$self->start_servers if $self->{private};
	$self->check_servers;
	$self->{judge} = Perfkit::Judge->new($self->sides);
	return $opt->{'self-check'} ? $self->self_check : $self->compare;
}

# check_sides(DSN...): there must be something to compare.
sub check_sides
{
	my ($self, @dsns) = @_;
	my $opt = $self->{opt};
	my @differ = grep { defined $opt->{$_} } qw(set-a set-b settings-a settings-b workload-b sql-a sql-b);

	if ($opt->{'self-check'})
	{
		cannot('--self-check compares side A with itself; give one connection string') if @dsns > 1;
		my ($other) = grep { /b$/ } @differ;
		cannot("--self-check compares side A with itself, without --$other") if $other;
	}
	elsif (@dsns < 2 && !@differ)
	{
		cannot("both sides would be the same; give two connection strings, --set-b, --settings-b, --workload-b or --sql-b,"
			  . ' or --self-check');
	}
	cannot('--pool both compares by itself; give perfkit compare a number') if ($opt->{pool} // '') eq 'both';
	cannot('--comparisons goes with --self-check') if $opt->{comparisons} && !$opt->{'self-check'};
	foreach my $side (qw(a b))
	{
		my $path = $opt->{"sql-$side"} // next;
		cannot("--sql-$side changes a database, and the sides are one; give two connection strings, or none for private servers")
		  if @dsns == 1;
		cannot("--sql-$side $path cannot be read: " . (-d $path ? 'it is a directory' : $!)) unless -r $path && !-d _;
	}
	foreach my $side (qw(a b))
	{
		my $path = $opt->{"settings-$side"} // next;
		cannot("--settings-$side works with private servers; on a given server, use --set-$side") if @dsns;
		open(my $file, '<', $path) or cannot("--settings-$side $path cannot be read: $!");
		$self->{"lines_$side"} = [ map { s/[\r\n]+\z//r } <$file> ];
	}
	@dsns = @dsns[ 0, 0 ] if @dsns == 1;
	$self->{side} = {
		A => { name => 'A', workload => $opt->{workload}, set => $opt->{'set-a'} // [], sql => $opt->{'sql-a'} },
		B => { name => 'B', workload => $opt->{'workload-b'} // $opt->{workload}, set => $opt->{'set-b'} // [],
			sql => $opt->{'sql-b'} } };
	return unless @dsns;
	$self->{side}{$_}{dsn} = with_settings($_ eq 'A' ? $dsns[0] : $dsns[1], @{ $self->{side}{$_}{set} }) foreach qw(A B);
	return;
}

# check_loads(RUN...): what perfkit_compare_results() would refuse when all has been measured.
sub check_loads
{
	my ($self, $a, $b) = @_;
	my @what = (
		[ 'workloads', sub { $_[0]{workload}{name} } ],
		[ 'scenarios', sub { join(', ', sort map { $_->{name} } @{ $_[0]{scenarios} }) } ],
		[ 'loads', sub { join(' then ', map { "$_->{clients} clients for $_->{seconds} s" } @{ $_[0]{stages} })
			. (defined $_[0]{opt}{rate} ? " at $_[0]{opt}{rate} per second" : '') } ]);

	foreach my $what ($b ? @what : ())
	{
		my ($name, $of) = @$what;
		my @values = map { $of->($_) } $a, $b;
		cannot("runs of different $name cannot be compared", "side A has $values[0], side B $values[1]") if $values[0] ne $values[1];
	}
	return;
}

# with_settings(DSN, NAME=VALUE...): as startup options.
sub with_settings
{
	my ($dsn, @settings) = @_;
	return $dsn unless @settings;
	return Perfkit::Conninfo->new($dsn)->with_options(
		join(' ', map { my ($name, $value) = split(/=/, $_, 2); "-c $name=" . Perfkit::Conninfo::option_value($value) } @settings));
}

sub sides
{
	my ($self) = @_;
	return map { $self->{side}{$_} } $self->{opt}{'self-check'} ? 'A' : qw(A B);
}

sub say
{
	my ($self, @lines) = @_;
	print map { "$_\n" } @lines unless $self->{quiet};
	return;
}

sub open_output
{
	my ($self) = @_;
	my $name = $self->{opt}{workload} =~ s{/+\z}{}r =~ s{.*/}{}r;
	my $dir = $self->{output} = $self->{opt}{output}
	  // Perfkit::Home::results_dir() . "/compare-$name" . POSIX::strftime('-%Y%m%d-%H%M%S', localtime);

	File::Path::make_path($dir, { error => \my $errors });
	cannot("the directory $dir cannot be made or written to; give another one with --output")
	  unless -d $dir && -w _;
	# What is there after a comparison that breaks off must not be the last one's. Folders of these
	# names are removed as the runs end, so they must be ours.
	foreach my $path (glob(Perfkit::Home::quoted_glob($dir) . '/*'))
	{
		next unless $path =~ m{/(?:(?:warm-up-[AB]|(?:[0-9]+-)?[AB]-[0-9]+)(?<run>\.json)?|compare\.json|report\.html)\z};
		cannot("$path is in the way of the results; remove it, or give another directory with --output") if -d $path;
		next unless defined $+{run} || $path =~ /\.(?:json|html)\z/;
		unlink($path) or cannot("$path, of an earlier comparison, cannot be removed: $!");
	}
	return;
}

# start_servers(): a private one for each side, so that settings of a whole server can be compared.
sub start_servers
{
	my ($self) = @_;
	my %conninfo;

	foreach my $side ($self->sides)
	{
		my $like = $self->prepare($side, 'server', '--dsn', 'none');
		$self->say("starting a private server for side $side->{name}");
		my @lines = map { my ($name, $value) = split(/=/, $_, 2); "$name = '" . ($value =~ s/\\/\\\\/gr =~ s/'/''/gr) . "'" } @{ $side->{set} };
		$like->{quiet} = 1;
		$like->start_server(@{ $self->{ 'lines_' . lc $side->{name} } // [] }, @lines);
		$conninfo{ $side->{name} } = "host=$ENV{PGHOST} port=$ENV{PGPORT} user=$ENV{PGUSER} dbname=$ENV{PGDATABASE}";
	}
	$_->{dsn} = $conninfo{ $_->{name} } foreach $self->sides;
	return;
}

# check_servers(): that both can be reached, before one is seeded.
sub check_servers
{
	my ($self) = @_;
	my %database;
	foreach my $side ($self->sides)
	{
		my $connection = Perfkit::Connection->new($side->{dsn});
		$self->of_side($side, '', sub { $connection->open });
		my $database = $connection->{own}->task(
			'SELECT concat_ws(\' \', oid, pg_postmaster_start_time(), current_setting(\'port\')) FROM pg_database WHERE datname = current_database();');
		$connection->{own}->close;
		cannot('both connection strings lead to one database, and --sql-a or --sql-b would change it for both sides')
		  if $database{$database}++ && grep { defined $_->{sql} } $self->sides;
	}
	return;
}

# of_side(SIDE, WHEN, CODE): call it; if it cannot be done, the message says on which side, and
# when.
sub of_side
{
	my ($self, $side, $when, $code) = @_;
	my @result = eval { scalar $code->() };
	return $result[0] if @result;
	my $failure = $@;
	unshift @{ $failure->{lines} }, "side $side->{name} failed$when:" if ref $failure eq 'Perfkit::Cannot';
	die $failure;
}

# prepare(SIDE, NAME, ARGUMENT...): a run of this side that has everything but a server.
sub prepare
{
	my ($self, $side, $name, @arguments) = @_;
	my $opt = $self->{opt};
	my @given = map {
		my $option = $_;
		map { ("--$option", $_ // 'none') } ref $opt->{$option} eq 'ARRAY' ? @{ $opt->{$option} } : $opt->{$option};
	} grep { exists $opt->{$_} } @of_run;
	my $run = Perfkit::Run::prepare_run($self->{program}, $side->{workload}, @given, '--quiet', '--no-checks',
		'--duration', $opt->{duration} // '10s', '--output', "$self->{output}/$name",
		'--label', join(': ', grep { defined } $opt->{label}, "$self->{program} $name"), @arguments);

	$run->{silent} = 1;
	return $run;
}

# run_side(SIDE, NAME, CODE, ARGUMENT...): one run; what is compared of it.
sub run_side
{
	my ($self, $side, $name, $code, @arguments) = @_;
	my $run = $self->prepare($side, $name, '--dsn', $side->{dsn}, @arguments);
	my $dir = "$self->{output}/$name";

	my $outcome = $code->($run);
	rename("$dir/run.json", "$self->{output}/$name.json");
	File::Path::remove_tree($dir);
	my $result = Perfkit::Json::decode($outcome->{json}[0]);
	return { map { $_ => $result->{$_} } @compared };
}

# warm_up(SIDE): seed it, and load it once without comparing; learn what its statements do.
sub warm_up
{
	my ($self, $side) = @_;

	$self->say("side $side->{name}: " . ($self->{opt}{'no-seed'} ? '' : 'seeding and ') . 'warming up');
	my $result = $self->run_side($side, "warm-up-$side->{name}", sub {
		my ($run) = @_;
		sample($run, $self->{seed});
		$run->{after_seed} = sub { run_sql($run, $side) } if defined $side->{sql};
		return $run->run(sub {
			@$side{qw(plans statements)} = map { $_ // {} } @$run{qw(plans statements)};
			$side->{indexes} = indexes($run);
		});
	}, $self->{opt}{'no-seed'} ? '--no-seed' : ());
	$side->{work} = $result->{work};
	return;
}

sub run_sql
{
	my ($run, $side) = @_;
	defined $run->{connection}->file($side->{sql})
	  or cannot("$side->{sql} failed; see the message above");
	return;
}

# sample(RUN, SEED): let the work of all scenarios be counted for parameters from this seed; with
# undef, of none. Both sides get the same seeds. They are new in each comparison, since scripts may
# insert what has to be unique.
sub sample
{
	my ($run, $seed) = @_;
	$run->{work_of} = defined $seed ? ['all'] : [];
	$run->{sample_seed} = $seed;
	return;
}

# indexes(RUN): names of those in the user's search path, as the observer has seen them.
sub indexes
{
	my ($run) = @_;
	my $relations = Perfkit::Json::decode($run->{observer}{after}[-1])->{relations};
	return [ sort grep { $relations->{$_}{kind} eq 'index' } keys %$relations ];
}

# measure(SIDE, NAME, PAIR): one run of a pair. The first of a side has the plans, and the work that
# was counted when the side was warmed up. In the last it is counted again: what autovacuum has done
# on one side and not yet on the other is then no difference between all runs of both.
sub measure
{
	my ($self, $side, $name, $pair) = @_;
	my $first = $pair == 1;
	my $result = $self->run_side($side, $name, sub {
		my ($run) = @_;
		sample($run, $pair == $self->{pairs} ? $self->{seed} + 1_000_000 * $self->{round} : undef);
		return $run->run(sub {
			return unless $first;
			$run->{own}->set(run_id => $run->{run_id}, (map { $_ => Perfkit::Json::encode($side->{$_}) } qw(plans statements indexes)),
				sample_seed => $self->{seed}, work => $side->{work} ? Perfkit::Json::encode($side->{work}) : '');
			$run->{own}->task(Perfkit::Session::include(Perfkit::Home::sql('compare_facts')));
		});
	}, '--no-seed');

	# The server does not list settings that came with a connection.
	if (!$self->{private})
	{
		my %set = map { split(/=/, $_, 2) } @{ $side->{set} };
		$result->{environment}{settings} = { %{ $result->{environment}{settings} // {} }, %set } if %set;
	}
	if ($first)
	{
		$result->{environment}{$_} = $side->{$_} foreach qw(plans statements indexes);
		$result->{work} = $side->{work};
	}
	return $result;
}

# run_pairs(PREFIX, A, B): all pairs; two lists of results, and the order. An exception leaves what
# has been measured in {measured}.
sub run_pairs
{
	my ($self, $prefix, @sides) = @_;
	my @results = ([], []);
	my $started = time();

	$self->{round}++;
	$self->{measured} = { order => '', results => \@results };
	foreach my $pair (1 .. $self->{pairs})
	{
		my @turn = rand() < 0.5 ? (0, 1) : (1, 0);
		$self->{measured}{order} .= join('', map { qw(A B) [$_] } @turn);
		foreach my $i (@turn)
		{
			my $name = qw(A B) [$i];
			push @{ $results[$i] }, $self->of_side({ name => $name }, " in pair $pair of $self->{pairs}",
				sub { $self->measure($sides[$i], "$prefix$name-$pair", $pair) });
		}
		$self->say($self->progress($pair, $started, map { $_->[-1] } @results));
	}
	return ($self->{measured}{order}, @results);
}

# progress(PAIR, STARTED, RESULT A, RESULT B): a line.
sub progress
{
	my ($self, $pair, $started, @results) = @_;
	my @p95 = map { my ($all) = grep { $_->{scenario} eq 'all' } @{ $_->{summary} }; $all->{p95_ms} } @results;
	my $left = (time() - $started) / $pair * ($self->{pairs} - $pair);
	my $text = sprintf("pair %*d of %d: p95 of all %9s and %9s ms", length $self->{pairs}, $pair, $self->{pairs},
		map { defined $_ ? sprintf('%.3f', $_) : 'unknown' } @p95);

	$text .= sprintf(', %8s', Perfkit::Comparison::percent($p95[1] / $p95[0] - 1)) if $p95[0] && defined $p95[1];
	return $text . ($left > 0 ? ', ' . some_time($left) . ' left' : '');
}

sub some_time
{
	my ($seconds) = @_;
	return sprintf('%d s', $seconds + 0.5) if $seconds < 99.5;
	return sprintf('%d min', $seconds / 60 + 0.5) if $seconds < 5970;
	return sprintf('%.1f h', $seconds / 3600);
}

sub compare
{
	my ($self) = @_;

	$self->announce(1);
	foreach my $side ($self->sides)
	{
		$self->of_side($side, ' while it was warmed up', sub { $self->warm_up($side) });
	}
	if (!eval { $self->run_pairs('', $self->sides); 1 })
	{
		my $failure = $@;
		$self->keep_measured($failure);
		die $failure;
	}
	my $comparison = $self->conclude($self->{pairs});
	$self->show($comparison);
	$self->say("report: $self->{output}/report.html")
	  if $self->{judge}->report("$self->{output}/report.html", @{ $self->{measured}{results} });
	return { exit_status => $comparison->{exit_status}, json => [ Perfkit::Json::encode($comparison) ] };
}

# announce(COMPARISONS): what is going to be done, and about how long it takes.
sub announce
{
	my ($self, $comparisons) = @_;
	my $run = $self->prepare(($self->sides)[0], 'check', '--no-seed', '--dsn', 'none');
	my $seconds = 0;

	$seconds += $_->{seconds} foreach @{ $run->{stages} };
	my $runs = 2 * $self->{pairs} * $comparisons;
	# (beside the load, a run takes about two seconds)
	$self->{quiet} or $self->say(($comparisons > 1 ? "$comparisons comparisons of " : '') . "$self->{pairs} pairs of runs, $seconds s each: "
		  . 'about ' . some_time(($runs + 2) * ($seconds + 2)) . ', and the time to seed');
	return;
}

# conclude(PAIRS): the comparison of so many pairs, as compare.json has it.
sub conclude
{
	my ($self, $pairs) = @_;
	my @results = map { [ @$_[ 0 .. $pairs - 1 ] ] } @{ $self->{measured}{results} };
	my ($rows, $plan_changes) = $self->{judge}->compare($self->{margin}, @results);
	my ($status, $verdict, $sentence) = Perfkit::Comparison::conclude($rows, $self->{margin});
	my $comparison = { workload => $results[0][0]{workload}, label => $self->{opt}{label}, started_at => $results[0][0]{started_at},
		pairs => $pairs, margin => $self->{margin} + 0, order => substr($self->{measured}{order}, 0, 2 * $pairs),
		verdict => $verdict, exit_status => $status, reason => $sentence, rows => $rows, plan_changes => $plan_changes,
		sql => { map { defined $_->{sql} ? ($_->{name} => $_->{sql}) : () } $self->sides },
		baseline_runs => [ map { $_->{run_id} } @{ $results[0] } ], runs => [ map { $_->{run_id} } @{ $results[1] } ] };

	$self->write_comparison($comparison);
	return $comparison;
}

sub write_comparison
{
	my ($self, $comparison) = @_;
	Perfkit::Run::write_file($self, "$self->{output}/compare.json", Perfkit::Json::encode($comparison) . "\n");
	return;
}

sub show
{
	my ($self, $comparison) = @_;
	my $rows = $comparison->{rows};

	print "\n" unless $self->{quiet};
	print "$comparison->{verdict}: $comparison->{reason}\n";
	$self->say('', Perfkit::Comparison::table($rows), Perfkit::Comparison::notes($rows),
		(map { "note: $comparison->{sql}{$_} was run on side $_" } sort keys %{ $comparison->{sql} }),
		Perfkit::Comparison::diffs($comparison->{plan_changes}), '', "results: $self->{output}/compare.json");
	return;
}

# keep_measured(FAILURE): the comparison broke off. What the complete pairs tell is stored and said;
# the exit status is that of the failure, whatever it is.
sub keep_measured
{
	my ($self, $failure) = @_;
	my ($pairs) = sort { $a <=> $b } map { scalar @$_ } @{ $self->{measured}{results} };
	return unless $pairs && ref $failure;

	Perfkit::Process::clear_signal();
	my $comparison = eval { $self->conclude($pairs) };
	my $text = "$pairs of $self->{pairs} pairs were measured";
	if ($comparison)
	{
		$text .= "; of these alone: $comparison->{verdict}: $comparison->{reason}";
		$self->write_comparison({ %$comparison, verdict => 'ERROR', exit_status => 2, complete => \0,
			reason => 'the comparison broke off: ' . $text });
		$self->show($comparison) unless $self->{quiet};
	}
	$text .= "; $self->{output} has the runs";
	if (ref $failure eq 'Perfkit::Cannot') { push @{ $failure->{lines} }, $text; }
	else { print STDERR "$self->{program}: $text\n"; }
	return;
}

# self_check(): side A against itself. Whatever is called WORSE or BETTER is a false alarm. If it
# breaks off, the comparisons that are complete count.
sub self_check
{
	my ($self) = @_;
	my $comparisons = $self->{opt}{comparisons} // 10;
	my ($side) = $self->sides;
	my $count = { comparisons => 0, pairs => $self->{pairs}, false_alarms => 0, rows => 0, inconclusive => 0, found => [] };

	$self->announce($comparisons);
	$self->of_side($side, ' while it was warmed up', sub { $self->warm_up($side) });
	my $complete = eval {
		foreach my $comparison (1 .. $comparisons)
		{
			my ($order, @results) = $self->run_pairs("$comparison-", $side, $side);
			my ($judged) = $self->{judge}->compare($self->{margin}, @results);
			my @wrong = grep { $_->{verdict} =~ /^(?:WORSE|BETTER)$/ } @$judged;
			$count->{comparisons}++;
			$count->{false_alarms}++ if @wrong;
			$count->{rows} += @$judged;
			$count->{inconclusive} += grep { $_->{verdict} eq 'INCONCLUSIVE' } @$judged;
			push @{ $count->{found} }, map { "comparison $comparison: $_->{verdict}: " . Perfkit::Comparison::phrase($_) } @wrong;
			$self->say("comparison $comparison of $comparisons: " . (@wrong ? 'a false alarm' : 'no false alarm'));
		}
		1;
	};
	my $failure = $@;
	die $failure unless $complete || $count->{comparisons} && ref $failure;
	Perfkit::Process::clear_signal();
	my $result = eval { $self->count_alarms($count) };
	die $failure unless $complete;
	die $@ unless $result;
	return $result;
}

sub count_alarms
{
	my ($self, $count) = @_;

	my ($lower, $upper) = $self->{judge}->share(@$count{qw(false_alarms comparisons)});
	my $verdict = $lower > 0.05 ? 'FAIL' : 'PASS';
	my $reason = sprintf('%d of %d comparisons of side A with itself raised a false alarm (95 %% interval of their share %s to %s);'
		  . ' %.0f %% of verdicts were inconclusive', @$count{qw(false_alarms comparisons)},
		(map { Perfkit::Comparison::percent($_) =~ s/^\+//r } $lower, $upper),
		$count->{rows} ? 100 * $count->{inconclusive} / $count->{rows} : 0);
	my $result = { workload => $self->{opt}{workload} =~ s{/+\z}{}r =~ s{.*/}{}r, label => $self->{opt}{label},
		verdict => $verdict, reason => $reason, self_check => { %$count, lower => $lower + 0, upper => $upper + 0 } };

	$self->write_comparison($result);
	$self->say('', @{ $count->{found} });
	print "$verdict: $reason\n";
	return { exit_status => $verdict eq 'FAIL' ? 1 : 0, json => [ Perfkit::Json::encode($result) ] };
}

1;
