-- Page 500 by cursor: after the last event of page 499, which prepare.sql looked up. It must cost
-- the same as page 1.
\set cursor_epoch :page_500_epoch
\set cursor_id_high :page_500_id_high
\set cursor_id_low :page_500_id_low
SELECT id, name, artist, venue, date, "time", genre, price, ticket_sources
FROM events
WHERE (date, id) > (pg_catalog.to_timestamp(:cursor_epoch),
                    (lpad(to_hex(:cursor_id_high::bigint), 16, '0') || lpad(to_hex(:cursor_id_low::bigint), 16, '0'))::uuid)
ORDER BY date, id
LIMIT 20;
