# Perfkit::Run: perfkit run: seed a workload's tables, check its indexes, drive its load with
# pgbench, and judge it by its budgets.
#
# Thin on purpose: pgbench makes the load, the server does the arithmetic (sql/summary.sql,
# sql/verdicts.sql), and this carries the log from one to the other. It knows no workload by name.
package Perfkit::Run;

use strict;
use warnings;

use File::Path ();
use File::Temp ();
use POSIX ();
use Time::HiRes qw(time);

use Perfkit::Alternation;
use Perfkit::Ceiling;
use Perfkit::AtOnce;
use Perfkit::Baseline;
use Perfkit::Connection;
use Perfkit::Drive;
use Perfkit::Failure;
use Perfkit::Format;
use Perfkit::Home;
use Perfkit::Invariants;
use Perfkit::Json;
use Perfkit::Listener;
use Perfkit::Load;
use Perfkit::Observer;
use Perfkit::Options;
use Perfkit::Output;
use Perfkit::Pool;
use Perfkit::Prepare;
use Perfkit::Process;
use Perfkit::Result;
use Perfkit::Room;
use Perfkit::Server;
use Perfkit::Workload;

# pgbench's \sleep and -T take an int: above 2^31 us it does not sleep at all. With the largest
# scale, think times of 5 s fit.
my $largest_time_scale = 400;
my $longest_stage = 2_147_483_647;

our @ISA = ('Perfkit::Drive');

my $any_seed = Perfkit::Options::whole(0, 999999999999999999);

our @options = (
	['Server (the one PGHOST or PGDATABASE name, else a private throwaway server)'],
	[ 'dsn', 'CONNINFO', 'this server; through a pooler too' ],
	[ 'throwaway', undef, "a private server, whatever the environment says; it is gone afterwards" ],
	['Data'],
	[ 'rows', 'N', 'rows to seed (10000)', Perfkit::Options::whole(0, 1_000_000_000_000) ],
	[ 'no-seed', undef, 'take the tables as they are' ],
	[ 'no-checks', undef, 'check neither indexes nor invariants' ],
	['Load'],
	[ 'clients', 'N', 'concurrent clients, each with a connection (100)', Perfkit::Options::whole(1, 100000) ],
	[ 'duration', 'TIME', '30, 30s, 2m, 1h (30s)', \&Perfkit::Options::some_duration ],
	[ 'stages', 'N1xT1,N2xT2', "clients and duration of one stage after the other, such as\n50x2m,100x5m; 0 clients: a pause" ],
	[ 'time-scale', 'F', "multiply durations by F, at most 400, and the think times of scripts that\nuse :time_scale (1)",
		\&time_scale ],
	[ 'scenario', 'NAME[@W]...', "only this scenario, with this weight, or this mix; may be given\nseveral times" ],
	[ 'script', 'FILE[@W]...', "your own pgbench script as a scenario, with this weight (1); may be\ngiven several times, and works without a WORKLOAD" ],
	[ 'rate', 'TPS', "start transactions at this rate; latency then counts from the\nscheduled start. none: as fast as it goes, which is the default\nunless the workload or mix says otherwise",
		sub { $_[1] eq 'none' ? undef : Perfkit::Options::positive(@_) } ],
	[ 'latency-limit', 'MS', "with --rate: skip transactions that are later than this, and count\nthem as errors", \&Perfkit::Options::positive ],
	[ 'max-tries', 'N', "try serialization failures and deadlocks again, up to N tries in\nall (1)", Perfkit::Options::whole(1, 1_000_000) ],
	[ 'warmup', 'TIME', 'load that is not measured, before the load that is (0)', \&Perfkit::Options::duration ],
	[ 'ramp', 'TIME', "the beginning of each stage, which is stored but does not count, since\nconnections are still cold (a sixth of the stage, at most 5s)", \&Perfkit::Options::duration ],
	[ 'protocol', 'P', 'simple, extended or prepared (simple)', Perfkit::Options::one_of(qw(simple extended prepared)) ],
	[ 'pool', 'N', "through pgbouncer in transaction pooling, with N server connections;\nboth: with 40, and without, in turns, and compare. 0: no pool (0)",
		\&Perfkit::Pool::value ],
	[ 'jobs', 'N', "pgbench's threads (one per core)", Perfkit::Options::whole(1, 1000) ],
	[ 'random-seed', 'N', "pgbench's random seed, for the same parameters again", $any_seed ],
	@Perfkit::Listener::options,
	['Budgets and results'],
	[ 'budget', 'TEXT...', "a budget of this run: \"METRIC<LIMIT\" or \"SCENARIO METRIC<LIMIT\",\nsuch as \"p95_ms<50\" or \"min_tps>200\"; may be given several times" ],
	@Perfkit::Baseline::options,
	[ 'output', 'DIR', "where to put run.json, pgbench's reports and logs" ],
	[ 'format', 'F', "what to print: text, or for other programs junit, tap, github, markdown\nor json (then all else goes to standard error)",
		Perfkit::Options::one_of('text', Perfkit::Format::names()) ],
	[ 'label', 'TEXT', 'stored with the run, to find it by' ],
	[ 'keep-transactions', undef, "store every transaction on the server (perfkit_run_transactions), not\nonly what they add up to" ],
	[ 'quiet', undef, 'print the verdict alone' ],
	[ 'help', undef, 'this text' ]);

# main(PROGRAM, ARGUMENT...): the subcommand; its exit status.
sub main
{
	my ($program, @arguments) = @_;
	my ($given, @names) = Perfkit::Options::parse($program, \@options, @arguments);

	if ($given->{help}) { print usage($program, grep { $_ ne 'all' } @names); return 0; }
	cannot("one workload at a time: \"$names[0]\" and \"$names[1]\" were given") if @names > 1;
	if (!@names && !$given->{script}) { print STDERR usage($program); return 2; }
	if (@names && $names[0] eq 'all')
	{
		require Perfkit::All;
		return Perfkit::All::main($program, $given, @arguments);
	}
	# What is wrong with the options is to be read in the format, too.
	my $prepare = sub {
		my $prepared = prepare_run($program, $names[0], @arguments);
		$prepared->{typed} = [ $program, @arguments ];
		return $prepared;
	};
	my $run = defined $given->{format} ? undef : $prepare->();
	my $shown = join('+', map { m{([^/]+?)(?:\.sql)?(?:\@[0-9]+)?/*\z} ? $1 : $_ } @names, @names ? () : @{ $given->{script} });
	return formatted($given->{format} // $run->{opt}{format}, $shown,
		sub { return ($run // $prepare->())->run })->{exit_status};
}

# formatted(FORMAT, WORKLOAD, CODE): what CODE returns: the outcome of runs, with run.json's texts.
# In another format than text, that is all there is on standard output. If CODE raises an exception,
# that is what is printed, and it is raised again.
sub formatted
{
	my ($format, $workload, $code) = @_;
	return $code->() if ($format // 'text') eq 'text';
	open(my $out, '>&', \*STDOUT) or cannot("standard output cannot be used: $!");
	open(STDOUT, '>&', \*STDERR) or cannot("standard error cannot be used: $!");
	my $outcome = eval { $code->() };
	my $failure = $@;
	die $failure if !$outcome && ref $failure eq 'Perfkit::Interrupted';
	my @runs = $outcome ? map { Perfkit::Json::decode($_) } @{ $outcome->{json} } : without_result($workload, $failure);
	print $out Perfkit::Format::render($format, @runs);
	close($out) or cannot("standard output cannot be written to: $!");
	die $failure unless $outcome;
	return $outcome;
}

# without_result(WORKLOAD, EXCEPTION): stands for the run.json of a run that ended early.
sub without_result
{
	my ($workload, $failure) = @_;
	return { workload => $workload, verdict => 'FAIL', reason => $failure->{reason} } if ref $failure eq 'Perfkit::Ended';
	return { workload => $workload, verdict => 'ERROR', reason => ref $failure ? join("\n", @{ $failure->{lines} }) : "$failure" };
}

sub usage
{
	my ($program, $name) = @_;
	my $text = <<"TEXT" . Perfkit::Options::help(\@options);
usage: $program WORKLOAD|DIRECTORY [options]
       $program all [options]
       $program --script FILE [--script FILE]... [options]

Seeds the workload's tables, verifies its indexes, drives its load with pgbench, and judges the run by
its budgets. DIRECTORY is your own workload: a folder with pgbench scripts NAME.sql and, as you need
them, scenarios, budgets, checks, options, NAME.mix, seed.sql, prepare.sql and invariants.sql.
all: the workloads that ship, one after the other.
Exit status: 0 PASS, 1 FAIL, 2 could not run, 3 INCONCLUSIVE (too few transactions to tell).
TEXT
	$text .= "\nWorkloads: " . join(' ', Perfkit::Home::workloads()) . "\n";
	$text .= "Scenarios of $name: " . Perfkit::Workload->find($name)->list . "\n" if defined $name;
	return $text;
}

# prepare_run(PROGRAM, WORKLOAD, ARGUMENT...): a run that has everything but a server. The
# workload's own options and those of its mixes come before the caller's.
sub prepare_run
{
	my ($program, $name, @arguments) = @_;
	my ($given) = Perfkit::Options::parse($program, \@options, @arguments);
	my @scripts = @{ $given->{script} // [] };
	my $workload = defined $name ? Perfkit::Workload->find($name) : Perfkit::Workload->of_scripts(@scripts);
	my (@mixes, @asked);

	if (defined $name) { $workload->add_script($_) foreach @scripts; }
	my %is_mix = map { $_ => 1 } $workload->mixes;
	my $defaults = file_options($workload, 'options');
	foreach my $want (@{ $given->{scenario} // [] })
	{
		if ($is_mix{$want})
		{
			push @mixes, $want;
			$defaults = overlaid($defaults, file_options($workload, "$want.mix"));
		}
		else { push @asked, $want; }
	}
	my %opt = (clients => 100, duration => 30, 'time-scale' => 1, 'max-tries' => 1, warmup => 0,
		protocol => 'simple', %{ overlaid($defaults, $given) });
	my $self = bless { workload => $workload, opt => \%opt, quiet => $opt{quiet}, mixes => \@mixes }, __PACKAGE__;

	$self->{scenarios} = [ $workload->choose(@{ $defaults->{scenario} // [] }, @asked) ];
	# A rate says when transactions begin, so that nobody thinks in between.
	$self->{pauses} = [ defined $opt{rate} ? () : $workload->pauses(@{ $self->{scenarios} }) ];
	$self->{budgets} = [ $workload->budgets(@{ $opt{budget} // [] }) ];
	# The folder's budgets are for all of its scenarios; one that was typed is meant for this run.
	foreach my $text (@{ $given->{budget} // [] })
	{
		my ($scenario) = Perfkit::Workload::budget_words($text);
		cannot("--budget \"$text\": scenario $scenario is not run; those that are: "
			  . join(' ', map { $_->{name} } @{ $self->{scenarios} }))
		  unless grep { $_ eq $scenario } 'all', map { $_->{name} } @{ $self->{scenarios} };
	}
	$self->{at_once} = [ Perfkit::AtOnce::read_file($workload) ];
	$self->{checks} = $opt{'no-checks'} ? [] : [ $workload->read_checks ];
	$self->read_stages;
	$self->scaled($opt{warmup});
	Perfkit::Listener::check($self, $given);
	$self->look_at_machine;
	$opt{jobs} //= $self->{cores};
	$self->{pool} = Perfkit::Pool->new(@opt{qw(pool protocol)}) if $opt{pool};
	cannot('--notify-ceiling and --pool both exclude each other: look for the ceiling with --pool N, or --pool 0')
	  if $self->{pool} && $self->{pool}{both} && defined $opt{'notify-ceiling'};
	Perfkit::Room::descriptors($self->{most_clients}, $opt{jobs}, $self->{pool} ? $self->{pool}{size} : 0,
		Perfkit::Listener::count($self), Perfkit::AtOnce::most($self));
	cannot('--latency-limit needs --rate: without a schedule nothing is late')
	  if defined $opt{'latency-limit'} && !defined $opt{rate};
	cannot('--dsn and --throwaway exclude each other') if defined $opt{dsn} && $opt{throwaway};
	$opt{throwaway} = 1 unless defined $opt{dsn} || grep { length($ENV{$_} // '') } qw(PGHOST PGDATABASE);
	cannot('--no-seed needs a server that has the tables: give --dsn, or PGHOST or PGDATABASE')
	  if $opt{throwaway} && $opt{'no-seed'};
	Perfkit::Baseline::check($self);
	# a folder that seeds nothing has no number of rows
	$opt{rows} //= $workload->{shipped} || $workload->file('seed.sql') ? 10000 : undef;
	return $self;
}

# file_options(WORKLOAD, NAME): the options in a file of the workload's folder.
sub file_options
{
	my ($workload, $name) = @_;
	my @arguments = $workload->options($name) or return {};
	my $where = "$workload->{where}/$name";
	my ($options, @words) = Perfkit::Options::parse($where, \@options, @arguments);

	cannot("$where: \"$words[0]\" is not an option; each line is one, such as --clients 20") if @words;
	cannot("$where: --script works on the command line alone; a script of the folder is a file NAME.sql")
	  if $options->{script};
	return $options;
}

# overlaid(OPTIONS, OTHERS): the others come later, and so they win; lists are added to. The stages
# of a file give way to clients or a duration that were asked for after it.
sub overlaid
{
	my ($options, $others) = @_;
	my %all = (%$options, %$others);

	delete $all{stages} if !exists $others->{stages} && grep { exists $others->{$_} } qw(clients duration);
	foreach my $name (grep { ref $all{$_} eq 'ARRAY' } keys %all)
	{
		$all{$name} = [ map { @{ $_->{$name} // [] } } $options, $others ];
	}
	return \%all;
}

# Stages: objects of clients and scaled seconds; and the most clients there will be.
sub read_stages
{
	my ($self) = @_;
	my $opt = $self->{opt};
	my $text = $opt->{stages} // "$opt->{clients}x$opt->{duration}s";

	foreach my $stage (split(/,/, $text, -1))
	{
		my ($clients, $time) = $stage =~ /^([0-9]{1,6})x([0-9]+[smh]?)$/;
		my $seconds = defined $time ? Perfkit::Options::seconds($time) : undef;
		cannot("--stages takes clients x duration, such as 50x2m,100x5m, not \"$text\"") unless $seconds;
		push @{ $self->{stages} }, { clients => $clients + 0, seconds => $self->scaled($seconds) };
		$self->check_ramp($self->{stages}[-1]{seconds}) if $opt->{ramp} && $clients > 0;
	}
	($self->{most_clients}) = sort { $b <=> $a } map { $_->{clients} } @{ $self->{stages} // [] };
	cannot("no stage of \"$text\" has a client") unless $self->{most_clients};
	return;
}

sub time_scale
{
	my ($option, $text) = @_;
	my $scale = Perfkit::Options::positive($option, $text);
	cannot("$option takes a number up to $largest_time_scale, not \"$text\": pgbench cannot sleep for longer think times")
	  if $scale > $largest_time_scale;
	return $scale;
}

# scaled(SECONDS): times --time-scale, in whole seconds, at least one.
sub scaled
{
	my ($self, $seconds) = @_;
	my $scaled = int($seconds * $self->{opt}{'time-scale'} + 0.5);
	cannot("$seconds s times $self->{opt}{'time-scale'} are more than the $longest_stage s that pgbench takes")
	  if $scaled > $longest_stage;
	return $scaled < 1 ? 1 : $scaled;
}

# ramp(SECONDS): how many of the first seconds of a load do not count. By default none of the first
# five of a test of a few seconds: what is left has to give a verdict.
sub ramp
{
	my ($self, $seconds) = @_;
	my $ramp = $self->{opt}{ramp};
	return $ramp == 0 ? 0 : $self->scaled($ramp) if defined $ramp;
	my $sixth = int($seconds / 6);
	return $sixth < 5 ? $sixth : 5;
}

# check_ramp(SECONDS): that it leaves enough of a stage. With --pool both, each side has half of it
# at a time.
sub check_ramp
{
	my ($self, $seconds) = @_;
	my $both = ($self->{opt}{pool} // '') eq 'both';
	my $ramp = $self->ramp($seconds);

	cannot("--ramp $self->{opt}{ramp} s leaves nothing of a stage of $seconds s that counts; give a shorter --ramp, or a stage of at least "
		  . ($both ? 2 : 1) * ($ramp + 2) . ' s' . ($both ? ', since with --pool both each turn has half of it' : ''))
	  if $ramp > ($both ? POSIX::ceil($seconds / 2) : $seconds) - 2;
	return;
}

sub look_at_machine
{
	my ($self) = @_;
	my ($cores, $pages, $page) = map { eval { POSIX::sysconf($_) } // 0 } 84, 85, POSIX::_SC_PAGESIZE();
	# (the first two are Linux's numbers, for which the module has no names)
	$self->{cores} = $cores > 0 ? $cores : 1;
	$self->{memory_bytes} = $pages > 0 ? $pages * $page : 0;
	return;
}

sub say
{
	my ($self, @lines) = @_;
	return if $self->{quiet};
	print map { "$_\n" } @lines;
	return;
}

# run(CODE): all of it. Returns an object of verdict, exit_status, reason and output, and prints
# the rest. CODE is called with the run when it is judged, and its sessions are still there.
sub run
{
	my ($self, $code) = @_;

	$self->{work} = eval { File::Temp::tempdir('perfkit-run.XXXXXX', DIR => $ENV{TMPDIR} // '/tmp') }
	  // cannot('no temporary directory could be made; see TMPDIR');
	Perfkit::Process::keep(dir => $self->{work});
	mkdir("$self->{work}/results") or cannot("$self->{work} cannot be written to: $!");
	$self->{output} = Perfkit::Output::make($self);
	$self->start_server if $self->{opt}{throwaway} && !$self->{server};
	$self->connect;
	Perfkit::Baseline::find($self);
	Perfkit::Prepare::seed($self);
	$self->{after_seed}->() if $self->{after_seed};
	$self->verify_indexes;
	$self->prepare;
	Perfkit::AtOnce::check($self);
	# Scripts are run for it, and what they write must not be between the load and its invariants.
	my $before = $self->{direct_load} || defined Perfkit::Invariants::file($self);
	Perfkit::Result::sample($self);
	Perfkit::Result::measure_work($self) if $before;
	$self->{started_at} = POSIX::strftime('%Y-%m-%dT%H:%M:%SZ', gmtime);
	my $verdict = $self->{direct_load} ? Perfkit::Alternation::run($self) : $self->load_and_judge($before);
	$code->($self) if $code;
	$self->{pool}->stop if $self->{pool};
	$self->{own}->close;
	File::Path::remove_tree($self->{work});
	Perfkit::Process::forget(dir => $self->{work});
	return $verdict;
}

sub load_and_judge
{
	my ($self, $measured) = @_;
	$self->observe;
	$self->drive;
	$self->check_alive;
	Perfkit::Result::plan_again($self);
	Perfkit::Result::measure_work($self) unless $measured;
	Perfkit::Result::record($self);
	return Perfkit::Result::report($self);
}

# start_server(CONFIGURATION LINES): lines that come after those of ours.
sub start_server
{
	my ($self, @lines) = @_;
	my $memory = int($self->{memory_bytes} / 1048576);
	my $buffers = $memory / 4 < 128 ? 128 : $memory / 4 > 4096 ? 4096 : int($memory / 4);

	$self->say('starting a private server');
	# Room for the data, and for a seeding to finish before a checkpoint does it again; all else
	# as PostgreSQL has it.
	$self->{server} = Perfkit::Server->start(
		[ 'max_connections = ' . ($self->connections + 20), "shared_buffers = '${buffers}MB'",
			"max_wal_size = '4GB'", "checkpoint_timeout = '30min'", @lines ]);
	$self->{server}->enter;
	return;
}

# connections(): how many the load needs on the server.
sub connections
{
	my ($self) = @_;
	my $listeners = Perfkit::Listener::count($self);
	my $pool = $self->{pool} // return $self->{most_clients} + $listeners;
	# With both, one side's may still be closing when the other's open.
	return $listeners + $pool->{size} + ($pool->{both} ? $self->{most_clients} : 0);
}

# The server to load, with room for the clients, and perfkit on it.
sub connect
{
	my ($self) = @_;
	my $connection = $self->{connection} = Perfkit::Connection->new($self->{opt}{dsn});

	Perfkit::Home::program('pgbench');
	$connection->open;
	my $facts = $connection->{facts};
	$self->say("server: PostgreSQL $facts->{version}, database $facts->{database}"
		  . ($self->{opt}{throwaway} ? ', private' : ''));
	$self->say("note: connected through $connection->{pooler}; settings are local to transactions, and the pool"
		  . ' limits what is measured') if $connection->{pooler};
	cannot('no schema of the search_path exists, so there is none to make tables in; set search_path, or'
		  . ' create a schema that it names') unless defined $facts->{schema};
	$self->{pool}->check($connection) if $self->{pool};
	Perfkit::Room::ports($connection, $self->connections);
	Perfkit::Room::connections($connection->{own}, $self->connections,
		$self->{pool}, Perfkit::Listener::count($self))
	  unless $connection->{pooler};
	Perfkit::Listener::check_pooler($self) if $connection->{pooler};
	$connection->create_extension;
	$facts = $connection->{facts};
	cannot("you may not store runs in this database; have the owner of perfkit run: $facts->{grants}")
	  if defined $facts->{grants};
	$connection->need_extensions($self->{workload}{name}, $self->{opt}{throwaway}) if $self->{workload}{shipped};
	$self->{own} = $connection->{own};
	$self->{own}->set(workload => $self->{workload}{name},
		known => join(' ', (map { $_->{name} } @{ $self->{workload}{scenarios} }), 'all'));
	$self->{own}->set(own_budgets => Perfkit::Json::encode($self->{budgets}));
	$self->{own}->task("SELECT :perfkit.perfkit_check_budgets(:'own_budgets'::jsonb);",
		'a budget of this run is not valid; see the message above');
	Perfkit::Ceiling::limit($self) if defined $self->{opt}{'notify-ceiling'};
	my $unknown = $self->{own}->task(<<'SQL');
SELECT string_agg(DISTINCT format('%I', scenario), ', ') FROM :perfkit.perfkit_budgets
WHERE workload = :'workload' AND NOT scenario = ANY (string_to_array(:'known', ' '));
SQL
	$self->say("note: perfkit_budgets has rows of scenarios that workload $self->{workload}{name} does not have: $unknown")
	  if $unknown ne '-';
	return;
}

# The table of index checks: those of perfkit_index_checks, and the folder's own, which are in
# that table for one transaction.
sub verify_indexes
{
	my ($self) = @_;
	my $own = $self->{own};

	return if $self->{opt}{'no-checks'};
	$own->set(own_checks => Perfkit::Json::encode($self->{checks}));
	my $checks = $own->task(Perfkit::Session::include(Perfkit::Home::sql('verify')),
		'the indexes could not be checked; see the message above');
	return if $checks eq '-';
	$self->{index_checks} = $checks;
	return if $self->{quiet};
	$own->set(checks => $checks);
	print "\n", $self->table('index_checks'), "\n\n";
	return;
}

# table(NAME): what a psql file prints for people.
sub table
{
	my ($self, $name) = @_;
	my $text = $self->{own}->task("\\pset format aligned\n\\pset tuples_only off\n"
		  . Perfkit::Session::include(Perfkit::Home::sql($name)) . "\\pset format unaligned\n\\pset tuples_only on\n");
	$text =~ s/\n+\z//;
	return $text;
}

# Variables for the scripts, from the workload's prepare.sql, and everything else that pgbench is
# given.
sub prepare
{
	my ($self) = @_;
	my ($opt, $connection) = @$self{qw(opt connection)};

	$self->{variables} = [ Perfkit::Prepare::variables($self) ];
	# What the seeding left to be written is not the load's; on a server of others it is not ours
	# to order either.
	$self->{own}->ask('CHECKPOINT;')
	  if !$opt->{'no-seed'} && !defined $opt->{dsn} && ($ENV{PGHOST} // '') eq ($ENV{PERFKIT_PRIVATE_HOST} // 'none');
	$self->{load} = $self->make_load($connection->for_pgbench($self->script_paths));
	$self->start_pool if $self->{pool};
	return;
}

sub script_paths { my ($self) = @_; return map { $_->{path} } @{ $self->{scenarios} }, @{ $self->{pauses} }; }

sub start_pool
{
	my ($self) = @_;
	my $pool = $self->{pool};

	$pool->start($self->{connection}, $self->{most_clients}, $self->script_paths);
	$self->say("pool: $pool->{size} connections to the server, through pgbouncer $pool->{version}");
	$self->{direct_load} = $self->{load} if $pool->{both};
	$self->{load} = $self->make_load(@$pool{qw(conninfo env)});
	return;
}

# make_load(CONNINFO, ENVIRONMENT): a load of this run over such connections.
sub make_load
{
	my ($self, $conninfo, $env) = @_;
	my $opt = $self->{opt};
	return Perfkit::Load->new(
		program => Perfkit::Home::program('pgbench'), conninfo => $conninfo, env => $env,
		dir => "$self->{work}/results", scenarios => $self->{scenarios}, pauses => $self->{pauses},
		defines => [ "time_scale=$opt->{'time-scale'}", @{ $self->{variables} } ],
		jobs => $opt->{jobs}, protocol => $opt->{protocol}, rate => $opt->{rate},
		latency_limit => $opt->{'latency-limit'}, max_tries => $opt->{'max-tries'},
		random_seed => $opt->{'random-seed'}, quiet => $self->{quiet});
}

sub observe
{
	my ($self) = @_;
	$self->{observer} = Perfkit::Observer->new($self->{own}, sub { $self->{connection}->session },
		$self->{connection}{pooler}, $self->{pool}, @{ $self->{scenarios} });
	return;
}

sub write_file
{
	my ($self, $path, $text) = @_;
	open(my $file, '>', $path) or cannot("$path cannot be written: $!");
	print $file $text;
	close($file) or cannot("$path cannot be written: $!");
	return;
}

1;
