# Perfkit::Result: what a load has left, taken into the server, and what the server makes of it.
#
#     Perfkit::Result::record($run);                  the log and all facts; then $run->{run_id}
#     my $verdict = Perfkit::Result::report($run);    verdict, exit_status, reason; prints tables
package Perfkit::Result;

use strict;
use warnings;

use Digest::SHA ();
use File::Copy ();
use List::Util ();
use POSIX ();
use Time::HiRes qw(time);

use Perfkit::Baseline;
use Perfkit::Failure;
use Perfkit::Home;
use Perfkit::Invariants;
use Perfkit::Json;
use Perfkit::Listener;
use Perfkit::Process;
use Perfkit::Report;
use Perfkit::Session;

sub include { return Perfkit::Session::include(Perfkit::Home::sql($_[0])); }

# How many transactions of a scenario are looked at for the work they do.
my $sampled_transactions = 50;
my $captures_at_once = 4;

# Those of every run are fewer, and what takes longer than so many seconds is left out.
my $transactions_of_sample = 20;
my $patience = 2;
# A longer run than so many seconds is not worth advising.
my $longest_advised = 86400;
# When a load began is seen in the first transactions of each of pgbench's threads.
my $first_lines = 200;

# measure_work(RUN): blocks that a transaction of each scenario touches, whatever the machine's
# speed: the statements of a few are run one by one, and counted. Only where a budget asks for it,
# unless the run's work_of names the scenarios; those that fail are then left out. {captured} has
# the statements of each.
sub measure_work
{
	my ($run) = @_;
	my %work;

	$run->{own}->set(rows => $run->{rows} // '');
	my %wanted = map { $_ => 1 } @{ $run->{work_of} // Perfkit::Json::decode($run->{own}->task(include('work_wanted'))) };
	my @scenarios = grep { $wanted{ $_->{name} } || $wanted{all} } @{ $run->{scenarios} };
	my %capture;
	foreach my $i (0 .. $#scenarios)
	{
		my $scenario = $scenarios[$i];
		# the next few run meanwhile
		foreach my $next (grep { defined } @scenarios[ $i .. $i + $captures_at_once - 1 ])
		{
			$capture{ $next->{name} } //= $run->{load}->capture($next, $sampled_transactions, seed($run, $next));
		}
		my $statements = $run->{load}->captured($capture{ $scenario->{name} });
		next if !$statements && $run->{work_of};
		cannot("scenario $scenario->{name} fails:", $run->{load}{last_words}) unless $statements;
		my $unplanned = $run->{load}{unplanned};
		if ($unplanned ne '' || !@$statements)
		{
			$run->say("note: the blocks that scenario $scenario->{name} touches could not be counted: "
				  . ($unplanned eq '' ? 'it runs no query' : "it runs $unplanned, which perfkit cannot plan"));
			next;
		}
		$run->{captured}{ $scenario->{name} } = $statements;
		$run->{own}->set(statements => Perfkit::Json::encode($statements), transactions => $sampled_transactions);
		# what was inserted once may not be inserted again
		my $counted = $run->{own}->attempt(include('work'));
		if ($counted ne '') { $work{ $scenario->{name} } = Perfkit::Json::decode($counted); }
		else { $run->say("note: the blocks that scenario $scenario->{name} touches could not be counted; see the message above"); }
	}
	# Empty when nothing could be counted: then the budgets that ask for it are inconclusive.
	$run->{scenario_work} = { %{ $run->{scenario_work} // {} }, %work } if @scenarios;
	keep_plans($run, grep { defined } @scenarios);
	return;
}

# sample(RUN): the same for every scenario, as far as it is cheap and nothing is written: a few
# transactions, with the same parameters in every run. Of a script that writes, the plans are known
# up to the first statement that does. What fails or takes long is left out without a word.
sub sample
{
	my ($run) = @_;
	my $until = time() + $patience;
	my @scenarios = @{ $run->{scenarios} };
	my (%capture, @captured, @complete);

	return if $run->{work_of};
	Perfkit::Process::after($patience, sub { });
	foreach my $i (0 .. $#scenarios)
	{
		my $last = List::Util::min($#scenarios, $i + $captures_at_once - 1);
		foreach my $next (@scenarios[ $i .. $last ])
		{
			next if exists $capture{ $next->{name} } || time() >= $until;
			$capture{ $next->{name} } = $run->{load}->capture($next, $transactions_of_sample, undef, $patience);
		}
		my $scenario = $scenarios[$i];
		my $capture = $capture{ $scenario->{name} } // next;
		Perfkit::Process::wait_until(sub { $capture->{child}->ended || time() >= $until });
		my $late = !$capture->{child}->ended;
		$capture->{child}->signal('TERM') if $late;
		my $statements = $run->{load}->heard($capture);
		next if $late || !@$statements || $run->{load}{unplanned} ne '';
		$run->{captured}{ $scenario->{name} } = $statements;
		push @captured, $scenario;
		push @complete, $scenario if $capture->{child}{status} == 0;
	}
	count_sample($run, @complete);
	keep_plans($run, @captured);
	return;
}

# count_sample(RUN, SCENARIO...): the work of what was captured.
sub count_sample
{
	my ($run, @scenarios) = @_;
	my $until = time() + $patience;
	my $own = $run->{own};

	local $own->{show} = 0;
	foreach my $scenario (@scenarios)
	{
		last if time() >= $until;
		$own->set(statements => Perfkit::Json::encode($run->{captured}{ $scenario->{name} }),
			transactions => $transactions_of_sample);
		my $counted = $own->attempt("SET LOCAL statement_timeout = '${patience}s';\n" . include('work'));
		$run->{scenario_work}{ $scenario->{name} } = Perfkit::Json::decode($counted) if $counted ne '';
	}
	return;
}

# keep_plans(RUN, SCENARIO...): the plans of the statements that were captured. Those of a script
# that fails are not known.
sub keep_plans
{
	my ($run, @scenarios) = @_;
	foreach my $scenario (grep { $run->{captured}{ $_->{name} } } @scenarios)
	{
		my $planned = plan($run, $scenario->{name}) // next;
		$run->{plans}{ $scenario->{name} } = $planned->{plans};
		$run->{statements}{ $scenario->{name} } = $planned->{statements};
	}
	return;
}

sub plan
{
	my ($run, $name) = @_;
	local $run->{own}{show} = 0;
	$run->{own}->set(statements => Perfkit::Json::encode($run->{captured}{$name}));
	my $planned = $run->{own}->attempt(include('shapes'));
	return $planned eq '' ? undef : Perfkit::Json::decode($planned);
}

# plan_again(RUN): the same statements after the load: the scenarios whose plans are others now.
sub plan_again
{
	my ($run) = @_;
	foreach my $name (sort keys %{ $run->{plans} // {} })
	{
		my $planned = plan($run, $name) // next;
		next if Perfkit::Json::encode($planned->{plans}) eq Perfkit::Json::encode($run->{plans}{$name});
		$run->{plans_after}{$name} = $planned->{plans};
		$run->say("note: the plans of scenario $name were others after the load; run.json has both");
	}
	return;
}

# seed(RUN, SCENARIO): pgbench's random seed for the sample. Where one is set for the run, each
# scenario has its own, so that IDs made of random numbers do not meet.
sub seed
{
	my ($run, $scenario) = @_;
	return undef unless defined $run->{sample_seed};
	my ($place) = grep { $run->{scenarios}[$_]{name} eq $scenario->{name} } 0 .. $#{ $run->{scenarios} };
	return $run->{sample_seed} + $place;
}

# record(RUN): log and facts into the server, if they agree with pgbench's own counts. Until its
# invariants have been checked, the run has one that does not hold; so it cannot pass should the
# command end before.
sub record
{
	my ($run) = @_;
	my ($own, $load) = @$run{qw(own load)};

	keep_log($run);
	my $notifications = Perfkit::Listener::received($run);
	my ($status, $pgbench_version) = Perfkit::Process::output([ $load->{program}, '--version' ]);
	chomp $pgbench_version;
	$own->set($run->{observer}->variables,
		index_checks => $run->{index_checks} // '', label => $run->{opt}{label} // '',
		keep_transactions => $run->{opt}{'keep-transactions'} ? 'true' : 'false',
		started_at => $run->{started_at}, rows => $run->{rows} // '',
		scenarios => join(' ', map { $_->{name} } @{ $run->{scenarios} }),
		stages => Perfkit::Json::encode($run->{reports}), commands => join("\n", @{ $load->{commands} }),
		variables => join("\n", @{ $run->{variables} }),
		notes => join("\n", @{ $run->{notes} // [] }),
		digests => join("\n", map { "$_->{name} $_->{weight} " . digest($_->{path}) } @{ $run->{scenarios} }, @{ $run->{pauses} }),
		budgets => @{ $run->{budgets} } ? Perfkit::Json::encode($run->{budgets}) : '',
		warmup => Perfkit::Json::encode($run->{warmups}), sample_seed => $run->{sample_seed} // '',
		work => $run->{scenario_work} ? Perfkit::Json::encode($run->{scenario_work}) : '',
		notifications => $notifications ? Perfkit::Json::encode($notifications) : '',
		(map { $_ => $run->{$_} ? Perfkit::Json::encode($run->{$_}) : '' } qw(plans plans_after statements)),
		must_listen => $run->{must_listen} ? 'true' : 'false',
		pgbench_version => $pgbench_version, cores => $run->{cores}, memory_bytes => $run->{memory_bytes},
		system => join(' ', (POSIX::uname())[ 0, 2, 4 ]), mixes => join(' ', @{ $run->{mixes} }),
		invariants_follow => defined Perfkit::Invariants::file($run) ? 'true' : 'false');
	my $recorded = $own->task(
		include('record_begin') . copy_logs($run) . include('observed') . include('record') . include('compare'),
		'the log could not be stored; see the message above', 'is there room left in TMPDIR and on the server?');
	my ($run_id, @differences) = split(/\n/, $recorded);
	cannot("the log and pgbench's report do not agree:", @differences, 'is there room left in TMPDIR?')
	  if @differences;
	$run->{run_id} = $run_id;
	Perfkit::Invariants::check($run, $run->{run_id});
	return;
}

# digest(PATH): of a script, as sha256sum prints it.
sub digest { my ($path) = @_; return Digest::SHA->new(256)->addfile($path)->hexdigest; }

sub logs
{
	my ($run, $stage) = @_;
	return sort glob(Perfkit::Home::quoted_glob("$run->{work}/results/logs") . "/$stage.*");
}

# part_of(LOG): STAGE.PART of a log's name. pgbench adds its process ID and, for all but one thread,
# a number; of a stage in two parts, the second one's name begins with STAGE.2 (see Load.pm).
sub part_of
{
	my ($log) = @_;
	my ($stage, $second) = $log =~ m{/([0-9]+)\.(2\.)?[^/]*\z};
	return "$stage." . ($second ? 2 : 1);
}

# start_of(LINE): when the transaction began, in seconds since 1970. One that failed has no latency.
sub start_of
{
	my ($line) = @_;
	my (undef, undef, $latency, undef, $epoch, $microseconds) = split(' ', $line);
	return $epoch + ($microseconds - ($latency =~ /^[0-9]/ ? $latency : 0)) / 1e6;
}

# warmup(RUN, PART, START): a member of perfkit_runs.warmup. It ends with a whole second, since the
# transactions are stored by seconds.
sub warmup
{
	my ($run, $part, $start) = @_;
	my ($stage) = split(/\./, $part);
	my ($report) = grep { $_->{stage} == $stage } @{ $run->{reports} };
	my $parts = $run->{side} ? 2 : 1;
	my $ramp = $run->ramp($report->{seconds} / $parts);
	my $began = POSIX::floor($start);
	my $until = $ramp ? POSIX::ceil($start + $ramp) : $began;
	return { stage => $stage + 0, began => $began, until => $until, seconds => $ramp ? $until - $start : 0 };
}

# The log is one of the results, too.
sub keep_log
{
	my ($run) = @_;
	my $path = "$run->{work}/results/transactions.log";
	open(my $file, '>', $path) or cannot("$path cannot be written: $!");
	my $count = 0;
	my %began;
	foreach my $log (map { logs($run, $_->{stage}) } @{ $run->{reports} })
	{
		open(my $lines, '<', $log) or cannot("$log cannot be read: $!");
		my $part = part_of($log);
		while (my $line = <$lines>)
		{
			if ($. <= $first_lines)
			{
				my $start = start_of($line);
				$began{$part} = $start if !defined $began{$part} || $start < $began{$part};
			}
			# the numbers after the scenarios' are the pauses'
			print $file $line if (split(' ', $line, 5))[3] < @{ $run->{scenarios} };
			$count++;
		}
	}
	close($file) or cannot("$path cannot be written: $!");
	$run->{warmups} = [ map { warmup($run, $_, $began{$_}) } sort keys %began ];
	# Where pgbench's total includes pauses, only here can it be compared.
	my $wanted = List::Util::sum(map { $_->{lines} // 0 } @{ $run->{reports} });
	cannot("pgbench's log has $count lines, and its report counts $wanted transactions; is there room left in TMPDIR?")
	  if $wanted && $count != $wanted;
	return;
}

sub copy_logs
{
	my ($run) = @_;
	my $columns = join(', ', $run->{load}->log_columns);
	my $text = '';
	foreach my $stage (map { $_->{stage} } @{ $run->{reports} })
	{
		$text .= "ALTER TABLE staged_log ALTER stage SET DEFAULT $stage;\n";
		$text .= "\\copy staged_log ($columns) FROM " . Perfkit::Session::copy_path($_)
		  . " WITH (DELIMITER ' ') WHERE script < " . @{ $run->{scenarios} } . "\n"
		  foreach logs($run, $stage);
	}
	return $text;
}

# report(RUN): the verdict; run.json and all that pgbench left go to the output directory.
sub report
{
	my ($run) = @_;
	my ($own, $output) = @$run{qw(own output)};
	$own->set(side => $run->{side} // '', comparison => '[]', baseline => $run->{baseline} // '');
	my ($verdict, $exit_status, $reason) = Perfkit::Baseline::judge($run, split(/\|/, $own->task(include('verdict')), 3));

	my $json = $own->task(include('run_json'));
	$run->write_file("$run->{work}/results/run.json", "$json\n");
	print "\n", $run->table('report'), "\n" unless $run->{quiet};
	$run->say(map { ($_, '') } join("\n", Perfkit::Report::over_time($own, $run->{run_id})) || ()) unless $run->{quiet};
	# Those of a comparison, or of several sizes, are a single page's.
	my $page = !$run->{silent} && Perfkit::Report::beside($own, "$run->{work}/results/report.html", [ { ids => [ $run->{run_id} ] } ]);
	copy_results($run);
	Perfkit::Process::forget(unfinished => Cwd::realpath($output));
	print defined $run->{side} ? "$run->{side}: " : '', "$verdict: $reason\n" unless $run->{silent};
	# in the log of a quiet run, too, what failed has a name
	print map { "    $_\n" } split(/\n/, $own->task("SELECT :'findings';")) if $verdict eq 'FAIL' && !$run->{silent};
	$run->say(to_decide($run)) if $verdict eq 'INCONCLUSIVE' && !$run->{silent};
	Perfkit::Baseline::set($run, $verdict);
	$run->say("results: $output/run.json"
		  . ($run->{opt}{throwaway} ? '' : ", run $run->{run_id} of perfkit_runs"));
	$run->say("report: $output/report.html") if $page;
	return { verdict => $verdict, exit_status => $exit_status, reason => $reason, output => $output, json => [$json] };
}

# to_decide(RUN): what to type where a longer run would tell. It is a run of its own, and not more
# load for this one: an interval that is looked at again and again while it shrinks is wrong more
# often than 5 times in 100.
sub to_decide
{
	my ($run) = @_;
	my $opt = $run->{opt};
	my $more = $run->{own}->task(<<'SQL');
SELECT max((b->>'more_seconds')::bigint) FROM jsonb_array_elements(:'budgets'::jsonb) AS b
WHERE b->>'stage' IS NULL AND b->>'verdict' = 'INCONCLUSIVE';
SQL
	return if $more !~ /^[1-9]/ || !defined $run->{typed} || defined $opt->{stages} || defined $run->{side};
	my ($seconds) = map { $_->{seconds} } @{ $run->{stages} };
	# $more seconds would move the interval's end just to the limit, and leave half of such runs
	# undecided.
	my $duration = 10 * POSIX::ceil(2 * ($seconds + $more) / $opt->{'time-scale'} / 10);
	return if $duration > $longest_advised;
	my ($command, @arguments) = @{ $run->{typed} };
	# what else was typed may be a password
	return @arguments == 1 && $arguments[0] =~ m{^[\w./][\w./+-]*\z}
	  ? "to tell, run: $command $arguments[0] --duration ${duration}s"
	  : "to tell, run the same with --duration ${duration}s";
}

sub copy_results
{
	my ($run) = @_;
	opendir(my $dir, "$run->{work}/results") or cannot("$run->{work} cannot be read: $!");
	foreach my $name (grep { -f "$run->{work}/results/$_" } readdir($dir))
	{
		File::Copy::copy("$run->{work}/results/$name", "$run->{output}/$name")
		  or cannot("the results could not be written to $run->{output}: $!");
	}
	closedir($dir);
	return;
}

1;
