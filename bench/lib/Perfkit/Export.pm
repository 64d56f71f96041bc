# Perfkit::Export: perfkit export: runs as JSON, for files that live in a repository.
package Perfkit::Export;

use strict;
use warnings;

use Perfkit::Failure;
use Perfkit::Home;
use Perfkit::Import;
use Perfkit::Options;
use Perfkit::Session;

my @options = (
	['Options'],
	[ 'dsn', 'CONNINFO', 'this server, in place of the one that PGHOST or PGDATABASE name' ],
	[ 'baseline', 'NAME', 'the runs of this baseline, in place of RUN...' ],
	[ 'workload', 'NAME', 'with --baseline: of this workload' ],
	[ 'output', 'FILE', 'write there, and not to standard output' ],
	[ 'help', undef, 'this text' ]);

sub usage
{
	my ($program) = @_;
	return <<"TEXT" . Perfkit::Options::help(\@options);
usage: $program RUN... [options] > FILE
       $program --baseline NAME --workload NAME [options] > FILE

Writes whole runs as JSON, which perfkit import and perfkit run --baseline take, on any server: one run as
an object, several as an array of them. RUN is a number of perfkit_runs.
Exit status: 0 written, 2 could not export.
TEXT
}

sub main
{
	my ($program, @arguments) = @_;
	my ($opt, @runs) = Perfkit::Options::parse($program, \@options, @arguments);

	if ($opt->{help}) { print usage($program); return 0; }
	if (!@runs && !defined $opt->{baseline}) { print STDERR usage($program); return 2; }
	cannot('--baseline names the runs; give no others') if @runs && defined $opt->{baseline};
	cannot('--baseline and --workload go together') if defined $opt->{baseline} != defined $opt->{workload};
	foreach my $run (@runs) { cannot("a run is a number of perfkit_runs, not \"$run\"") unless $run =~ /^[0-9]{1,18}\z/; }
	my $own = Perfkit::Import::connected($opt, 0);
	if (defined $opt->{baseline})
	{
		$own->set(workload => $opt->{workload}, baseline => $opt->{baseline});
		@runs = split(/\n/, $own->task("SELECT unnest(:perfkit.perfkit_baseline_runs(:'workload'::text, :'baseline'::text));",
				'there is nothing to export; see the message above'));
	}
	my $text = document($own, @runs);
	if (defined $opt->{output}) { write_text($opt->{output}, $text); }
	else { print $text or cannot("standard output cannot be written to: $!"); }
	$own->close;
	return 0;
}

# document(SESSION, RUN...): the text of a file.
sub document
{
	my ($own, @runs) = @_;
	$own->set(runs => '{' . join(',', @runs) . '}');
	my $text = $own->task(Perfkit::Session::include(Perfkit::Home::sql('export')), 'nothing was exported; see the message above');
	return @runs == 1 ? "$text\n" : '[' . join(",\n", split(/\n/, $text)) . "]\n";
}

sub write_file { my ($own, $path, @runs) = @_; return write_text($path, document($own, @runs)); }

# Under another name first, so that there is never half a file.
sub write_text
{
	my ($path, $text) = @_;
	open(my $file, '>', "$path.new") or cannot("$path cannot be written: $!");
	print $file $text;
	close($file) && rename("$path.new", $path) or cannot("$path cannot be written: $!");
	return;
}

1;
