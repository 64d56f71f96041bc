# Perfkit::Server: a private, throwaway PostgreSQL server that has perfkit.
#
#     my $server = Perfkit::Server->start([ "max_connections = 130", ... ], say => sub { ... });
#     $server->{dir};  $server->{env};            its directory; the environment for programs on it
#
# It lives in one temporary directory: data, socket, log and, in a clone, a staged copy of
# perfkit, so that any number can run at once and nothing of the machine's own PostgreSQL is
# touched. It listens on a socket only, in a directory that only its owner can enter; that is why
# it can trust everyone who connects. Data is written as durably as on any server (fsync stays on):
# what is measured on it should mean something. The keeper (Perfkit::Process) stops it and removes
# it however the command ends.
#
# When root runs this, the server runs as PERFKIT_SERVER_USER (postgres).
package Perfkit::Server;

use strict;
use warnings;

use Fcntl qw(O_CREAT O_EXCL O_NOFOLLOW O_WRONLY);
use File::Temp ();
use Time::HiRes ();

use Perfkit::Failure;
use Perfkit::Home;
use Perfkit::Process;

# What libpq takes from the environment, all of which was meant for another server. (PGAPPNAME is
# not here: it says who connects.)
my @elsewhere = qw(PGCHANNELBINDING PGCLIENTENCODING PGCONNECT_TIMEOUT PGDATESTYLE PGGEQO
  PGGSSDELEGATION PGGSSENCMODE PGGSSLIB PGHOSTADDR PGKRBSRVNAME PGLOADBALANCEHOSTS
  PGMAXPROTOCOLVERSION PGMINPROTOCOLVERSION PGOPTIONS PGPASSFILE PGPASSWORD PGREQUIREAUTH
  PGREQUIREPEER PGREQUIRESSL PGSERVICE PGSERVICEFILE PGSSLCERT PGSSLCERTMODE PGSSLCOMPRESSION
  PGSSLCRL PGSSLCRLDIR PGSSLKEY PGSSLMAXPROTOCOLVERSION PGSSLMINPROTOCOLVERSION PGSSLMODE
  PGSSLNEGOTIATION PGSSLROOTCERT PGSSLSNI PGTARGETSESSIONATTRS PGTZ);

# elsewhere(): changes to the environment that undo all of it.
sub elsewhere { return map { $_ => undef } @elsewhere; }

# start(CONFIGURATION LINES): raises Perfkit::Cannot, with the server's own words, when it cannot.
sub start
{
	my ($class, $conf) = @_;
	my $bindir = Perfkit::Home::bindir();
	my $self = bless { bindir => $bindir }, $class;

	cannot("there is no PostgreSQL server in $bindir; " . Perfkit::Home::install_hint())
	  unless -x "$bindir/initdb" && -x "$bindir/postgres";
	$self->{user} = run_as();
	$self->{dir} = private_directory('perfkit-server', $self->{user});
	my @settings = Perfkit::Home::stage("$self->{dir}/stage");
	$self->{file} = { map { $_ => private_file("$self->{dir}/$_", $self->{user}) } qw(initdb.log initdb.log.err settings log) };
	$self->write_settings(@settings, @$conf);
	chown(@{ $self->{user} }, $self->{dir}) if $self->{user};
	$self->initialize;
	$self->configure;
	$self->launch;
	delete $self->{file};
	$self->{env} = {
		elsewhere(),
		PGHOST => $self->{dir}, PGPORT => 5432, PGUSER => 'postgres', PGDATABASE => 'postgres',
		# for the programs that a script starts on it: this server is theirs alone
		PERFKIT_PRIVATE_HOST => $self->{dir} };
	return $self;
}

# run_as(): neither initdb nor a server nor a pooler would start as root: another user's and group's
# numbers then, otherwise undef.
sub run_as
{
	return undef if $> != 0;
	my $name = $ENV{PERFKIT_SERVER_USER} // 'postgres';
	my (undef, undef, $uid, $gid) = getpwnam($name);
	cannot("root cannot run a server, and there is no user \"$name\" to run it as;"
		  . ' set PERFKIT_SERVER_USER to one') unless defined $uid && $uid != 0;
	return [ $uid, $gid ];
}

# private_directory(NAME, USER): one for a socket, which only that user can enter; undef: this
# process's. A socket's path has at most 107 bytes, settings quote paths and separate them by
# commas, and the user must get there. It is still this process's own: hand it to the user (chown)
# only when all files that this process makes are in it, for in a directory of another user their
# names may be links.
sub private_directory
{
	my ($name, $user) = @_;
	my $base = $ENV{TMPDIR} // '/tmp';

	$base = '/tmp' if length $base > 60 || $base !~ m{^/[^,'"\\\s]*\z} || !may_enter($base, $user);
	my $dir = eval { File::Temp::tempdir("$name.XXXXXX", DIR => $base) }
	  or cannot("no temporary directory could be made in $base: " . ($! || 'see TMPDIR'));
	Perfkit::Process::keep(dir => $dir);
	return $dir;
}

# private_file(PATH, USER): a new file, open for writing, which only that user can read; undef: this
# process's.
sub private_file
{
	my ($path, $user) = @_;
	sysopen(my $file, $path, O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW, 0600) or cannot("$path cannot be written: $!");
	if ($user) { chown(@$user, $file) or cannot("$path cannot be given to its user: $!"); }
	return $file;
}

sub may_enter
{
	my ($dir, $user) = @_;
	return -x $dir unless $user;
	return Perfkit::Process::run([ 'test', '-x', $dir ], user => $user) == 0;
}

sub initialize
{
	my ($self) = @_;

	# Trigrams of words beyond ASCII need a character type; a bare C has none.
	my (undef, $locales) = Perfkit::Process::output([ 'locale', '-a' ], err => '/dev/null');
	my ($locale) = grep { /^C\.utf-?8$/i } split(/\n/, $locales);
	my $log = "$self->{dir}/initdb.log";
	my $status = Perfkit::Process::run(
		[ "$self->{bindir}/initdb", "--pgdata=$self->{dir}/data", '--username=postgres', '--auth=trust', '--no-sync',
			'--encoding=UTF8', '--locale=' . ($locale // 'C') ],
		out => $self->{file}{'initdb.log'}, err => $self->{file}{'initdb.log.err'}, user => $self->{user}, dir => '/');
	cannot("initdb failed:\n" . tail($log) . tail("$log.err") . advice()) if $status != 0;
	return;
}

sub write_settings
{
	my ($self, @lines) = @_;
	my $file = $self->{file}{settings};
	print $file map { "$_\n" } "listen_addresses = ''", "unix_socket_directories = '$self->{dir}'", @lines;
	close($file) or cannot("$self->{dir}/settings cannot be written: $!");
	return;
}

# configure(): by the user, whose file it is.
sub configure
{
	my ($self) = @_;
	my $path = "$self->{dir}/data/postgresql.conf";
	my $status = Perfkit::Process::run([ 'sh', '-c', 'cat "$1" >> "$2"', 'sh', "$self->{dir}/settings", $path ],
		user => $self->{user}, dir => '/');
	cannot("$path cannot be written" . "\n" . advice()) if $status != 0;
	return;
}

sub launch
{
	my ($self) = @_;
	my $log = "$self->{dir}/log";
	my $data = "$self->{dir}/data";

	$self->{child} = Perfkit::Process->start([ "$self->{bindir}/postgres", '-D', $data ],
		out => $self->{file}{log}, err => $self->{file}{log}, user => $self->{user}, dir => '/', server => 1);
	my $until = time() + ($ENV{PGCTLTIMEOUT} || 60);
	# The last line of its file says when it is ready.
	until (((file_lines("$data/postmaster.pid"))[7] // '') =~ /^ready/)
	{
		cannot("the private server did not start:\n" . tail($log) . advice())
		  if $self->{child}->ended || time() > $until;
		Perfkit::Process::pause(0.02);
	}
	return;
}

# enter(): from here on, this program and those it starts work on this server, whatever the caller's
# environment said about another one.
sub enter
{
	my ($self) = @_;
	my $env = $self->{env};
	defined $env->{$_} ? ($ENV{$_} = $env->{$_}) : delete $ENV{$_} foreach keys %$env;
	$ENV{PATH} = "$self->{bindir}:$ENV{PATH}" unless ":$ENV{PATH}:" =~ /:\Q$self->{bindir}\E:/;
	return;
}

sub died { my ($self) = @_; return $self->{child}->ended; }

# What it said last.
sub last_words { my ($self) = @_; return tail("$self->{dir}/log"); }

sub advice { return 'is there room left in TMPDIR (' . ($ENV{TMPDIR} // '/tmp') . ')?'; }

sub file_lines
{
	my ($path) = @_;
	open(my $file, '<', $path) or return ();
	my @lines = <$file>;
	return @lines;
}

sub tail
{
	my ($path) = @_;
	my @lines = file_lines($path);
	splice(@lines, 0, -10) if @lines > 10;
	return join('', map { "    $_" } @lines);
}

1;
