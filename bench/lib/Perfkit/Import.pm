# Perfkit::Import: perfkit import: runs out of files, into a database. And reading such files.
package Perfkit::Import;

use strict;
use warnings;

use Perfkit::Connection;
use Perfkit::Failure;
use Perfkit::Home;
use Perfkit::Json;
use Perfkit::Options;
use Perfkit::Session;

my @options = (
	['Options'],
	[ 'dsn', 'CONNINFO', 'this server, in place of the one that PGHOST or PGDATABASE name' ],
	[ 'baseline', 'NAME', 'make the runs the baseline of this name' ],
	[ 'quiet', undef, 'print the numbers of the runs alone' ],
	[ 'help', undef, 'this text' ]);

sub usage
{
	my ($program) = @_;
	return <<"TEXT" . Perfkit::Options::help(\@options);
usage: $program FILE... [options]

Stores runs that perfkit export has written, and prints their numbers. A run that is there already is not
stored twice. All of the files, or nothing.
Exit status: 0 all are there, 2 could not import.
TEXT
}

sub main
{
	my ($program, @arguments) = @_;
	my ($opt, @files) = Perfkit::Options::parse($program, \@options, @arguments);

	if ($opt->{help}) { print usage($program); return 0; }
	if (!@files) { print STDERR usage($program); return 2; }
	my @contents = map { read_file($_) } @files;
	my $own = connected($opt, 1);
	my @ids = store($own, $opt->{baseline}, 'nothing was imported; see the message above', map { $_->{text} } @contents);
	print $opt->{quiet} ? map { "$_\n" } @ids : map { my $i = $_; map { "$files[$i]: run " . shift(@ids) . "\n" } 1 .. $contents[$i]{runs} } 0 .. $#files;
	print "baseline: $opt->{baseline}\n" if defined $opt->{baseline} && !$opt->{quiet};
	$own->close;
	return 0;
}

# connected(OPTIONS, CREATE): a session on the server given.
sub connected
{
	my ($opt, $create) = @_;
	cannot('which server? give --dsn, or set PGHOST or PGDATABASE')
	  unless defined $opt->{dsn} || grep { length($ENV{$_} // '') } qw(PGHOST PGDATABASE);
	my $connection = Perfkit::Connection->new($opt->{dsn});
	$connection->open(only_read => !$create);
	if ($create)
	{
		$connection->create_extension;
		check_grants($connection->{own}, qw(SELECT INSERT DELETE)) if defined $opt->{baseline};
	}
	elsif (!defined $connection->{facts}{perfkit}) { cannot("perfkit is not installed in database $connection->{facts}{database}"); }
	return $connection->{own};
}

# check_grants(SESSION, PRIVILEGE...): of baselines.
sub check_grants
{
	my ($own, @privileges) = @_;
	$own->set(privileges => '{' . join(',', @privileges) . '}');
	my $grant = $own->task(<<'SQL');
SELECT format('GRANT %s ON %s.perfkit_baselines TO %I', string_agg(privilege, ', ' ORDER BY place), :'perfkit', current_user)
FROM unnest(:'privileges'::text[]) WITH ORDINALITY AS p (privilege, place)
WHERE NOT has_table_privilege(format('%s.perfkit_baselines', :'perfkit')::regclass, privilege)
HAVING count(*) > 0;
SQL
	cannot("you may not use baselines in this database; have the owner of perfkit run: $grant") if $grant ne '';
	return;
}

# read_file(PATH): its text, how many runs it has: one, or an array of them; and, of a run.json,
# which is none, the run's number. "-" is standard input. The server takes the text as it is, since
# numbers may have more digits than Perl's hold.
sub read_file
{
	my ($path) = @_;
	my $file;
	if ($path eq '-') { $file = \*STDIN; }
	else { open($file, '<', $path) or cannot("$path cannot be read: $!"); }
	my $text = do { local $/; <$file> } // '';
	my $content = eval { Perfkit::Json::decode($text) };
	cannot("$path is not JSON, or was cut off: " . ($text =~ /\S/ ? $@ =~ s/ at \S+ line \d+\.?\n\z//r : 'it is empty')) unless defined $content;
	my @runs = ref $content eq 'ARRAY' ? @$content : $content;
	cannot("$path has no runs") unless @runs;
	cannot("$path has something else than runs") if grep { ref $_ ne 'HASH' } @runs;
	my ($first) = @runs;
	return { text => $text, runs => scalar @runs,
		result_of => exists $first->{summary} && !exists $first->{format} ? $first->{run_id} : undef };
}

# store(SESSION, BASELINE, MESSAGE, TEXT...): numbers of the runs, all of them stored or none. With
# BASELINE, they become that, those of each workload together.
sub store
{
	my ($own, $baseline, $message, @texts) = @_;
	$own->set(imported => '', new_baseline => $baseline // '');
	my $text = join('', map { '\set document ' . Perfkit::Session::quoted($_) . "\n" . Perfkit::Session::include(Perfkit::Home::sql('import')) . "\\echo :run_ids\n" }
		  @texts);
	$text .= Perfkit::Session::include(Perfkit::Home::sql('import_baseline')) if defined $baseline;
	return split(/\n/, $own->task($text, $message));
}

1;
