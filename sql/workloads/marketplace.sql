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
LANGUAGE C IMMUTABLE PARALLEL SAFE ROWS 10000
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
