-- Page 1 by cursor: the same query as cursor_page_500, with a cursor before all events.
\set cursor_epoch 0
\set cursor_id_high 0
\set cursor_id_low 0
SELECT id, name, artist, venue, date, "time", genre, price, ticket_sources
FROM events
WHERE (date, id) > (pg_catalog.to_timestamp(:cursor_epoch),
                    (lpad(to_hex(:cursor_id_high::bigint), 16, '0') || lpad(to_hex(:cursor_id_low::bigint), 16, '0'))::uuid)
ORDER BY date, id
LIMIT 20;
