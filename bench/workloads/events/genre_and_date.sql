-- 20 events of a genre in a range of 1 to 30 days that begins within the next 11 months.
\set genre random(1, 11)
\set first_day random(0, 330)
\set last_day :first_day + random(1, 30)
SELECT id, name, artist, venue, date, "time", genre, price, ticket_sources
FROM events
WHERE genre = (ARRAY['rock', 'metal', 'electronic', 'jazz', 'pop', 'hip-hop', 'indie', 'folk', 'punk', 'blues',
                     'classical'])[:genre]
  AND date >= now() + pg_catalog.make_interval(days => :first_day)
  AND date < now() + pg_catalog.make_interval(days => :last_day)
ORDER BY date, id
LIMIT 20;
