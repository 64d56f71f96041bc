# Perfkit::Progress: what a load says of itself while it runs, from pgbench's growing log.
#
#     my $progress = Perfkit::Progress->new($directory, $stage, $scenarios, $seconds);
#     $progress->start;  ...  $progress->stop;      a line every few seconds
#     my $text = $progress->percentiles;            for the end of a line of pgbench's
#
# Each line is about the transactions that were logged since the last one. Only the first SCENARIOS
# scripts count. pgbench writes its log in blocks of 4 kB, so a line may be about transactions of a
# little earlier, and a slow load may have nothing to say yet.
package Perfkit::Progress;

use strict;
use warnings;

use List::Util ();
use POSIX ();
use Time::HiRes qw(time);

use Perfkit::Home;
use Perfkit::Process;

# Of a log that grows faster than this only the end is read.
my $most_bytes = 1_000_000;

sub new
{
	my ($class, $dir, $stage, $scenarios, $seconds) = @_;
	return bless { glob => Perfkit::Home::quoted_glob($dir) . "/$stage.*", scenarios => $scenarios,
		every => $seconds < 20 ? 1 : 5, position => {} }, $class;
}

sub start
{
	my ($self) = @_;
	my $tell;

	@$self{qw(started last)} = (time()) x 2;
	$self->{running} = 1;
	$tell = sub {
		return unless $self->{running};
		print STDERR $self->line, "\n";
		Perfkit::Process::after($self->{every}, $tell);
	};
	Perfkit::Process::after($self->{every}, $tell);
	return;
}

sub stop { my ($self) = @_; $self->{running} = 0; return; }

sub line
{
	my ($self) = @_;
	my $now = time();
	my ($failed, $share, @latencies) = $self->read_logs;
	my $text = sprintf('progress: %.0f s, %.1f tps', $now - $self->{started}, @latencies / $share / ($now - $self->{last}));

	$self->{last} = $now;
	$text .= of_latencies(@latencies);
	$text .= ", $failed failed or skipped" if $failed;
	return $text;
}

sub percentiles
{
	my ($self) = @_;
	my ($failed, $share, @latencies) = $self->read_logs;
	return of_latencies(@latencies);
}

sub of_latencies
{
	my @sorted = sort { $a <=> $b } @_;
	return '' unless @sorted;
	return sprintf(', p50 %.1f ms, p95 %.1f ms, p99 %.1f ms',
		map { $sorted[ List::Util::max(0, POSIX::ceil($_ * @sorted) - 1) ] / 1000 } 0.5, 0.95, 0.99);
}

# read_logs(): how many failed, the share of the log that was read, and latencies in microseconds.
sub read_logs
{
	my ($self) = @_;
	my ($failed, $new, $read, @latencies) = (0, 0, 0);

	foreach my $path (glob($self->{glob}))
	{
		open(my $file, '<', $path) or next;
		my $from = $self->{position}{$path} // 0;
		my $to = -s $file;
		my $start = List::Util::max($from, $to - $most_bytes);
		my $text = '';
		seek($file, $start, 0);
		read($file, $text, $to - $start);
		# the last line may not be complete, nor the first one
		$text =~ s/[^\n]*\z//;
		$self->{position}{$path} = $start + length($text);
		$text =~ s/^[^\n]*\n// if $start > $from;
		$new += $to - $from;
		$read += $to - $start;
		while ($text =~ /^\d+ \d+ (\w+) (\d+) /mg)
		{
			my ($latency, $script) = ($1, $2);
			next if $script >= $self->{scenarios};
			if ($latency =~ /^\d/) { push @latencies, $latency; }
			else { $failed++; }
		}
	}
	return ($failed, $new ? $read / $new : 1, @latencies);
}

1;
