# The marketplace's tables with PostGIS and pgcrypto, which are in schemas of their own here: rows,
# both ways of loading, growth, index checks, and what is said when something is missing.
use strict;
use warnings;

use FindBin;
use lib "$FindBin::RealBin/lib";
use PerfkitCluster;
use PostgreSQL::Test::Utils;
use Test::More;

my $pg_config = $ENV{PG_CONFIG} // 'pg_config';
chomp(my $share = `$pg_config --sharedir`);
my @missing = grep { !-e "$share/extension/$_.control" } qw(postgis pgcrypto);
plan skip_all => "not available to this server: @missing" if @missing;

my $node = PerfkitCluster->new('main', conf => "timezone = 'UTC'\nclient_min_messages = warning");
my $ends = "'2026-06-01 00:00 UTC'";
my @tables = qw(providers programs users sessions prices subscriptions payments ledger_entries);

sub value { return $node->safe_psql('postgres', $_[0]); }

# refused(SQL, PATTERN, NAME): fails with SQLSTATE, message, detail and hint that match.
sub refused
{
	my ($sql, $pattern, $name) = @_;
	my $err;
	isnt($node->psql('postgres', "\\set VERBOSITY verbose\n$sql", stderr => \$err), 0, "$name: refused");
	like($err, $pattern, $name);
}

sub seed
{
	my ($programs, $users, $schema, $more) = @_;
	$more //= '';
	return value("SELECT perfkit_seed_marketplace($programs, $users, 42, '$schema', 4, $ends) $more");
}

# digests(SCHEMA): of each table, independent of the rows' order and of PostGIS's formats.
sub digests
{
	my ($schema) = @_;
	return value(join(' UNION ALL ', map {
		my $row = $_ eq 'programs'
		  ? 'ROW(id, provider_id, title, description, geo.st_asewkb(location::geo.geometry), postcode, min_age, max_age, price, status, created_at)'
		  : 't';
		"SELECT '$_ ' || count(*) || ':' || bit_xor(('x' || left(md5($row\::text), 16))::bit(64)::bigint) FROM $schema.$_ t";
	} @tables) . ' ORDER BY 1');
}

# ---- what is missing is said ----

refused("SELECT perfkit_seed_marketplace(10, 2);", qr/ERROR:  55000: extension "postgis" is not installed\nHINT:  Run CREATE EXTENSION postgis\./,
	'without PostGIS');
value('CREATE SCHEMA geo; CREATE EXTENSION postgis SCHEMA geo');
refused("SELECT perfkit_seed_marketplace(10, 2);", qr/ERROR:  55000: extension "pgcrypto" is not installed\nHINT:  Run CREATE EXTENSION pgcrypto\./,
	'without pgcrypto');
is(value("SELECT count(*) FROM pg_class WHERE relname IN ('providers', 'programs', 'users')"), '0', 'nothing is left');
value('CREATE SCHEMA "my crypto"; CREATE EXTENSION pgcrypto SCHEMA "my crypto"');

# ---- the rows ----

value('CREATE SCHEMA a');
is(seed(2000, 400, 'a'), '2000', 'returns the number of programs');
my $digests = digests('a');
is($digests, <<'DIGESTS' =~ s/\n\z//r, 'rows are the same on every server');
ledger_entries 2700:-1252481572697069232
payments 1125:-4684448605285981420
prices 6000:373630136064699043
programs 2000:-8377146820195879024
providers 256:1798771572908207537
sessions 600:-9143326985156682742
subscriptions 1000:6842885771549168017
users 400:4687624104339738826
DIGESTS
is(seed(2000, 400, 'a'), '0', 'the second time nothing is missing');
is(digests('a'), $digests, '... and nothing changes');

my %true = (
	'locations are what the generator gives' => q{
		SELECT count(*) = 2000 FROM a.programs p JOIN perfkit_generate_programs(2000, 0, 42, ENDS) g USING (id)
		WHERE geo.st_x(location::geo.geometry) = longitude AND geo.st_y(location::geo.geometry) = latitude AND geo.st_srid(location::geo.geometry) = 4326},
	'... and are stored as PostGIS stores them' => q{
		CREATE TEMP TABLE made AS SELECT id, geo.geography(geo.st_setsrid(geo.st_makepoint(longitude, latitude), 4326)) AS location
		FROM perfkit_generate_programs(2000, 0, 42, ENDS);
		SELECT bool_and(p.location::text = m.location::text AND pg_column_size(p.location) = pg_column_size(m.location))
		FROM a.programs p JOIN made m USING (id)},
	'the column is geography(Point,4326)' => q{
		SELECT format_type(atttypid, atttypmod) = 'geo.geography(Point,4326)' FROM pg_attribute WHERE attrelid = 'a.programs'::regclass AND attname = 'location'},
	'all are within 61 km of the centre' => q{
		SELECT max(geo.st_distance(location, 'SRID=4326;POINT(151.2093 -33.8688)'::geo.geography)) BETWEEN 45000 AND 61000 FROM a.programs},
	'users and their passwords follow from their numbers' => q{
		SELECT count(*) = 400 AND bool_and("my crypto".crypt('perfkit-' || n % 16, password_hash) = password_hash)
		FROM generate_series(0, 399) n JOIN a.users ON email = 'user' || n || '@example.com'},
	'... and no other password' => q{
		SELECT bool_or("my crypto".crypt('perfkit-' || (n + 1) % 16, password_hash) = password_hash) IS FALSE
		FROM generate_series(0, 15) n JOIN a.users ON email = 'user' || n || '@example.com'},
	'there are 16 hashes, which name the cost' => q{
		SELECT count(DISTINCT password_hash) = 16 AND bool_and(password_hash ~ '^[$]2a[$]04[$][./A-Za-z0-9]{53}$') FROM a.users},
	'foreign keys are there, and valid' => q{
		SELECT count(*) = 9 AND bool_and(convalidated) FROM pg_constraint WHERE contype = 'f' AND connamespace = 'a'::regnamespace},
	'every foreign key has an index' => q{
		SELECT bool_and(EXISTS (SELECT FROM pg_index i WHERE i.indrelid = c.conrelid AND i.indkey[0] = c.conkey[1]))
		FROM pg_constraint c WHERE contype = 'f' AND connamespace = 'a'::regnamespace},
	'the spatial index is a GiST index' => q{
		SELECT amname = 'gist' FROM pg_class c JOIN pg_am m ON m.oid = c.relam WHERE c.oid = 'a.idx_programs_location'::regclass},
	'emails, tokens and idempotency keys are unique' => q{
		SELECT count(*) = 3 FROM pg_constraint WHERE contype = 'u' AND connamespace = 'a'::regnamespace},
	'all are analyzed' => q{
		SELECT bool_and(reltuples > 0) FROM pg_class WHERE relkind = 'r' AND relnamespace = 'a'::regnamespace},
	'the ledger is balanced' => q{
		SELECT sum(amount_cents) = 0 AND count(DISTINCT payment_id) = (SELECT count(*) FROM a.payments WHERE status = 'succeeded') FROM a.ledger_entries},
);
foreach my $name (sort keys %true)
{
	is(value($true{$name} =~ s/ENDS/$ends/gr), 't', $name);
}
isnt($node->psql('postgres', 'DELETE FROM a.programs'), 0, 'foreign keys are enforced');

# It looks up pgcrypto.
is(value("SELECT provolatile FROM pg_proc WHERE proname = 'perfkit_generate_users'"), 's', 'perfkit_generate_users() is STABLE');

# Another cost gives the same users with other hashes; the users that are there keep theirs.
is(value("SELECT count(*) = 20 AND bool_and(password_hash ~ '^[\$]2a[\$]05[\$]') AND bool_and(\"my crypto\".crypt('perfkit-' || substring(email, '[0-9]+')::int % 16, password_hash) = password_hash)
	FROM perfkit_generate_users(20, 7, 42, $ends, 5)"), 't', 'hashes of another cost');
is(value("SELECT perfkit_seed_marketplace(2000, 400, 42, 'a', 5, $ends)"), '0', 'another cost adds nothing');
is(digests('a'), $digests, '... and changes nothing');
is(value("SELECT bool_and(s.password_hash = u.password_hash) FROM a.users u JOIN perfkit_generate_users(100, 300, 42, $ends, 4) s USING (id)"), 't',
	'slices of users have the same hashes');

# Neither the first nor the last number of a ledger entry need have a row.
my $warnings;
foreach my $users (4 .. 16, 27)
{
	value('CREATE SCHEMA few');
	foreach my $time (1, 2)
	{
		$node->psql('postgres', "SET client_min_messages = warning; SELECT perfkit_seed_marketplace(200, $users, 42, 'few', 4, $ends)", stderr => \my $said);
		$warnings .= $said;
	}
	value('DROP SCHEMA few CASCADE');
}
is($warnings, '', 'rows of the same end are not said to be of another');
value("CREATE SCHEMA few; SELECT perfkit_seed_marketplace(200, 27, 42, 'few', 4, $ends)");
$node->psql('postgres', "SET client_min_messages = warning; SELECT perfkit_seed_marketplace(200, 27, 42, 'few', 4, '2024-01-01')", stderr => \my $other);
like($other, qr/WARNING:  rows of few\.ledger_entries were generated with another start/, '... but rows of another end are');
value('DROP SCHEMA few CASCADE');

# ---- growth: the same as at once ----

value('CREATE SCHEMA b; CREATE SCHEMA c');
is(seed(5000, 1000, 'b'), '5000', 'more programs at once');
foreach my $step ([ 100, 10 ], [ 100, 50 ], [ 3000, 50 ], [ 3100, 900 ], [ 5000, 1000 ])
{
	seed(@$step, 'c');
}
is(digests('c'), digests('b'), 'growing in steps gives the same rows');
is(value('SELECT bool_and(convalidated) FROM pg_constraint WHERE contype = \'f\' AND connamespace = \'c\'::regnamespace'), 't', '... with valid foreign keys');

value('CREATE SCHEMA grown');
seed(100, 20, 'grown');
$node->psql('postgres', "SET client_min_messages = notice; SELECT perfkit_seed_marketplace(1000, 200, 42, 'grown', 4, $ends)", stderr => \my $grown);
is(scalar(() = $grown =~ /^DETAIL:  Rows in/mg), 8, 'all tables grow the direct way') or diag($grown);
value('DROP SCHEMA grown CASCADE');

# ---- the INSERT way: partitions and triggers ----

value(q{CREATE SCHEMA d;
	CREATE TABLE d.programs (id uuid PRIMARY KEY, provider_id uuid NOT NULL, title text NOT NULL, description text NOT NULL, location geo.geography(Point,4326) NOT NULL,
		postcode text NOT NULL, min_age int NOT NULL, max_age int NOT NULL, price numeric(10,2) NOT NULL, status text NOT NULL, created_at timestamptz NOT NULL) PARTITION BY HASH (id);
	CREATE TABLE d.programs_0 PARTITION OF d.programs FOR VALUES WITH (MODULUS 2, REMAINDER 0);
	CREATE TABLE d.programs_1 PARTITION OF d.programs FOR VALUES WITH (MODULUS 2, REMAINDER 1);
	CREATE TABLE d.users (id uuid PRIMARY KEY, email text NOT NULL, password_hash text NOT NULL, full_name text NOT NULL, postcode text NOT NULL, created_at timestamptz NOT NULL);
	CREATE FUNCTION d.seen() RETURNS trigger LANGUAGE plpgsql AS 'BEGIN RETURN NEW; END';
	CREATE TRIGGER seen BEFORE INSERT ON d.users FOR EACH ROW EXECUTE FUNCTION d.seen()});
is(seed(2000, 400, 'd'), '2000', 'a partitioned table is filled by INSERT');
is(digests('d'), $digests, '... with the same rows');
is(seed(2000, 400, 'd'), '0', '... once');

# ---- violations of foreign keys ----

value("CREATE SCHEMA own; SELECT perfkit_seed_marketplace(64, 10, 42, 'own', 4, $ends); DELETE FROM own.sessions; CREATE TABLE own.ids (id uuid PRIMARY KEY)");
my $again = "SELECT perfkit_seed_marketplace(64, 10, 42, 'own', 4, $ends)";
refused("BEGIN; SET session_replication_role = replica; DELETE FROM own.users; INSERT INTO own.users SELECT gen_random_uuid(), 'user' || n || '\@example.com', '', '', '', now() FROM generate_series(0, 9) n; RESET session_replication_role; $again;",
	qr/ERROR:  23503: .*"sessions_user_id_fkey"\nDETAIL: .*\nHINT:  The referenced table may hold rows of another random_seed/, "a violation of the workload's own foreign key");
my ($not, $violation) = ('', '');
foreach my $case ("ALTER TABLE own.sessions ADD CONSTRAINT theirs FOREIGN KEY (user_id) REFERENCES own.ids",
	q{CREATE FUNCTION own.f() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN RAISE foreign_key_violation USING CONSTRAINT = 'sessions_user_id_fkey', HINT = 'their hint'; END $$;
		CREATE TRIGGER t BEFORE INSERT ON own.sessions FOR EACH ROW EXECUTE FUNCTION own.f()})
{
	$node->psql('postgres', "BEGIN; $case; $again", stderr => \$violation);
	$not .= $violation;
}
like($not, qr/"theirs"\n.*their hint/s, 'a violation of another one, and one with a hint');
unlike($not, qr/random_seed/, '... are not explained');
value('DROP SCHEMA own CASCADE');

# ---- few rows ----

foreach my $case ([ 0, 0, '0 0 0 0 0' ], [ 0, 10, '0 0 10 0 0' ], [ 1, 0, '1 8 0 0 0' ], [ 1, 10, '1 8 10 3 4' ], [ 64, 3, '64 8 3 8 9' ], [ 65, 3, '65 16 3 8 9' ])
{
	my ($programs, $users, $counts) = @$case;
	value('CREATE SCHEMA few');
	is(seed($programs, $users, 'few'), $programs, "$programs programs, $users users");
	is(value("SELECT concat_ws(' ', (SELECT count(*) FROM few.programs), (SELECT count(*) FROM few.providers), (SELECT count(*) FROM few.users),
		(SELECT count(*) FROM few.subscriptions), (SELECT count(*) FROM few.payments))"), $counts, '... and what belongs to them');
	value('DROP SCHEMA few CASCADE');
}
value('CREATE SCHEMA few');
my $err;
$node->psql('postgres', "SET client_min_messages = notice; SELECT perfkit_seed_marketplace(100, 50, 42, 'few', 4)", stderr => \$err);
like($err, qr/NOTICE:  20 of 50 users have subscriptions\nDETAIL:  Each user with subscriptions takes five programs, and there are 100\.\nHINT:  Raise programs, or lower users\./,
	'too few programs for the users are reported');
value('DROP SCHEMA few CASCADE');

# ---- index checks ----

my $failed = "SELECT coalesce(string_agg(check_name || ': ' || reason, E'\\n' ORDER BY check_name), '') FROM perfkit_verify_indexes('marketplace', 'b') WHERE verdict <> 'PASS'";
is(value('SET search_path = public; ' . $failed), '', 'index checks pass, with PostGIS outside the search path');
is(value("SELECT count(*) = 6 AND bool_and(max_rows_removed IS NOT NULL) FROM perfkit_index_checks WHERE workload = 'marketplace' AND check_name LIKE 'search around %'"), 't',
	'the searches have a limit of discarded rows');
is(value("BEGIN; DROP INDEX b.idx_programs_location; SELECT string_agg(check_name, ', ' ORDER BY check_name COLLATE \"C\") FROM perfkit_verify_indexes('marketplace', 'b') WHERE verdict = 'FAIL'"),
	'programs within 1 km, programs within 50 km, search around 2000, search around 2001, search around 2010, search around 2020, search around 2030, search around Penrith',
	'a missing spatial index is found');
like(value("BEGIN; UPDATE b.programs SET status = 'full' WHERE status = 'active' AND id < 'fe000000-0000-0000-0000-000000000000'; ANALYZE b.programs; SET LOCAL enable_seqscan = off; SET LOCAL enable_bitmapscan = off; $failed"),
	qr/^search around 2000: query discards \d{4} rows, exceeding the limit of 1000$/m, 'an index that returns too much is found');

my $radii = value("SELECT place, search, radius_km, verdict, scan FROM perfkit_marketplace_radii('b')");
is(scalar(my @radii = split(/\n/, $radii)), 36, 'two places, three searches, six radii');
is(scalar(grep { /\|FAIL\|/ && !/nearest 50 of all/ } @radii), 0, 'the spatial index serves at every radius where it should') or diag($radii);
is(scalar(grep { /\|nearest 50\|.*\|PASS\|Index Scan$/ } @radii), 12, 'the search reads by distance at every radius');
like($radii, qr/^dense\|all\|50\|PASS\|Seq Scan$/m, 'a radius that has most of the programs is read sequentially');
like(value("SELECT flips_at_km BETWEEN 5 AND 50 FROM perfkit_marketplace_radii('b', '{1,50}') WHERE place = 'dense' AND search = 'all' AND radius_km = 50"), qr/^t$/,
	'... and where the plan flips is reported');
refused("SELECT perfkit_marketplace_radii('a', '{0}');", qr/ERROR:  22023: "radii_km" must be above 0/, 'a radius of 0');
refused("SELECT perfkit_marketplace_radii('a', '{NaN}');", qr/ERROR:  22023: /, 'a radius of NaN');
refused("SELECT perfkit_marketplace_radii('a', NULL);", qr/ERROR:  22004: /, 'no radii');
refused("SELECT perfkit_marketplace_radii('a', '{1,NULL}');", qr/ERROR:  22004: /, 'a radius that is null');
refused("SELECT perfkit_marketplace_radii('geo');", qr/ERROR:  42P01: there is no table "programs" in schema "geo"\nHINT:  Run perfkit_seed_marketplace\(\)/, 'no such table');

# Shipped queries are run only on relations whose owners could do as much as the caller anyway.
value(q{CREATE ROLE mallory; CREATE ROLE reader; CREATE SCHEMA view AUTHORIZATION mallory; CREATE SCHEMA policy AUTHORIZATION mallory;
	GRANT USAGE ON SCHEMA b, geo, view, policy TO mallory, reader; GRANT SELECT ON ALL TABLES IN SCHEMA b TO mallory, reader;
	SET ROLE mallory;
	CREATE FUNCTION view.spy(uuid) RETURNS boolean LANGUAGE plpgsql COST 0.0001 AS $$ BEGIN
		IF current_user <> 'mallory' THEN RAISE 'spied'; END IF; RETURN true; END $$;
	CREATE VIEW view.programs AS SELECT * FROM b.programs WHERE view.spy(id);
	CREATE TABLE policy.programs (LIKE b.programs);
	CREATE INDEX idx_programs_location ON policy.programs USING gist (location);
	INSERT INTO policy.programs SELECT * FROM b.programs; ANALYZE policy.programs;
	ALTER TABLE policy.programs ENABLE ROW LEVEL SECURITY;
	CREATE POLICY spied ON policy.programs USING (view.spy(id));
	GRANT SELECT ON ALL TABLES IN SCHEMA view, policy TO PUBLIC; GRANT EXECUTE ON FUNCTION view.spy TO PUBLIC});
my $run = "SELECT string_agg(DISTINCT reason, E'\\n' ORDER BY reason) FROM perfkit_verify_indexes('marketplace', 'SCHEMA') WHERE check_name LIKE 'search around %'";
is(value($run =~ s/SCHEMA/view/r), 'not run: "programs" belongs to another role (SQLSTATE 42501)', 'a view of another role is not read');
is(value('SET ROLE reader; ' . $run =~ s/SCHEMA/policy/r), 'not run: "programs" belongs to another role (SQLSTATE 42501)', '... nor a table with a policy');
is(value('SET ROLE mallory; ' . $run =~ s/SCHEMA/policy/r), '', '... but by its owner');
is(value('SET ROLE reader; ' . $run =~ s/SCHEMA/b/r), '', 'a table of a superuser is read');
is(value(q{SELECT detail FROM perfkit_verify_indexes('marketplace', 'view') WHERE check_name = 'search around 2000'}),
	'Views and policies can call functions of their owner, role "mallory", which lacks the privileges of role "postgres". Verify as the owner: run SET ROLE mallory first.',
	'... and what to do');
refused("SELECT perfkit_marketplace_radii('view', '{1}');", qr/ERROR:  42501: not run: "view\.programs" belongs to another role/, 'radii of a view of another role');

# Nobody else's operator or function is called, not even where it takes fewer conversions.
value(q{CREATE FUNCTION planted(float8, int) RETURNS boolean LANGUAGE plpgsql IMMUTABLE AS $$ BEGIN RAISE 'planted'; END $$;
	CREATE OPERATOR <= (FUNCTION = planted, LEFTARG = float8, RIGHTARG = int);
	CREATE FUNCTION geo.st_dwithin(geo.geography, geo.geography, float8) RETURNS boolean LANGUAGE sql IMMUTABLE AS 'SELECT public.planted(1::float8, 1)'});
is(value('SET search_path = public; ' . $failed), '', 'index checks among planted operators and functions');
is(value("SELECT count(*) FROM perfkit_marketplace_radii('b', '{1}')"), '6', '... and searches');
value('DROP FUNCTION geo.st_dwithin(geo.geography, geo.geography, float8); DROP OPERATOR <= (float8, int); DROP FUNCTION planted');

# The name of an extension's schema cannot end a literal that it stands in.
is(value(q{BEGIN; CREATE SCHEMA "o'x"; ALTER EXTENSION pgcrypto SET SCHEMA "o'x";
	INSERT INTO perfkit_index_checks (workload, check_name, query) VALUES ('q', 'q', 'SELECT 1 WHERE ''@extschema:pgcrypto@'' <> ''''');
	SELECT detail FROM perfkit_verify_indexes('q'); ROLLBACK}),
	q{invalid character in extension "pgcrypto" schema: must not contain any of ""$'\". Rename the schema, or run ALTER EXTENSION pgcrypto SET SCHEMA.},
	"a quote in the name of an extension's schema is refused");

# ---- tables of that name that are not the workload's ----

value('CREATE SCHEMA e; CREATE TABLE e.programs (id uuid, title text)');
refused("SELECT perfkit_seed_marketplace(10, 2, target_schema => 'e');", qr/ERROR:  42703: table e\.programs lacks column "provider_id"/, 'a table of that name');
value('DROP TABLE e.programs; CREATE TABLE e.programs (LIKE a.programs); ALTER TABLE e.programs ALTER location TYPE int USING 1');
refused("SELECT perfkit_seed_marketplace(10, 2, target_schema => 'e');", qr/ERROR:  42804: column "location" of table e\.programs is of type integer, which cannot hold geo\.geography/, 'a column of another type');
is(value("SELECT count(*) FROM pg_class WHERE relnamespace = 'e'::regnamespace AND relkind = 'r'"), '1', 'nothing is left');

# A table that cannot be referenced.
value('DROP TABLE e.programs; CREATE TABLE e.users (LIKE a.users); CREATE UNIQUE INDEX ON e.users (id) WHERE email > \'\'; CREATE UNIQUE INDEX ON e.users (id, email)');
refused("SELECT perfkit_seed_marketplace(10, 2, target_schema => 'e');", qr/ERROR:  55000: table e\.users lacks a unique key on column "id"\nDETAIL:  Table "sessions" has to be created, with a foreign key that references it\.\nHINT:  Run ALTER TABLE e\.users ADD PRIMARY KEY \(id\), or pass another target_schema\./,
	'no key to reference');
value('ALTER TABLE e.users ADD PRIMARY KEY (id); CREATE ROLE child; GRANT USAGE ON SCHEMA geo, "my crypto" TO child; GRANT ALL ON SCHEMA e TO child; GRANT SELECT, INSERT ON e.users TO child');
my $as_child = "SET ROLE child; SELECT perfkit_seed_marketplace(10, 2, 42, 'e', 4, $ends);";
refused($as_child, qr/ERROR:  42501: permission denied for table e\.users\nDETAIL:  Table "sessions" has to be created, .*\nHINT:  Run GRANT REFERENCES ON TABLE e\.users TO child as its owner/, 'no privilege to reference');
value('GRANT REFERENCES (id) ON e.users TO child');
is(value($as_child), '10', '... and with the privilege on the column');

# ---- privileges ----

value('CREATE ROLE app; CREATE SCHEMA f AUTHORIZATION app');
my $as_app = "SET ROLE app; SELECT perfkit_seed_marketplace(10, 2, 42, 'f', 4, $ends);";
refused($as_app, qr/ERROR:  42501: permission denied for schema "geo"\nDETAIL:  Extension "postgis" is installed there\.\nHINT:  Run GRANT USAGE ON SCHEMA geo TO app as its owner\./,
	"without the right to PostGIS's schema");
value('GRANT USAGE ON SCHEMA geo TO app');
refused($as_app, qr/ERROR:  42501: permission denied for schema "my crypto"\nDETAIL:  Extension "pgcrypto"/, "without the right to pgcrypto's schema");
value('GRANT USAGE ON SCHEMA "my crypto" TO app; REVOKE EXECUTE ON FUNCTION "my crypto".crypt(text, text) FROM PUBLIC');
refused($as_app, qr/ERROR:  42501: permission denied for function crypt\n.*\nHINT:  Run GRANT EXECUTE ON FUNCTION "my crypto"\.crypt\(pg_catalog\.text,pg_catalog\.text\) TO app as its owner\./,
	'without the right to the function');
value('GRANT EXECUTE ON FUNCTION "my crypto".crypt(text, text) TO PUBLIC');
is(value($as_app), '10', 'with these rights it works');

# ---- nobody else's functions are called ----

value(q{CREATE SCHEMA planted; GRANT ALL ON SCHEMA planted TO PUBLIC;
	CREATE FUNCTION planted.crypt(text, text) RETURNS text LANGUAGE plpgsql AS $$ BEGIN RAISE 'planted'; END $$;
	CREATE FUNCTION planted.st_makepoint(float8, float8) RETURNS geo.geometry LANGUAGE plpgsql AS $$ BEGIN RAISE 'planted'; END $$;
	CREATE FUNCTION planted.geography(geo.geometry) RETURNS geo.geography LANGUAGE plpgsql AS $$ BEGIN RAISE 'planted'; END $$;
	CREATE DOMAIN planted.geography AS text});
value('CREATE SCHEMA g; CREATE TABLE g.programs (LIKE d.programs INCLUDING INDEXES) PARTITION BY HASH (id); CREATE TABLE g.programs_0 PARTITION OF g.programs FOR VALUES WITH (MODULUS 1, REMAINDER 0)');
is(value("SET search_path = planted, pg_catalog, public; SELECT perfkit_seed_marketplace(100, 20, 42, 'g', 4, $ends)"), '100', 'functions in the search path are not called');

# An extension that lacks what is needed, as an old version would.
value('ALTER EXTENSION pgcrypto DROP FUNCTION "my crypto".crypt(text, text)');
refused("SELECT perfkit_generate_users(1, password_cost => 4);", qr/ERROR:  55000: extension "pgcrypto" lacks function crypt\(\)\n.*\nHINT:  Run ALTER EXTENSION pgcrypto UPDATE/,
	"a function in the extension's schema that is not the extension's");
value('ALTER EXTENSION pgcrypto ADD FUNCTION "my crypto".crypt(text, text); ALTER EXTENSION postgis DROP FUNCTION geo.st_dwithin(geo.geography, geo.geography, float8, bool)');
refused("SELECT perfkit_seed_marketplace(10, 2);", qr/ERROR:  55000: extension "postgis" lacks function st_dwithin\(\)/, 'too old a PostGIS');

$node->stop;
done_testing();
