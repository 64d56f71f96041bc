# Perfkit::Json: JSON as it goes to the server and comes from it.
#
# Text is bytes throughout, in whatever encoding the files and the server have: it is neither
# decoded when it is read nor encoded when it is written, so nothing is encoded twice.
package Perfkit::Json;

use strict;
use warnings;

use JSON::PP ();

my $json = JSON::PP->new->canonical->latin1;

sub encode { my ($value) = @_; return $json->encode($value); }

sub decode { my ($text) = @_; return bytes($json->decode($text)); }

# JSON::PP may keep a string of bytes in Perl's wide form. Only the narrow one can be passed to a
# program, and only there are bytes such as A0 no white space to a pattern.
sub bytes
{
	my ($value) = @_;

	if (ref $value eq 'HASH')
	{
		return { map { (narrow($_) => bytes($value->{$_})) } keys %$value };
	}
	return [ map { bytes($_) } @$value ] if ref $value eq 'ARRAY';
	return $value if ref $value || !defined $value || !utf8::is_utf8($value);
	return narrow($value);
}

sub narrow { my ($text) = @_; utf8::downgrade($text); return $text; }

1;
