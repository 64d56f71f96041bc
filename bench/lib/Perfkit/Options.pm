# Perfkit::Options: command lines. Each subcommand describes its options once, as data; parsing,
# checking and the help all follow from that.
#
#     my @options = ([ 'rows', 'N', 'rows to seed (10000)', \&count ], [ 'quiet', undef, '...' ]);
#     my ($values, @others) = Perfkit::Options::parse('perfkit run', \@options, @ARGV);
#
# An option is its name, what stands for its value (undef: it has none), its help, and a function
# that takes the option and its text and returns the value, or raises what is wrong with it. One
# whose stand-in ends in "..." may be given several times, and its value is a list. A line with
# one element is a heading of the help.
package Perfkit::Options;

use strict;
use warnings;

use Perfkit::Failure;

# parse(PROGRAM, OPTIONS, ARGUMENT...): hash of those that were given, and the other arguments.
sub parse
{
	my ($program, $options, @arguments) = @_;
	my %known = map { $_->[0] => $_ } grep { @$_ > 1 } @$options;
	my (%values, @others);

	$known{help} //= [ 'help', undef, '' ];
	while (@arguments)
	{
		my $argument = shift @arguments;
		my ($name, $text);

		$argument = '--help' if $argument eq '-h';
		$argument = '--quiet' if $argument eq '-q';
		if ($argument eq '--') { push @others, splice(@arguments); last; }
		elsif ($argument =~ /^--([^=]+)=(.*)$/s) { ($name, $text) = ($1, $2); }
		elsif ($argument =~ /^--(.+)$/s) { $name = $1; }
		elsif ($argument =~ /^-./) { cannot("there is no option $argument; see $program --help"); }
		else { push @others, $argument; next; }

		my $option = $known{$name} // cannot("there is no option --$name; see $program --help");
		my (undef, $stand_in, undef, $check) = @$option;
		if (!defined $stand_in)
		{
			cannot("--$name takes no value") if defined $text;
			$values{$name} = 1;
			next;
		}
		$text //= @arguments ? shift @arguments : cannot("--$name needs a value; see $program --help");
		my $value = $check ? $check->("--$name", $text) : $text;
		if ($stand_in =~ /\.\.\.$/) { push @{ $values{$name} }, $value; }
		else { $values{$name} = $value; }
	}
	return (\%values, @others);
}

# help(OPTIONS): a paragraph for each heading.
sub help
{
	my ($options) = @_;
	my $text = '';
	foreach my $option (@$options)
	{
		my ($name, $stand_in, $help) = @$option;
		if (@$option == 1) { $text .= "\n$name\n"; next; }
		my $left = "--$name" . (defined $stand_in ? ' ' . $stand_in =~ s/\.\.\.$//r : '');
		my @lines = split(/\n/, $help);
		# a long name has its line for itself
		unshift(@lines, '') if length $left > 23;
		$text .= sprintf("  %-24s%s\n", $left, shift @lines) =~ s/ +$//r;
		$text .= sprintf("  %-24s%s\n", '', $_) foreach @lines;
	}
	return $text;
}

# What values may be.

# whole(LEAST, MOST): a check for whole numbers.
sub whole
{
	my ($least, $most) = @_;
	return sub {
		my ($option, $text) = @_;
		cannot("$option takes a whole number from $least to $most, not \"$text\"")
		  if $text !~ /^[0-9]{1,18}$/ || $text < $least || $text > $most;
		return $text + 0;
	};
}

sub positive
{
	my ($option, $text) = @_;
	cannot("$option takes a number above 0, not \"$text\"")
	  if $text !~ /^(?:[0-9]{1,9}(?:\.[0-9]{0,9})?|\.[0-9]{1,9})$/ || $text !~ /[1-9]/;
	return $text;
}

# seconds(TEXT): 30, 30s, 2m or 1h in seconds; undef when it is none of these.
sub seconds
{
	my ($text) = @_;
	my ($number, $unit) = $text =~ /^([0-9]{1,7})([smh]?)$/ or return undef;
	return $number * { '' => 1, s => 1, m => 60, h => 3600 }->{$unit};
}

sub duration
{
	my ($option, $text) = @_;
	return seconds($text) // cannot("$option takes 30, 30s, 2m or 1h, not \"$text\"");
}

sub some_duration
{
	my ($option, $text) = @_;
	return duration($option, $text) || cannot("$option must be above 0");
}

# one_of(NAME...): a check for words.
sub one_of
{
	my @names = @_;
	my $list = join(', ', @names[ 0 .. $#names - 1 ]) . " or $names[-1]";
	return sub {
		my ($option, $text) = @_;
		return $text if grep { $_ eq $text } @names;
		cannot("$option is $list, not \"$text\"");
	};
}

1;
