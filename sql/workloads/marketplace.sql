-- Workload "marketplace".

CREATE FUNCTION perfkit_seed_marketplace(
    programs bigint DEFAULT 50000,
    users bigint DEFAULT 10000,
    random_seed bigint DEFAULT 42,
    target_schema name DEFAULT NULL,
    password_cost integer DEFAULT 8,
    ends_at timestamptz DEFAULT pg_catalog.date_trunc('day', pg_catalog.now()))
RETURNS bigint
LANGUAGE C VOLATILE PARALLEL UNSAFE
AS 'MODULE_PATHNAME', 'perfkit_seed_marketplace';

COMMENT ON FUNCTION perfkit_seed_marketplace(bigint, bigint, bigint, name, integer, timestamptz) IS
'Creates and fills the tables of a marketplace, and returns the number of programs inserted.
Tables providers, programs, users, sessions, prices, subscriptions, payments and ledger_entries are
created in target_schema (default: the current schema) if they are missing, with foreign keys. Rows
that are missing are added; then the tables are analyzed.
programs, users: 0 to 10^11. Programs lie around the postcodes 2000, 2001, 2010, 2020 and 2030 of
Sydney, most within 4 km and one in ten up to 60 km away. Users have two or three subscriptions
each, as far as there are five programs for each user; a NOTICE reports when there are fewer.
random_seed: any number; equal seeds give equal rows. Rows depend on their number, the seed, ends_at
and password_cost, and not on programs and users, which only say how many there are.
password_cost: 4 to 12, the cost of bcrypt, which a hash contains: $2a$08$... Existing users keep
their hashes. User number i, from 0, has the email user<i>@example.com and the password
perfkit-<i % 16>; there are 16 different hashes.
ends_at: finite, default today''s midnight; nothing happens later, but sessions are valid for 14 days
from when they began.
The extensions postgis and pgcrypto are needed, in any schema.
The caller owns the tables. Empty plain tables are locked exclusively until the transaction ends.
A session that writes to several of these tables meanwhile can deadlock with that, and the server
cancels one of the two (40P01); seed while nobody writes.
Progress is shown in pg_stat_progress_copy and then in pg_stat_progress_create_index, and by a
NOTICE every 5 seconds.
Errors: 22023 and 22004 bad argument, 55000 an extension is missing or too old, 3F000 no such
schema, 42501 no privilege, 42703 an existing table lacks a column, 42804 a column has another type,
42809 not a table, 428C9 a needed column is generated, 23503 an existing table lacks a row that is
referred to, 25006 read-only transaction or standby';

CREATE FUNCTION perfkit_generate_providers(
    n bigint,
    first_row bigint DEFAULT 0,
    random_seed bigint DEFAULT 42,
    ends_at timestamptz DEFAULT pg_catalog.date_trunc('day', pg_catalog.now()))
RETURNS TABLE (
    id uuid,
    name text,
    email text,
    postcode text,
    created_at timestamptz)
LANGUAGE C IMMUTABLE PARALLEL SAFE ROWS 10000
AS 'MODULE_PATHNAME', 'perfkit_generate_providers';

COMMENT ON FUNCTION perfkit_generate_providers(bigint, bigint, bigint, timestamptz) IS
'Returns providers of workload marketplace without storing them.
These are the n rows from number first_row on. Row i is the same whatever n and first_row are.
Programs 64 k to 64 k + 63 belong to providers 8 k to 8 k + 7, so that n programs need the first
8 * ceil(n / 64) providers.
first_row + n: at most 10^12. random_seed and ends_at: as for perfkit_seed_marketplace.
In a select list the rows are streamed in constant memory; in FROM the server materializes them,
on disk beyond work_mem.
Errors: 22023 and 22004 bad argument';

CREATE FUNCTION perfkit_generate_programs(
    n bigint,
    first_row bigint DEFAULT 0,
    random_seed bigint DEFAULT 42,
    ends_at timestamptz DEFAULT pg_catalog.date_trunc('day', pg_catalog.now()))
RETURNS TABLE (
    id uuid,
    provider_id uuid,
    title text,
    description text,
    longitude double precision,
    latitude double precision,
    postcode text,
    min_age integer,
    max_age integer,
    price numeric,
    status text,
    created_at timestamptz)
LANGUAGE C IMMUTABLE PARALLEL SAFE ROWS 10000
AS 'MODULE_PATHNAME', 'perfkit_generate_programs';

COMMENT ON FUNCTION perfkit_generate_programs(bigint, bigint, bigint, timestamptz) IS
'Returns programs of workload marketplace without storing them.
longitude and latitude are in degrees (WGS 84), in place of the table''s column location, so that
this works without PostGIS; with it, ST_Point(longitude, latitude)::geography is the location.
Arguments, slices and errors: as for perfkit_generate_providers.';

CREATE FUNCTION perfkit_generate_users(
    n bigint,
    first_row bigint DEFAULT 0,
    random_seed bigint DEFAULT 42,
    ends_at timestamptz DEFAULT pg_catalog.date_trunc('day', pg_catalog.now()),
    password_cost integer DEFAULT 8)
RETURNS TABLE (
    id uuid,
    email text,
    password_hash text,
    full_name text,
    postcode text,
    created_at timestamptz)
LANGUAGE C STABLE PARALLEL SAFE ROWS 10000
AS 'MODULE_PATHNAME', 'perfkit_generate_users';

COMMENT ON FUNCTION perfkit_generate_users(bigint, bigint, bigint, timestamptz, integer) IS
'Returns users of workload marketplace without storing them.
Needs the extension pgcrypto, which makes the hashes. password_cost: as for
perfkit_seed_marketplace.
Arguments, slices and errors: as for perfkit_generate_providers; also 55000 pgcrypto is missing.';

CREATE FUNCTION perfkit_generate_sessions(
    n bigint,
    first_row bigint DEFAULT 0,
    random_seed bigint DEFAULT 42,
    ends_at timestamptz DEFAULT pg_catalog.date_trunc('day', pg_catalog.now()))
RETURNS TABLE (
    id uuid,
    user_id uuid,
    token text,
    created_at timestamptz,
    expires_at timestamptz)
LANGUAGE C IMMUTABLE PARALLEL SAFE ROWS 10000
AS 'MODULE_PATHNAME', 'perfkit_generate_sessions';

COMMENT ON FUNCTION perfkit_generate_sessions(bigint, bigint, bigint, timestamptz) IS
'Returns sessions of workload marketplace without storing them.
Session i belongs to user i * 2 / 3, rounded down.
Arguments, slices and errors: as for perfkit_generate_providers.';

CREATE FUNCTION perfkit_generate_prices(
    n bigint,
    first_row bigint DEFAULT 0,
    random_seed bigint DEFAULT 42)
RETURNS TABLE (
    id uuid,
    program_id uuid,
    plan text,
    amount_cents bigint,
    currency text,
    active boolean)
LANGUAGE C IMMUTABLE PARALLEL SAFE ROWS 10000
AS 'MODULE_PATHNAME', 'perfkit_generate_prices';

COMMENT ON FUNCTION perfkit_generate_prices(bigint, bigint, bigint) IS
'Returns prices of workload marketplace without storing them.
Prices 3 i to 3 i + 2 are those of program i: for a lesson, a month and a term.
Arguments, slices and errors: as for perfkit_generate_providers, without ends_at.';

CREATE FUNCTION perfkit_generate_subscriptions(
    n bigint,
    first_row bigint DEFAULT 0,
    random_seed bigint DEFAULT 42,
    ends_at timestamptz DEFAULT pg_catalog.date_trunc('day', pg_catalog.now()))
RETURNS TABLE (
    id uuid,
    user_id uuid,
    program_id uuid,
    price_id uuid,
    status text,
    created_at timestamptz,
    activated_at timestamptz)
LANGUAGE C IMMUTABLE PARALLEL SAFE ROWS 10000
AS 'MODULE_PATHNAME', 'perfkit_generate_subscriptions';

COMMENT ON FUNCTION perfkit_generate_subscriptions(bigint, bigint, bigint, timestamptz) IS
'Returns subscriptions of workload marketplace without storing them.
Subscription i belongs to user u = i * 2 / 5, rounded down, and is to one of the programs numbered 0
to 5 u, so that low numbers are popular.
Arguments, slices and errors: as for perfkit_generate_providers.';

CREATE FUNCTION perfkit_generate_payments(
    n bigint,
    first_row bigint DEFAULT 0,
    random_seed bigint DEFAULT 42,
    ends_at timestamptz DEFAULT pg_catalog.date_trunc('day', pg_catalog.now()))
RETURNS TABLE (
    id uuid,
    subscription_id uuid,
    user_id uuid,
    amount_cents bigint,
    currency text,
    status text,
    idempotency_key text,
    created_at timestamptz,
    confirmed_at timestamptz)
LANGUAGE C IMMUTABLE PARALLEL SAFE ROWS 10000
AS 'MODULE_PATHNAME', 'perfkit_generate_payments';

COMMENT ON FUNCTION perfkit_generate_payments(bigint, bigint, bigint, timestamptz) IS
'Returns payments of workload marketplace without storing them.
Payment i is for subscription i * 8 / 9, rounded down: every eighth subscription has two, of which
the first one failed. No subscription is paid twice.
Arguments, slices and errors: as for perfkit_generate_providers.';

CREATE FUNCTION perfkit_generate_ledger_entries(
    n bigint,
    first_row bigint DEFAULT 0,
    random_seed bigint DEFAULT 42,
    ends_at timestamptz DEFAULT pg_catalog.date_trunc('day', pg_catalog.now()))
RETURNS TABLE (
    payment_id uuid,
    account text,
    amount_cents bigint,
    created_at timestamptz)
LANGUAGE C IMMUTABLE PARALLEL SAFE ROWS 10000
AS 'MODULE_PATHNAME', 'perfkit_generate_ledger_entries';

COMMENT ON FUNCTION perfkit_generate_ledger_entries(bigint, bigint, bigint, timestamptz) IS
'Returns ledger entries of workload marketplace without storing them.
Numbers 3 i to 3 i + 2 are those of payment i, and have rows only if it succeeded; so there can be
fewer rows than n. Debits are positive, credits negative, and a payment''s entries add up to 0.
Arguments, slices and errors: as for perfkit_generate_providers.';

-- What makes a search fast is that the index returns programs by distance, so that reading stops at
-- the fiftieth that matches. With ST_DWithin() in the same query, the planner expects to find next
-- to nothing, whatever the radius, and plans to sort all that are in range. So the search takes the
-- nearest 50 first and looks at their distances afterwards, which gives the same result. To find 50
-- of an age group that are active, it reads about 250 to 400, wherever they are. These queries are
-- run, so nothing in them is looked up in the search path but the table.
INSERT INTO perfkit_index_checks (workload, check_name, query, expected_index, max_rows_removed, shipped)
SELECT 'marketplace', pg_catalog.format('search around %s', place),
       pg_catalog.format(
 'SELECT id FROM (SELECT id, location OPERATOR(@extschema:postgis@.<->) %1$L::@extschema:postgis@.geography AS metres '
 'FROM programs WHERE status OPERATOR(pg_catalog.=) ''active'' '
 'AND min_age OPERATOR(pg_catalog.<=) 7 AND max_age OPERATOR(pg_catalog.>=) 5 '
 'ORDER BY location OPERATOR(@extschema:postgis@.<->) %1$L::@extschema:postgis@.geography LIMIT 50) AS nearest '
 'WHERE metres OPERATOR(pg_catalog.<=) 10000::pg_catalog.float8',
                         pg_catalog.format('SRID=4326;POINT(%s)', point)),
       'idx_programs_location', 1000, true
FROM (VALUES ('2000', '151.2093 -33.8688'), ('2001', '151.2073 -33.8679'), ('2010', '151.2111 -33.8861'),
             ('2020', '151.1931 -33.9264'), ('2030', '151.2792 -33.8583'), ('Penrith', '150.6942 -33.7511')) AS places (place, point);

INSERT INTO perfkit_index_checks (workload, check_name, query, expected_index, demand, shipped) VALUES
('marketplace', 'programs within 1 km',
 'SELECT id FROM programs WHERE @extschema:postgis@.st_dwithin(location, ''SRID=4326;POINT(150.6942 -33.7511)''::@extschema:postgis@.geography, 1000::double precision, true)',
 'idx_programs_location', 'chosen', true),
-- Most programs are within 50 km, so a sequential scan is the right plan: the index only has to be
-- usable.
('marketplace', 'programs within 50 km',
 'SELECT id FROM programs WHERE @extschema:postgis@.st_dwithin(location, ''SRID=4326;POINT(151.2093 -33.8688)''::@extschema:postgis@.geography, 50000::double precision, true)',
 'idx_programs_location', 'usable', true),
('marketplace', 'program details',
 'SELECT * FROM programs WHERE id = ''00000000-0000-4000-8000-000000000000''',
 'programs_pkey', 'chosen', true),
('marketplace', 'programs of a provider',
 'SELECT * FROM programs WHERE provider_id = ''00000000-0000-4000-8000-000000000000''',
 'idx_programs_provider_id', 'chosen', true),
('marketplace', 'prices of a program',
 'SELECT * FROM prices WHERE program_id = ''00000000-0000-4000-8000-000000000000''',
 'idx_prices_program_id', 'chosen', true),
-- The other tables are small in a small marketplace: the few pages they take are cheaper to read
-- whole.
('marketplace', 'user by email',
 'SELECT * FROM users WHERE email = ''user0@example.com''',
 'users_email_key', 'usable', true),
('marketplace', 'session by token',
 'SELECT * FROM sessions WHERE token = ''00000000000040008000000000000000''',
 'sessions_token_key', 'usable', true),
('marketplace', 'sessions of a user',
 'SELECT * FROM sessions WHERE user_id = ''00000000-0000-4000-8000-000000000000''',
 'idx_sessions_user_id', 'usable', true),
('marketplace', 'subscriptions of a user',
 'SELECT * FROM subscriptions WHERE user_id = ''00000000-0000-4000-8000-000000000000''',
 'idx_subscriptions_user_id', 'usable', true),
('marketplace', 'subscriptions to a program',
 'SELECT * FROM subscriptions WHERE program_id = ''00000000-0000-4000-8000-000000000000''',
 'idx_subscriptions_program_id', 'usable', true),
('marketplace', 'payment by key',
 'SELECT * FROM payments WHERE idempotency_key = ''seed-0''',
 'payments_idempotency_key_key', 'usable', true),
('marketplace', 'payments of a subscription',
 'SELECT * FROM payments WHERE subscription_id = ''00000000-0000-4000-8000-000000000000''',
 'idx_payments_subscription_id', 'usable', true),
('marketplace', 'payments of a user',
 'SELECT * FROM payments WHERE user_id = ''00000000-0000-4000-8000-000000000000''',
 'idx_payments_user_id', 'usable', true),
('marketplace', 'ledger of a payment',
 'SELECT * FROM ledger_entries WHERE payment_id = ''00000000-0000-4000-8000-000000000000''',
 'ledger_entries_pkey', 'usable', true);

-- In PL/pgSQL, whose body is looked at when it is called: PostGIS may be missing, or be anywhere.
CREATE FUNCTION perfkit_marketplace_radii(
    target_schema name DEFAULT pg_catalog.current_schema(),
    radii_km double precision[] DEFAULT '{1,2,5,10,20,50}',
    OUT place text,
    OUT search text,
    OUT radius_km double precision,
    OUT scan text,
    OUT used_index text,
    OUT rows_found bigint,
    OUT rows_removed bigint,
    OUT flips_at_km double precision,
    OUT verdict text,
    OUT reason text)
RETURNS SETOF record
LANGUAGE plpgsql VOLATILE PARALLEL UNSAFE ROWS 36
SET search_path = pg_catalog, pg_temp
SET jit = off
AS $$
DECLARE
    own name := (SELECT n.nspname FROM pg_extension e JOIN pg_namespace n ON n.oid = e.extnamespace WHERE e.extname = 'perfkit');
    gis name := (SELECT n.nspname FROM pg_extension e JOIN pg_namespace n ON n.oid = e.extnamespace WHERE e.extname = 'postgis');
    programs regclass := to_regclass(format('%I.programs', target_schema));
    total float8;
    point text;
    form text;
    query text;
    before_scan text;
    before_km float8;
    low float8;
    high float8;
    middle_scan text;
BEGIN
    IF gis IS NULL THEN
        RAISE 'extension "postgis" is not installed'
            USING ERRCODE = 'object_not_in_prerequisite_state', HINT = 'Run CREATE EXTENSION postgis.';
    END IF;
    IF radii_km IS NULL OR array_position(radii_km, NULL) IS NOT NULL THEN
        RAISE '"radii_km" must not be null, nor contain null' USING ERRCODE = 'null_value_not_allowed';
    END IF;
    IF EXISTS (SELECT FROM unnest(radii_km) r WHERE NOT (r > 0 AND r <= 1000)) THEN
        RAISE '"radii_km" must be above 0 and at most 1000' USING ERRCODE = 'invalid_parameter_value';
    END IF;
    IF programs IS NULL THEN
        RAISE 'there is no table "programs" in schema "%"', target_schema
            USING ERRCODE = 'undefined_table', HINT = 'Run perfkit_seed_marketplace(), or pass target_schema.';
    END IF;
    -- a view or a policy of another role's would call that role's functions
    IF NOT pg_has_role((SELECT c.relowner FROM pg_class c WHERE c.oid = programs), current_user, 'USAGE') THEN
        RAISE 'not run: "%" belongs to another role', programs
            USING ERRCODE = 'insufficient_privilege', DETAIL = 'Its owner lacks the privileges of the caller.',
                  HINT = 'Run it as the owner of the table.';
    END IF;
    EXECUTE format('SELECT count(*) FROM %s', programs) INTO total;

    FOR place, point IN VALUES ('dense', 'SRID=4326;POINT(151.2093 -33.8688)'), ('sparse', 'SRID=4326;POINT(150.6942 -33.7511)') LOOP
        FOR search, form IN VALUES
            ('all', 'SELECT id FROM %1$s WHERE %2$I.st_dwithin(location, %3$L::%2$I.geography, %4$L::float8, true)'),
            ('nearest 50', 'SELECT id FROM (SELECT id, location OPERATOR(%2$I.<->) %3$L::%2$I.geography AS metres '
                           'FROM %1$s WHERE status = ''active'' AND min_age <= 7 AND max_age >= 5 '
                           'ORDER BY location OPERATOR(%2$I.<->) %3$L::%2$I.geography LIMIT 50) AS nearest WHERE metres <= %4$L::float8'),
            ('nearest 50 of all', 'SELECT id FROM %1$s WHERE %2$I.st_dwithin(location, %3$L::%2$I.geography, %4$L::float8, true) '
                                  'AND status = ''active'' AND min_age <= 7 AND max_age >= 5 '
                                  'ORDER BY location OPERATOR(%2$I.<->) %3$L::%2$I.geography LIMIT 50')
        LOOP
            before_scan := NULL;
            FOR radius_km IN SELECT r FROM unnest(radii_km) r ORDER BY r LOOP
                query := format(form, programs, gis, point, radius_km * 1000);
                EXECUTE format('SELECT (array_agg(p.node_type) FILTER (WHERE p.relation IS NOT NULL))[1], '
                               'string_agg(DISTINCT i.relname, '', ''), '
                               'sum(p.rows_removed * p.loops), max(p.actual_rows) FILTER (WHERE p.parent_id IS NULL) '
                               'FROM %I.perfkit_plan($1, false, true, 1::float8) p LEFT JOIN pg_class i ON i.oid = p.index', own)
                    INTO scan, used_index, rows_removed, rows_found USING query;
                flips_at_km := NULL;
                IF before_scan <> scan THEN
                    low := before_km;
                    high := radius_km;
                    WHILE high - low > 0.1 LOOP
                        EXECUTE format('SELECT (array_agg(node_type))[1] FROM %I.perfkit_plan($1, false, false, 1::float8) WHERE relation IS NOT NULL', own)
                            INTO middle_scan USING format(form, programs, gis, point, (low + high) / 2 * 1000);
                        IF middle_scan = before_scan THEN
                            low := (low + high) / 2;
                        ELSE
                            high := (low + high) / 2;
                        END IF;
                    END LOOP;
                    flips_at_km := round(high::numeric, 1);
                END IF;
                before_scan := scan;
                before_km := radius_km;

                reason := CASE
                    WHEN total <= 1000 THEN NULL
                    WHEN scan = 'Seq Scan' AND search <> 'all'
                        THEN 'all programs are read'
                    WHEN scan = 'Seq Scan' AND rows_found < total / 5
                        THEN 'all programs are read, although fewer than a fifth are in range'
                    WHEN scan <> 'Seq Scan' AND search = 'all' AND rows_removed > 3 * rows_found + 50
                        THEN 'the index returns more than four times as many programs as are in range'
                    WHEN search <> 'all' AND rows_removed > 1000
                        THEN 'more than 1000 programs are discarded' END;
                verdict := CASE WHEN reason IS NULL THEN 'PASS' ELSE 'FAIL' END;
                RETURN NEXT;
            END LOOP;
        END LOOP;
    END LOOP;
END
$$;

COMMENT ON FUNCTION perfkit_marketplace_radii(name, double precision[]) IS
'How the marketplace''s searches read table programs at several radii, in a dense and a sparse place.
One row for each place, search and radius; each query is run, and rolled back. target_schema: the
schema of table programs, by default the first of the search path. radii_km: above 0, at most 1000.
place: dense (the centre of postcode 2000) or sparse (Penrith, 49 km to the west).
search: "all" programs within the radius, by ST_DWithin(); the "nearest 50" of an age group that are
active, cut at the radius afterwards, as the workload searches; "nearest 50 of all" has
ST_DWithin(), ORDER BY distance and LIMIT 50 in one query.
scan, used_index: how the programs are read. rows_found: the query''s rows. rows_removed: what it
discards by filters and rechecks; for "all", these are programs that the index returned although they
are out of range. flips_at_km: where between this radius and the one before the scan changes, to
0.1 km; null: it is the same.
verdict: FAIL, with the reason, if "all" reads every program although fewer than a fifth are in
range, or discards more than 50 and three times what it finds (boxes of the index are larger than
circles); if the others read every program, or discard more than 1000. With 1000 programs or fewer:
PASS. "nearest 50 of all" fails in dense places: the planner underestimates ST_DWithin() and does
not read by distance.
Errors: 55000 PostGIS is missing; 42P01 no table programs in that schema; 42501 its owner lacks the
privileges of the caller; 22004 null, 22023 a radius
out of range; and whatever running the queries raises.';
-- Workload marketplace: budgets.
INSERT INTO perfkit_budgets (workload, scenario, metric, limit_value, shipped) VALUES
('marketplace', 'search', 'p95_ms', 500, true),
('marketplace', 'search', 'p99_ms', 1000, true),
('marketplace', 'search', 'max_error_rate', 0.01, true),
-- (how long ten take, compared with one, is for the file at_once)
('marketplace', 'ten_searches', 'max_error_rate', 0.01, true),
('marketplace', 'program_details', 'p95_ms', 300, true),
('marketplace', 'login', 'p95_ms', 1000, true),
('marketplace', 'login', 'p99_ms', 2000, true),
-- More than 99.5 % of the steps of a payment succeed.
('marketplace', 'create_subscription', 'p95_ms', 3000, true),
('marketplace', 'create_subscription', 'p99_ms', 5000, true),
('marketplace', 'create_subscription', 'max_error_rate', 0.005, true),
('marketplace', 'confirm_payment', 'p95_ms', 3000, true),
('marketplace', 'confirm_payment', 'p99_ms', 5000, true),
('marketplace', 'confirm_payment', 'max_error_rate', 0.005, true);
