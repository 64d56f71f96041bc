# Perfkit::Report: perfkit report: stored runs as one page of HTML; and the line of block characters
# by which perfkit run shows latency over time on a terminal.
#
# The server writes the page (sql/report). Here it is only fetched, as UTF-8 whatever the client's
# encoding is, and put into a file. Runs out of files are imported for it, and rolled back.
#
# What names runs is a hash: ids, numbers of stored ones; or text, what perfkit export has written,
# and path, where it was.
package Perfkit::Report;

use strict;
use warnings;

use Perfkit::Connection;
use Perfkit::Failure;
use Perfkit::Format;
use Perfkit::Home;
use Perfkit::Import;
use Perfkit::Json;
use Perfkit::Options;
use Perfkit::Server;
use Perfkit::Session;

my @options = (
	['Options'],
	[ 'dsn', 'CONNINFO', 'where the runs are stored (what PGHOST and its like say)' ],
	[ 'baseline-runs', 'RUN...', "compare the runs with these, in pairs, the first with the first; as\nmany as there are RUNs, such as 3,5,7; may be given several times", \&named ],
	[ 'title', 'TEXT', "of the page (the workload's name)" ],
	[ 'output', 'FILE', 'where to put the page; - is standard output (perfkit-report.html)' ],
	[ 'quiet', undef, 'do not say where it is' ],
	[ 'help', undef, 'this text' ]);

# What the line on the terminal is made of, from the lowest to the highest.
my @blocks = map { "\xe2\x96" . chr } 0x81 .. 0x88;
my @ascii = split(//, '_.-:=+*#');
my $most_steps = 60;

sub usage
{
	my ($program) = @_;
	return <<"TEXT" . Perfkit::Options::help(\@options);
usage: $program RUN... [options]

Writes stored runs as a page of HTML that needs nothing else: verdicts, latency over time, percentiles,
stages, changes against a baseline, plans, waits, environment. RUN: a number of perfkit_runs, or several
with commas between them; or a file that perfkit export has written. Runs of files are not stored; for
files alone, without --dsn, a private server is started.
Exit status: 0 written, 2 could not be written.
TEXT
}

sub main
{
	my ($program, @arguments) = @_;
	my ($opt, @words) = Perfkit::Options::parse($program, \@options, @arguments);

	if ($opt->{help}) { print usage($program); return 0; }
	if (!@words) { print STDERR usage($program); return 2; }
	my @runs = map { named('RUN', $_) } @words;
	my $path = $opt->{output} // 'perfkit-report.html';
	my $own = connected($opt->{dsn}, @runs, @{ $opt->{'baseline-runs'} // [] });
	my $page = page($own, \@runs, $opt->{'baseline-runs'}, $opt->{title});
	$own->close;
	if ($path eq '-') { print $page; return 0; }
	write_page($path, $page);
	print "report: $path\n" unless $opt->{quiet};
	return 0;
}

# named(OPTION, TEXT): the runs that it names. A file is read before anything is started.
sub named
{
	my ($option, $text) = @_;
	my @ids = split(/,/, $text, -1);

	return { ids => \@ids } if @ids && !grep { !/^[0-9]{1,18}\z/ } @ids;
	cannot("$option takes numbers of runs, such as 12 or 12,14, or a file that perfkit export has written, not \"$text\"")
	  unless $text eq '-' || -e $text;
	my $content = Perfkit::Import::read_file($text);
	cannot("$text is the result of a run and no export: it lacks latencies by second",
		"where the run is stored, export it: perfkit export $content->{result_of} --output FILE") if defined $content->{result_of};
	return { text => $content->{text}, path => $text };
}

# connected(DSN, RUNS...): a session where they can be shown.
sub connected
{
	my ($dsn, @named) = @_;
	my $files = grep { defined $_->{text} } @named;
	my $private = !defined $dsn && $files == @named;

	Perfkit::Server->start(['max_connections = 10'])->enter if $private;
	my $connection = Perfkit::Connection->new($dsn);
	$connection->open(only_read => !$files);
	$connection->create_extension if $private;
	cannot("database $connection->{facts}{database} does not have perfkit, so no runs are stored there; see --dsn")
	  unless defined $connection->{facts}{perfkit};
	return $connection->{own};
}

# page(SESSION, RUNS, BASELINE RUNS, TITLE): the page; the last two may be undef.
sub page
{
	my ($own, $runs, $baseline, $title) = @_;
	return clean($own->trial(commands($own, $runs, $baseline, $title), 'the report cannot be written; see the message above'));
}

# commands(SESSION, RUNS, BASELINE RUNS, TITLE, CAPACITY): what prints the page.
sub commands
{
	my ($own, $runs, $baseline, $title, $capacity) = @_;
	$own->set(report_title => $title // '', report_baseline => '', report_capacity => $capacity // '');
	return join('', listed(report_runs => $runs), $baseline ? listed(report_baseline => $baseline) : (),
		Perfkit::Session::include(Perfkit::Home::sql('report_html')));
}

# listed(VARIABLE, RUNS): commands that import what has to be, and make the variable an array of all
# the numbers.
sub listed
{
	my ($variable, $named) = @_;
	return "\\set imported ''\n" . join('', map {
		defined $_->{text}
		  ? '\set document ' . Perfkit::Session::quoted($_->{text}) . "\n" . Perfkit::Session::include(Perfkit::Home::sql('import'))
		  : "SELECT concat_ws(',', nullif(:'imported', ''), '" . join(',', @{ $_->{ids} }) . "') AS imported\n\\gset\n" } @$named)
	  . "\\set $variable '{' :imported '}'\n";
}

# A database whose encoding is SQL_ASCII may store anything.
sub clean { my ($page) = @_; return Perfkit::Format::clean($page); }

sub write_page
{
	my ($path, $page) = @_;
	open(my $file, '>', $path) or cannot("$path cannot be written: $!");
	print $file $page;
	close($file) or cannot("$path cannot be written: $!");
	return;
}

# beside(SESSION, PATH, RUNS, BASELINE RUNS, TITLE, CAPACITY): the page as one more result of a run,
# which is complete without it. CAPACITY: JSON, of what perfkit capacity has found; undef: what is
# stored with the runs. False if there is none; psql has said why.
sub beside
{
	my ($own, $path, $runs, $baseline, $title, $capacity) = @_;
	my $page = $own->attempt(commands($own, $runs, $baseline, $title, $capacity), 'ROLLBACK');
	write_page($path, clean($page)) if $page ne '';
	return $page ne '';
}

# over_time(SESSION, RUN): latency over time, as lines for a terminal; none for a run without
# transactions.
sub over_time
{
	my ($own, $run_id) = @_;
	$own->set(run_id => $run_id, most_steps => $most_steps);
	my $steps = Perfkit::Json::decode($own->task(Perfkit::Session::include(Perfkit::Home::sql('timeline'))));
	return line($steps, is_utf8() ? @blocks : @ascii);
}

# line(STEPS, BLOCK...): each step an object of step, starts_s, ends_s and p95_ms.
sub line
{
	my ($steps, @shades) = @_;
	my %p95 = map { $_->{step} => $_->{p95_ms} } grep { ($_->{p95_ms} // 0) > 0 } @$steps;
	return () unless %p95;
	my ($low, @more) = sort { $a <=> $b } values %p95;
	my $high = @more ? $more[-1] : $low;
	# Less than a factor of two does not fill the scale: small changes look small.
	my $reach = log($high / $low) > log(2) ? log($high / $low) : log(2);
	my $last = $steps->[-1];
	my $text = join('', map { defined $p95{$_} ? shade(log($p95{$_} / $low) / $reach, @shades) : ' ' } 1 .. $last->{step});
	my $seconds = $steps->[0]{ends_s} - $steps->[0]{starts_s};

	return (sprintf('p95 over time, steps of %d s, logarithmic: %s is %.2f ms, %s is %.2f ms', $seconds, $shades[0], $low,
		shade(log($high / $low) / $reach, @shades), $high), "|$text| $last->{ends_s} s");
}

sub shade
{
	my ($share, @shades) = @_;
	my $place = int($share * @shades);
	return $shades[ $place > $#shades ? $#shades : $place ];
}

# is_utf8(): can the terminal show block characters? As setlocale() decides.
sub is_utf8
{
	my ($locale) = grep { length($_ // '') } @ENV{qw(LC_ALL LC_CTYPE LANG)};
	return ($locale // '') =~ /utf-?8/i;
}

1;
