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
# The runs stay where they were made. What is compared of them is a few kilobytes each, in run.json:
# it is brought to side A's database, which does the arithmetic.
package Perfkit::Compare;

use strict;
use warnings;

use File::Path ();
use POSIX ();

use Perfkit::Connection;
use Perfkit::Conninfo;
use Perfkit::Failure;
use Perfkit::Home;
use Perfkit::Json;
use Perfkit::Options;
use Perfkit::Process;
use Perfkit::Run;
use Perfkit::Server;
use Perfkit::Session;

# What perfkit_compare_results() reads.
my @compared = qw(run_id workload started_at rows environment pgbench observed work summary);

# Handed to perfkit run as they are.
my @of_run = qw(rows clients scenario rate warmup protocol pool jobs max-tries);
my %run_option = map { $_->[0] => $_ } grep { @$_ > 1 } @Perfkit::Run::options;

my @options = (
	['What is compared'],
	[ 'workload', 'NAME|DIR', "the load: a workload that ships, or your folder" ],
	[ 'workload-b', 'DIR', "another folder of the same name for side B: its scripts are compared" ],
	[ 'set-a', 'NAME=VALUE...', "a setting of side A; may be given several times. On a given server\nit is the sessions', on a private one the server's", \&setting ],
	[ 'set-b', 'NAME=VALUE...', 'the same for side B', \&setting ],
	[ 'settings-a', 'FILE', 'settings of side A, as lines of postgresql.conf (private servers only)' ],
	[ 'settings-b', 'FILE', 'the same for side B' ],
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
	[ 'label', 'TEXT', 'stored with the runs, to find them by' ],
	[ 'quiet', undef, 'print the verdict alone' ],
	[ 'help', undef, 'this text' ]);

sub usage
{
	my ($program) = @_;
	return <<"TEXT" . Perfkit::Options::help(\@options);
usage: $program DSN_A DSN_B --workload NAME|DIR [options]
       $program [DSN] --workload NAME|DIR --set-b NAME=VALUE... [options]
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
	cannot("at most two connection strings, and \"$dsns[2]\" is one more; options begin with --") if @dsns > 2;
	cannot("--workload is missing; see $program --help") unless defined $opt->{workload};
	my $self = bless { program => $program, opt => $opt, pairs => $opt->{pairs} // 8,
		margin => $opt->{margin} // 0.05, seed => 1 + int(rand(900_000_000)), quiet => $opt->{quiet} }, __PACKAGE__;
	$self->check_sides(@dsns);
	# Before anything is started, so that a wrong option costs no time.
	$self->open_output;
	$self->prepare($_, 'check', '--no-seed', '--dsn', 'none') foreach $self->sides;
	$self->{private} = !@dsns;
	$self->start_servers if $self->{private};
	$self->check_servers;
	return $opt->{'self-check'} ? $self->self_check : $self->compare;
}

# check_sides(DSN...): there must be something to compare.
sub check_sides
{
	my ($self, @dsns) = @_;
	my $opt = $self->{opt};
	my @differ = grep { defined $opt->{$_} } qw(set-a set-b settings-a settings-b workload-b);

	if ($opt->{'self-check'})
	{
		cannot('--self-check compares side A with itself; give one connection string') if @dsns > 1;
		my ($other) = grep { /b$/ } @differ;
		cannot("--self-check compares side A with itself, without --$other") if $other;
	}
	elsif (@dsns < 2 && !@differ)
	{
		cannot("both sides would be the same; give two connection strings, --set-b, --settings-b or --workload-b,"
			  . ' or --self-check');
	}
	cannot('--pool both compares by itself; give perfkit compare a number') if ($opt->{pool} // '') eq 'both';
	cannot('--comparisons goes with --self-check') if $opt->{comparisons} && !$opt->{'self-check'};
	foreach my $side (qw(a b))
	{
		my $path = $opt->{"settings-$side"} // next;
		cannot("--settings-$side works with private servers; on a given server, use --set-$side") if @dsns;
		open(my $file, '<', $path) or cannot("--settings-$side $path cannot be read: $!");
		$self->{"lines_$side"} = [ map { s/[\r\n]+\z//r } <$file> ];
	}
	@dsns = @dsns[ 0, 0 ] if @dsns == 1;
	$self->{side} = {
		A => { name => 'A', workload => $opt->{workload}, set => $opt->{'set-a'} // [] },
		B => { name => 'B', workload => $opt->{'workload-b'} // $opt->{workload}, set => $opt->{'set-b'} // [] } };
	return unless @dsns;
	$self->{side}{$_}{dsn} = with_settings($_ eq 'A' ? $dsns[0] : $dsns[1], @{ $self->{side}{$_}{set} }) foreach qw(A B);
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
		my @lines = map { my ($name, $value) = split(/=/, $_, 2); "$name = '" . ($value =~ s/'/''/gr) . "'" } @{ $side->{set} };
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
	foreach my $side ($self->sides)
	{
		my $connection = Perfkit::Connection->new($side->{dsn});
		$connection->open;
		$connection->{own}->close;
	}
	return;
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
		return $run->run(sub {
			@$side{qw(plans statements)} = map { $_ // {} } @$run{qw(plans statements)};
			$side->{indexes} = indexes($run);
		});
	}, $self->{opt}{'no-seed'} ? '--no-seed' : ());
	$side->{work} = $result->{work};
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
				work => $side->{work} ? Perfkit::Json::encode($side->{work}) : '');
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

# run_pairs(PREFIX, A, B): all pairs; two lists of results, and the order.
sub run_pairs
{
	my ($self, $prefix, @sides) = @_;
	my @results = ([], []);

	my $order = '';

	$self->{round}++;

	foreach my $pair (1 .. $self->{pairs})
	{
		my @turn = rand() < 0.5 ? (0, 1) : (1, 0);
		$order .= join('', map { qw(A B) [$_] } @turn);
		foreach my $i (@turn)
		{
			push @{ $results[$i] },
			  $self->measure($sides[$i], $prefix . qw(A B) [$i] . "-$pair", $pair);
		}
		$self->say(sprintf('pair %d of %d: p95 of all %s and %s ms', $pair, $self->{pairs},
			map { my $result = $_->[-1]; map { defined $_->{p95_ms} ? sprintf('%.2f', $_->{p95_ms}) : 'unknown' }
				grep { $_->{scenario} eq 'all' } @{ $result->{summary} } } @results));
	}
	return ($order, @results);
}

# judge(RESULTS A, RESULTS B): the rows of perfkit_compare_results(), from side A's database.
sub judge
{
	my ($self, $results_a, $results_b) = @_;

	if (!$self->{judge} || $self->{judge}->ended)
	{
		my $connection = Perfkit::Connection->new($self->{side}{A}{dsn});
		$connection->open;
		$connection->create_extension;
		$self->{judge} = $connection->{own};
	}
	$self->{judge}->set(baseline => Perfkit::Json::encode($results_a), runs => Perfkit::Json::encode($results_b),
		margin => $self->{margin});
	return Perfkit::Json::decode($self->{judge}->task(Perfkit::Session::include(Perfkit::Home::sql('compare_results')),
		'the runs cannot be compared; see the message above'));
}

sub compare
{
	my ($self) = @_;

	$self->warm_up($_) foreach $self->sides;
	my ($order, $results_a, $results_b) = $self->run_pairs('', $self->sides);
	my $rows = $self->judge($results_a, $results_b);
	my ($status, $verdict, $sentence) = $self->conclude($rows);

	Perfkit::Run::write_file($self, "$self->{output}/compare.json", Perfkit::Json::encode({
		workload => $results_a->[0]{workload}, pairs => $self->{pairs}, margin => $self->{margin} + 0, order => $order,
		verdict => $verdict, exit_status => $status, reason => $sentence, rows => $rows,
		baseline_runs => [ map { $_->{run_id} } @$results_a ], runs => [ map { $_->{run_id} } @$results_b ] }) . "\n");
	print "\n" unless $self->{quiet};
	print "$verdict: $sentence\n";
	$self->say('', table($rows), notes($rows), "results: $self->{output}/compare.json");
	return $status;
}

# conclude(ROWS): exit status, verdict and a sentence. The rows are ordered, the worst first.
sub conclude
{
	my ($self, $rows) = @_;
	my %of = map { my $verdict = $_; $verdict => [ grep { $_->{verdict} eq $verdict } @$rows ] }
	  'WORSE', 'INCONCLUSIVE', 'BETTER', 'NOT WORSE';
	my $margin = percent($self->{margin}) =~ s/^\+//r;

	if (my ($worst) = @{ $of{WORSE} })
	{
		return (1, 'WORSE', phrase($worst, @{ $of{WORSE} } - 1));
	}
	if (@{ $of{INCONCLUSIVE} })
	{
		my @more = sort { $b <=> $a } map { $_->{more_pairs} // () } @{ $of{INCONCLUSIVE} };
		my $never = @{ $of{INCONCLUSIVE} } - @more;
		return (3, 'INCONCLUSIVE', @{ $of{INCONCLUSIVE} } . ' of ' . @$rows . ' cannot be told'
			  . (@more ? "; $more[0] more pairs or so would tell " . ($never ? scalar @more : 'them') : '')
			  . ($never ? "; for $never, a longer --duration or a larger --margin is needed" : ''));
	}
	if (my ($best) = @{ $of{BETTER} })
	{
		return (0, 'BETTER', phrase($best, @{ $of{BETTER} } - 1) . "; nothing is worse by $margin");
	}
	return (0, 'NOT WORSE', 'none of ' . @$rows . " is worse by $margin");
}

# phrase(ROW, MORE): what has changed, by how much, and why; and how many more rows have.
sub phrase
{
	my ($row, $more) = @_;
	my $text = "$row->{scenario} $row->{metric} " . number($row->{baseline_value}) . ' -> ' . number($row->{value});

	$text .= ', ' . percent($row->{shift}) if defined $row->{shift};
	$text .= ' (95 % interval ' . percent($row->{lower}) . ' to ' . percent($row->{upper}) . ')'
	  if defined $row->{p} && defined $row->{lower} && defined $row->{upper};
	$text .= ", and $more more" if $more;
	return $text . (defined $row->{cause} ? "; $row->{cause}" : '');
}

sub number { my ($value) = @_; return defined $value ? sprintf($value < 100 ? '%.3f' : '%.1f', $value) : '-'; }

sub percent { my ($share) = @_; return defined $share ? sprintf(abs($share) < 1 ? '%+.1f %%' : '%+.0f %%', 100 * $share) : '-'; }

sub table
{
	my ($rows) = @_;
	my @lines = ([ 'scenario', 'metric', 'A', 'B', 'change', '95 % interval', 'verdict', 'more pairs' ],
		map { [ $_->{scenario}, $_->{metric}, number($_->{baseline_value}), number($_->{value}), percent($_->{shift}),
			defined $_->{lower} && defined $_->{upper} ? percent($_->{lower}) . ' to ' . percent($_->{upper}) : '-',
			$_->{verdict}, $_->{verdict} eq 'INCONCLUSIVE' ? $_->{more_pairs} // '?' : '' ] } @$rows);
	my @width = map { my $i = $_; (sort { $b <=> $a } map { length $_->[$i] } @lines)[0] } 0 .. 7;
	my @text = map { my $line = $_;
		join(' | ', map { sprintf($_ > 1 && $_ < 6 || $_ == 7 ? "%$width[$_]s" : "%-$width[$_]s", $line->[$_]) } 0 .. 7) } @lines;

	splice(@text, 1, 0, join('-+-', map { '-' x $_ } @width));
	return @text;
}

# notes(ROWS): causes and notes, each once.
sub notes
{
	my ($rows) = @_;
	my (%seen, @lines);

	foreach my $row (@$rows)
	{
		push @lines, "$row->{scenario}: $row->{cause}" if defined $row->{cause} && !$seen{"$row->{scenario} $row->{cause}"}++;
		push @lines, map { "note: $_" } grep { !$seen{$_}++ } split(/; /, $row->{note} // '');
	}
	return @lines ? ('', @lines) : ();
}

# self_check(): side A against itself. Whatever is called WORSE or BETTER is a false alarm.
sub self_check
{
	my ($self) = @_;
	my $comparisons = $self->{opt}{comparisons} // 10;
	my ($side) = $self->sides;
	my ($alarms, $undecided, $rows, @found) = (0, 0, 0);

	$self->warm_up($side);
	foreach my $comparison (1 .. $comparisons)
	{
		my ($order, @results) = $self->run_pairs("$comparison-", $side, $side);
		my $judged = $self->judge(@results);
		my @wrong = grep { $_->{verdict} =~ /^(?:WORSE|BETTER)$/ } @$judged;
		$alarms++ if @wrong;
		$rows += @$judged;
		$undecided += grep { $_->{verdict} eq 'INCONCLUSIVE' } @$judged;
		push @found, map { "comparison $comparison: $_->{verdict}: " . phrase($_) } @wrong;
		$self->say("comparison $comparison of $comparisons: " . (@wrong ? 'a false alarm' : 'no false alarm'));
	}
	$self->{judge}->set(alarms => $alarms, comparisons => $comparisons);
	my ($lower, $upper) = split(/\|/, $self->{judge}->task(
		'SELECT lower, upper FROM :perfkit.perfkit_share_interval(:alarms::bigint, :comparisons::bigint, 0.95::float8);'));
	Perfkit::Run::write_file($self, "$self->{output}/compare.json", Perfkit::Json::encode({
		self_check => { comparisons => $comparisons, pairs => $self->{pairs}, false_alarms => $alarms, lower => $lower + 0,
			upper => $upper + 0, found => \@found, rows => $rows, inconclusive => $undecided } }) . "\n");
	$self->say('', @found);
	printf("%s: %d of %d comparisons of side A with itself raised a false alarm (95 %% interval of their share %s to %s);"
		  . " %.0f %% of verdicts were inconclusive\n", $lower > 0.05 ? 'FAIL' : 'PASS', $alarms, $comparisons,
		(map { percent($_) =~ s/^\+//r } $lower, $upper), $rows ? 100 * $undecided / $rows : 0);
	return $lower > 0.05 ? 1 : 0;
}

1;
