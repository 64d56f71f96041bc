-- 20 events in a range of 1 to 30 days that begins within the next 11 months.
\set first_day random(0, 330)
\set last_day :first_day + random(1, 30)
SELECT id, name, artist, venue, date, "time", genre, price, ticket_sources
FROM events
WHERE date >= now() + pg_catalog.make_interval(days => :first_day)
  AND date < now() + pg_catalog.make_interval(days => :last_day)
ORDER BY date, id
LIMIT 20;
