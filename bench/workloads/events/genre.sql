-- The next 20 events of a genre.
\set genre random(1, 11)
SELECT id, name, artist, venue, date, "time", genre, price, ticket_sources
FROM events
WHERE genre = (ARRAY['rock', 'metal', 'electronic', 'jazz', 'pop', 'hip-hop', 'indie', 'folk', 'punk', 'blues',
                     'classical'])[:genre]
  AND date >= now()
ORDER BY date, id
LIMIT 20;
