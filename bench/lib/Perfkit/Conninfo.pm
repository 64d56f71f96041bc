# Perfkit::Conninfo: libpq's connection strings, both forms, as far as it takes to add options to
# one.
#
#     my $conninfo = Perfkit::Conninfo->new('postgresql://db1/shop');
#     my $text = $conninfo->with_options('-c search_path=shop');
#     my $host = $conninfo->get('host');
package Perfkit::Conninfo;

use strict;
use warnings;

use Perfkit::Failure;

# new(TEXT): keyword/value pairs, a URI, or a database's name alone, as psql and pgbench take it.
sub new
{
	my ($class, $text) = @_;
	my $self = bless { text => $text, pairs => {}, order => [] }, $class;

	if ($text =~ m{^postgres(?:ql)?://}) { $self->parse_uri($text); }
	elsif ($text =~ /=/) { $self->parse_pairs($text); }
	elsif ($text ne '') { $self->set(dbname => $text); }
	return $self;
}

sub get { my ($self, $keyword) = @_; return $self->{pairs}{$keyword}; }

sub set
{
	my ($self, $keyword, $value) = @_;
	push @{ $self->{order} }, $keyword unless exists $self->{pairs}{$keyword};
	$self->{pairs}{$keyword} = $value;
	return;
}

sub parse_pairs
{
	my ($self, $text) = @_;

	while ($text =~ /\G\s*(?:([^\s=]+)\s*=\s*(?:'((?:[^'\\]|\\.)*)'|((?:[^\s\\]|\\.)*))|$)/gcs)
	{
		my ($keyword, $quoted, $bare) = ($1, $2, $3);
		last unless defined $keyword;
		my $value = $quoted // $bare;
		$value =~ s/\\(.)/$1/gs;
		$self->set($keyword, $value);
	}
	cannot('the connection string is malformed; write it as "host=db1 dbname=shop" or'
		  . ' "postgresql://db1/shop"') if (pos($text) // 0) < length $text;
	return;
}

sub parse_uri
{
	my ($self, $text) = @_;
	my ($authority, $path, $query) = $text =~ m{^postgres(?:ql)?://([^/?]*)(?:/([^?]*))?(?:\?(.*))?$}s;
	my ($user, $hosts) = $authority =~ /^(?:(.*)@)?(.*)$/s;
	my ($name, $password) = split(/:/, $user // '', 2);
	my (@host, @port);

	foreach my $part (split(/,/, $hosts))
	{
		$part =~ /^(\[[^\]]*\]|[^:]*)(?::(.*))?$/s;
		push @host, decoded($1 =~ s/^\[(.*)\]$/$1/sr);
		push @port, $2 // '';
	}
	$self->set(user => decoded($name)) if length($name // '');
	$self->set(password => decoded($password)) if defined $password;
	$self->set(host => join(',', @host)) if grep { $_ ne '' } @host;
	$self->set(port => join(',', @port)) if grep { $_ ne '' } @port;
	$self->set(dbname => decoded($path)) if length($path // '');
	foreach my $pair (split(/&/, $query // ''))
	{
		my ($keyword, $value) = split(/=/, $pair, 2);
		($keyword, $value) = ('sslmode', 'require') if $pair eq 'ssl=true';
		$self->set(decoded($keyword), decoded($value // ''));
	}
	return;
}

sub decoded { my ($text) = @_; $text =~ s/%([0-9A-Fa-f]{2})/chr(hex($1))/ge; return $text; }

# with_options(OPTIONS): the connection string with these options after its own. What a string has
# itself comes before the environment's, so the environment is no place for them then.
sub with_options
{
	my ($self, $options) = @_;
	my $own = $self->get('options');

	return $self->{text} if $options eq '';
	my %pairs = (%{ $self->{pairs} }, options => join(' ', grep { length } $own // '', $options));
	my @order = ((grep { $_ ne 'options' } @{ $self->{order} }), "options");
	return join(' ', map { "$_=" . quoted($pairs{$_}) } @order);
}

# quoted(VALUE): as a value of keyword/value pairs.
sub quoted { my ($value) = @_; $value =~ s/([\\'])/\\$1/g; return "'$value'"; }

# identifier(NAME): as SQL has it.
sub identifier { my ($name) = @_; $name =~ s/"/""/g; return "\"$name\""; }

# option_value(VALUE): as part of options, where blanks and backslashes stand behind a backslash.
sub option_value { my ($value) = @_; $value =~ s/([\\\s])/\\$1/g; return $value; }

1;
