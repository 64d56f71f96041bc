# Perfkit::Capacity: perfkit capacity: the largest number of clients, or the highest rate, with
# which a workload keeps its budgets.
#
# The tables are filled once. Each load is then a run of its own, as perfkit run would make it:
# stored, and judged by the same budgets. Which load is next, Perfkit::Search says; what limits the
# server, Perfkit::Saturation; both in words, Perfkit::CapacityWords.
#
# Two metrics of budgets do not belong to a load that may be too large: fewer clients do not touch
# fewer blocks (max_buffers), nor do they achieve more (min_tps, which is compared at the ceiling).
package Perfkit::Capacity;

use strict;
use warnings;

use Cwd ();
use File::Path ();
use List::Util ();
use POSIX ();

use Perfkit::CapacityWords;
use Perfkit::Connection;
use Perfkit::Failure;
use Perfkit::Format;
use Perfkit::Home;
use Perfkit::Json;
use Perfkit::Measurement;
use Perfkit::Options;
use Perfkit::Output;
use Perfkit::Process;
use Perfkit::Report;
use Perfkit::Room;
use Perfkit::Run;
use Perfkit::Saturation;
use Perfkit::Search;
use Perfkit::Session;

# The largest loads, unless said otherwise.
my $most_clients = 1000;
my $most_rate = 1_000_000;

# Of a rate, the first is so many times below what was achieved without one.
my $rates_below = 32;

# A load whose budgets cannot be told, and are as near to their limits as this, is measured longer:
# up to so many times the duration of a step. What is still not told then is at the limit, and its
# pressure will do for the search.
my @near = (0.7, 1.4);
my $longer = 4;

# What is claimed at the end has to be known. If it is not, so many times the duration of a step is
# spent on that.
my $longest = 10;

# Handed to perfkit run as they are.
my @of_run = qw(rows scenario script ramp protocol pool jobs max-tries random-seed budget);
my %run_option = map { $_->[0] => $_ } grep { @$_ > 1 } @Perfkit::Run::options;

my @options = (
	['Server and data'],
	(map { $run_option{$_} } qw(dsn throwaway rows no-seed)),
	['Search'],
	[ 'clients-max', 'N', "the largest number of clients to try (1000, or as many as the server\nhas room for)", Perfkit::Options::whole(1, 100000) ],
	[ 'rate', undef, "search for the highest rate of transactions instead" ],
	[ 'rate-max', 'TPS', 'with --rate: the highest rate to try (1000000)', Perfkit::Options::whole(1, $most_rate) ],
	[ 'clients', 'N', "with --rate: the connections that transactions start on (100, or as\nmany as the server has room for)", Perfkit::Options::whole(1, 100000) ],
	[ 'step-duration', 'TIME', "of each load: 30, 30s, 2m (10s). A load whose budgets cannot be told\nis measured longer, up to ten times as long", \&Perfkit::Options::some_duration ],
	[ 'tolerance', 'F', "how far apart the largest load that keeps the budgets and the smallest\nthat does not may be; 0.05 is 5 % (0.05)", \&tolerance ],
	['Load'],
	(map { $run_option{$_} } qw(scenario script ramp protocol)),
	[ 'pool', 'N', "through pgbouncer in transaction pooling, with N server connections.\n0: no pool (0)", \&Perfkit::Pool::value ],
	(map { $run_option{$_} } qw(jobs max-tries random-seed)),
	['Budgets and results'],
	$run_option{budget},
	[ 'output', 'DIR', 'where to put capacity.json, report.html and the run.json of every load' ],
	$run_option{format},
	[ 'label', 'TEXT', 'stored with the runs, to find them by' ],
	[ 'quiet', undef, 'print the result alone' ],
	[ 'help', undef, 'this text' ]);

sub usage
{
	my ($program) = @_;
	return <<"TEXT" . Perfkit::Options::help(\@options);
usage: $program WORKLOAD|DIRECTORY [options]
       $program --script FILE [--script FILE]... [options]

Finds the largest number of clients with which the workload keeps its budgets. The tables are filled
once; then the clients double until a budget is broken, what lies between is halved, and both ends
are measured again, three to fifteen times each, until the ceiling is known to half the tolerance.
Also says what limits the server, and which pool size and which rule for scaling follow from it. With
--rate, it begins far below the rate that the warm-up achieved, and tries lower ones if that is too
much, down to 10 transactions in a measurement. Neither indexes nor invariants are checked; budgets
of max_buffers and min_tps do not limit a load. Stopped by Ctrl-C, it stores what was measured.
Exit status: 0 the ceiling was found, or there is none up to the largest load; 1 no load keeps the
budgets; 2 could not run; 3 INCONCLUSIVE (too few transactions to tell, measurements that
contradict each other, or pgbench was the bottleneck).
TEXT
}

sub tolerance
{
	my ($option, $text) = @_;
	my $share = Perfkit::Options::positive($option, $text);
	cannot("$option takes a share up to 1, such as 0.05, not \"$text\"") if $share > 1;
	return $share;
}

sub main
{
	my ($program, @arguments) = @_;
	my ($opt, @names) = Perfkit::Options::parse($program, \@options, @arguments);

	if ($opt->{help}) { print usage($program); return 0; }
	cannot("one workload at a time: \"$names[0]\" and \"$names[1]\" were given") if @names > 1;
	if (!@names && !$opt->{script}) { print STDERR usage($program); return 2; }
	my $shown = @names ? $names[0] =~ s{/+\z}{}r =~ s{.*/}{}r : 'scripts';
	# What is wrong with the options is to be read in the format, too.
	return Perfkit::Run::formatted($opt->{format}, $shown, sub { outcome($program, $opt, $names[0]) })->{exit_status};
}

sub outcome
{
	my ($program, $opt, $name) = @_;
	my $self = bless { program => $program, opt => $opt, name => $name, quiet => $opt->{quiet}, unit => $opt->{rate} ? 'rate' : 'clients',
		seconds => $opt->{'step-duration'} // 10, measurements => [] }, __PACKAGE__;

	$self->check_options;
	# Before anything is started, so that a wrong option costs no time.
	my $largest = $self->largest_run;
	$self->open_output($largest->{workload}{name});
	if ($largest->{opt}{throwaway})
	{
		$self->say('starting a private server');
		$largest->{quiet} = 1;
		$largest->start_server;
		$self->{server} = $largest->{server};
	}
	$self->connect($largest);
	$self->check_budgets($largest);
	$self->limit_clients($largest);
	# The clients may need all connections.
	(delete $self->{own})->close;
	return $self->search($largest);
}

sub check_options
{
	my ($self) = @_;
	my $opt = $self->{opt};
	my ($with_rate) = grep { defined $opt->{$_} } qw(rate-max clients);

	cannot("--$with_rate goes with --rate") if defined $with_rate && !$opt->{rate};
	cannot('--clients-max is about the search for clients; with --rate, give --rate-max') if $opt->{rate} && defined $opt->{'clients-max'};
	cannot('--pool both compares by itself; give perfkit capacity a number') if ($opt->{pool} // '') eq 'both';
	return;
}

# largest_run(): a run of as many clients as there may be, which is never made: it has all the
# checks. Unless their number was asked for, there are no more than there are file descriptors for.
sub largest_run
{
	my ($self) = @_;
	my $opt = $self->{opt};
	my $clients = $opt->{rate} ? $opt->{clients} // 100 : $opt->{'clients-max'};

	if (!defined $clients)
	{
		# (as many as Perfkit::Room asks for beside the clients', and some to spare)
		my $open = POSIX::sysconf(POSIX::_SC_OPEN_MAX()) // 1e6;
		my $fit = ($open < 0 ? 1e6 : $open) - 100;
		($clients, $self->{cut}) = $fit < $most_clients ? ($fit, 'file descriptors') : ($most_clients, undef);
		cannot("there are $open file descriptors, which are too few to search; raise them with ulimit -n") if $clients < 1;
	}
	$self->{most} = $opt->{rate} ? $opt->{'rate-max'} // $most_rate : $clients;
	$self->{clients} = $clients;
	return $self->prepare('check', $clients, $self->{seconds});
}

# prepare(NAME, CLIENTS, SECONDS, RATE): a run that has everything but a server. Warm-up and rate of
# the workload's own options are for a single run.
sub prepare
{
	my ($self, $name, $clients, $seconds, $rate) = @_;
	my $opt = $self->{opt};
	my @given = map {
		my $option = $_;
		map { ("--$option", $_) } ref $opt->{$option} eq 'ARRAY' ? @{ $opt->{$option} } : $opt->{$option};
	} grep { defined $opt->{$_} } @of_run;

	push @given, map { ("--$_", $opt->{$_}) } grep { defined $opt->{$_} } 'dsn';
	push @given, map { "--$_" } grep { $opt->{$_} } qw(throwaway no-seed);
	my $run = Perfkit::Run::prepare_run($self->{program}, $self->{name}, @given, '--quiet', '--no-checks', '--warmup', 0,
		'--clients', $clients, '--duration', $seconds, '--rate', $rate // 'none', '--output', ($self->{output} // 'none') . "/$name",
		'--label', join(': ', grep { defined } $opt->{label}, "$self->{program} $name"));

	$run->{silent} = 1;
	$run->{opt}{throwaway} = 1 if $run->{server} = $self->{server};
	# Neither plans nor blocks depend on the load.
	$run->{work_of} = [];
	return $run;
}

sub say
{
	my ($self, @lines) = @_;
	print map { "$_\n" } @lines unless $self->{quiet};
	return;
}

# open_output(WORKLOAD): without what an earlier search has left there.
sub open_output
{
	my ($self, $workload) = @_;
	my $dir = $self->{opt}{output};

	$self->{workload} = $workload;
	if (!defined $dir) { $dir = Perfkit::Output::new_directory("capacity-$workload"); }
	elsif (!-d $dir)
	{
		File::Path::make_path($dir, { error => \my $errors });
		Perfkit::Process::keep(unfinished => Cwd::realpath($dir)) if -d $dir;
	}
	cannot("the directory $dir cannot be made or written to; give another one with --output") unless -d $dir && -w _;
	foreach my $path (glob(Perfkit::Home::quoted_glob($dir) . '/*'))
	{
		next unless $path =~ m{/(?:(?:warm-up|(?:clients|rate)-[0-9]+-[0-9]+)(?<run>\.json)?|capacity\.json|report\.html)\z};
		cannot("$path is in the way of the results; remove it, or give another directory with --output") if -d $path;
		next unless defined $+{run} || $path =~ /\.(?:json|html)\z/;
		unlink($path) or cannot("$path, of an earlier search, cannot be removed: $!");
	}
	$self->{output} = $dir;
	return;
}

# connect(LARGEST RUN): a session of our own, for what the runs do not do.
sub connect
{
	my ($self, $largest) = @_;
	my $connection = Perfkit::Connection->new($self->{opt}{dsn});

	$connection->open;
	$self->say("server: PostgreSQL $connection->{facts}{version}, database $connection->{facts}{database}"
		  . ($largest->{opt}{throwaway} ? ', private' : ''));
	$connection->create_extension;
	$self->{own} = $connection->{own};
	$self->{pooler} = $connection->{pooler};
	return;
}

# own(): our session, opened again when it was closed. Raises Perfkit::Cannot when the server is
# gone.
sub own
{
	my ($self) = @_;
	return $self->{own} if $self->{own} && !$self->{own}->ended;
	my $connection = Perfkit::Connection->new($self->{opt}{dsn});
	$connection->open;
	return $self->{own} = $connection->{own};
}

# check_budgets(LARGEST RUN): there must be one to keep.
sub check_budgets
{
	my ($self, $largest) = @_;
	my $own = $self->{own};
	my $rows = $largest->{opt}{'no-seed'} ? undef : $largest->{opt}{rows};

	$own->set(workload => $self->{workload}, rows => $rows // '', own_budgets => Perfkit::Json::encode($largest->{budgets}),
		listeners => Perfkit::Listener::count($largest) + 0, scenarios => join(' ', map { $_->{name} } @{ $largest->{scenarios} }));
	$self->{budgets} = Perfkit::Json::decode($own->task(Perfkit::Session::include(Perfkit::Home::sql('capacity_budgets')),
		'the budgets could not be read; see the message above'));
	cannot("no budget limits the load of workload $self->{workload}, so every load would keep them; give one, such as"
		  . " --budget 'p95_ms<100'", 'or insert rows into perfkit_budgets (max_buffers and min_tps do not limit a load)')
	  unless @{ $self->{budgets} };
	return;
}

# limit_clients(LARGEST RUN): no more than the server has room for, unless their number was asked
# for. Then it is an error.
sub limit_clients
{
	my ($self, $largest) = @_;
	my $opt = $self->{opt};
	my $pool = $largest->{pool};

	return if $self->{pooler} || $self->{server};
	my @wanted = ($largest->connections, $pool, Perfkit::Listener::count($largest), $opt->{rate} ? () : 'clients-max');
	return Perfkit::Room::connections($self->{own}, @wanted) if $pool || defined $opt->{ $opt->{rate} ? 'clients' : 'clients-max' };
	my ($room, $advice) = Perfkit::Room::left($self->{own}, @wanted);
	my $fit = $room - $wanted[2];
	cannot("one client needs a connection, and $advice") if $fit < 1;
	return if $fit >= $self->{clients};
	$self->{clients} = $fit;
	@$self{qw(most cut)} = ($fit, 'connections') unless $opt->{rate};
	return;
}

# search(LARGEST RUN): the outcome. What ends it early leaves what was measured.
sub search
{
	my ($self, $largest) = @_;
	my $tolerance = $self->{opt}{tolerance} // 0.05;
	my $done = eval {
		$self->warm_up($largest);
		$self->{search} = Perfkit::Search->new(first => $self->{first}, least => $self->{least}, most => $self->{most}, tolerance => $tolerance);
		foreach my $time (1, 2)
		{
			while (defined(my $load = $self->{search}->next)) { $self->measure($load); }
			$self->settle if $time == 1;
		}
		1;
	};
	my $failure = $@;

	if (!$done)
	{
		$self->keep_measured($failure);
		die $failure;
	}
	my $found = $self->conclude;
	# What took long to find is printed even if it cannot be stored.
	my $page = eval { $self->store($found) };
	my $unstored = $@;
	print $self->{quiet} ? '' : "\n", map { "$_\n" } Perfkit::CapacityWords::lines($found, $self->{quiet});
	die $unstored unless defined $page;
	$self->say('', "results: $self->{output}/capacity.json", $page ? "report: $self->{output}/report.html" : ());
	return { exit_status => $found->{exit_status}, json => [ Perfkit::Json::encode($found) ] };
}

# warm_up(LARGEST RUN): fill the tables, and load them once without counting it. What is achieved
# says where to begin with a rate.
sub warm_up
{
	my ($self, $largest) = @_;
	my $clients = $self->{opt}{rate} ? $self->{clients} : List::Util::min($self->{clients}, List::Util::max(4, 2 * $largest->{cores}));
	my $run = $self->prepare('warm-up', $clients, $self->{seconds});
	my $seeds = !$run->{opt}{'no-seed'} && defined $run->{opt}{rows};

	$self->say(($seeds ? "seeding $self->{workload} with $run->{opt}{rows} rows, and warming up" : 'warming up')
		  . " with $clients clients for $self->{seconds} s");
	my $result = eval { $self->made($run, 'warm-up') };
	my $failure = $@;
	$self->{rows} = $run->{rows};
	if (!$result)
	{
		die $failure unless ref $failure eq 'Perfkit::Cannot' && $failure->{refused} && $clients > 1;
		# The tables are filled by now.
		$run = $self->prepare('warm-up', 1, $self->{seconds});
		$run->{opt}{'no-seed'} = 1;
		$result = $self->made($run, 'warm-up');
	}
	@$self{qw(cores thinks started_at)} = ($run->{cores}, scalar @{ $run->{pauses} }, $result->{started_at});
	@$self{qw(first least)} = (1, 1);
	if ($self->{opt}{rate})
	{
		# Transactions begin at random times: of one each second, a second may see none.
		$self->{least} = List::Util::min($self->{most}, List::Util::max(1, int(10 / $self->{seconds})));
		my ($all) = grep { $_->{scenario} eq 'all' && !defined $_->{stage} } @{ $result->{summary} };
		$self->{first} = List::Util::min($self->{most}, List::Util::max($self->{least}, int(($all->{tps} // 0) / $rates_below)));
	}
	$self->say(sprintf('searching up to %s, %d budget%s; each load is measured for %d s', Perfkit::CapacityWords::of_load(@$self{qw(most unit)}),
		scalar @{ $self->{budgets} }, @{ $self->{budgets} } == 1 ? '' : 's', $self->{seconds}));
	return;
}

# made(RUN, NAME): make it; its result.
sub made
{
	my ($self, $run, $name) = @_;
	my $dir = "$self->{output}/$name";

	local $self->{running} = $run;
	my $outcome = eval { $run->run };
	my $failure = $@;
	if (!$outcome)
	{
		# What it has started is still at work.
		$_->signal('INT') foreach grep { defined } $run->{load} ? $run->{load}{child} : ();
		$run->drop;
		clean_up($run) if ref $failure eq 'Perfkit::Cannot' && $failure->{refused};
		die $failure;
	}
	rename("$dir/run.json", "$self->{output}/$name.json") or cannot("$self->{output}/$name.json cannot be written: $!");
	File::Path::remove_tree($dir);
	return Perfkit::Json::decode($outcome->{json}[0]);
}

# clean_up(RUN): after one that was refused, the search goes on. What such runs hold would add up
# until the server has no connections left.
sub clean_up
{
	my ($run) = @_;
	$run->{pool}->stop if $run->{pool};
	$run->{own}->close if $run->{own};
	foreach my $dir (grep { defined && -d } @$run{qw(work output)})
	{
		my $path = Cwd::realpath($dir);
		File::Path::remove_tree($dir);
		Perfkit::Process::forget($_->[0] => $_->[1]) foreach [ dir => $dir ], [ unfinished => $path ];
	}
	return;
}

# measure(LOAD): one run of it; or two, if the first is inconclusive.
sub measure
{
	my ($self, $load) = @_;
	my $is_first = !$self->{search}->times_measured($load);
	my $measurement = $self->measure_once($load, $self->{seconds});

	return unless $is_first && $measurement->{verdict} eq 'INCONCLUSIVE'
	  && $measurement->{pressure} > $near[0] && $measurement->{pressure} < $near[1];
	my $seconds = $self->seconds_to_tell($measurement) // return;
	$self->measure_once($load, $seconds) if $seconds <= $longer * $self->{seconds};
	return;
}

# seconds_to_tell(MEASUREMENT): how long its load has to be measured; undef when that is not known.
sub seconds_to_tell
{
	my ($self, $measurement) = @_;
	my $more = $measurement->{more_seconds} // return undef;
	return List::Util::max(2 * $self->{seconds}, POSIX::ceil(1.2 * ($measurement->{seconds} + $more)));
}

# settle(): what lies on either side of the ceiling has to be known. A load that is farther from the
# limits needs less time for that.
sub settle
{
	my ($self) = @_;
	my ($held, $broke) = $self->{search}->bracket;

	$self->tell('PASS', sub { $_[0] <= $held }, sub { $_[0] < $near[0] }, $held) if defined $held;
	$self->tell('FAIL', sub { $_[0] >= $broke }, sub { $_[0] > $near[1] }, $broke) if defined $broke;
	return;
}

# tell(VERDICT, SIDE, FAR, LOAD): measure a load of that side longer, until it is known: the nearest
# one whose pressure is far from 1, or else LOAD.
sub tell
{
	my ($self, $verdict, $side, $far, $load) = @_;
	my $search = $self->{search};
	my @of_side = grep { $side->($_->{load}) } @{ $self->{measurements} };

	return if Perfkit::Search::is_told($self->{measurements}, $verdict, $load);
	my @loads = grep { $far->($search->pressure($_)) } grep { $side->($_) } $search->loads;
	my ($other) = sort { abs($a - $load) <=> abs($b - $load) } @loads;
	foreach my $try (grep { defined } $other, defined $other && $other == $load ? () : $load)
	{
		my @seconds = sort { $a <=> $b } map { $self->seconds_to_tell($_) // () } grep { $_->{load} == $try } @of_side;
		next unless @seconds && $seconds[0] <= $longest * $self->{seconds};
		$self->measure_once($try, $seconds[0]);
		last if Perfkit::Search::is_told($self->{measurements}, $verdict, $load);
	}
	return;
}

sub measure_once
{
	my ($self, $load, $seconds) = @_;
	my $is_rate = $self->{unit} eq 'rate';
	my $name = sprintf('%s-%d-%d', $self->{unit}, $load, $self->{search}->times_measured($load) + 1);
	my $run = $self->prepare($name, $is_rate ? ($self->{clients}, $seconds, $load) : ($load, $seconds));
	my $rows = $self->{rows};

	$self->say("    ... $load for $seconds s") if $seconds >= 30;
	$run->{opt}{'no-seed'} = 1;
	# They have the rows that were seeded before the first, which some budgets are about.
	$run->{after_seed} = sub { $run->{rows} = $rows };
	my $result = eval { $self->made($run, $name) };
	my $failure = $@;
	# The first load of all has to be possible.
	die $failure unless $result || ref $failure eq 'Perfkit::Cannot' && $failure->{refused} && @{ $self->{measurements} };
	my $measurement = $result ? Perfkit::Measurement::of_run($load, $seconds, $result)
	  : Perfkit::Measurement::refused($load, $seconds, join('; ', @{ $failure->{lines} }));
	push @{ $self->{measurements} }, $measurement;
	$self->{search}->measured($load, $measurement->{pressure});
	$self->say('    ' . Perfkit::CapacityWords::measurement($measurement, $self->{unit}));
	return $measurement;
}

# conclude(): all that was found, as capacity.json has it.
sub conclude
{
	my ($self) = @_;
	my $search = $self->{search};
	my ($held, $broke) = $search->bracket;
	my ($lower, $upper) = $search->interval;
	my %of_load;

	push @{ $of_load{ $_->{load} } }, $_ foreach @{ $self->{measurements} };
	my $found = {
		workload => $self->{workload}, label => $self->{opt}{label}, started_at => $self->{started_at}, rows => $self->{rows},
		unit => $self->{unit}, most => $self->{most}, cut => $self->{cut}, step_seconds => $self->{seconds},
		tolerance => ($self->{opt}{tolerance} // 0.05) + 0, clients => $self->{unit} eq 'rate' ? $self->{clients} : undef,
		thinks => $self->{thinks} ? \1 : \0, budgets => $self->{budgets}, complete => \1, gave_up => $search->gave_up ? \1 : \0,
		ceiling => $held, lower => $lower, beyond => $broke, upper => $upper,
		levels => [ map { Perfkit::Measurement::level($search->pressure($_), @{ $of_load{$_} }) } $search->loads ] };
	$found->{scalability} = $self->fit($found);
	# What limits the server shows where it is at its limit.
	my @at = @{ $of_load{ $held // $broke } };
	$found->{saturation} = Perfkit::Saturation::find($self->{cores}, map { $_->{observed} // () } @at);
	delete $_->{observed} foreach @{ $self->{measurements} };
	my ($shown) = map { $_->{run_id} // () } reverse @at;
	$found->{run_id} = $shown;
	Perfkit::CapacityWords::conclude($found);
	return $found;
}

# fit(FOUND): the law of scalability; undef if there are too few numbers of clients. A rate says how
# many transactions begin, whatever the number of clients.
sub fit
{
	my ($self, $found) = @_;
	my @measured = grep { ($_->{tps} // 0) > 0 } @{ $self->{measurements} };

	return undef if $self->{unit} eq 'rate';
	# The search may have ended because the server did.
	my $fit = eval {
		my $own = $self->own;
		$own->set(clients => '{' . join(',', map { $_->{load} } @measured) . '}', throughput => '{' . join(',', map { $_->{tps} } @measured) . '}');
		$own->task(Perfkit::Session::include(Perfkit::Home::sql('capacity_fit')));
	};
	die $@ if ref $@ eq 'Perfkit::Interrupted';
	return ($fit // '') eq '' ? undef : Perfkit::Json::decode($fit);
}

# store(FOUND): capacity.json; on the server, with the run that shows the ceiling; and the page.
# False if there is no page.
sub store
{
	my ($self, $found) = @_;

	Perfkit::Run::write_file($self, "$self->{output}/capacity.json", Perfkit::Json::encode($found) . "\n");
	return 0 unless defined $found->{run_id};
	my $own = $self->own;
	$own->set(run_id => $found->{run_id}, capacity => Perfkit::Json::encode($found));
	$own->attempt(Perfkit::Session::include(Perfkit::Home::sql('capacity_store')));
	return 0 if !${ $found->{complete} };
	return Perfkit::Report::beside($own, "$self->{output}/report.html", [ { ids => [ $found->{run_id} ] } ], undef, undef,
		Perfkit::Json::encode($found));
}

# keep_measured(FAILURE): the search broke off. What was measured is stored and said; the exit
# status is that of the failure, whatever it is.
sub keep_measured
{
	my ($self, $failure) = @_;
	my $count = @{ $self->{measurements} };
	return unless $count && ref $failure;

	Perfkit::Process::clear_signal();
	my $found = eval { $self->conclude };
	my $text = "$count loads were measured";
	if ($found)
	{
		$text .= "; of these alone: $found->{reason}";
		@$found{qw(complete verdict exit_status reason)} = (\0, 'ERROR', 2, "the search broke off: $text");
		eval { $self->store($found); 1 } or $text .= '; they could not be stored';
	}
	$text .= "; $self->{output} has the runs";
	if (ref $failure eq 'Perfkit::Cannot') { push @{ $failure->{lines} }, $text; }
	else { print STDERR "$self->{program}: $text\n"; }
	return;
}

1;
