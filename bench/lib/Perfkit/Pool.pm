# Perfkit::Pool: pgbouncer between the load and the server, for one run.
#
#     my $pool = Perfkit::Pool->new($text, $protocol);       is it there, and can it do this?
#     $pool->start($connection, $clients, @scripts);         running, and checked
#     ... pgbench with $pool->{conninfo} and $pool->{env} ...
#     $pool->stop;
#
# Only pgbench goes through it. perfkit's own sessions go to the server itself, so nothing that they
# set can stay on a pooled connection.
#
# It is ours alone: a configuration, a log and a socket in a private directory that only its owner
# can enter, and no TCP port. So it trusts each client that reaches the socket, and logs in to the
# server itself, as the role that the run connects as. The password, where there is one, is in the
# configuration, which only its owner can read: that is the one form from which pgbouncer can answer
# any of the server's password methods. It is an ordinary child process, so the keeper ends it with
# the run. Like a server it does not start as root, and runs as the same user then.
#
# Pooled connections are to be what direct ones would have been. A pooled connection takes no
# startup options from a client, so what the caller's options and environment set is applied when
# pgbouncer makes a connection (connect_query). Since it ignores errors in that, all settings are
# compared with those of a direct session before the load.
#
# All else is as pgbouncer has it, with two exceptions: queries may wait without limit
# (query_wait_timeout), since to wait is what is measured, and connections are not logged.
#
# What it did is sampled once a second (SHOW POOLS, /proc), or is a counter (SHOW STATS) that is
# read before and after. What holds the load up shows there: clients waiting for a connection, or
# the one core that pgbouncer can use.
package Perfkit::Pool;

use strict;
use warnings;

use File::Path ();
use List::Util ();
use POSIX ();
use Time::HiRes qw(time);

use Perfkit::Conninfo;
use Perfkit::Failure;
use Perfkit::Home;
use Perfkit::Json;
use Perfkit::Process;
use Perfkit::Server;
use Perfkit::Session;

# With "both", and for the workloads that ask for a pool of no particular size.
my $default_size = 40;

# Its database and user have this name; what they stand for is in the configuration.
my $name = 'perfkit';
my $port = 6432;

# Where it is looked for besides PATH: few users have these in theirs.
our @directories = qw(/usr/sbin /usr/local/sbin);

my $instead = 'leave out --pool, or run a pooler of your own and give its address with --dsn';

# value(OPTION, TEXT): what --pool may be.
sub value
{
	my ($option, $text) = @_;
	return $text if $text eq 'both';
	cannot("$option takes a number of server connections from 1 to 1000, 0 for no pool, or both"
		  . " ($default_size connections and without a pool, in turns), not \"$text\"")
	  if $text !~ /^[0-9]{1,4}$/ || $text > 1000;
	return $text + 0;
}

# new(VALUE, PROTOCOL): a pool that can be started. Raises Perfkit::Cannot.
sub new
{
	my ($class, $value, $protocol) = @_;
	my $self = bless {
		size => $value eq 'both' ? $default_size : $value, both => $value eq 'both', protocol => $protocol,
		seen => { map { $_ => 0 } qw(samples waiting open used longest_us wait_us transactions seconds cpu_seconds) } },
	  $class;

	($self->{program}) = List::Util::first(sub { -x && !-d _ },
		map { "$_/pgbouncer" } split(/:/, $ENV{PATH} // ''), @directories);
	cannot('pgbouncer is not installed, through which --pool runs the load;'
		  . ' install it (Debian: apt-get install pgbouncer), or leave out --pool (--pool 0)')
	  unless defined $self->{program};
	my ($status, $text) = Perfkit::Process::output([ $self->{program}, '--version' ]);
	($self->{version}) = $text =~ /^PgBouncer ([0-9.]+)/m
	  or cannot("$self->{program} --version names no version of pgbouncer");
	cannot("--protocol prepared needs pgbouncer 1.21 or newer with --pool, and $self->{program} is $self->{version};"
		  . ' try --protocol extended')
	  if $protocol eq 'prepared' && !$self->at_least(1, 21);
	return $self;
}

sub at_least
{
	my ($self, $major, $minor) = @_;
	my ($has_major, $has_minor) = split(/\./, $self->{version});
	return $has_major > $major || $has_major == $major && ($has_minor // 0) >= $minor;
}

# start(CONNECTION, CLIENTS, SCRIPT...): for that many clients, with sessions as the connection's
# for_pgbench() has them.
sub start
{
	my ($self, $connection, $clients, @scripts) = @_;
	my ($conninfo, $env) = $connection->for_pgbench(@scripts);
	my $direct = Perfkit::Session->open($connection->{psql}, $conninfo, env => $env)
	  // cannot('the server cannot be reached any more');

	$self->{psql} = $connection->{psql};
	my %at = facts($direct, options($connection));
	# which is where a name may not lead
	$at{host_address} = parameter($connection, 'hostaddr');
	$self->{user} = Perfkit::Server::run_as();
	$self->{dir} = Perfkit::Server::private_directory('perfkit-pool', $self->{user});
	$self->{conninfo} = "host='$self->{dir}' port=$port dbname=$name user=$name";
	$self->{env} = { Perfkit::Server::elsewhere(), %{ $at{environment} } };
	$self->write_configuration($clients, server_line(\%at, password($connection, \%at)), tls($connection, \%at));
	my $log = $self->write_private('log');
	chown(@{ $self->{user} }, $self->{dir}) if $self->{user};
	$self->launch($log);
	$self->compare_settings(\%at);
	$direct->close;
	return;
}

# options(CONNECTION): the caller's startup options, in the text that libpq is given.
sub options
{
	my ($connection) = @_;
	return $connection->{conninfo}->get('options') // $ENV{PGOPTIONS} // '';
}

# facts(SESSION, OPTIONS): where a direct session is, and with what settings: host, port, role,
# database; settings, all of them; connect_query; environment for what pgbouncer passes on from
# each client. The server lists no settings of names that it does not know, so those are taken from
# the options.
sub facts
{
	my ($session, $options) = @_;
	my @custom = $options =~ /(?:-c\s*|--)([A-Za-z_]\w*(?:\.\w+)+)\s*=/g;

	$session->set(custom => Perfkit::Json::encode(\@custom));
	my ($host, $server_port, $facts) =
	  split(/\n/, $session->ask("\\echo :HOST\n\\echo :PORT\n" . Perfkit::Session::include(Perfkit::Home::sql('pool_settings'))), 3);
	return (host => $host, port => $server_port, %{ Perfkit::Json::decode($facts) });
}

# What pgbouncer cannot do as libpq does, and what can be said of it all the same.
my %cannot_keep = (
	service => undef, channel_binding => qr/^(?:prefer|disable)$/, gssencmode => qr/^(?:prefer|disable)$/,
	require_auth => undef, requirepeer => undef, sslcrl => undef, sslcrldir => undef, sslpassword => undef,
	sslcertmode => qr/^allow$/, sslnegotiation => qr/^postgres$/,
	ssl_min_protocol_version => qr/^TLSv1(?:\.[012])?$/, ssl_max_protocol_version => undef);
my %variable = (ssl_min_protocol_version => 'PGSSLMINPROTOCOLVERSION', ssl_max_protocol_version => 'PGSSLMAXPROTOCOLVERSION',
	channel_binding => 'PGCHANNELBINDING', require_auth => 'PGREQUIREAUTH');

# parameter(CONNECTION, KEYWORD): as libpq takes it, from the connection string or the environment.
sub parameter
{
	my ($connection, $keyword) = @_;
	return $connection->{conninfo}->get($keyword) // $ENV{ $variable{$keyword} // 'PG' . uc($keyword) };
}

# check(CONNECTION): before anything is seeded: can pgbouncer connect as this connection does?
sub check
{
	my ($self, $connection) = @_;

	cannot("the connection goes through $connection->{pooler} already; leave out --pool (--pool 0),"
		  . ' or connect to the server itself') if $connection->{pooler};
	foreach my $keyword (sort keys %cannot_keep)
	{
		my $value = parameter($connection, $keyword) // next;
		next if $value eq '' || $cannot_keep{$keyword} && $value =~ $cannot_keep{$keyword};
		cannot("pgbouncer cannot connect with $keyword=$value; $instead");
	}
	cannot("pgbouncer cannot connect with sslrootcert=system; $instead")
	  if (parameter($connection, 'sslrootcert') // '') eq 'system';
	my $address = parameter($connection, 'hostaddr') // '';
	cannot("pgbouncer cannot connect with hostaddr=$address and sslmode=verify-full; $instead")
	  if $address ne '' && (parameter($connection, 'sslmode') // '') eq 'verify-full';
	cannot("pgbouncer cannot connect with hostaddr=$address; name a single server, or leave out hostaddr")
	  if $address =~ /,/;
	return;
}

# server_line(FACTS, PASSWORD): the server, in the configuration.
sub server_line
{
	my ($at, $password) = @_;
	my %line = (host => $at->{host_address} // $at->{host}, port => $at->{port}, dbname => $at->{database}, user => $at->{role},
		password => $password, connect_query => $at->{connect_query});
	return "$name = " . join(' ', map { "$_=" . quoted($_, $line{$_}) } grep { defined $line{$_} } sort keys %line);
}

# in_line(WHAT, VALUE): the value: a line is a line, and there is no way to write one that has an
# end of line in it.
sub in_line
{
	my ($what, $value) = @_;
	cannot("pgbouncer's configuration has no way to write a $what with a line break in it; $instead")
	  if $value =~ /[\r\n]/;
	return $value;
}

sub quoted
{
	my ($what, $value) = @_;
	$value = in_line($what, $value);
	$value =~ s/'/''/g;
	return "'$value'";
}

# password(CONNECTION, FACTS): as libpq finds it; undef for none.
sub password
{
	my ($connection, $at) = @_;
	my $given = parameter($connection, 'password');
	return $given if length($given // '');
	my $path = parameter($connection, 'passfile') // ($ENV{HOME} // '') . '/.pgpass';
	my @stat = stat($path);
	# libpq does not read one that others can read either
	return undef if !@stat || !-f _ || $stat[2] & 077;
	open(my $file, '<', $path) or return undef;
	my $host = $at->{host} =~ m{^/(?:var/run/postgresql|tmp)$} ? qr/\Q$at->{host}\E|localhost/ : qr/\Q$at->{host}\E/;
	while (my $line = <$file>)
	{
		next if $line =~ /^#/;
		chomp $line;
		my @field = map { s/\\(.)/$1/gr } $line =~ /\G((?:[^:\\]|\\.)*)(?::|$)/g;
		next if @field < 5 || $field[0] ne '*' && $field[0] !~ /^$host$/;
		return $field[4]
		  unless grep { $field[ $_->[0] ] ne '*' && $field[ $_->[0] ] ne $_->[1] }
		  [ 1, $at->{port} ], [ 2, $at->{database} ], [ 3, $at->{role} ];
	}
	return undef;
}

# tls(CONNECTION, FACTS): settings with which pgbouncer protects its connections as libpq does.
sub tls
{
	my ($connection, $at) = @_;
	return () if $at->{host} =~ m{^[/@]};
	my $mode = parameter($connection, 'sslmode') // 'prefer';
	my $home = ($ENV{HOME} // '') . '/.postgresql';
	my ($root, $certificate, $key) = map { parameter($connection, $_->[0]) // (-e "$home/$_->[1]" ? "$home/$_->[1]" : undef) }
	  [ 'sslrootcert', 'root.crt' ], [ 'sslcert', 'postgresql.crt' ], [ 'sslkey', 'postgresql.key' ];

	# so libpq has it
	$mode = 'verify-ca' if $mode eq 'require' && defined $root;
	my %setting = (sslmode => $mode);
	$setting{ca_file} = $root if $mode =~ /^verify/ && defined $root;
	@setting{qw(cert_file key_file)} = ($certificate, $key) if defined $certificate && defined $key;
	return map { "server_tls_$_ = " . in_line("server_tls_$_", $setting{$_}) } sort keys %setting;
}

sub write_configuration
{
	my ($self, $clients, $server, @lines) = @_;

	# The console's sessions are clients, too, and those of a stage that has just ended may be there
	# still.
	my @settings = ('pool_mode = transaction', "default_pool_size = $self->{size}", "max_db_connections = $self->{size}",
		'max_client_conn = ' . ($clients + $self->{size} + 20), 'listen_addr =', "listen_port = $port",
		'unix_socket_dir = ' . in_line('unix_socket_dir', $self->{dir}), 'auth_type = trust', "auth_file = $self->{dir}/users", "admin_users = $name",
		'query_wait_timeout = 0', 'log_connections = 0', 'log_disconnections = 0', 'log_stats = 0',
		$self->{protocol} eq 'prepared' ? 'max_prepared_statements = 1000' : (), @lines);
	$self->write_private('fill.sql', "SELECT pg_catalog.pg_sleep(:seconds::pg_catalog.float8);\n");
	$self->write_private('users', qq{"$name" ""\n});
	$self->write_private('pgbouncer.ini', join("\n", '[databases]', $server, '[pgbouncer]', @settings, ''));
	return;
}

# write_private(NAME, TEXT): a file in its directory. Without a text: an open, empty one.
sub write_private
{
	my ($self, $file_name, $text) = @_;
	my $path = "$self->{dir}/$file_name";
	my $file = Perfkit::Server::private_file($path, $self->{user});

	return $file unless defined $text;
	print $file $text;
	close($file) or cannot("$path cannot be written: $!");
	return;
}

sub launch
{
	my ($self, $log) = @_;

	$self->{child} = Perfkit::Process->start([ $self->{program}, "$self->{dir}/pgbouncer.ini" ],
		out => $log, err => $log, user => $self->{user}, dir => $self->{dir});
	my $until = time() + 10;
	until (-S "$self->{dir}/.s.PGSQL.$port")
	{
		cannot('pgbouncer did not start:', $self->last_words) if $self->died || time() > $until;
		Perfkit::Process::pause(0.02);
	}
	# The socket is there before pgbouncer listens on it. psql tells what is wrong, and so does
	# pgbouncer's log.
	my $failure = '';
	until ($self->{console} = Perfkit::Session->open($self->{psql}, $self->{conninfo} =~ s/dbname=\S+/dbname=pgbouncer/r,
			env => $self->{env}, failure => \$failure, err => sub { }))
	{
		cannot("pgbouncer's console cannot be reached:", $failure, $self->last_words) if $self->died || time() > $until;
		Perfkit::Process::pause(0.05);
	}
	$self->{columns} = [ split(/\|/, ($self->show('POOLS'))[0]) ];
	return;
}

# show(WHAT): lines of one of the console's tables; the first has the columns' names.
sub show
{
	my ($self, $what) = @_;
	return split(/\n/, $self->ask("\\pset tuples_only off\nSHOW $what;\n\\pset tuples_only on"));
}

# ask(TEXT): of the console.
sub ask
{
	my ($self, $text) = @_;
	my $answer = eval { $self->{console}->ask($text) };
	return $answer if defined $answer;
	die $@ if ref $@ ne 'Perfkit::Cannot';
	# (it goes before its process is known to have ended)
	my $until = time() + 1;
	Perfkit::Process::pause(0.02) while !$self->died && time() < $until;
	cannot($self->death) if $self->died;
	die $@;
}

# row(COLUMNS, LINE): of our database; undef for another one's.
sub row
{
	my ($columns, $line) = @_;
	my %row;
	@row{@$columns} = split(/\|/, $line);
	return ($row{database} // '') eq $name ? \%row : undef;
}

sub server_connections { my ($row) = @_; return List::Util::sum(map { $row->{$_} } grep { /^sv_(?:active|idle|used|tested|login)$/ } keys %$row); }

sub pools
{
	my ($self) = @_;
	my (undef, @lines) = $self->show('POOLS');
	return List::Util::first(sub { defined }, map { row($self->{columns}, $_) } @lines);
}

# compare_settings(FACTS): is a pooled connection what a direct one is?
sub compare_settings
{
	my ($self, $at) = @_;
	my $failure = '';
	my $session = Perfkit::Session->open($self->{psql}, $self->{conninfo}, env => $self->{env}, failure => \$failure,
		err => sub { });

	cannot("pgbouncer could not log in to the server as role $at->{role}:", $failure, $self->last_words,
		'it needs a password in --dsn, PGPASSWORD or ~/.pgpass, or a server that asks for none;'
		  . " with another kind of authentication $instead") unless $session;
	my %pooled = facts($session, join(' ', map { "--$_=" } keys %{ $at->{custom} }));
	$session->close;
	my %direct = (%{ $at->{settings} }, %{ $at->{custom} }, role => $at->{role}, database => $at->{database});
	%pooled = (%{ $pooled{settings} }, %{ $pooled{custom} }, role => $pooled{role}, database => $pooled{database});
	my @differ = grep { ($direct{$_} // '') ne ($pooled{$_} // '') } sort keys %direct;
	cannot(join(', ', @differ) . ' cannot be set for pooled connections as for direct ones:', $self->last_words,
		"set it for the role instead (ALTER ROLE), or $instead") if @differ;
	return;
}

# fill(CLIENTS, LOST): open the connections that so many clients need, as a direct load has its own
# open before its time begins. It gives up when LOST returns true.
sub fill
{
	my ($self, $clients, $lost) = @_;
	my $wanted = List::Util::min($clients, $self->{size});
	my $pool = $self->died ? undef : $self->pools;

	return if !$pool || server_connections($pool) >= $wanted;
	# as many transactions at once, which last until the last of them has its connection
	my $child = Perfkit::Process->start([ Perfkit::Home::program('pgbench'), '-n', '-c', $wanted, '-j', 1, '-t', 1, '-D',
			'seconds=' . List::Util::min(0.1 + $wanted * 0.01, 3), '-f', "$self->{dir}/fill.sql", $self->{conninfo} ],
		out => '/dev/null', err => '/dev/null', env => $self->{env});
	Perfkit::Process::wait_until(sub { $child->ended || $lost->() });
	$child->signal('TERM');
	$child->finish;
	return;
}

# drain(): have idle connections closed, by which their sessions hand in what they counted.
sub drain
{
	my ($self) = @_;
	return if !$self->{child};
	cannot($self->death) if $self->died;
	return if $self->{console}->ended;
	$self->ask("\\set ON_ERROR_STOP off\nRECONNECT $name;\n\\set ON_ERROR_STOP on");
	return;
}

# watch(): look at it from now on. unwatch(): and no more.
sub watch
{
	my ($self) = @_;
	my $console = $self->{console};
	my $watch = $self->{watch} = { since => time(), cpu => $self->cpu_seconds, %{ $self->totals } };
	my $ask;

	$console->{out} = '';
	$ask = sub {
		return if ($self->{watch} // 0) != $watch || $console->ended;
		$self->take;
		$console->{child}->send("SHOW POOLS;\n");
		Perfkit::Process::after(1, $ask);
	};
	$ask->();
	return;
}

sub unwatch
{
	my ($self) = @_;
	my $before = delete $self->{watch} // return;
	my $seen = $self->{seen};

	cannot($self->death) if $self->died;
	return if $self->{console}->ended;
	# what has been asked is answered before this
	my $out = $self->ask('SHOW POOLS;');
	$self->take_lines(split(/\n/, $out));
	my $totals = $self->totals;
	$seen->{seconds} += time() - $before->{since};
	$seen->{$_} += $totals->{$_} - $before->{$_} foreach qw(wait_us transactions);
	$seen->{cpu_seconds} = defined $before->{cpu} ? $seen->{cpu_seconds} + $self->cpu_seconds - $before->{cpu} : undef;
	return;
}

# totals(): the counters of our database since pgbouncer started.
sub totals
{
	my ($self) = @_;
	my ($columns, @lines) = $self->show('STATS');
	my $row = List::Util::first(sub { defined }, map { row([ split(/\|/, $columns) ], $_) } @lines);
	return { wait_us => $row->{total_wait_time} // 0, transactions => $row->{total_xact_count} // 0 };
}

sub take
{
	my ($self) = @_;
	my $out = \$self->{console}{out};
	$self->take_lines($1) while $$out =~ s/^(.*)\n//;
	return;
}

sub take_lines
{
	my ($self, @lines) = @_;
	my $seen = $self->{seen};

	foreach my $row (grep { defined } map { row($self->{columns}, $_) } @lines)
	{
		$seen->{samples}++;
		$seen->{waiting} = List::Util::max($seen->{waiting}, $row->{cl_waiting});
		$seen->{used} = List::Util::max($seen->{used}, $row->{sv_active});
		$seen->{open} = List::Util::max($seen->{open}, server_connections($row));
		$seen->{longest_us} = List::Util::max($seen->{longest_us}, $row->{maxwait} * 1e6 + ($row->{maxwait_us} // 0));
		my $memory = $self->memory // next;
		$seen->{memory}{first} //= $memory;
		$seen->{memory}{last} = $memory;
		$seen->{memory}{most} = List::Util::max($seen->{memory}{most} // 0, $memory);
	}
	return;
}

# memory(): its resident memory in bytes. cpu_seconds(): the time it has had. Where the kernel does
# not tell, undef.
sub memory
{
	my ($self) = @_;
	my ($kilobytes) = map { /^VmRSS:\s*(\d+)/ ? $1 : () } Perfkit::Server::file_lines("/proc/$self->{child}{pid}/status");
	return defined $kilobytes ? $kilobytes * 1024 : undef;
}

sub cpu_seconds
{
	my ($self) = @_;
	my ($line) = Perfkit::Server::file_lines("/proc/$self->{child}{pid}/stat");
	return undef unless defined $line;
	# the fields after the name, which may have anything in it; user and system time
	my @field = split(' ', $line =~ s/^.*\)//sr);
	return ($field[11] + $field[12]) / (POSIX::sysconf(POSIX::_SC_CLK_TCK()) || 100);
}

# observed(): what observed.sql takes it for, as JSON.
sub observed
{
	my ($self) = @_;
	return Perfkit::Json::encode({ size => $self->{size}, version => $self->{version}, %{ $self->{seen} } });
}

sub died { my ($self) = @_; return !$self->{child} || $self->{child}->ended; }

# death(): how it ended, in words: lines.
sub death
{
	my ($self) = @_;
	my $status = $self->{child}{status} // 0;
	return ('pgbouncer died, ended by ' . ($status > 128 ? 'signal ' . ($status - 128) : "itself, with status $status")
		  . '; it said last:', $self->last_words);
}

# What it said last.
sub last_words { my ($self) = @_; return Perfkit::Server::tail("$self->{dir}/log"); }

sub stop
{
	my ($self) = @_;
	return unless $self->{child};
	$self->{console}->close if $self->{console} && !$self->{console}->ended;
	foreach my $signal (qw(TERM KILL))
	{
		last if $self->died;
		$self->{child}->signal($signal);
		my $until = time() + 2;
		Perfkit::Process::pause(0.01) while !$self->died && time() < $until;
	}
	File::Path::remove_tree($self->{dir});
	Perfkit::Process::forget(dir => $self->{dir});
	delete $self->{child};
	return;
}

1;
