# Perfkit::Home: where things are: the workloads, PostgreSQL's programs, perfkit itself.
#
# The same modules serve a clone, in which bench/ is home and perfkit is built where it is needed,
# and an installation, whose home is a folder "perfkit" in PostgreSQL's share directory.
package Perfkit::Home;

use strict;
use warnings;

use Cwd ();
use File::Basename qw(dirname);

use Perfkit::Failure;
use Perfkit::Process;

# the folder that has lib/ and workloads/
my $home = dirname(dirname(dirname(Cwd::realpath(__FILE__))));
my $in_clone = -e "$home/../perfkit.control";

sub in_clone { return $in_clone; }

# sql(NAME): one of the psql files that belong to these modules.
sub sql { my ($name) = @_; return "$home/lib/$name.sql"; }

sub workloads_dir { return "$home/workloads"; }

# workloads(): names of those that ship, sorted.
sub workloads
{
	return map { m{([^/]+)/scenarios$} } sort glob(quoted_glob(workloads_dir()) . '/*/scenarios');
}

sub quoted_glob { my ($path) = @_; $path =~ s/([\\ *?\[\]{}~'"])/\\$1/g; return $path; }

# results_dir(): where results go by default.
sub results_dir { return $in_clone ? "$home/results" : 'perfkit-results'; }

# relative(PATH): a path below the clone as it is from there, another as it is.
sub relative
{
	my ($path) = @_;
	my $root = $in_clone ? dirname($home) : $home;
	$path =~ s{^\Q$root\E/}{};
	return $path;
}

# version(): the control file's.
sub version
{
	my $control = $in_clone ? "$home/../perfkit.control" : "$home/../extension/perfkit.control";
	open(my $file, '<', $control) or cannot("$control cannot be read: $!");
	my ($version) = map { /^default_version *= *'(.*)'/ ? $1 : () } <$file>;
	return $version // cannot("$control names no version");
}

# bindir(): PostgreSQL's programs: in a clone those of PG_CONFIG, else those that this one is among.
my $bindir;
sub bindir { return $bindir //= find_bindir(); }

sub find_bindir
{
	return dirname($main::program) if !$in_clone && -x dirname($main::program) . '/initdb';
	my $pg_config = $ENV{PG_CONFIG} // 'pg_config';
	my ($status, $dir) = Perfkit::Process::output([ $pg_config, '--bindir' ], err => '/dev/null');
	chomp $dir;
	cannot("there is no PostgreSQL to use ($pg_config); " . install_hint()) if $status != 0 || $dir eq '';
	return $dir;
}

sub install_hint
{
	return $in_clone
	  ? 'run: test/dependencies'
	  : 'install one (Debian: apt-get install postgresql), or set PG_CONFIG';
}

# program(NAME): psql or pgbench: the one in PATH, else PostgreSQL's own.
sub program
{
	my ($name) = @_;
	foreach my $dir (split(/:/, $ENV{PATH} // ''), eval { bindir() } // ())
	{
		return "$dir/$name" if -x "$dir/$name" && !-d _;
	}
	cannot("$name is missing; it is part of PostgreSQL: install that (Debian: apt-get install postgresql),"
		  . ' or put its bin directory into PATH');
	return;
}

# listener(): the program that listens; in a clone it is built when it is missing.
sub listener
{
	my $program = ($in_clone ? "$home/listener" : dirname($main::program)) . '/perfkit_listen';
	return $program if -x $program;
	cannot("$program is missing, which --listen needs; run there where perfkit was built: make install") unless $in_clone;
	my $errors = '';
	my ($status) = Perfkit::Process::output([ 'make', '-s', '-C', "$home/listener" ],
		env => { MAKEFLAGS => undef, MFLAGS => undef }, err => sub { $errors .= $_[0] });
	chomp $errors;
	cannot($errors, "$program could not be built, which --listen needs; run: test/dependencies build")
	  if $status != 0 || !-x $program;
	return $program;
}

# stage(DIRECTORY): the settings with which a private server finds perfkit. In a clone it is built
# and installed below the directory first.
sub stage
{
	my ($dir) = @_;
	return () unless $in_clone;
	my $errors = '';
	my ($status, $settings) =
	  Perfkit::Process::output([ "$home/stage", $dir ], err => sub { $errors .= $_[0] });
	chomp($settings, $errors);
	cannot($errors) if $status != 0;
	return split(/\n/, $settings);
}

1;
