#!/usr/bin/env perl
# append.pl: writes the scripts that append events, for several kinds of streams and batch sizes.
#
# Each scenario needs a script of its own, and pgbench scripts cannot include one another, so these
# come from the template below. `make appends` writes them; `append.pl --check`, run by test/lint,
# lists those that are out of date.
use strict;
use warnings;

use File::Basename qw(dirname);

# name, kind of streams in perfkit_bench_targets, events, what the script does
my @scripts = (
	[ 'append_1', 'append', 1, 'One event onto a stream.' ],
	[ 'append_10', 'append', 10, 'Ten events onto a stream, in one batch.' ],
	[ 'append_100', 'append', 100, 'A hundred events onto a stream, in one batch.' ],
	[ 'append_contended', 'contended', 1,
		'One event onto one of five streams: most writers lose a race and try again.' ],
	[ 'sustained_append', 'append', 1,
		'One event onto a stream, as append_1; a scenario of its own, for a budget of its own.' ],
	[ 'noisy_append', 'noisy', 100, 'The noisy tenant appends a hundred events, in one batch.' ],
	[ 'quiet_append', 'quiet', 1, 'A tenant other than the noisy one appends an event.' ]);

my $template = <<'SQL';
-- @what@
-- Written by append.pl; change it there, and run: make appends
\set stream random(1, :@kind@_streams)
\set payload random(0, :payloads - 1)
\set event random(1, 4611686018427387904)
-- The current version, as known to an application that has loaded the aggregate.
SELECT coalesce(max(sequence_number), -1) AS version
FROM domain_events
WHERE (tenant_id, aggregate_id) = (SELECT tenant_id, aggregate_id FROM perfkit_bench_targets
                                   WHERE kind = '@kind@' AND number = :stream) \gset
-- A writer that loses the race finds the version taken and starts over, with the same stream and
-- event IDs, since pgbench restores its random state for a retry.
WITH appended AS (
    INSERT INTO domain_events (event_id, stream_id, aggregate_id, aggregate_type, expected_version, sequence_number, tenant_id,
                               event_type, payload, metadata, timestamp_utc)
    SELECT (lpad(to_hex(:run_token::bigint + :stage::bigint), 16, '0') || lpad(to_hex(:event::bigint + i), 16, '0'))::uuid,
           t.aggregate_type || '-' || t.aggregate_id, t.aggregate_id, t.aggregate_type,
           :version::bigint + i - 1, :version::bigint + i, t.tenant_id, p.event_type, p.payload::jsonb,
           pg_catalog.jsonb_build_object('userId', 'perfkit-' || :client_id::text, 'scenario', '@name@', 'correlationId',
                                         (lpad(to_hex(:run_token::bigint + :stage::bigint), 16, '0')
                                          || lpad(to_hex(:event::bigint), 16, '0'))::uuid),
           clock_timestamp()
    FROM perfkit_bench_targets t
         CROSS JOIN generate_series(1, @events@) AS i
         CROSS JOIN LATERAL (SELECT event_type, payload FROM perfkit_bench_payloads
                             WHERE number = (:payload::bigint + i) % :payloads::bigint LIMIT 1) AS p
    WHERE t.kind = '@kind@' AND t.number = :stream
    ORDER BY i
    ON CONFLICT (tenant_id, aggregate_id, sequence_number) DO NOTHING
    RETURNING global_sequence_id)
SELECT perfkit_expect_rows(count(*), @events@::bigint), max(global_sequence_id) FROM appended;
SQL

my $check = @ARGV && $ARGV[0] eq '--check';
my $dir = dirname(__FILE__);

sub content
{
	my ($path) = @_;
	open(my $file, '<', $path) or return '';
	local $/;
	return <$file>;
}

foreach my $script (@scripts)
{
	my %value;
	@value{qw(name kind events what)} = @$script;
	my $path = "$dir/$value{name}.sql";
	my $text = $template =~ s/\@(\w+)\@/$value{$1}/gr;

	next if content($path) eq $text;
	if ($check)
	{
		print "$path differs from what append.pl writes; run: make appends\n";
		next;
	}
	open(my $file, '>', $path) or die "$path cannot be written: $!\n";
	print $file $text;
	close($file) or die "$path cannot be written: $!\n";
}
