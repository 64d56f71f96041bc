# Perfkit::Load: pgbench's command, its run, and its report.
#
# pgbench makes the load; this starts it, and reads what it says. The log of every transaction
# goes to a directory of ours, and from there into the server.
package Perfkit::Load;

use strict;
use warnings;

use List::Util ();
use Time::HiRes qw(time);

use Perfkit::Failure;
use Perfkit::Home;
use Perfkit::Process;
use Perfkit::Progress;

# new(OPTION...): program, conninfo, env; dir: where logs and reports go; scenarios: objects of
# name, weight and path; pauses: more of them, which are not measured; defines: variables, a list of
# NAME=VALUE; jobs, protocol, rate, latency_limit, max_tries, random_seed; quiet
sub new
{
	my ($class, %opt) = @_;
	return bless { commands => [], %opt }, $class;
}

# run(STAGE, CLIENTS, SECONDS, OPTION...): one pgbench, logged but for stage 0, the warm-up. Its
# exit status. Options: starting => CODE is called just before it is started, and started => CODE
# when it has been; lost => CODE: when it returns true there is nothing left to load, and pgbench is
# ended; part: of a stage in parts, which one but the first, from 2.
sub run
{
	my ($self, $stage, $clients, $seconds, %opt) = @_;
	my $part = join('.', $stage, $opt{part} // ());
	my $report = "$self->{dir}/pgbench-$part.txt";
	my @options = $self->options($stage, $clients, $seconds);
	my @log = $stage ? ('--log', "--log-prefix=$self->{dir}/logs/$part") : ();
	my $progress = Perfkit::Progress->new("$self->{dir}/logs", $part, scalar @{ $self->{scenarios} }, $seconds);

	mkdir("$self->{dir}/logs");
	open(my $messages, '>', "$report.err") or cannot("$report.err cannot be written: $!");
	# Not the connection string, which may hold a password; paths as they are from the root of the
	# clone.
	push @{ $self->{commands} },
	  join(' ', 'pgbench', map { s/^(.*)$/Perfkit::Home::relative($1)/er } @options) if $stage;
	$opt{starting}->() if $opt{starting};
	$self->{child} = Perfkit::Process->start([ $self->{program}, @options, @log, $self->{conninfo} ],
		out => $report,
		err => sub {
			my $text = $_[0] =~ s/^(progress: .*)$/$1 . $progress->percentiles/gmer;
			print STDERR $text;
			print $messages $text;
		},
		env => $self->{env});
	$opt{started}->() if $opt{started};
	$progress->start if $stage && @{ $self->{pauses} } && !$self->{quiet};
	Perfkit::Process::wait_until(sub { $self->{child}->ended || $opt{lost} && $opt{lost}->() });
	# what it has to say about that comes first
	my $until = time() + 1;
	Perfkit::Process::pause(0.02) while !$self->{child}->ended && time() < $until;
	$self->{child}->signal('TERM') unless $self->{child}->ended;
	my $status = $self->{child}->finish;
	$progress->stop;
	close($messages);
	return $status;
}

sub options
{
	my ($self, $stage, $clients, $seconds) = @_;
	my $jobs = $self->{jobs} < $clients ? $self->{jobs} : $clients;
	my @options = ('-n', '-c', $clients, '-j', $jobs, '-T', $seconds, '-M', $self->{protocol});

	push @options, map { ('-D', $_) } @{ $self->{defines} }, "stage=$stage";
	push @options, "--random-seed=$self->{random_seed}" if defined $self->{random_seed};
	push @options, "--rate=$self->{rate}" if defined $self->{rate};
	push @options, "--latency-limit=$self->{latency_limit}" if defined $self->{latency_limit};
	push @options, "--max-tries=$self->{max_tries}" if $self->{max_tries} != 1;
	# its progress would count pauses
	push @options, '-P', $seconds < 20 ? 1 : 5 unless $self->{quiet} || @{ $self->{pauses} };
	push @options, map { ('-f', "$_->{path}\@$_->{weight}") } @{ $self->{scenarios} }, @{ $self->{pauses} };
	return @options;
}

# log_columns(): of pgbench's log, as the options make it.
sub log_columns
{
	my ($self) = @_;
	return (qw(client transaction_no latency script epoch microseconds),
		defined $self->{rate} ? 'schedule_lag' : (), $self->{max_tries} != 1 ? 'retries' : ());
}

# report(STAGE, CLIENTS, SECONDS, PART): pgbench's own counts as an object; undef when there are
# none.
sub report
{
	my ($self, $stage, $clients, $seconds, $part) = @_;
	my $name = join('.', $stage, $part // ());
	open(my $file, '<', "$self->{dir}/pgbench-$name.txt") or return undef;
	my $counts = parse_report(<$file>) // return undef;
	$counts = without_pauses($counts, scalar @{ $self->{scenarios} }) if @{ $self->{pauses} };
	return { %$counts, clients => $clients, seconds => $seconds,
		rate => defined $self->{rate} ? $self->{rate} + 0 : undef };
}

# joined(REPORT, REPORT): of a stage in two parts: one report. What is a mean of transactions stays
# one.
sub joined
{
	my ($one, $other) = @_;
	my @both = ($one, $other);
	my $transactions = List::Util::sum(map { $_->{transactions} } @both);
	my $seconds = List::Util::sum(map { $_->{tps} > 0 ? $_->{transactions} / $_->{tps} : $_->{seconds} } @both);
	my %all = %$one;

	$all{$_} = $one->{$_} + $other->{$_} foreach qw(transactions failed skipped retries seconds);
	$all{lines} = $one->{lines} + $other->{lines} if defined $one->{lines};
	$all{tps} = $transactions / $seconds;
	foreach my $mean (grep { exists $one->{$_} && exists $other->{$_} } qw(latency_avg_ms schedule_lag_avg_ms))
	{
		$all{$mean} = List::Util::sum(map { $_->{$mean} * $_->{transactions} } @both) / ($transactions || 1);
	}
	foreach my $most (grep { exists $one->{$_} } qw(schedule_lag_max_ms initial_connection_ms))
	{
		$all{$most} = List::Util::max(map { $_->{$most} // 0 } @both);
	}
	$all{scripts} = [ map {
		my $i = $_;
		+{ map { my $count = $_; $count => List::Util::sum(map { $_->{scripts}[$i]{$count} } @both) } qw(transactions errors) };
	} 0 .. $#{ $one->{scripts} } ];
	return \%all;
}

# Scripts are in the order of the command line; with a single one pgbench prints no part for it.
sub parse_report
{
	my %counts = (threads => 0, failed => 0, skipped => 0, retries => 0, tps => 0,
		initial_connection_ms => 0);
	my @scripts;
	my %field = (
		threads => qr/^number of threads: (\d+)/,
		transactions => qr/^number of transactions actually processed: (\d+)/,
		failed => qr/^number of failed transactions: (\d+)/,
		skipped => qr/^number of transactions skipped: (\d+)/,
		retries => qr/^total number of retries: (\d+)/,
		latency_avg_ms => qr/^latency average = ([\d.]+) ms/,
		schedule_lag_avg_ms => qr/^rate limit schedule lag: avg ([\d.]+)/,
		schedule_lag_max_ms => qr/^rate limit schedule lag: avg [\d.]+ \(max ([\d.]+)/,
		initial_connection_ms => qr/^initial connection time = ([\d.]+) ms/,
		tps => qr/^tps = ([\d.]+)/);

	foreach my $line (@_)
	{
		push @scripts, { transactions => 0, errors => 0 } if $line =~ /^SQL script \d+: /;
		if (@scripts)
		{
			# From 18 on, the first count includes errors, and the second one is there.
			$scripts[-1]{transactions} = $1 + 0
			  if $line =~ /^ - (\d+) transactions \(/ || $line =~ /^ - number of transactions actually processed: (\d+)/;
			$scripts[-1]{errors} += $1 if $line =~ /^ - number of (?:failed transactions|transactions skipped): (\d+)/;
		}
		foreach my $name (keys %field)
		{
			$counts{$name} = $1 + 0 if $line =~ $field{$name};
		}
	}
	return undef unless defined $counts{transactions};
	@scripts = { transactions => $counts{transactions}, errors => $counts{failed} + $counts{skipped} }
	  unless @scripts;
	return { %counts, scripts => \@scripts };
}

# without_pauses(COUNTS, SCENARIOS): of the scenarios alone, which come first. Several threads lose
# counts of single scripts (see compare.sql), so the sum of these may be too small. The total is
# exact: so many lines has the log.
sub without_pauses
{
	my ($counts, $scenarios) = @_;
	my @scripts = @{ $counts->{scripts} }[ 0 .. $scenarios - 1 ];
	my $measured = List::Util::sum0(map { $_->{transactions} } @scripts);
	my $share = $counts->{transactions} > 0 ? $measured / $counts->{transactions} : 0;
	return { %$counts, scripts => \@scripts, transactions => $measured, tps => $counts->{tps} * $share, pauses => \1,
		lines => $counts->{transactions} + $counts->{failed} + $counts->{skipped} };
}

# statements(SCENARIO, TRANSACTIONS): what the scenario's script sends in so many transactions of
# one client, which are run for it: a list of texts with the variables' values in them. undef when
# the script fails; its last words are in $self->{last_words}. Only statements that can be planned
# are in the list; what else the script runs, but for commands that touch no blocks, is named in
# $self->{unplanned}.
sub statements
{
	my ($self, @what) = @_;
	return $self->captured($self->capture(@what));
}

# capture(SCENARIO, TRANSACTIONS, SEED, READ_ONLY): begin that; captured(CAPTURE): wait for it.
# Several may run at once. pgbench says what it sends when it is asked to debug. The same seed gives
# the same parameters. READ_ONLY: let nothing be written, and no statement take longer than so many
# seconds; undef where the script's own transactions are not simple enough for that.
sub capture
{
	my ($self, $scenario, $transactions, $seed, $read_only) = @_;
	my $capture = { statements => [], unplanned => {}, tail => [] };
	my $path = $self->plain_script($scenario, $read_only) // return undef;

	my @defines = grep { !/^time_scale=/ } @{ $self->{defines} };
	$capture->{child} = Perfkit::Process->start(
		[ $self->{program}, qw(-n -c 1 --debug -D time_scale=0 -D stage=0), '--random-seed=' . ($seed // 7), '-t',
			$transactions, (map { ('-D', $_) } @defines), '--max-tries=100', '-f', "$path\@1",
			$self->{conninfo} ],
		out => '/dev/null',
		err => sub { hear($capture, "$_\n") foreach split(/\n/, $_[0]) },
		env => $self->{env});
	return $capture;
}

# plain_script(SCENARIO, READ_ONLY): the path of its script, or of a copy that sends one statement
# after the other: only in the simple protocol are values part of the statements, and it has no
# pipelines.
sub plain_script
{
	my ($self, $scenario, $read_only) = @_;
	open(my $script, '<', $scenario->{path}) or cannot("$scenario->{path} cannot be read: $!");
	my $text = do { local $/; <$script> };

	my $changed = $text =~ s/^\s*\\(?:start|sync|end)pipeline\b.*\n?//mg;
	if ($read_only) { $text = read_only($text, $read_only) // return undef; }
	elsif (!$changed) { return $scenario->{path}; }
	my $path = "$self->{dir}/logs/$scenario->{name}.plain";
	mkdir("$self->{dir}/logs");
	open(my $copy, '>', $path) or cannot("$path cannot be written: $!");
	print $copy $text;
	close($copy) or cannot("$path cannot be written: $!");
	return $path;
}

# read_only(TEXT, SECONDS): the script as one transaction in which nothing can be written. undef
# unless its own transactions begin and end on lines of their own. The server ends what takes longer
# than so many seconds: a pgbench that is killed leaves its statement running, beside the load.
sub read_only
{
	my ($text, $seconds) = @_;
	my $begins = $text =~ s/^[ \t]*(?:BEGIN|START[ \t]+TRANSACTION)\b[^;\\\n]*;[ \t]*$//gim;
	my $ends = $text =~ s/^[ \t]*(?:COMMIT|END)\b[^;\\\n]*;[ \t]*$//gim;

	# (a body in dollar quotes has lines like these, too)
	return undef if $begins != $ends || $text =~ /\$\w*\$/ && $begins;
	return undef if $text =~ m{(?:^|;|\*/)\s*(?:BEGIN|START\s+TRANSACTION|COMMIT|END|ROLLBACK(?!\s+TO)|ABORT|PREPARE\s+TRANSACTION)\b}im;
	# what would undo it, and what no transaction rolls back
	return undef if $text =~ /\bREAD\s+WRITE\b|\btransaction_read_only\b|^\s*\\(?:set)?shell\b/im;
	return "BEGIN READ ONLY;\nSET LOCAL statement_timeout = '${seconds}s';\n$text\n;\nROLLBACK;\n";
}

# heard(CAPTURE): the same, and those of a script that failed, as far as it came.
sub heard { my ($self, $capture) = @_; captured($self, $capture); return $capture->{statements}; }

sub captured
{
	my ($self, $capture) = @_;
	my $status = $capture->{child}->finish;
	complete($capture);
	$self->{last_words} = join('', @{ $capture->{tail} });
	$self->{unplanned} = join(', ', sort keys %{ $capture->{unplanned} });
	return $status == 0 ? $capture->{statements} : undef;
}

# hear(CAPTURE, LINE): a statement begins where pgbench says so, and goes on to its next word.
sub hear
{
	my ($capture, $line) = @_;

	if ($line =~ /^pgbench: .*client 0 sending (.*)/s) { complete($capture); $capture->{text} = $1; return; }
	if ($line =~ /^pgbench: /) { complete($capture); }
	elsif (defined $capture->{text}) { $capture->{text} .= $line; return; }
	# what it says of every command while it works is not shown
	push @{ $capture->{tail} }, $line unless $line =~ /^pgbench: (?!error)/;
	shift @{ $capture->{tail} } if @{ $capture->{tail} } > 6;
	return;
}

my %planned = map { $_ => 1 } qw(SELECT INSERT UPDATE DELETE MERGE WITH VALUES TABLE);
my %touches_nothing = map { $_ => 1 } qw(BEGIN START COMMIT END ROLLBACK ABORT SAVEPOINT RELEASE SET RESET
  SHOW PREPARE DEALLOCATE LISTEN UNLISTEN NOTIFY DISCARD LOCK);
my $blank = qr{(?:\s|--[^\n]*(?:\n|\z)|(?<comment>/\*(?:[^*/]|\*(?!/)|/(?!\*)|(?&comment))*+\*/))*+};

# The first word tells statements apart. Of several that are sent together it tells only the first,
# so they count as one that cannot be planned.
sub complete
{
	my ($capture) = @_;
	my $text = delete $capture->{text} // return;
	my $word = $text =~ /^(?:$blank\()*+$blank(?<word>[A-Za-z]+)/ ? uc($+{word}) : '?';

	if ($planned{$word}) { push @{ $capture->{statements} }, $text; }
	elsif ($text =~ /^$blank;?$blank\z/) { }
	elsif (!$touches_nothing{$word}) { $capture->{unplanned}{$word} = 1; }
	elsif ($text =~ /;$blank[^\s;]/) { $capture->{unplanned}{"$word; ..."} = 1; }
	return;
}

1;
