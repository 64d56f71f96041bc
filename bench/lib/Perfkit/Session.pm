# Perfkit::Session: one psql that is kept and asked, rather than one for each statement.
#
#     my $session = Perfkit::Session->open($conninfo, env => { PGOPTIONS => ... }) or ...;
#     my $text = $session->ask('SELECT 1');
#     my $text = $session->task('SELECT ...');    in its own transaction, with perfkit's settings
#
# A task leaves nothing behind in the session: its settings are those of its transaction. So it
# works through a pooler, where the next transaction may be on another connection, and another
# client's transaction on this one. Its search path holds nothing but the server's own schema, so
# that nothing others have put into the user's schemas or perfkit's is called; perfkit's objects
# are named by the schema that psql variable "perfkit" has.
#
# psql ends at the first error, whose message it has shown; asking then raises Perfkit::Cannot.
package Perfkit::Session;

use strict;
use warnings;

use Perfkit::Failure;
use Perfkit::Home;
use Perfkit::Process;

my $own_files = Perfkit::Home::sql('') =~ s/\.sql$//r;

# open(PROGRAM, CONNECTION STRING, OPTION...): the session, or undef; then the last argument's
# "failure" has psql's message. Options: env, as Perfkit::Process has it; err => CODE for messages.
sub open
{
	my ($class, $psql, $conninfo, %opt) = @_;
	my $self = bless { out => '', err => '', show => 0, count => 0 }, $class;

	$self->{child} = Perfkit::Process->start(
		[ $psql, qw(-X -q -A -t -w -v ON_ERROR_STOP=1), '-d', $conninfo, '-f', '-' ],
		in => 1,
		out => sub { $self->{out} .= $_[0] },
		err => sub { $self->hear($_[0], $opt{err}) },
		env => $opt{env});
	$self->send_and_wait("\\pset pager off\n\\pset footer off\n\\pset null -\n");
	if ($self->{child}->ended)
	{
		${ $opt{failure} } = $self->{err} if $opt{failure};
		return undef;
	}
	$self->{show} = 1;
	print STDERR $self->{err};
	return $self;
}

# Messages are shown as they come, without the place in what we send, which says nothing to anybody.
sub hear
{
	my ($self, $text, $code) = @_;
	$text =~ s/^psql:(?:<stdin>|\Q$own_files\E[^:\n]*):\d+: //mg;
	if ($code) { $code->($text); }
	elsif ($self->{show}) { print STDERR $text; }
	$self->{err} .= $text;
	substr($self->{err}, 0, -10_000, '') if length $self->{err} > 20_000;
	return;
}

sub send_and_wait { my ($self, $text) = @_; $self->tell($text); return $self->told; }

# tell(TEXT): send commands, without waiting for them; told(): wait until they are done. False when
# they failed.
sub tell
{
	my ($self, $text) = @_;
	$self->{mark} = sprintf('perfkit-%d-%d', $$, ++$self->{count});
	$self->{out} = '';
	$self->{child}->send("$text\n\\echo $self->{mark}\n");
	return;
}

sub told
{
	my ($self) = @_;
	my $mark = $self->{mark};
	Perfkit::Process::wait_until(sub { $self->{out} =~ /^\Q$mark\E$/m || $self->{child}->ended });
	return $self->{out} =~ s/^\Q$mark\E\n\z//m;
}

# ask(TEXT, MESSAGE...): what psql prints for the commands, without the last line's end. When they
# fail, the messages say what could not be done.
sub ask
{
	my ($self, $text, @messages) = @_;

	$self->send_and_wait($text) or cannot(@messages ? @messages : 'see the message above');
	my $out = $self->{out};
	$out =~ s/\n\z//;
	return $out;
}

# task(TEXT, MESSAGE...): the same, as a transaction with perfkit's settings.
sub task
{
	my ($self, $text, @messages) = @_;
	return $self->ask("BEGIN;\n$self->{settings}$text\nCOMMIT;", @messages);
}

# trial(TEXT, MESSAGE...): the same, and nothing of it stays.
sub trial
{
	my ($self, $text, @messages) = @_;
	return $self->ask("BEGIN;\n$self->{settings}$text\nROLLBACK;", @messages);
}

# attempt(TEXT, END): as a task, or with END 'ROLLBACK' as a trial, where an error is no end: the
# empty string then, and psql has said why.
sub attempt
{
	my ($self, $text, $end) = @_;
	$end //= 'COMMIT';
	return $self->ask("\\set ON_ERROR_STOP off\nBEGIN;\n$self->{settings}$text\n$end;\n\\set ON_ERROR_STOP on");
}

# settings(TEXT): what each task begins with.
sub settings { my ($self, $text) = @_; $self->{settings} = $text; return; }

# set(NAME => VALUE, ...): psql variables, whatever is in them. undef: not set.
sub set
{
	my ($self, %values) = @_;
	foreach my $name (sort keys %values)
	{
		$self->{child}->send(
			defined $values{$name} ? "\\set $name " . quoted($values{$name}) . "\n" : "\\unset $name\n");
	}
	return;
}

# quoted(TEXT): as an argument of a psql command.
sub quoted
{
	my ($text) = @_;
	$text =~ s/\\/\\\\/g;
	$text =~ s/'/''/g;
	$text =~ s/\n/\\n/g;
	return "'$text'";
}

# include(PATH): the command that reads a file.
sub include { my ($path) = @_; return '\i ' . quoted($path) . "\n"; }

# copy_path(PATH): as an argument of \copy, which knows no backslashes.
sub copy_path { my ($path) = @_; $path =~ s/'/''/g; return "'$path'"; }

sub ended { my ($self) = @_; return $self->{child}->ended; }

sub close
{
	my ($self) = @_;
	$self->{child}->send("\\q\n");
	$self->{child}->hang_up;
	$self->{child}->finish;
	return;
}

1;
