# Perfkit::Output: the directory of a run's results. It is made before the load, so that no load is
# for nothing, and goes again if the run ends before anything is in it.
package Perfkit::Output;

use strict;
use warnings;

use Cwd ();
use File::Path ();
use List::Util ();
use POSIX ();

use Perfkit::Failure;
use Perfkit::Home;
use Perfkit::Process;

# new_directory(NAME): where results go by default, with the time in its name, and no other run's.
sub new_directory
{
	my ($name) = @_;
	my $base = Perfkit::Home::results_dir();

	$name .= POSIX::strftime('-%Y%m%d-%H%M%S', localtime);
	File::Path::make_path($base, { error => \my $errors });
	# two runs may begin in one second
	my $dir = List::Util::first(sub { mkdir($_) }, "$base/$name", "$base/$name-$$")
	  // cannot("the results' directory cannot be made in $base ($!); give another one with --output");
	Perfkit::Process::keep(unfinished => Cwd::realpath($dir));
	return $dir;
}

# make(RUN): the directory, without what an earlier run has left there.
sub make
{
	my ($run) = @_;
	my $dir = $run->{opt}{output};

	if (!defined $dir)
	{
		$dir = new_directory($run->{workload}{name});
	}
	elsif (!-d $dir)
	{
		File::Path::make_path($dir, { error => \my $errors });
		cannot("the results' directory cannot be made; give another one with --output") unless -d $dir;
		Perfkit::Process::keep(unfinished => Cwd::realpath($dir));
	}
	cannot("the results' directory $dir cannot be written to; give another one with --output") unless -w $dir;
	# What is there after a run that breaks off must not be the last one's.
	foreach my $path (glob(Perfkit::Home::quoted_glob($dir) . '/{,pooled/,direct/}*'))
	{
		next unless $path =~ m{/(?:(?:run|comparison)\.json|transactions\.log|report\.html|pgbench-[0-9.]+\.txt(?:\.err)?)\z};
		unlink($path) or cannot("$path, of an earlier run, cannot be removed: $!");
	}
	return $dir;
}

1;
