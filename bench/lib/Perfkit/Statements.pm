# Perfkit::Statements: which scenario a statement belongs to that a server shows while it runs.
#
#     my $statements = Perfkit::Statements->new({ name => ..., path => ... }, ...);
#     my $name = $statements->scenario($text);      undef: none of them, or several
#     my $name = $statements->counted($text);       the same for a text of pg_stat_statements
#
# A script's statements are known but for the values of variables. Only the first characters of a
# statement are looked at: servers do not show all of a long one.
package Perfkit::Statements;

use strict;
use warnings;

use List::Util ();

# What is compared of a statement of a script.
my $longest = 600;

# How many texts are remembered, since the same ones come again and again.
my $most_known = 5000;

sub new
{
	my ($class, @scenarios) = @_;
	my $self = bless { patterns => [], known => {}, normal => {} }, $class;

	foreach my $scenario (@scenarios)
	{
		open(my $file, '<', $scenario->{path}) or next;
		my $text = do { local $/; <$file> };
		push @{ $self->{patterns} }, map { [ $scenario->{name}, patterns($_) ] } statements($text);
		$self->{normal}{ normal($_) }{ $scenario->{name} } = 1 foreach statements($text);
	}
	return $self;
}

# statements(TEXT): of a pgbench script. A semicolon in a string or a body ends one, too.
sub statements
{
	my ($text) = @_;
	$text =~ s/^\s*\\(?:[^\n]*\\\n)*[^\n]*$/;/mg;
	$text =~ s/\\(?:gset|aset)\b[^\n]*/;/g;
	return grep { length } map { s/\A(?:\s+|--[^\n]*(?:\n|\z))+//r =~ s/\s+/ /gr =~ s/ \z//r } split(/;/, $text);
}

# patterns(STATEMENT): one in which a value has no white space, and one in which it is anything.
#
# A value of the first holds no comma or parenthesis outside of a string, and what the second has
# passed it does not look at again. Otherwise a list of many values could be cut in so many ways
# that trying them all would take hours.
sub patterns
{
	my ($statement) = @_;
	my $end = length $statement > $longest ? '' : ' ?(?:;|\z)';
	my $begin = substr($statement, 0, $longest);
	$begin =~ s/:\w*\z// if $end eq '';
	my ($first, @parts) = map { quotemeta } split(/(?<!:):[A-Za-z_]\w*/, $begin, -1);
	my $last = @parts ? pop @parts : undef;
	my $narrow = q{(?:'(?:[^']|'')*'|[^\s';,()]*)};
	my $anything = join('', map { "(?>.*?$_)" } @parts);

	return qr/\A@{[ join($narrow, $first, @parts, defined $last ? $last : ()) ]}$end/s,
	  defined $last ? qr/\A$first$anything.*?$last$end/s : qr/\A$first$end/s;
}

sub scenario
{
	my ($self, $text) = @_;
	my $known = $self->{known};

	return $known->{$text} if exists $known->{$text};
	%$known = () if keys %$known >= $most_known;
	my $shown = $text =~ s/\s+/ /gr =~ s/\A //r;
	foreach my $tier (1, 2)
	{
		my @names = List::Util::uniq(map { $_->[0] } grep { $shown =~ $_->[$tier] } @{ $self->{patterns} });
		return $known->{$text} = @names == 1 ? $names[0] : undef if @names;
	}
	return $known->{$text} = undef;
}

# normal(STATEMENT): with a question mark for each constant, variable and parameter, and one for
# each list of them. pg_stat_statements replaces constants by parameters, and from 18 on shortens
# lists.
sub normal
{
	my ($text) = @_;
	$text =~ s{\s*/\*, \.\.\. \*/}{}g;
	$text =~ s/\b[eE]?'(?:[^']|'')*'/?/g;
	$text =~ s/'(?:[^']|'')*'/?/g;
	$text =~ s/\$\d+|(?<!:):[A-Za-z_]\w*|(?<![\w\$"])\d[\d.]*(?:[eE][-+]?\d+)?(?!\w)|\b(?:true|false|null)\b/?/gi;
	$text =~ s/-\s*\?/?/g;
	$text =~ s/\?(?:\s*,\s*\?)+/?/g;
	return $text =~ s/\s+/ /gr =~ s/\A //r =~ s/ ?;? ?\z//r;
}

sub counted
{
	my ($self, $text) = @_;
	my @names = keys %{ $self->{normal}{ normal($text) } // {} };
	return @names == 1 ? $names[0] : undef;
}

# complete(NAME, TEXT...): are these all statements of the scenario that touch tables, and none of
# another's?
sub complete
{
	my ($self, $name, @texts) = @_;
	my %seen = map { normal($_) => 1 } @texts;
	my $normal = $self->{normal};

	foreach my $statement (grep { $normal->{$_}{$name} && /^(?:select|insert|update|delete|merge|with|values|table)\b/i } keys %$normal)
	{
		return 0 if !$seen{$statement} || keys %{ $normal->{$statement} } > 1;
	}
	return 1;
}

1;
