#!/usr/bin/perl
# test/lib/lint.pl CHECK FILE...: the checks of test/lint that have to read source text. Each prints
# what breaks it, a line a place.
#
#     functions   functions of C over 80 lines
#     exported    functions of C that one file alone uses and that are not static, and functions
#                 that are declared and used nowhere; the files have to be all of them
#     columns     comments and prose beyond column 100, with tabs of four
#     words       words and phrases that plain English does without
use strict;
use warnings;

my %check = (functions => \&functions, exported => \&exported, columns => \&columns, words => \&words);
my ($name, @files) = @ARGV;
die "usage: test/lib/lint.pl " . join('|', sort keys %check) . " FILE...\n" unless $name && $check{$name};

# lines(FILE): its lines, without the line ends.
sub lines
{
	my ($file) = @_;
	open(my $handle, '<', $file) or die "$file: $!\n";
	chomp(my @lines = <$handle>);
	return @lines;
}

# A function's body is what braces in the first column enclose; clang-format sees to them.
sub functions
{
	foreach my $file (@_)
	{
		my ($number, $begin, $head) = (0);
		foreach my $line (lines($file))
		{
			$number++;
			$head = $line if $line =~ /^\w.*\(/;
			$begin = $number if $line eq '{';
			next unless $line eq '}' && $begin;
			my $length = $number - $begin - 1;
			print "$file:$begin: $length lines: ", $head =~ s/\(.*//r, "\n" if $length > 80;
			undef $begin;
		}
	}
	return;
}

# code(FILE): its text without comments and strings.
sub code
{
	my $text = join("\n", lines($_[0])) . "\n";
	$text =~ s{(/\*.*?\*/|//[^\n]*)|("(?:[^"\\]|\\.)*"|'(?:[^'\\]|\\.)*')}{ $1 // '' ? ' ' : '""' }gse;
	return $text;
}

# PG_FUNCTION_INFO_V1 declares what fmgr calls, and the entry point of a parallel worker is named in
# a string. What a unit test alone calls counts as used.
sub exported
{
	my %code = map { $_ => code($_) } @_;
	my (%declared, %uses);

	foreach my $file (sort grep { m{^src/.*\.h$} } keys %code)
	{
		$declared{$1} = $file while $code{$file} =~ /^(?:extern|PGDLLEXPORT)\b[^;(]*?\b(\w+)\s*\([^;]*;/mg;
	}
	foreach my $file (keys %code)
	{
		my %count;
		$count{$1}++ while $code{$file} =~ /\b([A-Za-z_]\w*)\b/g;
		$uses{$_}{$file} = $count{$_} foreach keys %count;
	}
	foreach my $function (sort keys %declared)
	{
		my $header = $declared{$function};
		my @defined = grep { m{^src/.*\.c$} && $code{$_} =~ /^(?!extern\b)[^\n;#]*\b\Q$function\E\([^;{}]*\)\s*\{/m }
		  keys %{ $uses{$function} };
		my @others = grep { $_ ne $header && $_ ne ($defined[0] // '') } keys %{ $uses{$function} };
		next if @others || $uses{$function}{$header} > 1;
		if (!@defined) { print "$header: $function is declared and not defined\n"; }
		elsif ($uses{$function}{ $defined[0] } == 1) { print "$header: $function is used nowhere\n"; }
		else { print "$header: $function is used in $defined[0] alone, where it could be static\n"; }
	}
	# and those that no header declares
	foreach my $file (sort grep { m{^src/.*\.c$} } keys %code)
	{
		while ($code{$file} =~ /^(?!static\b)(\w[\w \t*]*?[ \t*]*\n?)\b(\w+)\([^;{}]*\)\s*\{/mg)
		{
			my ($type, $function) = ($1, $2);
			next if $type =~ /\bstatic\b/ || $declared{$function} || $function eq '_PG_init' || $type =~ /^\s*$/;
			next if $code{$file} =~ /\bPG_FUNCTION_INFO_V1\(\Q$function\E\)/ || $function =~ /^PG_/;
			next if grep { /"\Q$function\E"/ } lines($file);
			print "$file: $function is in no header, and not static\n";
		}
	}
	return;
}

# kind(FILE): how comments are written in it.
sub kind
{
	my ($file) = @_;
	return 'c' if $file =~ /\.[ch]$/;
	return 'sql' if $file =~ /\.(?:sql|psql|spec)$/;
	return 'prose' if $file =~ /\.md$/;
	return 'hash';
}

# Tables, code blocks and links are as long as they are; so is a command or a path that a comment
# cannot break: a word of over 60 characters.
sub columns
{
	foreach my $file (@_)
	{
		my $kind = kind($file);
		my ($number, $inside) = (0, 0);
		foreach my $line (lines($file))
		{
			my ($is_comment, $text) = (0, $line);
			$number++;
			if ($kind eq 'c')
			{
				$is_comment = $inside || $line =~ m{^\s*(?:/\*|//)};
				$inside = 1 if $line =~ m{^\s*/\*};
				$inside = 0 if $line =~ m{\*/};
			}
			elsif ($kind eq 'prose')
			{
				$inside = !$inside if $line =~ /^\s*```/;
				$is_comment = !$inside && $line !~ /^(?:\s*\||    |\t|\[)/;
			}
			elsif ($kind eq 'sql') { $is_comment = $line =~ /^\s*--/; }
			else { $is_comment = $line =~ /^\s*#/ && $line !~ /^#!|shellcheck/; }
			next unless $is_comment;
			1 while $text =~ s/^([^\t]*)\t/$1 . ' ' x (4 - length($1) % 4)/e;
			print "$file:$number: ", length $text, " columns\n" if length $text > 100 && $text !~ /\S{60}/;
		}
	}
	return;
}

# The quoted words of a vocabulary may be any. This list has only words that are wrong wherever they
# stand, so that no other line need be exempt.
my $plain = qr{
	\b(?: anew | mend(?:s|ed|ing)?(?!\() | whoever | whosoever | thereof | whereof | amiss
	    | of\ yours | (?:has|have)\ (?:not|no)\ the | besides?\ it\b(?!s)
	    | that\ there\ is\ not | nobody\ can | be\ it\ (?:a|the|everybody)
	    | had\ it\ not | did\ the\ query | may\ by\ \d+ | (?:he|she|his)(?!-)
	    | in\ vain | come\ to\ pass )\b
	| ^[\W\d]* Likewise\b | (?<=[.:;]\ ) [Ll]ikewise\b
}xi;

sub words
{
	foreach my $file (@_)
	{
		my $number = 0;
		foreach my $line (lines($file))
		{
			$number++;
			next if $file =~ m{^src/random/(?:words|vocabulary)|^src/workloads/\w+_pieces} && $line =~ /^\s*"/;
			print "$file:$number: \"$1\": ", substr($line =~ s/^\s+//r, 0, 80), "\n" if $line =~ /($plain)/;
		}
	}
	return;
}

$check{$name}->(@files);
