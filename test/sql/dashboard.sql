-- Workload "dashboard": what its rows are, and how its tables are filled.
SET client_min_messages = warning;	-- NOTICEs report times
SET TimeZone = 'UTC';
SET DateStyle = 'ISO, YMD';
\set VERBOSITY terse
\set start '''2025-06-15 00:00+00'''
CREATE SCHEMA dash;
SET search_path = dash, public;
CREATE FUNCTION digest(query text) RETURNS text LANGUAGE plpgsql AS $$
DECLARE
	result text;
BEGIN
	EXECUTE 'SELECT count(*) || '':'' || coalesce(to_hex(bit_xor((''x'' || left(md5(rows::text), 16))::bit(64)::bigint)), ''0'')
		FROM (' || query || ') rows' INTO result;
	RETURN result;
END
$$;
-- The error that a command raises.
CREATE FUNCTION error_of(command text, OUT state text, OUT message text, OUT detail text, OUT hint text)
LANGUAGE plpgsql AS $$
BEGIN
	EXECUTE command;
	message := '(none)';
EXCEPTION WHEN OTHERS THEN
	GET STACKED DIAGNOSTICS state = RETURNED_SQLSTATE, message = MESSAGE_TEXT, detail = PG_EXCEPTION_DETAIL,
		hint = PG_EXCEPTION_HINT;
END
$$;

-- The tables, as made by the default seed.
SELECT perfkit_seed_dashboard(starts_at => :start);
SELECT t, digest('SELECT * FROM ' || t) FROM unnest('{events,orders,tickets,vip_reservations,scan_logs}'::text[]) t;
SELECT c.conrelid::regclass, pg_get_constraintdef(c.oid) FROM pg_constraint c
WHERE connamespace = 'dash'::regnamespace AND contype IN ('p', 'f') ORDER BY 1, 2;
SELECT indexrelid::regclass FROM pg_index JOIN pg_class c ON c.oid = indexrelid WHERE relnamespace = 'dash'::regnamespace AND NOT indisunique ORDER BY 1;
SELECT check_name, verdict FROM perfkit_verify_indexes('dashboard') ORDER BY check_name COLLATE "C";

-- Stored rows are the generated ones, in slices and as a whole; its events are those of events.
SELECT digest('SELECT * FROM events') = digest('SELECT * FROM perfkit_generate_events(200, 0, 42, ''2025-06-15 00:00+00'')') AS events,
	   digest('SELECT * FROM orders') = digest('SELECT * FROM perfkit_generate_orders(200, 39025, 0, 42, ''2025-06-15 00:00+00'')') AS orders,
	   digest('SELECT * FROM tickets') = digest('SELECT * FROM perfkit_generate_tickets(200, 100000, 0, 42, ''2025-06-15 00:00+00'')') AS tickets,
	   digest('SELECT * FROM vip_reservations') = digest('SELECT * FROM perfkit_generate_vip_reservations(200, 1000, 0, 42, ''2025-06-15 00:00+00'')') AS vip_reservations,
	   digest('SELECT * FROM scan_logs') = digest('SELECT * FROM perfkit_generate_scan_logs(200, 65853, 0, 42, ''2025-06-15 00:00+00'')') AS scan_logs;
SELECT name, digest(format('SELECT * FROM perfkit_generate_%s(50, 1000, 0, 7, ''2025-06-15 00:00+00'')', name)) =
			 digest(format('SELECT s.* FROM generate_series(0, 9) i, LATERAL perfkit_generate_%s(50, 100, i * 100, 7, ''2025-06-15 00:00+00'') s', name)) AS slices
FROM unnest('{orders,tickets,vip_reservations,scan_logs}'::text[]) name;
SELECT digest('SELECT * FROM perfkit_generate_tickets(1000000, 100, 999999999900, -1, ''2025-06-15 00:00+00'')');

-- A few events own most tickets, also in small tables and with few events.
CREATE FUNCTION hot_share(events int, tickets bigint) RETURNS numeric LANGUAGE sql AS $$
	SELECT round(sum(n) FILTER (WHERE rank <= greatest(events / 10, 1)) / sum(n), 1)
	FROM (SELECT count(*) AS n, row_number() OVER (ORDER BY count(*) DESC) AS rank
		  FROM perfkit_generate_tickets(events, tickets) GROUP BY event_id) e
$$;
SELECT e AS events, t AS tickets, hot_share(e, t) >= 0.6 AS hot FROM (VALUES (200, 100000), (200, 2000), (1000, 100000), (10, 1000), (1, 10)) v (e, t);
SELECT count(DISTINCT event_id) > 190 AS most_events_have_some FROM tickets;
SELECT round(sum(n) FILTER (WHERE rank <= 20) / sum(n), 1) >= 0.6 AS hot_reservations
FROM (SELECT count(*) AS n, row_number() OVER (ORDER BY count(*) DESC) AS rank FROM vip_reservations GROUP BY event_id) e;

-- Orders and tickets.
SELECT min(n), max(n), min(events) = 1 AND max(events) = 1 AS one_event, bool_and(agree) AS agree FROM (
	SELECT count(*) AS n, count(DISTINCT t.event_id) AS events,
		   bool_and(t.event_id = o.event_id AND t.created_at = o.created_at) AND sum(t.price) = o.total_amount AS agree
	FROM orders o JOIN tickets t ON t.order_id = o.id
	GROUP BY o.id HAVING o.id <> (SELECT id FROM perfkit_generate_orders(200, 1, 39024, 42, :start))) o;
SELECT (SELECT count(*) FROM orders) = (SELECT count(DISTINCT order_id) FROM tickets) AS none_is_empty;
SELECT status, round(100.0 * count(*) / sum(count(*)) OVER (), 1) AS percent FROM orders GROUP BY status ORDER BY status;
SELECT o.status AS order_status, array_agg(DISTINCT t.status ORDER BY t.status) AS tickets, max(o2.n) AS largest
FROM orders o JOIN tickets t ON t.order_id = o.id JOIN (SELECT order_id, count(*) AS n FROM tickets GROUP BY 1) o2 ON o2.order_id = o.id
GROUP BY o.status ORDER BY o.status;
SELECT bool_and(t.price = coalesce(e.price, 0) * CASE ticket_type WHEN 'standard' THEN 1 WHEN 'early_bird' THEN 0.8 WHEN 'student' THEN 0.7 WHEN 'vip' THEN 2.5 END) AS prices
FROM tickets t JOIN events e ON e.id = t.event_id;
SELECT bool_and(scale(price) = 2) AND (SELECT bool_and(scale(total_amount) = 2) FROM orders) AS cents FROM tickets;
SELECT ticket_type, round(count(*) / 1000.0) AS percent FROM tickets GROUP BY ticket_type ORDER BY ticket_type;
SELECT bool_and(o.created_at > e.created_at AND o.created_at < :start) AS sold_in_time FROM orders o JOIN events e ON e.id = o.event_id;
SELECT bool_and(v.created_at > e.created_at AND v.created_at < :start AND guests BETWEEN 2 AND 10 AND
				total_price = coalesce(e.price, 0) * 2.5 * guests) AS reservations
FROM vip_reservations v JOIN events e ON e.id = v.event_id;
SELECT status, count(*) > 0 AS some FROM vip_reservations GROUP BY status ORDER BY status;
SELECT bool_and(customer_email ~ '^[a-z]+\.[a-z]+[0-9]+@example\.com$') AS emails, count(DISTINCT customer_email) > 10000 AS many FROM orders;

-- Scans.
SELECT bool_and(s.event_id = t.event_id AND s.scanned_at > t.created_at AND s.scanned_at < :start AND o.status = 'paid' AND t.status = 'scanned') AS follow_sales
FROM scan_logs s JOIN tickets t ON t.id = s.ticket_id JOIN orders o ON o.id = t.order_id;
SELECT round(100.0 * (SELECT count(DISTINCT ticket_id) FROM scan_logs) / count(*)) AS percent_scanned,
	   bool_and((status = 'scanned') = EXISTS (SELECT FROM scan_logs s WHERE s.ticket_id = t.id AND result = 'admitted')) AS by_status FROM tickets t;
SELECT results, count(*) > 100 AS many FROM (
	SELECT array_agg(result ORDER BY scanned_at) AS results FROM scan_logs GROUP BY ticket_id) s GROUP BY results ORDER BY results;

-- Calling again adds nothing, a larger number the rest, a smaller one nothing; the order that the
-- first number cut is completed, and its total stays.
SELECT perfkit_seed_dashboard(starts_at => :start);
CREATE SCHEMA steps;
SELECT perfkit_seed_dashboard(20, n, starts_at => :start, target_schema => 'steps') FROM unnest('{1,2,1,500,5000,5000,5010}'::bigint[]) WITH ORDINALITY u (n, i);
CREATE SCHEMA whole;
SELECT perfkit_seed_dashboard(20, 5010, starts_at => :start, target_schema => 'whole');
SELECT t, digest('SELECT * FROM steps.' || t) = digest('SELECT * FROM whole.' || t) AS same FROM unnest('{events,orders,tickets,vip_reservations,scan_logs}'::text[]) t;
SELECT count(*) FROM (SELECT o.total_amount FROM perfkit_generate_orders(20, 2000) o JOIN perfkit_generate_tickets(20, 5000) t ON t.order_id = o.id
	GROUP BY o.id, o.total_amount HAVING sum(t.price) > o.total_amount) more_than_total;

-- A referenced row that is kept out of its table is an error in both ways.
SELECT perfkit_seed_dashboard(20, 0, starts_at => :start, target_schema => 'steps');
TRUNCATE steps.events CASCADE;
INSERT INTO steps.events SELECT gen_random_uuid(), name, artist, venue, date, time, genre, ticket_sources, price, source_id, source_platform, created_at, updated_at
FROM perfkit_generate_events(20, 0, 42, :start);
SELECT state, message, regexp_replace(detail, '=.*\)', '=(...)') AS detail, hint
FROM error_of($$SELECT perfkit_seed_dashboard(20, 500, starts_at => '2025-06-15 00:00+00', target_schema => 'steps')$$);
ALTER TABLE steps.orders ADD CHECK (total_amount >= 0);
SELECT state, message, regexp_replace(detail, '=.*\)', '=(...)') AS detail, hint
FROM error_of($$SELECT perfkit_seed_dashboard(20, 500, starts_at => '2025-06-15 00:00+00', target_schema => 'steps')$$);
SELECT count(*) FROM steps.orders;

-- Events that are there already are used, and further ones added; those of another seed are left
-- alone.
CREATE SCHEMA beside;
SELECT perfkit_seed_events(50, starts_at => :start, target_schema => 'beside'), perfkit_seed_events(7, 1, :start, 'beside');
SELECT perfkit_seed_dashboard(200, 1000, starts_at => :start, target_schema => 'beside');
SELECT count(*), (SELECT count(*) FROM beside.tickets JOIN perfkit_generate_events(7, 0, 1, :start) e ON e.id = event_id) AS of_other_seed FROM beside.events;
-- With another number of events, all orders are others.
SELECT perfkit_seed_dashboard(100, 1000, starts_at => :start, target_schema => 'beside');
SELECT (SELECT count(*) FROM beside.events) AS events, count(*) AS tickets, count(DISTINCT order_id) AS orders FROM beside.tickets;
-- By INSERT the same rows are stored.
CREATE SCHEMA inserted;
SELECT perfkit_seed_dashboard(20, 0, starts_at => :start, target_schema => 'inserted');
ALTER TABLE inserted.orders ADD CHECK (total_amount >= 0);
ALTER TABLE inserted.tickets ADD CHECK (price >= 0);
ALTER TABLE inserted.scan_logs ADD CHECK (gate > '');
ALTER TABLE inserted.vip_reservations ADD CHECK (guests > 0);
SELECT perfkit_seed_dashboard(20, 5010, starts_at => :start, target_schema => 'inserted');
SELECT t, digest('SELECT * FROM inserted.' || t) = digest('SELECT * FROM whole.' || t) AS same FROM unnest('{events,orders,tickets,vip_reservations,scan_logs}'::text[]) t;
-- Foreign keys name the schema: tables of the same names elsewhere are not referenced.
CREATE SCHEMA planted;
CREATE TABLE planted.events (id uuid PRIMARY KEY);
CREATE TABLE planted.orders (id uuid PRIMARY KEY);
CREATE SCHEMA "Odd ""name""";
SET search_path = planted, dash, public;
SELECT perfkit_seed_dashboard(20, 5010, starts_at => :start, target_schema => 'Odd "name"');
SELECT t, digest('SELECT * FROM "Odd ""name""".' || t) = digest('SELECT * FROM whole.' || t) AS same FROM unnest('{events,orders,tickets,vip_reservations,scan_logs}'::text[]) t;
SET search_path = dash, public;

-- Bad input.
SELECT c, e.* FROM unnest(ARRAY[
	'SELECT perfkit_seed_dashboard(events => 0)',
	'SELECT perfkit_seed_dashboard(events => -1)',
	'SELECT perfkit_seed_dashboard(events => 1000001)',
	'SELECT perfkit_seed_dashboard(events => NULL)',
	'SELECT perfkit_seed_dashboard(tickets => -1)',
	'SELECT perfkit_seed_dashboard(tickets => 1000000000001)',
	'SELECT perfkit_seed_dashboard(tickets => NULL)',
	'SELECT perfkit_seed_dashboard(random_seed => NULL)',
	'SELECT perfkit_seed_dashboard(starts_at => NULL)',
	'SELECT perfkit_seed_dashboard(starts_at => ''infinity'')',
	'SELECT perfkit_seed_dashboard(starts_at => ''0001-01-01 BC'')',
	'SELECT perfkit_seed_dashboard(target_schema => ''absent'')',
	'SELECT * FROM perfkit_generate_orders(0, 1)',
	'SELECT * FROM perfkit_generate_orders(NULL, 1)',
	'SELECT * FROM perfkit_generate_tickets(1, -1)',
	'SELECT * FROM perfkit_generate_tickets(1, NULL)',
	'SELECT * FROM perfkit_generate_vip_reservations(1, 1, -1)',
	'SELECT * FROM perfkit_generate_scan_logs(1, 1, 1000000000000)',
	'SELECT * FROM perfkit_generate_scan_logs(1, 1, random_seed => NULL)',
	'SELECT * FROM perfkit_generate_orders(1, 1, starts_at => ''-infinity'')'
]) WITH ORDINALITY u (c, i), LATERAL error_of(c) e ORDER BY i;
CREATE SCHEMA empty;
SELECT perfkit_seed_dashboard(0, 0, target_schema => 'empty');
SELECT perfkit_seed_dashboard(3, 0, target_schema => 'empty');
SELECT (SELECT count(*) FROM empty.events) AS events, (SELECT count(*) FROM empty.orders) AS orders, count(*) FROM empty.scan_logs;
SELECT count(*) FROM perfkit_generate_orders(0, 0);
BEGIN READ ONLY;
SELECT perfkit_seed_dashboard();
ROLLBACK;
-- Tables of the same name that are not ours, the last one too, are found before any is filled.
CREATE SCHEMA other;
CREATE TABLE other.scan_logs (id uuid PRIMARY KEY, at timestamptz);
SELECT state, message FROM error_of($$SELECT perfkit_seed_dashboard(target_schema => 'other')$$);
SELECT to_regclass('other.events') IS NULL AS nothing_made;
DROP TABLE other.scan_logs;
CREATE VIEW other.tickets AS SELECT 1 AS id;
SELECT state, message FROM error_of($$SELECT perfkit_seed_dashboard(target_schema => 'other')$$);
DROP VIEW other.tickets;
CREATE TABLE other.orders (id text PRIMARY KEY, event_id int, customer_email text, total_amount numeric, status text, created_at timestamptz);
SELECT state, message FROM error_of($$SELECT perfkit_seed_dashboard(target_schema => 'other')$$);
-- An events without a key cannot be referenced.
DROP TABLE other.orders;
SELECT perfkit_seed_events(0, target_schema => 'other');
ALTER TABLE other.events DROP CONSTRAINT events_pkey;
SELECT state, message FROM error_of($$SELECT perfkit_seed_dashboard(target_schema => 'other')$$);

-- Another role needs privileges on what is there.
CREATE ROLE regress_perfkit_viewer;
GRANT USAGE ON SCHEMA dash, whole TO regress_perfkit_viewer;
SET ROLE regress_perfkit_viewer;
SELECT e.state, e.message FROM dash.error_of($$SELECT perfkit_seed_dashboard(target_schema => 'whole')$$) e;
RESET ROLE;
GRANT INSERT, SELECT ON ALL TABLES IN SCHEMA whole TO regress_perfkit_viewer;
SET ROLE regress_perfkit_viewer;
SET client_min_messages = error;	-- only the owner may ANALYZE
SELECT perfkit_seed_dashboard(20, 5020, starts_at => '2025-06-15 00:00+00', target_schema => 'whole');
RESET ROLE;
REVOKE ALL ON ALL TABLES IN SCHEMA whole FROM regress_perfkit_viewer;
REVOKE USAGE ON SCHEMA dash, whole FROM regress_perfkit_viewer;
DROP ROLE regress_perfkit_viewer;

SET client_min_messages = error;
DROP SCHEMA dash, steps, whole, beside, inserted, planted, "Odd ""name""", empty, other CASCADE;
