-- Part of an event's name. The first 12 words are selective, the last 12 occur in up to half of all
-- names: for those, no index beats reading events in the order of their dates.
\set word random(1, 24)
SELECT id, name, artist, venue, date, "time", genre, price, ticket_sources
FROM events
WHERE name ILIKE '%' || (ARRAY['metallica', 'sabaton', 'opeth', 'in flames', 'abba', 'robyn', 'kent',
                               'wardruna', 'gojira', 'tame impala', 'meshuggah', 'no such band',
                               'live', 'tour', 'stockholm', 'live in', 'the', 'in stockholm', 'live in stockholm', '20',
                               'on', 'live', 'tour', 'stockholm'])[:word] || '%'
  AND date >= now()
ORDER BY date, id
LIMIT 20;
