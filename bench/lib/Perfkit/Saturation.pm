# Perfkit::Saturation: what a server ran out of first, as far as a load's observations prove it.
#
#     my $found = Perfkit::Saturation::find($cores, @observed);    the latter as in run.json
#
# An object of
#
#     resource       cpu, locks, wal, io, internal locks, replication or connections; null: none was
#                    seen to be short
#     proven         false: the processors are the likely reason, but could not be read
#     share          of working sessions that wait for it; of cpu, those running or ready to
#     event          what most of them wait for
#     cpu            share of the machine's processor time in use; null: it could not be read
#     cpu_of_load    the share that the load's sessions took
#     shares         the same share of each kind of wait
#     pool           with --pool: size, and clients_waiting on average
package Perfkit::Saturation;

use strict;
use warnings;

use List::Util ();

# Processors are short of time when so much of it is used: what is left is lost between samples.
my $full = 0.9;
# A kind of wait that fewer sessions have than this does not limit the load.
my $considerable = 0.3;

# kind(EVENT TYPE, EVENT): which resource a wait is for.
sub kind
{
	my ($type, $event) = @_;
	return 'locks' if $type eq 'Lock';
	return 'wal' if $type =~ /^(?:LWLock|IO)$/ && $event =~ /^WAL/;
	return 'io' if $type eq 'IO' || $event =~ /^Buffer(?:IO|Io)$/i;
	return 'internal locks' if $type eq 'LWLock' || $type eq 'BufferPin' || $type eq 'Buffer';
	return 'replication' if $event eq 'SyncRep';
	return 'client' if $type eq 'Client';
	return 'sleep' if $type eq 'Timeout';
	return 'other';
}

sub find
{
	my ($cores, @observed) = @_;
	my (%samples, %event, @cpu, @cpu_of_load);
	my $all = 0;

	foreach my $observed (@observed)
	{
		foreach my $wait (@{ $observed->{waits} // [] })
		{
			my $kind = kind($wait->{event_type}, $wait->{event});
			$samples{$kind} += $wait->{samples};
			$event{$kind}{"$wait->{event_type} $wait->{event}"} += $wait->{samples};
		}
		$samples{running} += $_->{samples} foreach @{ $observed->{running} // [] };
		$all += $observed->{wait_samples} // 0;
		my $machine = ref $observed->{cpu} ? $observed->{cpu}{machine} : undef;
		next unless $machine;
		push @cpu, $machine->{busy} + $machine->{steal};
		push @cpu_of_load, $observed->{cpu}{seconds} / $observed->{cpu}{of_seconds} / $cores;
	}
	my %share = map { $_ => $samples{$_} / $all } grep { $all } keys %samples;
	my ($cpu, $cpu_of_load) = map { @$_ ? List::Util::sum(@$_) / @$_ : undef } \@cpu, \@cpu_of_load;
	my $found = { resource => undef, proven => \1, share => undef, event => undef, cpu => $cpu, cpu_of_load => $cpu_of_load,
		cores => $cores, shares => \%share, pool => pool(@observed) };

	($found->{resource}, my $proven) = resource($found, \%share, $cpu);
	$found->{proven} = \0 unless $proven;
	my $resource = $found->{resource} // return $found;
	$found->{share} = $share{ $resource eq 'cpu' ? 'running' : $resource };
	my $events = $event{$resource} // {};
	($found->{event}) = sort { $events->{$b} <=> $events->{$a} || $a cmp $b } keys %$events;
	return $found;
}

# resource(FOUND, SHARES, CPU): its name, and whether it is proven.
sub resource
{
	my ($found, $share, $cpu) = @_;
	my ($most) = sort { $share->{$b} <=> $share->{$a} || $a cmp $b }
	  grep { ($share->{$_} // 0) >= $considerable } 'locks', 'wal', 'io', 'internal locks', 'replication';

	# Other work may keep the processors busy, too, while the sessions wait for something else.
	my $runs = ($share->{running} // 0) >= $considerable;
	return ('cpu', 1) if defined $cpu && $cpu >= $full && $runs && (!defined $most || $share->{running} >= $share->{$most});
	return ($most, 1) if defined $most && $share->{$most} >= ($share->{running} // 0);
	return ('connections', 1) if $found->{pool} && $found->{pool}{clients_waiting} >= 1;
	return ($most, 1) if defined $most;
	return ('cpu', 0) if !defined $cpu && ($share->{running} // 0) >= 0.5;
	return (undef, 1);
}

sub pool
{
	my (@observed) = @_;
	my @pools = grep { ref } map { $_->{pool} } @observed;
	return undef unless @pools;
	return { size => $pools[0]{server_connections},
		clients_waiting => List::Util::sum(map { $_->{mean_clients_waiting} // 0 } @pools) / @pools };
}

1;
