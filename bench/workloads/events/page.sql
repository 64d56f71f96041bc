-- A page of 20 upcoming events, as in a list view. Most users look at the first pages.
\set page random_exponential(1, 10, 3)
SELECT id, name, artist, venue, date, "time", genre, price, ticket_sources
FROM events
WHERE date >= now()
ORDER BY date, id
LIMIT 20 OFFSET (:page - 1) * 20;
