-- Workload "dashboard".

CREATE FUNCTION perfkit_seed_dashboard(
    events integer DEFAULT 200,
    tickets bigint DEFAULT 100000,
    random_seed bigint DEFAULT 42,
    starts_at timestamptz DEFAULT pg_catalog.date_trunc('day', pg_catalog.now()),
    target_schema name DEFAULT NULL)
RETURNS bigint
LANGUAGE C VOLATILE PARALLEL UNSAFE
AS 'MODULE_PATHNAME', 'perfkit_seed_dashboard';

COMMENT ON FUNCTION perfkit_seed_dashboard(integer, bigint, bigint, timestamptz, name) IS
'Creates and fills the tables of a dashboard, and returns the number of tickets inserted.
Tables events, orders, tickets, vip_reservations and scan_logs are created in target_schema
(default: the current schema) if they are missing. Of the rows that the first events and tickets
need, those that are missing are added; then the tables are analyzed.
events: 0 to 1000000, and above 0 where there are tickets; these are the rows of perfkit_seed_events
with the same random_seed and starts_at. One of ten events is hot, and 65 % of the orders are for
hot ones.
tickets: 0 to 10^12. Of each 41 tickets, which are those of 16 orders, 36 are paid, 25 are scanned,
and 2 of those twice. There is a reservation for each 100 tickets. The total of an order is that of
all its 1 to 6 tickets, even if the last order''s tickets are not all among the first ones.
random_seed: any number; equal seeds give equal rows. With another number of events, all rows but
those of events are others, and are added beside those that are there.
starts_at: finite, default today''s midnight. Tickets are sold between their event''s created_at and
one hour before starts_at, and scanned between their sale and starts_at.
The caller owns the tables. Empty plain tables are locked exclusively until the transaction ends,
and tables that they reference against writers. Foreign keys are validated at the end.
Progress is shown in pg_stat_progress_copy and then in pg_stat_progress_create_index, and by a
NOTICE every 5 seconds.
Errors: 22023 and 22004 bad argument, 23503 a referenced row is missing, 3F000 no such schema, 42501
no privilege, 42703 an existing table lacks a column, 42804 a column has another type, 42809 not a
table, 428C9 a needed column is generated, 55000 extension pg_trgm is not installed, 25006 read-only
transaction or standby';

CREATE FUNCTION perfkit_generate_orders(
    events integer,
    n bigint,
    first_row bigint DEFAULT 0,
    random_seed bigint DEFAULT 42,
    starts_at timestamptz DEFAULT pg_catalog.date_trunc('day', pg_catalog.now()))
RETURNS TABLE (
    id uuid,
    event_id uuid,
    customer_email text,
    total_amount numeric,
    status text,
    created_at timestamptz)
LANGUAGE C IMMUTABLE PARALLEL SAFE ROWS 10000
AS 'MODULE_PATHNAME', 'perfkit_generate_orders';

COMMENT ON FUNCTION perfkit_generate_orders(integer, bigint, bigint, bigint, timestamptz) IS
'Returns orders of workload dashboard without storing them.
These are the n rows from number first_row on. Row i is the same whatever n and first_row are; it
depends on events, random_seed and starts_at.
Column total_amount is the sum over all tickets of the order.
Arguments: as for perfkit_seed_dashboard; first_row + n: at most 10^12.
Errors: 22023 and 22004 bad argument';

CREATE FUNCTION perfkit_generate_tickets(
    events integer,
    n bigint,
    first_row bigint DEFAULT 0,
    random_seed bigint DEFAULT 42,
    starts_at timestamptz DEFAULT pg_catalog.date_trunc('day', pg_catalog.now()))
RETURNS TABLE (
    id uuid,
    order_id uuid,
    event_id uuid,
    ticket_type text,
    price numeric,
    status text,
    created_at timestamptz)
LANGUAGE C IMMUTABLE PARALLEL SAFE ROWS 10000
AS 'MODULE_PATHNAME', 'perfkit_generate_tickets';

COMMENT ON FUNCTION perfkit_generate_tickets(integer, bigint, bigint, bigint, timestamptz) IS
'Returns tickets of workload dashboard without storing them.
These are the n rows from number first_row on. Row i is the same whatever n and first_row are; it
depends on events, random_seed and starts_at.
The tickets of an order are consecutive: of each 41, 16 orders have 1 to 6.
Arguments: as for perfkit_seed_dashboard; first_row + n: at most 10^12.
Errors: 22023 and 22004 bad argument';

CREATE FUNCTION perfkit_generate_vip_reservations(
    events integer,
    n bigint,
    first_row bigint DEFAULT 0,
    random_seed bigint DEFAULT 42,
    starts_at timestamptz DEFAULT pg_catalog.date_trunc('day', pg_catalog.now()))
RETURNS TABLE (
    id uuid,
    event_id uuid,
    guest_name text,
    guests integer,
    status text,
    total_price numeric,
    created_at timestamptz)
LANGUAGE C IMMUTABLE PARALLEL SAFE ROWS 10000
AS 'MODULE_PATHNAME', 'perfkit_generate_vip_reservations';

COMMENT ON FUNCTION perfkit_generate_vip_reservations(integer, bigint, bigint, bigint, timestamptz) IS
'Returns reservations of workload dashboard without storing them.
These are the n rows from number first_row on. Row i is the same whatever n and first_row are; it
depends on events, random_seed and starts_at.
perfkit_seed_dashboard stores one for each 100 tickets.
Arguments: as for perfkit_seed_dashboard; first_row + n: at most 10^12.
Errors: 22023 and 22004 bad argument';

CREATE FUNCTION perfkit_generate_scan_logs(
    events integer,
    n bigint,
    first_row bigint DEFAULT 0,
    random_seed bigint DEFAULT 42,
    starts_at timestamptz DEFAULT pg_catalog.date_trunc('day', pg_catalog.now()))
RETURNS TABLE (
    id uuid,
    ticket_id uuid,
    event_id uuid,
    gate text,
    result text,
    scanned_at timestamptz)
LANGUAGE C IMMUTABLE PARALLEL SAFE ROWS 10000
AS 'MODULE_PATHNAME', 'perfkit_generate_scan_logs';

COMMENT ON FUNCTION perfkit_generate_scan_logs(integer, bigint, bigint, bigint, timestamptz) IS
'Returns scans of workload dashboard without storing them.
These are the n rows from number first_row on. Row i is the same whatever n and first_row are; it
depends on events, random_seed and starts_at.
There are 27 for each 41 tickets, in the order of tickets.
Arguments: as for perfkit_seed_dashboard; first_row + n: at most 10^12.
Errors: 22023 and 22004 bad argument';

-- What a viewer reads of an event. The first event is one that few rows belong to, so that an index
-- has to be chosen; the second is the hottest one of the default seed. Its rows may be so many that
-- a sequential scan is right (there may be no other event), but an index must be usable. Its paid
-- orders come in the order of an index, however many they are.
INSERT INTO perfkit_index_checks (workload, check_name, query, expected_index, also_accepted, demand, shipped) VALUES
('dashboard', 'latest events',
 'SELECT * FROM events ORDER BY date DESC LIMIT 10',
 'date_idx', '{idx_events_date_id}', 'usable', true),
('dashboard', 'tickets of an event',
 'SELECT * FROM tickets WHERE event_id = ''00000000-0000-4000-8000-000000000000'' ORDER BY created_at DESC LIMIT 100',
 'idx_tickets_event_id', '{}', 'chosen', true),
('dashboard', 'tickets of a hot event',
 'SELECT * FROM tickets WHERE event_id = ''5ab8b690-e0e1-489c-9b07-ee782bc77007'' ORDER BY created_at DESC LIMIT 100',
 'idx_tickets_event_id', '{}', 'usable', true),
('dashboard', 'paid orders of an event',
 'SELECT * FROM orders WHERE event_id = ''00000000-0000-4000-8000-000000000000'' AND status = ''paid'' ORDER BY created_at DESC LIMIT 100',
 'idx_orders_event_status_created', '{idx_orders_event_id}', 'chosen', true),
('dashboard', 'paid orders of a hot event',
 'SELECT * FROM orders WHERE event_id = ''5ab8b690-e0e1-489c-9b07-ee782bc77007'' AND status = ''paid'' ORDER BY created_at DESC LIMIT 100',
 'idx_orders_event_status_created', '{}', 'chosen', true),
-- There is one reservation for each 100 tickets: a few pages, which are as cheap to read whole.
('dashboard', 'reservations of an event',
 'SELECT * FROM vip_reservations WHERE event_id = ''5ab8b690-e0e1-489c-9b07-ee782bc77007''',
 'idx_vip_reservations_event_id', '{}', 'usable', true),
('dashboard', 'count of tickets of an event',
 'SELECT count(*) FROM tickets WHERE event_id = ''00000000-0000-4000-8000-000000000000''',
 'idx_tickets_event_id', '{}', 'chosen', true),
('dashboard', 'count of tickets of a hot event',
 'SELECT count(*) FROM tickets WHERE event_id = ''5ab8b690-e0e1-489c-9b07-ee782bc77007''',
 'idx_tickets_event_id', '{}', 'usable', true),
('dashboard', 'count of scans of an event',
 'SELECT count(*) FROM scan_logs WHERE event_id = ''00000000-0000-4000-8000-000000000000''',
 'idx_scan_logs_event_id', '{}', 'chosen', true),
('dashboard', 'count of scans of a hot event',
 'SELECT count(*) FROM scan_logs WHERE event_id = ''5ab8b690-e0e1-489c-9b07-ee782bc77007''',
 'idx_scan_logs_event_id', '{}', 'usable', true);

-- Budgets of workload dashboard.

INSERT INTO perfkit_budgets (workload, scenario, metric, limit_value, shipped) VALUES
('dashboard', 'initial_load', 'p95_ms', 3000, true),
('dashboard', 'refresh', 'p95_ms', 1000, true),
('dashboard', 'all', 'max_error_rate', 0.01, true),
-- A dashboard that shows a scan a second later is still live.
('dashboard', 'all', 'notify_p95_ms', 1000, true);
