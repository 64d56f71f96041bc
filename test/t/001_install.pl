# Installing, dumping and restoring, and dropping perfkit on a server of its own.
use strict;
use warnings;

use FindBin;
use lib "$FindBin::RealBin/lib";
use PerfkitCluster;
use PostgreSQL::Test::Utils;
use Test::More;

my $node = PerfkitCluster->new('main');

# perfkit.control is the one place that has the version.
my ($version) = slurp_file('perfkit.control') =~ /^default_version\s*=\s*'(.+)'/m;
is($node->safe_psql('postgres', "SELECT extversion FROM pg_extension WHERE extname = 'perfkit'"),
	$version, 'the version installed is the default one');

# A dump must bring the extension into a new database, in its schema, and leave nothing loose.
$node->safe_psql('postgres', 'CREATE SCHEMA "odd ""schema"; ALTER EXTENSION perfkit SET SCHEMA "odd ""schema"');
my $dump = PostgreSQL::Test::Utils::tempdir() . '/dump.sql';
$node->command_ok([ 'pg_dump', '--file', $dump, $node->connstr('postgres') ], 'pg_dump');
$node->safe_psql('postgres', 'CREATE DATABASE restored TEMPLATE template0');
$node->command_ok(
	[ 'psql', '-X', '-q', '-v', 'ON_ERROR_STOP=1', '-f', $dump, $node->connstr('restored') ],
	'the dump restores');
is( $node->safe_psql('restored', "SELECT extnamespace::regnamespace FROM pg_extension WHERE extname = 'perfkit'"),
	'"odd ""schema"',
	'restored into the same schema');

# Every member goes with the extension.
$node->safe_psql('restored', 'DROP EXTENSION perfkit');
is( $node->safe_psql('restored', "SELECT count(*) FROM pg_class WHERE relname LIKE 'perfkit%'"),
	'0',
	'DROP EXTENSION leaves no relation');
is( $node->safe_psql('restored', "SELECT count(*) FROM pg_proc WHERE proname LIKE 'perfkit%'"),
	'0',
	'DROP EXTENSION leaves no function');

# A schema in which others may create functions.
sub install
{
	my ($database, $before, $schema) = @_;
	$node->safe_psql('postgres', "CREATE DATABASE $database TEMPLATE template0");
	my (undef, undef, $err) = $node->psql($database, "$before; CREATE EXTENSION perfkit SCHEMA $schema CASCADE");
	return $err;
}
$node->safe_psql('postgres', 'CREATE ROLE mallory LOGIN; CREATE ROLE "Eve"; CREATE ROLE dba SUPERUSER; CREATE ROLE owner');
my $warning = qr/WARNING:  others may create functions in schema/;
like(install('granted', 'GRANT CREATE ON SCHEMA public TO mallory, "Eve", dba', 'public'),
	qr/$warning "public"\nDETAIL:  CREATE is granted to "Eve", mallory\. .*\nHINT:  Run REVOKE CREATE ON SCHEMA public FROM "Eve", mallory, or/,
	'CREATE EXTENSION warns of those who may create');
like(install('open', 'GRANT CREATE ON SCHEMA public TO PUBLIC', 'public'), qr/$warning "public"\nDETAIL:  CREATE is granted to PUBLIC\./, 'PUBLIC among them');
unlike(install('ordinary', 'SELECT 1', 'public'), $warning, 'but not of a new database');
like(install('owned', 'CREATE SCHEMA kit AUTHORIZATION owner', 'kit'),
	qr/$warning "kit"\nDETAIL:  The schema belongs to owner\. A function .*\nHINT:  Install perfkit into a schema of its own: /,
	"of the schema's owner, for whom REVOKE is no obstacle");
like(install('granted_too', 'CREATE SCHEMA kit AUTHORIZATION owner; GRANT CREATE ON SCHEMA kit TO mallory, owner', 'kit'),
	qr/$warning "kit"\nDETAIL:  The schema belongs to owner\. CREATE is granted to mallory\. .*\nHINT:  Install /, 'of both at once');
like(install('given', 'ALTER DATABASE given OWNER TO owner', 'public'),
	qr/$warning "public"\nDETAIL:  The schema belongs to owner\. /, "and of the database's owner, whose schema public is");
unlike(install('trusted', 'CREATE SCHEMA kit AUTHORIZATION dba; GRANT CREATE ON SCHEMA kit TO dba', 'kit'), $warning, 'but not of a superuser');
unlike(install('apart', 'GRANT CREATE ON SCHEMA public TO mallory; CREATE SCHEMA kit; GRANT USAGE ON SCHEMA kit TO PUBLIC; CREATE SCHEMA app; GRANT USAGE ON SCHEMA app TO PUBLIC', 'kit'), $warning, 'nor of other schemas');

# There, functions that would fit better what users type are not called. Mallory has one for each of
# perfkit's functions, for each number of arguments, with the types that literals have by
# themselves.
$node->safe_psql('apart', <<'SQL', extra_params => [ '-U', 'mallory' ]);
DO $plant$
DECLARE
    command text;
BEGIN
    FOR command IN
        SELECT format('CREATE FUNCTION public.%I(%s) RETURNS text LANGUAGE plpgsql AS $$ BEGIN RAISE WARNING ''planted''; RETURN NULL; END $$',
                      p.proname, string_agg(CASE WHEN i IS NOT NULL THEN format('%I %s', p.proargnames[i],
                          CASE WHEN t.typname IN ('int8', 'float8') THEN 'int4' WHEN t.typname IN ('regclass', 'timestamptz', 'name') THEN 'text'
                               ELSE format_type(t.oid, NULL) END) END, ', ' ORDER BY i))
        FROM pg_proc p CROSS JOIN generate_series(0, 10) AS nargs
             LEFT JOIN generate_series(1, 10) AS i ON i <= nargs
             LEFT JOIN pg_type t ON t.oid = p.proargtypes[i - 1]
        WHERE p.pronamespace = 'kit'::regnamespace AND p.proname LIKE 'perfkit\_%' AND p.prorettype <> 'trigger'::regtype
          AND NOT p.proargtypes::oid[] && '{cstring,internal}'::regtype[]::oid[] -- a type's own functions
          AND nargs BETWEEN p.pronargs - p.pronargdefaults AND p.pronargs
        GROUP BY p.oid, nargs
    LOOP
        EXECUTE command;
    END LOOP;
END $plant$;
SQL
cmp_ok($node->safe_psql('apart', q{SELECT count(*) FROM pg_proc WHERE pronamespace = 'public'::regnamespace AND proname LIKE 'perfkit\_%'}), '>', 60, 'functions are planted');
my $readme = slurp_file('README.md');
my $examples = join('', map { "${_}RESET ROLE;\n" } $readme =~ /^```sql\n(.*?)^```\n/msg);
sub answers
{
	my ($search_path, $sql) = @_;
	my (undef, $out, $err) = $node->psql('apart', "SET search_path = $search_path; $sql", on_error_stop => 0);
	return "$out\n$err";
}
like(answers('kit, public', 'SELECT perfkit_seed_events(10)'), qr/WARNING:  planted/, 'with public in the search path it is');
my $answers = answers('app, kit', $examples);
like($answers, qr/NOTICE:  app.events: 10000 rows inserted/, "the README's examples, with a search path that is trusted");
unlike($answers, qr/planted|is not unique|does not exist/, 'call none of the planted functions');
$answers = answers('public', q{SELECT kit.perfkit_seed_events(10, target_schema => 'app'), kit.perfkit_assert_no_seq_scan('SELECT 1', 1000)});
like($answers, qr/NOTICE:  app.events: 0 rows/, 'a qualified call, with the planted functions in the search path');
unlike($answers, qr/planted|ERROR/, 'calls none of them either');

$node->stop;
done_testing();
