# Perfkit::Connection: the server that is worked on, and every way in which it is connected to.
#
#     my $connection = Perfkit::Connection->new($dsn);       undef: as the environment says
#     $connection->open;
#     my $session = $connection->session;                    for perfkit's own statements
#     my $text = $connection->file($path, variables => {...});  a psql file of the workload's
#     my ($conninfo, $env) = $connection->for_pgbench(@scripts);
#
# A pooler is recognised before anything is sent: the first connection asks for a
# setting in its startup options, which a pooler such as pgbouncer refuses or drops. Through one,
# settings are never the session's, since the next client would inherit them: each statement of
# ours and each file is a transaction with settings of its own. Without one, files have theirs as
# startup options.
package Perfkit::Connection;

use strict;
use warnings;

use POSIX ();

use Perfkit::Conninfo;
use Perfkit::Failure;
use Perfkit::Home;
use Perfkit::Json;
use Perfkit::Process;
use Perfkit::Session;

my $probe = '-c perfkit_runner.direct=on';

# Our sessions wait while the load runs.
my $patient = '-c idle_session_timeout=0';

sub new
{
	my ($class, $dsn) = @_;
	my $self = bless { dsn => $dsn, conninfo => Perfkit::Conninfo->new($dsn // '') }, $class;
	return $self;
}

# arguments(OPTIONS): connection string and environment, with these startup options after those
# there are.
sub arguments
{
	my ($self, $options) = @_;
	my $dsn = $self->{dsn} // '';

	return ($dsn, {}) if $options eq '';
	return ($self->{conninfo}->with_options($options), {}) if defined $self->{conninfo}->get('options');
	return ($dsn, { PGOPTIONS => join(' ', grep { length } $ENV{PGOPTIONS} // '', $options) });
}

# open(OPTION...): connect, and learn what has to be known of the server. only_read => 1: a standby
# will do. Raises Perfkit::Cannot.
sub open
{
	my ($self, %opt) = @_;
	$self->{psql} = Perfkit::Home::program('psql');
	$self->{own} = $self->first_session;
	$self->look;
	$self->check_writable unless $opt{only_read};
	return;
}

# Nothing could be seeded or stored, which a run would learn after its load.
sub check_writable
{
	my ($self) = @_;
	my $facts = $self->{facts};
	cannot('the server is a standby, on which nothing can be written; connect to its primary')
	  if $facts->{in_recovery};
	cannot('sessions begin with a read-only transaction here, in which nothing can be stored;'
		  . " default_transaction_read_only must be off for role $facts->{role} in database $facts->{quoted_database}")
	  if $facts->{read_only} eq 'on';
	return;
}

# The first connection: directly, through a pooler, with a password that is asked for once.
sub first_session
{
	my ($self) = @_;
	my $options = "$probe $patient";
	my $asked;

	while (1)
	{
		my ($conninfo, $env) = $self->arguments($options);
		my $failure = '';
		my $session = Perfkit::Session->open($self->{psql}, $conninfo, env => $env, failure => \$failure);
		return $session if $session;
		if ($options ne '' && $failure =~ /unsupported startup parameter/)
		{
			$self->{pooler} = 'pgbouncer';
			$options = '';
		}
		elsif (!$asked && $failure =~ /no password supplied/ && defined(my $password = ask_password()))
		{
			$ENV{PGPASSWORD} = $password;
			$asked = 1;
		}
		else
		{
			print STDERR $failure;
			cannot('the server cannot be reached' . (defined $self->{dsn} ? ' with the --dsn given' : '')
				  . "; see psql's message above");
		}
	}
	return;
}

# Asked on the terminal, as psql would; for every connection that follows. undef without a terminal.
sub ask_password
{
	CORE::open(my $tty, '+<', '/dev/tty') or return undef;
	my $termios = POSIX::Termios->new;
	$termios->getattr(fileno($tty)) or return undef;
	my $flags = $termios->getlflag;
	my ($password, $byte) = ('', '');

	$termios->setlflag($flags & ~POSIX::ECHO());
	$termios->setattr(fileno($tty), POSIX::TCSANOW());
	syswrite($tty, 'Password: ');
	while ((sysread($tty, $byte, 1) // 0) == 1 && $byte ne "\n") { $password .= $byte; }
	$termios->setlflag($flags);
	$termios->setattr(fileno($tty), POSIX::TCSANOW());
	syswrite($tty, "\n");
	Perfkit::Process::check_signal();
	return $password;
}

# look(): facts of the server and the session, as connect.sql gives them.
sub look
{
	my ($self) = @_;
	my $facts =
	  $self->{own}->ask(Perfkit::Session::include(Perfkit::Home::sql('connect')), 'see the message above');
	$self->{facts} = Perfkit::Json::decode($facts);
	$self->{pooler} //= 'a connection pooler' if ($self->{facts}{direct} // '') ne 'on';
	$self->set_up($self->{own});
	return;
}

# limits(): settings that end statements, transactions or sessions, which are for the application's,
# not for a seeding or an evaluation that takes its time.
sub limits
{
	my ($self) = @_;
	return (qw(statement_timeout lock_timeout idle_in_transaction_session_timeout),
		# since 17
		$self->{facts}{transaction_timeout} ? 'transaction_timeout' : ());
}

# Settings that a task of ours begins with, and variables that all of our files may use.
sub set_up
{
	my ($self, $session) = @_;
	$session->settings("SET LOCAL search_path = pg_catalog, pg_temp;\nSET LOCAL client_min_messages = warning;\n"
		  . "SET LOCAL work_mem = '64MB';\n"
		  . join('', map { "SET LOCAL $_ = 0;\n" } $self->limits)
		  . ($self->{facts}{guard} ? "SET LOCAL perfkit.guard = off;\n" : ''));
	$session->set(perfkit => $self->{facts}{perfkit}, schemas => $self->{facts}{schemas},
		user_path => $self->{facts}{path}, connected_at => $self->{facts}{connected_at},
		own_pids => $self->{facts}{pid});
	return;
}

# session(): another session like the first; undef when there is none to be had.
sub session
{
	my ($self) = @_;
	my ($conninfo, $env) = $self->arguments($self->{pooler} ? '' : $patient);
	my $session = Perfkit::Session->open($self->{psql}, $conninfo, env => $env, err => sub { }) // return undef;
	$self->set_up($session);
	return $session;
}

# create_extension(): perfkit, unless it is there. Two runs may begin on a new database at once.
sub create_extension
{
	my ($self) = @_;
	return if defined $self->{facts}{perfkit};
	my $limits = join(' ', map { "SET LOCAL $_ = 0;" } $self->limits);
	$self->{own}->ask(<<"SQL", 'perfkit cannot be created in this database; see the message above',
BEGIN;
SET LOCAL client_min_messages = warning;
$limits
SELECT pg_catalog.pg_advisory_xact_lock(1886547050, 1)
\\g /dev/null
CREATE EXTENSION IF NOT EXISTS perfkit CASCADE;
COMMIT;
SQL
		'if it is not installed on the server, run there: make install',
		'if you may not create it, have a superuser run: CREATE EXTENSION perfkit CASCADE');
	$self->look;
	return;
}

# need_extensions(WORKLOAD, PRIVATE): the extensions that a shipped workload requires. On a private
# server they are created; elsewhere, their schema is for the user to choose.
sub need_extensions
{
	my ($self, $workload, $private) = @_;
	my $own = $self->{own};

	$own->set(workload => $workload);
	foreach my $line (split(/\n/, $own->task(Perfkit::Session::include(Perfkit::Home::sql('extensions')))))
	{
		my ($name, $available) = $line =~ /^(.*)\|([tf])$/;
		cannot("workload $workload needs extension $name, and its files are not on the server; install its package"
			  . ' (on Debian: postgresql-VERSION-postgis-3 has postgis, postgresql-VERSION has pgcrypto)') if $available eq 'f';
		cannot("workload $workload needs extension $name; have a superuser run: CREATE EXTENSION $name") unless $private;
		$own->ask("SET client_min_messages = warning;\nCREATE EXTENSION IF NOT EXISTS $name;\nRESET client_min_messages;",
			"extension $name cannot be created; see the message above");
	}
	return;
}

# The search path by which files and scripts find the user's tables first, and perfkit after them.
sub search_path
{
	my ($self) = @_;
	my $facts = $self->{facts};
	return $facts->{path} if $facts->{in_path} || !defined $facts->{perfkit};
	return join(', ', grep { length } $facts->{path}, $facts->{perfkit});
}

# file(PATH, OPTION...): what psql prints for a file of the workload's; undef when it failed, and
# has said why. Options: variables; separator; csv; notices: 1, show them; transaction: 1, as one.
sub file
{
	my ($self, $path, %opt) = @_;
	my %settings = (search_path => $self->search_path, client_min_messages => $opt{notices} ? 'notice' : 'warning',
		work_mem => '64MB', (map { $_ => 0 } $self->limits), $self->{facts}{guard} ? ('perfkit.guard' => 'off') : ());
	my %variables = (%{ $opt{variables} // {} }, perfkit => $self->{facts}{perfkit},
		pooled => $self->{pooler} ? 'true' : 'false');
	my $options = $self->{pooler}
	  ? ''
	  : join(' ', $patient, map { "-c $_=" . Perfkit::Conninfo::option_value($settings{$_}) } sort keys %settings);
	my ($conninfo, $env) = $self->arguments($options);
	my $text = '';

	my $child = Perfkit::Process->start(
		[ $self->{psql}, qw(-X -q -A -t -w -P footer=off -P pager=off -P null=- -v ON_ERROR_STOP=1),
			(map { ('-v', "$_=$variables{$_}") } sort keys %variables),
			defined $opt{separator} ? ('-F', $opt{separator}) : (), $opt{csv} ? ('--csv', '-P', 'null=') : (),
			$opt{transaction} && !$self->{pooler} ? '-1' : (), '-d', $conninfo, '-f', $self->{pooler} ? '-' : $path ],
		env => $env, in => $self->{pooler} ? 1 : undef,
		out => sub { $text .= $_[0] });
	if ($self->{pooler})
	{
		$child->send("BEGIN;\n"
			  . join('', map { "SET LOCAL $_ = " . ($_ eq 'search_path' ? $settings{$_} : "'$settings{$_}'") . ";\n" }
				  sort keys %settings)
			  . Perfkit::Session::include($path) . "COMMIT;\n");
		$child->hang_up;
	}
	return undef if $child->finish != 0;
	chomp $text;
	return $text;
}

# for_pgbench(SCRIPT...): connection string and environment. Scripts that call perfkit's functions
# need them in the search path, and nothing that hides them. Apart from that, and from noticing
# that pgbench is gone, the load's sessions are the application's own: without it, the server would
# go on with what an interrupted pgbench has sent. It costs each session a timer and a look at its
# socket twice a second, and nothing for each statement.
sub for_pgbench
{
	my ($self, @scripts) = @_;
	my $facts = $self->{facts};
	# (what prepare.sql creates in the application's schema is called perfkit_bench_*)
	my $calls = grep { file_has($_, qr/\bperfkit_(?!bench_)/) } @scripts;
	my @options;

	push @options, '-c client_connection_check_interval=500ms' if !$self->{pooler} && $self->can_watch;
	if (!$facts->{in_path} && $calls)
	{
		cannot("the scripts call perfkit's functions, and through a pooler they would not find them;"
			  . " run: ALTER ROLE $facts->{role} IN DATABASE $facts->{quoted_database}"
			  . ' SET search_path = ' . $self->search_path . "\nand restart the pooler, which may keep the old one")
		  if $self->{pooler};
		push @options, '-c search_path=' . Perfkit::Conninfo::option_value($self->search_path);
	}
	$self->check_hidden(@scripts) if $calls;
	my ($conninfo, $env) = $self->arguments(join(' ', @options));
	# psql and pgbench do not agree on the default database.
	$conninfo = 'dbname=' . Perfkit::Conninfo::quoted($facts->{database}) if $conninfo eq '';
	return ($conninfo, $env);
}

# for_listener(): connection string and environment of connections that listen.
sub for_listener { my ($self) = @_; return $self->arguments($patient); }

# can_watch(): is client_connection_check_interval for us to set? Not every platform has it, and
# one that somebody has set stays as it is.
sub can_watch
{
	my ($self) = @_;
	return $self->{own}->task(<<'SQL') eq '500ms';
SELECT EXISTS (SELECT FROM pg_language WHERE lanname = 'plpgsql' AND has_language_privilege(oid, 'USAGE')) AS can_try
\gset
\if :can_try
DO $$
BEGIN
    IF current_setting('client_connection_check_interval') = '0' THEN
        PERFORM set_config('client_connection_check_interval', '500ms', true);
    END IF;
EXCEPTION WHEN invalid_parameter_value THEN
    NULL;
END $$;
\endif
SELECT current_setting('client_connection_check_interval');
SQL
}

# check_hidden(SCRIPT...): scripts call perfkit's functions by their names alone. A function with
# the same name and arguments in a schema that comes earlier would be called instead.
sub check_hidden
{
	my ($self, @scripts) = @_;
	my %names = map { map { lc $_ => 1 } file_has($_, qr/\b(perfkit_\w+)\s*\(/i) } @scripts;

	$self->{own}->set(script_path => $self->search_path, names => join(' ', sort keys %names));
	my $hidden = $self->{own}->task(Perfkit::Session::include(Perfkit::Home::sql('hidden')));
	cannot("$hidden; drop it, or set a search_path that has $self->{facts}{perfkit} before its schema")
	  if $hidden ne '';
	return;
}

# file_has(PATH, PATTERN): all that it finds, line by line.
sub file_has
{
	my ($path, $pattern) = @_;
	CORE::open(my $file, '<', $path) or return ();
	return map { /$pattern/g } <$file>;
}

1;
