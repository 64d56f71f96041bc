# Perfkit::Room: is there room for the load: file descriptors and ports here, connections there?
#
# pgbench and pgbouncer find out in the middle of connecting, in other words, or not at all. So each
# of them is asked for before the load, and what is short is said with the number there is and what
# raises it.
package Perfkit::Room;

use strict;
use warnings;

use POSIX ();

use Perfkit::Failure;
use Perfkit::Home;
use Perfkit::Process;
use Perfkit::Server;
use Perfkit::Session;

# descriptors(CLIENTS, JOBS, POOL SIZE, LISTENERS, AT ONCE): of pgbench, with a log for each thread;
# of pgbouncer, of the program that listens, and of ours, with three for each session that is
# measured at once: all of them are limited as ours are. 0: none.
sub descriptors
{
	my ($clients, $jobs, $pool, $listeners, $at_once) = @_;
	my %needed = ("$clients clients" => $clients + ($pool > $jobs ? $pool : $jobs) + 40,
		"$listeners listeners" => $listeners ? $listeners + 10 : 0, "$at_once sessions at once" => $at_once ? 3 * $at_once + 40 : 0);
	my ($what) = sort { $needed{$b} <=> $needed{$a} } keys %needed;
	my $needed = $needed{$what};
	my $most = POSIX::sysconf(POSIX::_SC_OPEN_MAX()) // return;

	return if $most >= $needed || $most < 0;
	my (undef, $hard) = Perfkit::Process::output([ 'sh', '-c', 'ulimit -Hn' ], err => '/dev/null');
	chomp $hard;
	cannot("$what need $needed file descriptors" . ($pool && $what eq "$clients clients" ? ', in pgbouncer too' : '')
		  . ", and there are $most (ulimit -n); run: "
		  . ($hard =~ /^\d+$/ && $hard < $needed ? "sudo prlimit --nofile=$needed --pid \$\$" : "ulimit -n $needed"));
	return;
}

# ports(CONNECTION, CONNECTIONS): of this machine, for so many connections to one address.
sub ports
{
	my ($connection, $count) = @_;
	my $host = $connection->{own}->ask('\echo :HOST');

	return if $host =~ m{^(?:[/@]|$)};
	my ($range) = Perfkit::Server::file_lines('/proc/sys/net/ipv4/ip_local_port_range');
	check_ports($count, $range);
	return;
}

# check_ports(CONNECTIONS, RANGE): the range as the kernel gives it, its first and last port; undef:
# not known.
sub check_ports
{
	my ($count, $range) = @_;
	my ($first, $last) = ($range // '') =~ /^(\d+)\s+(\d+)/ or return;
	my $ports = $last - $first + 1;

	return if $count <= $ports;
	cannot("$count connections to one address need as many local ports, and there are $ports"
		  . " (net.ipv4.ip_local_port_range is $first to $last); "
		  . ($count <= 64512 ? "run: sudo sysctl -w net.ipv4.ip_local_port_range='1024 65535'"
			: "connect through the server's socket, or run with --clients 64512"));
	return;
}

# connections(SESSION, COUNT, POOL, LISTENERS, OPTION): on the server, for clients, a pool or both.
# POOL: the Perfkit::Pool, undef for none. LISTENERS of the connections are neither. OPTION: see
# left().
sub connections
{
	my ($session, $count, $pool, $listeners, $option) = @_;
	my $pooled = $pool ? $pool->{size} : 0;
	my $clients = $count - $listeners - $pooled;
	my @load = ($pooled ? "a pool of $pooled connections" : (), $clients ? "$clients clients" : (),
		$listeners ? "$listeners listeners" : ());

	my ($room, $advice);
	# Sessions of the load before, or of the program before, may still be on their way out.
	foreach my $try (1 .. 10)
	{
		($room, $advice) = left($session, $count, $pool, $listeners, $option);
		return if $room >= $count;
		Perfkit::Process::pause(0.2);
	}
	cannot((@load > 2 ? "$load[0], $load[1] and $load[2]" : join(' and ', @load))
		. ($clients || $listeners ? ' need as many connections' : ' needs as many') . ", and $advice");
	return;
}

# left(SESSION, COUNT, POOL, LISTENERS, OPTION): how many there are, and, if they are too few, what
# to do. OPTION: the one that says how many clients there are, "clients" unless given.
sub left
{
	my ($session, $count, $pool, $listeners, $option) = @_;
	my $pooled = $pool ? $pool->{size} : 0;
	my $clients = $count - $listeners - $pooled;

	$session->set(clients => $count, option => $clients ? $option // 'clients' : 'pool', fixed => $listeners + ($clients ? $pooled : 0),
		listeners => $listeners);
	return split(/\|/,
		$session->task(Perfkit::Session::include(Perfkit::Home::sql('room')), "the server's connections could not be counted"), 2);
}

1;
