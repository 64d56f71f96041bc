# CheckXml: is it well-formed XML, of the kind that perfkit writes? Perl brings no parser.
package CheckXml;

use strict;
use warnings;

use Exporter 'import';

our @EXPORT = qw(check_xml);

# check_xml(TEXT): every tag closes, attributes are quoted, no character that XML forbids. What is
# wrong, in words, or the empty string.
sub check_xml
{
	my ($text) = @_;
	my @open;
	utf8::decode($text) or return 'not UTF-8';
	return 'a forbidden character' if $text =~ /[^\x{9}\x{A}\x{D}\x{20}-\x{D7FF}\x{E000}-\x{FFFD}]/;
	$text =~ s/^<\?xml version="1\.0" encoding="UTF-8"\?>\n// or return 'no declaration';
	while ($text =~ /\G(?:([^<]*))<(\/?)([a-z]+)((?: [a-z]+="[^"<]*")*)(\/?)>/gc)
	{
		return "text: $1" if $1 =~ /\S/;
		my ($close, $name, $attributes, $empty) = ($2, $3, $4, $5);
		return "a bare &: $attributes" if $attributes =~ /&(?!amp;|lt;|gt;|quot;|#\d+;)/;
		if ($close) { return "$name closes" unless @open && pop(@open) eq $name; }
		elsif (!$empty) { push @open, $name; }
	}
	return 'the end: ' . substr($text, pos($text) // 0) if substr($text, pos($text) // 0) =~ /\S/;
	return @open ? "open: @open" : '';
}

1;
