# Perfkit::Workload: the folder that a load run is made from: one that ships, or anybody's.
#
#     scenarios     a line for each: name, weight, what it does; weight 0: run only when asked for.
#                   Missing: every script, with weight 1. Weight "pause": see below
#     NAME.sql      the pgbench script of scenario NAME
#     NAME.mix      options, a line each, that --scenario NAME stands for
#     options       options that differ for this workload, a line each: --clients 20
#     budgets       scenario, metric, limit, a line each; without a scenario: of all together
#     checks        index checks: see read_checks()
#     seed.sql      fills the tables; has psql variable rows, and prints the number of rows inserted
#     prepare.sql   after seeding; rows (name, value) become pgbench variables; has variables
#                   clients and load: see below
#     at_once       scenario, number, factor, a line each: see AtOnce.pm
#     invariants.sql  after the load, in one transaction; rows (name, ok, detail), of which none
#                   may be false. It has the rows of prepare.sql as variables, run_id, and complete:
#                   false when the load broke off, and there is no run
#
# All of it is optional but for one script. The psql files also have the variables perfkit, the
# quoted schema that perfkit is in, and pooled: true when the connection goes through a pooler,
# where each of them is run as one transaction. The scripts also have the variables time_scale,
# for think times, and stage: 0 for the warm-up, then 1, 2 ..., and from 900 on for the steps of
# --notify-ceiling.
#
# A row of prepare.sql with the name "note" is text to be shown and stored with the run. One with
# the name "refuse" says why this load cannot be run or cannot pass: it is shown, and the command
# ends with status 2. For this, the file has the psql variable load, JSON:
#
#     {"stages": [{"clients", "seconds"}], "scenarios": [{"name", "weight"}], "time_scale",
#      "budgets": [{"scenario", "metric", "limit_value"}], "rate", "cores"}
#
# budgets are those given to the run, rate may be null, and cores are this machine's.
#
# pgbench counts \sleep into a script's latency, so think times are scripts of their own. Scenarios
# of weight "pause" are neither logged nor judged, and accompany all others unless there is a rate.
# pgbench chooses one so often that it follows 95 % of the others' transactions. Its variables stay
# with a client from script to script: the others end with "\set owed 1", and a pause sleeps only
# :owed, and then sets it to 0. (prepare.sql gives its first value.)
package Perfkit::Workload;

use strict;
use warnings;

use Cwd ();
use Digest::SHA ();
use File::Basename qw(basename);
use List::Util ();

use Perfkit::Failure;
use Perfkit::Home;

my %no_scenario = map { $_ => 1 } qw(seed prepare invariants);
my $name_form = qr/[A-Za-z0-9_-]+/;

# find(NAME): the workload of that name that ships, or else the folder, which may be that of one
# that ships.
sub find
{
	my ($class, $name) = @_;
	my @shipped = Perfkit::Home::workloads();
	my ($known) = grep { $_ eq $name } @shipped;
	my $dir;

	if (!defined $known)
	{
		cannot("there is no workload \"$name\"; there are: @shipped; and no directory has that name")
		  unless -d $name;
		$dir = Cwd::realpath($name) // cannot("$name cannot be entered: $!");
		($known) = grep { (Cwd::realpath(Perfkit::Home::workloads_dir() . "/$_") // '') eq $dir } @shipped;
	}
	$dir = Perfkit::Home::workloads_dir() . "/$known" if defined $known;
	my $self = bless { dir => $dir, name => basename($dir), shipped => defined $known }, $class;
	$self->{where} = $self->{shipped} ? Perfkit::Home::relative($dir) : $dir;
	# What such a link was meant to say must not be taken for absent.
	foreach my $path (map { "$dir/$_" } qw(scenarios options budgets checks at_once seed.sql prepare.sql invariants.sql))
	{
		cannot("$path is a link to a file that does not exist") if -l $path && !-e $path;
	}
	$self->read_scenarios;
	return $self;
}

# of_scripts(FILE[@WEIGHT]...): a workload that is nothing but scripts.
sub of_scripts
{
	my ($class, @scripts) = @_;
	my $self = bless { scenarios => [], pauses => [] }, $class;
	$self->add_script($_) foreach @scripts;
	$self->{name} = join('+', map { $_->{name} } @{ $self->{scenarios} });
	return $self;
}

sub add_script
{
	my ($self, $script) = @_;
	my ($path, $weight) = $script =~ /^(.*)@([^@\/]*)$/s ? ($1, $2) : ($script, 1);

	cannot("the weight of --script $path is a whole number from 1 to 999999, not \"$weight\"")
	  unless $weight =~ /^[1-9][0-9]{0,5}$/;
	cannot("--script $path cannot be read: $!") unless -f $path && -r _;
	my $name = basename($path) =~ s/\.sql$//r =~ s/[^A-Za-z0-9_-]+/_/gr;
	$self->add_scenario($name, $weight, $path, "--script $path");
	push @{ $self->{asked} }, { name => $name, weight => $weight };
	return;
}

sub add_scenario
{
	my ($self, $name, $weight, $path, $where) = @_;
	cannot("$where: \"$name $weight\" is not a name (letters, digits, _ and -) and a weight")
	  unless $name =~ /^$name_form$/ && $name ne 'all' && $weight =~ /^(?:0|[1-9][0-9]{0,5}|pause)$/;
	cannot("$where: there are two scenarios \"$name\"") if named($name, @{ $self->{scenarios} }, @{ $self->{pauses} });
	push @{ $self->{ $weight eq 'pause' ? 'pauses' : 'scenarios' } },
	  { name => $name, weight => $weight, path => $path };
	return;
}

sub named { my ($name, @scenarios) = @_; return (grep { $_->{name} eq $name } @scenarios)[0]; }

sub scenario { my ($self, $name) = @_; return named($name, @{ $self->{scenarios} }); }

# pauses(SCENARIO...): the pauses to run beside these, with their weights.
sub pauses
{
	my ($self, @chosen) = @_;
	my $sum = List::Util::sum(map { $_->{weight} } @chosen);
	# pgbench's weights are integers
	my $weight = List::Util::min(20 * $sum, 2_000_000_000);
	return map { { %$_, weight => $weight } } @{ $self->{pauses} };
}

sub read_scenarios
{
	my ($self) = @_;
	my $file = "$self->{dir}/scenarios";

	@$self{qw(scenarios pauses)} = ([], []);
	if (!-e $file)
	{
		foreach my $path (sort glob(Perfkit::Home::quoted_glob($self->{dir}) . '/*.sql'))
		{
			my $name = basename($path, '.sql');
			$self->add_scenario($name, 1, $path, $self->{where}) unless $no_scenario{$name};
		}
		cannot("$self->{where} has no pgbench script: a file NAME.sql for each scenario")
		  unless @{ $self->{scenarios} };
	}
	foreach my $line ($self->lines('scenarios'))
	{
		my ($name, $weight) = split(' ', $line);
		$self->add_scenario($name, $weight // '', "$self->{dir}/$name.sql", "$self->{where}/scenarios");
		cannot("$self->{where}/$name.sql is missing") unless -r "$self->{dir}/$name.sql";
	}
	return;
}

# file(NAME): its path if the workload has it.
sub file
{
	my ($self, $name) = @_;
	return undef unless defined $self->{dir} && -e "$self->{dir}/$name";
	return "$self->{dir}/$name";
}

# lines(NAME): a file's lines, without blank ones and comments.
sub lines
{
	my ($self, $name) = @_;
	my $path = $self->file($name) // return ();
	open(my $file, '<', $path) or cannot("$path cannot be read: $!");
	return grep { !/^\s*(?:#|$)/ } map { chomp; $_ } <$file>;
}

# digest(): SHA-256 of the names and contents of the folder's files. Not of folders in it: results
# may be in one.
sub digest
{
	my ($self) = @_;
	my $sha = Digest::SHA->new(256);

	opendir(my $dir, $self->{dir}) or cannot("$self->{dir} cannot be read: $!");
	foreach my $name (sort grep { -f "$self->{dir}/$_" } readdir($dir))
	{
		my $of_file = eval { Digest::SHA->new(256)->addfile("$self->{dir}/$name")->hexdigest }
		  // cannot("$self->{dir}/$name cannot be read: $!");
		# (no name holds a zero byte)
		$sha->add("$name\0$of_file\n");
	}
	closedir($dir);
	return $sha->hexdigest;
}

# options(NAME): the options in a file, as arguments.
sub options { my ($self, $name) = @_; return map { split(' ', $_, 2) } map { s/\s+$//r } $self->lines($name); }

sub mixes
{
	my ($self) = @_;
	return () unless defined $self->{dir};
	return map { basename($_, '.mix') } sort glob(Perfkit::Home::quoted_glob($self->{dir}) . '/*.mix');
}

# list(): the scenarios and, after them, the mixes.
sub list
{
	my ($self) = @_;
	my @mixes = $self->mixes;
	return join(' ', map { $_->{name} } @{ $self->{scenarios} }) . (@mixes ? "; mixes: @mixes" : '');
}

# choose(NAME[@WEIGHT]...): the scenarios to run, with their weights; without any, those that have
# one.
sub choose
{
	my ($self, @wanted) = @_;
	my (%weight, @chosen);

	foreach my $want (@wanted)
	{
		my ($name, $weight) = split(/@/, $want, 2);
		cannot("scenario $name is a pause, which accompanies the others") if named($name, @{ $self->{pauses} });
		my $scenario = $self->scenario($name)
		  // cannot("workload $self->{name} has no scenario \"$name\"; it has: " . $self->list);
		cannot("--scenario $name was given twice") if exists $weight{$name};
		$weight //= $scenario->{weight} || 1;
		cannot("the weight of --scenario $name takes a whole number from 1 to 999999, not \"$weight\"")
		  unless $weight =~ /^[1-9][0-9]{0,5}$/;
		$weight{$name} = $weight;
	}
	%weight = map { $_->{name} => $_->{weight} } grep { $_->{weight} } @{ $self->{scenarios} } unless @wanted;
	# what was given as a script was asked for
	$weight{ $_->{name} } //= $_->{weight} foreach @{ $self->{asked} // [] };
	@chosen = map { { %$_, weight => $weight{ $_->{name} } } }
	  grep { exists $weight{ $_->{name} } } @{ $self->{scenarios} };
	cannot("$self->{where}/scenarios lists no scenario that has a weight") unless @chosen;
	return @chosen;
}

# budgets(TEXT...): those of the folder, and those given as "[SCENARIO] METRIC<LIMIT": objects of
# scenario, metric and limit_value. A later one replaces an earlier one. Which metrics there are,
# and within what their limits are, is for the server to say.
sub budgets
{
	my ($self, @given) = @_;
	my %budget;

	foreach my $line ($self->lines('budgets'))
	{
		my @words = split(' ', $line);
		unshift @words, 'all' if @words == 2;
		cannot("$self->{where}/budgets: \"$line\" is not a scenario, a metric and a limit") if @words != 3;
		$self->add_budget(\%budget, "$self->{where}/budgets", @words);
	}
	foreach my $text (@given)
	{
		my ($scenario, $metric, $sign, $limit) = budget_words($text);
		cannot("--budget \"$text\": $metric is kept " . ($metric =~ /^min_/ ? 'above' : 'below')
			  . ' its limit; turn the sign around') if ($metric =~ /^min_/) != ($sign =~ /^>/);
		$self->add_budget(\%budget, "--budget \"$text\"", $scenario, $metric, $limit);
	}
	return map { $budget{$_} } sort keys %budget;
}

# budget_words(TEXT): scenario, metric, sign and limit of a --budget.
sub budget_words
{
	my ($text) = @_;
	my ($scenario, @words) = $text =~ /^\s*(?:(\S+)\s+)?([a-z0-9_]+)\s*(<=?|>=?)\s*(\S+)\s*$/
	  or cannot("--budget takes \"METRIC<LIMIT\" or \"SCENARIO METRIC<LIMIT\", not \"$text\"");
	return ($scenario // 'all', @words);
}

sub add_budget
{
	my ($self, $budgets, $where, $scenario, $metric, $limit) = @_;

	cannot("$where: there is no scenario \"$scenario\"; there are: all " . $self->list)
	  unless $scenario eq 'all' || $self->scenario($scenario);
	cannot("$where: the limit is a number that is not negative, not \"$limit\"")
	  unless $limit =~ /^(?:[0-9]+(?:\.[0-9]*)?|\.[0-9]+)(?:[eE][-+]?[0-9]+)?$/;
	$budgets->{"$scenario $metric"} = { scenario => $scenario, metric => $metric, limit_value => $limit + 0 };
	return;
}

# read_checks(): the file "checks": SQL statements, each under lines that say what it is.
#
#     -- check: films by title
#     -- index: film_title_idx, film_title_rating_idx     any of these; without the line, any index
#     -- demand: usable                                   without the line: chosen
#     -- max_rows_removed: 1000                           without the line: the query is not run
#     SELECT * FROM film WHERE title = 'Ali Forever';
sub read_checks
{
	my ($self) = @_;
	my $path = $self->file('checks') // return ();
	my @checks;

	open(my $file, '<', $path) or cannot("$path cannot be read: $!");
	while (my $line = <$file>)
	{
		if ($line =~ /^--\s*check:\s*(.*?)\s*$/) { push @checks, { check_name => $1, query => '' }; }
		elsif (!@checks)
		{
			cannot("$path, line $.: a check begins with a line \"-- check: NAME\"")
			  unless $line =~ /^\s*(?:--.*)?$/;
		}
		elsif ($line =~ /^--\s*index:\s*(.*?)\s*$/)
		{
			($checks[-1]{expected_index}, my @others) = split(/\s*,\s*/, $1);
			$checks[-1]{also_accepted} = \@others;
		}
		elsif ($line =~ /^--\s*demand:\s*(.*?)\s*$/)
		{
			my $demand = $1;
			cannot("$path, line $.: demand is chosen or usable, not \"$demand\"")
			  unless grep { $_ eq $demand } qw(chosen usable);
			$checks[-1]{demand} = $demand;
		}
		elsif ($line =~ /^--\s*max_rows_removed:\s*(.*?)\s*$/)
		{
			my $limit = $1;
			cannot("$path, line $.: max_rows_removed is a number of rows, not \"$limit\"") unless $limit =~ /^\d{1,15}$/;
			$checks[-1]{max_rows_removed} = $limit + 0;
		}
		elsif ($line =~ /^--\s*(\w+):/ && $checks[-1]{query} eq '')
		{
			cannot("$path, line $.: there is no \"$1:\"; there are: check, index, demand, max_rows_removed");
		}
		else { $checks[-1]{query} .= $line; }
	}
	foreach my $check (@checks)
	{
		$check->{query} =~ s/^\s+|[\s;]+$//g;
		$check->{demand} //= 'chosen';
		$check->{also_accepted} //= [];
		cannot("$path: check \"$check->{check_name}\" has no query") if $check->{query} eq '';
	}
	return @checks;
}

1;
