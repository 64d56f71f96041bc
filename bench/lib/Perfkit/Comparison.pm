# Perfkit::Comparison: what perfkit compare has found, in words: the verdict, tables, diffs of
# plans.
#
# A comparison is compare.json, decoded; its rows are those of perfkit_compare_results(), the worst
# first. Names and texts come from scripts and servers: control characters in them are not sent to a
# terminal.
package Perfkit::Comparison;

use strict;
use warnings;

use Encode ();

use Perfkit::Format;

# Metrics that are counted, not timed.
my %is_exact = map { $_ => 1 } qw(rows buffers temp_blocks wal_records);

# conclude(ROWS, MARGIN): exit status, verdict and a sentence.
sub conclude
{
	my ($rows, $share) = @_;
	my %of = map { my $verdict = $_; $verdict => [ grep { $_->{verdict} eq $verdict } @$rows ] }
	  'WORSE', 'INCONCLUSIVE', 'BETTER', 'NOT WORSE';
	my $margin = margin($share);

	return (1, 'WORSE', phrase($of{WORSE}[0], @{ $of{WORSE} } - 1)) if @{ $of{WORSE} };
	return (3, 'INCONCLUSIVE', undecided($rows, @{ $of{INCONCLUSIVE} })) if @{ $of{INCONCLUSIVE} };
	return (0, 'BETTER', phrase($of{BETTER}[0], @{ $of{BETTER} } - 1) . "; nothing is worse by $margin") if @{ $of{BETTER} };
	return (0, 'NOT WORSE', 'none of ' . @$rows . " values is worse by $margin");
}

sub undecided
{
	my ($rows, @undecided) = @_;
	my @more = sort { $b <=> $a } map { $_->{more_pairs} // () } @undecided;
	my @rest = grep { !defined $_->{more_pairs} } @undecided;
	my $other = grep { $_->{metric} eq 'rows' } @rest;
	my $never = grep { !$is_exact{ $_->{metric} } && $_->{metric} ne 'plan' } @rest;
	my @parts = @undecided . ' of ' . @$rows . ' values cannot be told';

	push @parts, "$more[0] more pairs or so would tell " . (@more == @undecided ? 'them' : scalar @more) if @more;
	push @parts, "for $never, a longer --duration or a larger --margin is needed" if $never;
	push @parts, "in $other, the sides return other numbers of rows" if $other;
	return join('; ', @parts);
}

sub margin { my ($share) = @_; return sprintf('%.4g %%', 100 * $share); }

# phrase(ROW, MORE): what has changed, by how much, and why; and how many more rows have.
sub phrase
{
	my ($row, $more) = @_;
	my $text = "$row->{scenario} $row->{metric}";

	if ($row->{metric} ne 'plan')
	{
		$text .= ' ' . number($row->{baseline_value}) . ' -> ' . number($row->{value});
		$text .= ', ' . percent($row->{shift}) if defined $row->{shift};
		$text .= ' (95 % interval ' . percent($row->{lower}) . ' to ' . percent($row->{upper}) . ')'
		  if defined $row->{p} && defined $row->{lower} && defined $row->{upper};
	}
	$text .= ", and $more more" if $more;
	return plain($text . (defined $row->{cause} ? "; $row->{cause}" : ''));
}

sub number { my ($value) = @_; return defined $value ? sprintf(abs($value) < 100 ? '%.3f' : '%.1f', $value) : '-'; }

sub percent { my ($share) = @_; return defined $share ? sprintf(abs($share) < 1 ? '%+.1f %%' : '%+.0f %%', 100 * $share) : '-'; }

# plain(TEXT): one line, for a terminal.
sub plain { my ($text) = @_; return Perfkit::Format::one_line($text) =~ s/\t/ /gr; }

# width(TEXT): in characters.
sub width { my ($text) = @_; return length Encode::decode('UTF-8', $text); }

# table(ROWS): lines. Counts that did not change are summed up in the last.
sub table
{
	my ($rows) = @_;
	my @unchanged = grep { $is_exact{ $_->{metric} } && $_->{verdict} eq 'NOT WORSE' } @$rows;
	my @shown = grep { !$is_exact{ $_->{metric} } || $_->{verdict} ne 'NOT WORSE' } @$rows;
	my @lines = ([ 'scenario', 'metric', 'A', 'B', 'change', '95 % interval', 'verdict', 'more pairs' ],
		map { [ plain($_->{scenario}), plain($_->{metric}), number($_->{baseline_value}), number($_->{value}), percent($_->{shift}),
			defined $_->{lower} && defined $_->{upper} ? percent($_->{lower}) . ' to ' . percent($_->{upper}) : '-',
			$_->{verdict}, $_->{verdict} eq 'INCONCLUSIVE' ? $_->{more_pairs} // '?' : '' ] } @shown);
	my @width = map { my $i = $_; (sort { $b <=> $a } map { width($_->[$i]) } @lines)[0] } 0 .. 7;
	my @text = map { my $line = $_;
		join(' | ', map { my $fill = ' ' x ($width[$_] - width($line->[$_]));
			$_ > 1 && $_ < 6 || $_ == 7 ? $fill . $line->[$_] : $line->[$_] . $fill } 0 .. 7) =~ s/\s+\z//r } @lines;
	my %count;

	$count{ $_->{metric} }++ foreach @unchanged;
	splice(@text, 1, 0, join('-+-', map { '-' x $_ } @width));
	push @text, 'counted, and not worse: ' . join(', ', map { "$_ of $count{$_}" . ($count{$_} == 1 ? ' scenario' : ' scenarios') } sort keys %count)
	  if %count;
	return @text;
}

# notes(ROWS): causes and notes, each once.
sub notes
{
	my ($rows) = @_;
	my (%seen, @lines);

	foreach my $row (@$rows)
	{
		push @lines, plain("$row->{scenario}: $row->{cause}") if defined $row->{cause} && !$seen{"$row->{scenario} $row->{cause}"}++;
		push @lines, map { plain("note: $_") } grep { !$seen{$_}++ } split(/; /, $row->{note} // '');
	}
	return @lines ? ('', @lines) : ();
}

# beginning(TEXT): no more of it than a line of a terminal holds.
sub beginning
{
	my ($text) = @_;
	my $characters = Encode::decode('UTF-8', plain($text));
	return Encode::encode('UTF-8', length $characters > 120 ? substr($characters, 0, 117) . '...' : $characters);
}

# diffs(CHANGES): of plans, lines.
sub diffs
{
	my ($changes) = @_;
	return map { ('', plain("plans of $_->{scenario}, " . beginning($_->{statement}) . ':'), map { '    ' . plain($_) } split(/\n/, $_->{diff} // '')) } @$changes;
}

1;
