# Perfkit::Report: perfkit report: stored runs as one page of HTML; and the line of block characters
# by which perfkit run shows latency over time on a terminal.
#
# The server writes the page (sql/report). Here it is only fetched, as UTF-8 whatever the client's
# encoding is, and put into a file.
package Perfkit::Report;

use strict;
use warnings;

use Perfkit::Connection;
use Perfkit::Failure;
use Perfkit::Format;
use Perfkit::Home;
use Perfkit::Json;
use Perfkit::Options;
use Perfkit::Session;

my @options = (
	['Options'],
	[ 'dsn', 'CONNINFO', 'where the runs are stored (what PGHOST and its like say)' ],
	[ 'baseline-runs', 'IDS', "compare the runs with these, in pairs, the first with the first; as\nmany as there are RUNs, such as 3,5,7", sub { [ run_ids(@_) ] } ],
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
with commas between them.
Exit status: 0 written, 2 could not be written.
TEXT
}

sub main
{
	my ($program, @arguments) = @_;
	my ($opt, @words) = Perfkit::Options::parse($program, \@options, @arguments);

	if ($opt->{help}) { print usage($program); return 0; }
	if (!@words) { print STDERR usage($program); return 2; }
	my @runs = map { run_ids('RUN', $_) } @words;
	my $path = $opt->{output} // 'perfkit-report.html';
	my $connection = Perfkit::Connection->new($opt->{dsn});

	$connection->open(only_read => 1);
	my $own = $connection->{own};
	cannot("database $connection->{facts}{database} does not have perfkit, so no runs are stored there; see --dsn")
	  unless defined $connection->{facts}{perfkit};
	my $page = page($own, \@runs, $opt->{'baseline-runs'}, $opt->{title});
	$own->close;
	if ($path eq '-') { print $page; return 0; }
	write_page($path, $page);
	print "report: $path\n" unless $opt->{quiet};
	return 0;
}

sub run_ids
{
	my ($option, $text) = @_;
	my @ids = split(/,/, $text, -1);
	cannot("$option takes numbers of runs, such as 12 or 12,14, not \"$text\"") if !@ids || grep { !/^[0-9]{1,18}\z/ } @ids;
	return @ids;
}

# page(SESSION, RUNS, BASELINE RUNS, TITLE): the page; the last two may be undef.
sub page
{
	my ($own, $runs, $baseline, $title) = @_;
	variables($own, $runs, $baseline, $title);
	return clean($own->task(Perfkit::Session::include(Perfkit::Home::sql('report_html')),
		'the report cannot be written; see the message above'));
}

sub variables
{
	my ($own, $runs, $baseline, $title) = @_;
	$own->set(report_runs => '{' . join(',', @$runs) . '}', report_title => $title // '',
		report_baseline => $baseline ? '{' . join(',', @$baseline) . '}' : '');
	return;
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

# beside(SESSION, PATH, RUNS, BASELINE RUNS, TITLE): the page as one more result of a run, which is
# complete without it. False if there is none; psql has said why.
sub beside
{
	my ($own, $path, $runs, $baseline, $title) = @_;
	variables($own, $runs, $baseline, $title);
	my $page = $own->attempt(Perfkit::Session::include(Perfkit::Home::sql('report_html')));
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
