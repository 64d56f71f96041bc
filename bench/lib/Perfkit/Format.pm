# Perfkit::Format: runs as other programs read them: JUnit XML, TAP, GitHub, Markdown, JSON.
#
#     print Perfkit::Format::render('junit', $run, ...);     $run: run.json, decoded
#     Perfkit::Format::names();                              the formats
#
# A case is a budget, a check or an invariant; of perfkit compare, a scenario and a metric, where
# WORSE has failed, and NOT WORSE and BETTER have passed. A run that ended early has only workload,
# verdict (FAIL, or ERROR: it could not run) and reason, which make a single case. INCONCLUSIVE has
# no counterpart in these formats: it is a skipped case with a message, and the exit status tells
# it. A check that was NOT JUDGED is skipped, too. Text from the run (names, labels, what the server
# said) is escaped for each format; what is not UTF-8, and control characters, become U+FFFD.
package Perfkit::Format;

use strict;
use warnings;

use Encode ();

use Perfkit::Json;

# GitHub shows no more annotations of a step.
my $most_annotations = 10;

my %renderer = (json => \&json, junit => \&junit, tap => \&tap, github => \&github, markdown => \&markdown);
my %rank = (ERROR => -1, FAIL => 0, INCONCLUSIVE => 1, 'NOT JUDGED' => 2, PASS => 3);

sub names { return sort keys %renderer; }

sub render
{
	my ($format, @runs) = @_;
	return json(@runs) if $format eq 'json';
	# the two runs of --pool both have one workload
	return $renderer{$format}->(map { defined $_->{side} ? { %$_, workload => "$_->{workload}.$_->{side}" } : $_ } @runs);
}

# clean(TEXT): as UTF-8, without what no format can hold.
sub clean
{
	my ($text) = @_;
	my $characters = Encode::decode('UTF-8', $text // '');
	$characters =~ s/[^\x{9}\x{A}\x{D}\x{20}-\x{7E}\x{85}\x{A0}-\x{D7FF}\x{E000}-\x{FFFD}\x{10000}-\x{10FFFF}]/\x{FFFD}/g;
	return Encode::encode('UTF-8', $characters);
}

sub one_line { my ($text) = @_; return join(' ', split(/\s*[\r\n]+\s*/, clean($text))); }

# number(VALUE): as the terminal shows it.
sub number
{
	my ($value) = @_;
	return '?' unless defined $value;
	return $value unless $value =~ /^-?[0-9.]+(?:[eE][-+]?\d+)?$/;
	return sprintf('%.3f', $value) =~ s/\.?0+$//r;
}

# cases(RUN): objects of kind, name, verdict and message, in the order of the run.
sub cases
{
	my ($run) = @_;
	return map { compared($_) } @{ $run->{rows} } if ref $run->{rows} eq 'ARRAY';
	return { kind => $run->{self_check} ? 'false alarms' : $run->{levels} ? 'capacity' : 'run', name => 'result', verdict => $run->{verdict}, excess => 'inf',
		message => $run->{reason} }
	  unless $run->{summary};
	my @cases = map {
		my $stage = defined $_->{stage} ? "stage $_->{stage}, " : '';
		my $interval = defined $_->{lower} || defined $_->{upper}
		  ? " (95 % interval " . number($_->{lower}) . ' to ' . number($_->{upper}) . ')' : '';
		my $more = $_->{verdict} ne 'INCONCLUSIVE' ? ''
		  : defined $_->{more_seconds} ? "; about $_->{more_seconds} more seconds of load would tell"
		  : defined $_->{more_transactions} ? "; about $_->{more_transactions} more transactions would tell"
		  : '; it cannot be told';
		{ kind => 'budget', name => "$stage$_->{scenario} $_->{metric}", verdict => $_->{verdict}, excess => excess($_),
			message => "$_->{metric} is " . number($_->{observed}) . $interval . ", limit " . number($_->{limit_value}) . $more }
	} @{ $run->{verdicts} };
	push @cases, map {
		{ kind => $_->{kind} // 'index check', name => $_->{check_name}, verdict => $_->{verdict}, excess => 0,
			message => $_->{reason} // 'uses ' . ($_->{used_index} // 'no index') }
	} @{ $run->{index_checks} };
	push @cases, map {
		{ kind => 'invariant', name => $_->{invariant}, verdict => $_->{ok} ? 'PASS' : 'FAIL', excess => 'inf',
			message => $_->{detail} // ($_->{ok} ? 'holds' : 'does not hold') }
	} @{ $run->{invariants} };
	push @cases, baseline_cases($run->{baseline}) if $run->{baseline};
	# such as that no budget applies
	push @cases, { kind => 'run', name => 'verdict', verdict => $run->{verdict}, excess => 0, message => 'of the run as a whole' }
	  unless grep { $_->{verdict} eq $run->{verdict} } @cases;
	return @cases;
}

# compared(ROW): of a comparison. They come in an order of their own, the worst first.
sub compared
{
	my ($row) = @_;
	my %verdict = (WORSE => 'FAIL', 'NOT WORSE' => 'PASS', BETTER => 'PASS');
	my $message = '';

	if ($row->{metric} ne 'plan')
	{
		$message = number($row->{baseline_value}) . ' -> ' . number($row->{value});
		$message .= sprintf(', %+.1f %%', 100 * $row->{shift}) if defined $row->{shift};
		$message .= sprintf(' (95 %% interval %+.1f %% to %+.1f %%)', 100 * $row->{lower}, 100 * $row->{upper})
		  if defined $row->{p} && defined $row->{lower} && defined $row->{upper};
		$message .= defined $row->{more_pairs} ? "; about $row->{more_pairs} more pairs would tell" : '; it cannot be told'
		  if $row->{verdict} eq 'INCONCLUSIVE';
	}
	$message = join('; ', grep { length } $message, $row->{cause} // '');
	return { kind => 'comparison', name => "$row->{scenario} $row->{metric}", verdict => $verdict{ $row->{verdict} } // $row->{verdict},
		word => $row->{verdict}, excess => 0, message => $message };
}

# word(CASE): its verdict as people read it.
sub word { my ($case) = @_; return $case->{word} // $case->{verdict}; }

# baseline_cases(BASELINE): what the comparison with a baseline has found. Times are not judged, so
# one case says that for all of them.
sub baseline_cases
{
	my ($baseline) = @_;
	my @rows = @{ $baseline->{comparison} };
	my ($time) = grep { $_->{verdict} eq 'NOT JUDGED' && $_->{scenario} eq 'all' && $_->{metric} eq 'p95_ms' } @rows;

	return map {
		my $case = compared($_);
		my @notes = $_->{verdict} =~ /^(?:NOT WORSE|BETTER)$/ ? () : grep { defined } $_->{note};
		$case->{name} = 'times' if $_ == ($time // 0);
		+{ %$case, kind => 'baseline', message => join('; ', "$case->{message} (baseline $baseline->{name})", @notes) };
	} grep { $_->{verdict} ne 'NOT JUDGED' || $_ == ($time // 0) } @rows;
}

sub is_skipped { my ($case) = @_; return $case->{verdict} !~ /^(?:PASS|FAIL|ERROR)$/; }

# excess(BUDGET): how many times the limit, as far as that can be said.
sub excess
{
	my ($budget) = @_;
	my ($observed, $limit) = @$budget{qw(observed limit_value)};

	return 'inf' if !defined $observed || $observed eq 'Infinity';
	return 0 + ($budget->{metric} =~ /^min_/ ? ($observed > 0 ? $limit / $observed : 'inf')
		: $limit > 0 ? $observed / $limit : 'inf');
}

# Invariants that do not hold come first, then the budgets that are missed by most.
sub worst_first { return sort { $rank{ $a->{verdict} } <=> $rank{ $b->{verdict} } || $b->{excess} <=> $a->{excess} } @_; }

sub json
{
	my @runs = @_;
	return Perfkit::Json::encode(@runs == 1 ? $runs[0] : \@runs) . "\n";
}

sub xml { return clean($_[0]) =~ s/&/&amp;/gr =~ s/</&lt;/gr =~ s/>/&gt;/gr =~ s/"/&quot;/gr =~ s/\n/&#10;/gr =~ s/\r/&#13;/gr =~ s/\t/&#9;/gr; }

sub junit
{
	my $text = qq{<?xml version="1.0" encoding="UTF-8"?>\n<testsuites>\n};
	foreach my $run (@_)
	{
		my @cases = cases($run);
		my %count = (FAIL => 0, ERROR => 0, skipped => 0);
		$count{ is_skipped($_) ? 'skipped' : $_->{verdict} }++ foreach @cases;
		$text .= sprintf(qq{  <testsuite name="perfkit.%s" tests="%d" failures="%d" skipped="%d" errors="%d" time="%.3f"%s>\n},
			xml($run->{workload}), scalar @cases, @count{qw(FAIL skipped ERROR)}, $run->{duration_s} // 0,
			defined $run->{started_at} ? ' timestamp="' . xml($run->{started_at} =~ s/[+Z].*//r) . '"' : '');
		foreach my $case (@cases)
		{
			my ($message, $kind) = (xml($case->{message}), $case->{kind} =~ s/ /_/gr);
			$message = "$case->{word}: $message" if defined $case->{word} && !is_skipped($case);
			$text .= sprintf(qq{    <testcase classname="perfkit.%s.%s" name="%s" time="0"}, xml($run->{workload}), $kind, xml($case->{name}));
			$text .= $case->{verdict} eq 'FAIL' ? qq{>\n      <failure message="$message"/>\n    </testcase>\n}
			  : $case->{verdict} eq 'ERROR' ? qq{>\n      <error message="$message"/>\n    </testcase>\n}
			  : is_skipped($case) ? qq{>\n      <skipped message="$case->{verdict}: $message"/>\n    </testcase>\n}
			  : "/>\n";
		}
		$text .= "  </testsuite>\n";
	}
	return $text . "</testsuites>\n";
}

# In a description, # would begin a directive.
sub tap_text { return one_line($_[0]) =~ s/\\/\\\\/gr =~ s/#/\\#/gr; }

sub tap
{
	my ($text, $number) = ('', 0);
	foreach my $run (@_)
	{
		foreach my $case (cases($run))
		{
			my $name = tap_text("$run->{workload}: $case->{kind} $case->{name}");
			my $message = one_line($case->{message});
			$message = "$case->{word}: $message" if defined $case->{word} && !is_skipped($case);
			$number++;
			my $failed = $case->{verdict} =~ /^(?:FAIL|ERROR)$/;
			$text .= ($failed ? 'not ok' : 'ok') . " $number - $name";
			$text .= " # SKIP $case->{verdict}: $message" if is_skipped($case);
			$text .= "\n";
			$text .= "# $message\n" if $failed;
		}
	}
	return "TAP version 13\n1..$number\n$text";
}

sub command_text { return clean($_[0]) =~ s/%/%25/gr =~ s/\r/%0D/gr =~ s/\n/%0A/gr; }

sub property { return command_text($_[0]) =~ s/:/%3A/gr =~ s/,/%2C/gr; }

# Annotations on standard output; the tables go to the step's summary where the job has one.
sub github
{
	my @runs = @_;
	my ($text, @found) = ('');

	foreach my $run (@runs)
	{
		push @found, map { { %$_, workload => $run->{workload} } } grep { $_->{verdict} =~ /^(?:ERROR|FAIL|INCONCLUSIVE)$/ } cases($run);
	}
	@found = worst_first(@found);
	foreach my $case (@found[ 0 .. ($#found < $most_annotations - 1 ? $#found : $most_annotations - 1) ])
	{
		$text .= '::' . ($case->{verdict} eq 'INCONCLUSIVE' ? 'warning' : 'error')
		  . ' title=' . property("perfkit $case->{workload}: $case->{kind} $case->{name}")
		  . '::' . command_text(word($case) . ": $case->{message}") . "\n";
	}
	$text .= "::notice title=perfkit::" . (@found - $most_annotations) . " more are in the summary\n" if @found > $most_annotations;
	if (length($ENV{GITHUB_STEP_SUMMARY} // ''))
	{
		open(my $file, '>>', $ENV{GITHUB_STEP_SUMMARY}) or return $text . "::warning title=perfkit::the step's summary cannot be written\n";
		print $file markdown(@runs);
		close($file);
	}
	return $text . join('', map { 'perfkit ' . one_line("$_->{workload}: $_->{verdict}") . "\n" } @runs);
}

sub cell { return one_line($_[0]) =~ s/([\\`*_\{\}\[\]()#+!|~-])/\\$1/gr =~ s/&/&amp;/gr =~ s/</&lt;/gr =~ s/>/&gt;/gr; }

sub row { return '| ' . join(' | ', @_) . " |\n"; }

sub markdown
{
	my $text = '';
	foreach my $run (@_)
	{
		my @cases = worst_first(cases($run));
		my @shown = grep { $_->{verdict} ne 'PASS' } @cases;
		my %passed;
		$passed{ $_->{kind} }++ foreach grep { $_->{verdict} eq 'PASS' } @cases;
		$text .= '## perfkit ' . cell($run->{workload}) . ": $run->{verdict}\n\n";
		$text .= cell($run->{label}) . "\n\n" if defined $run->{label};
		$text .= cell($run->{reason}) . "\n\n" if defined $run->{reason} && ($run->{rows} || $run->{levels});
		if (@shown)
		{
			$text .= row(qw(Verdict What Case Result)) . row(('---') x 4);
			$text .= row(word($_), $_->{kind}, cell($_->{name}), cell($_->{message})) foreach @shown;
			$text .= "\n";
		}
		$text .= 'Passed: ' . join(', ', map { "$_ ($passed{$_})" } sort keys %passed) . "\n\n" if %passed;
		$text .= plan_changes($run);
		next unless $run->{summary};
		$text .= row('Scenario', 'Transactions', 'tps', 'p50 ms', 'p95 ms', 'p99 ms', 'Errors') . row('---', ('---:') x 6);
		foreach my $line (grep { !defined $_->{stage} } @{ $run->{summary} })
		{
			$text .= row(cell($line->{scenario}), $line->{transactions}, map({ number($_) } @$line{qw(tps p50_ms p95_ms p99_ms)}), $line->{errors});
		}
		$text .= "\n";
	}
	return $text;
}

# plan_changes(COMPARISON): as code, which needs no escapes where each line is indented.
sub plan_changes
{
	my ($run) = @_;
	return join('', map {
		'Plans of ' . cell("$_->{scenario}: $_->{statement}") . ":\n\n"
		  . join('', map { '    ' . one_line($_) . "\n" } split(/\n/, $_->{diff} // '')) . "\n";
	} ref $run->{plan_changes} eq 'ARRAY' ? @{ $run->{plan_changes} } : ());
}

1;
