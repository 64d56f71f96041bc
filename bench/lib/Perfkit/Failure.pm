# Perfkit::Failure: the ways in which a command ends early: exceptions, caught in Perfkit::Command.
#
#     cannot('the server cannot be reached', 'start it first');    exit status 2; the lines say why
#     die Perfkit::Interrupted->new(2);                            exit status 128 + signal number
#     die Perfkit::Ended->new(1, 'why');                           this exit status; printed already
package Perfkit::Failure;

use strict;
use warnings;

use Exporter 'import';

our @EXPORT = qw(cannot);

sub cannot
{
	my (@lines) = @_;
	die bless { lines => [@lines] }, 'Perfkit::Cannot';
}

package Perfkit::Interrupted;

sub new { my ($class, $number) = @_; return bless { status => 128 + $number }, $class; }

package Perfkit::Ended;

sub new
{
	my ($class, $status, $reason) = @_;
	return bless { status => $status, reason => $reason }, $class;
}

1;
