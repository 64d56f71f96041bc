-- Part of an artist's name, as typed into a search box. The first 12 words match one artist each,
-- or none; the last 12 match many: half of the searches are selective.
\set word random(1, 24)
SELECT id, name, artist, venue, date, "time", genre, price, ticket_sources
FROM events
WHERE artist ILIKE '%' || (ARRAY['metallica', 'sabaton', 'opeth', 'in flames', 'abba', 'robyn', 'kent', 'wardruna',
                                 'gojira', 'tame impala', 'meshuggah', 'no such band',
                                 'the', 'metal', 'trio', 'and', 'velvet', 'golden', 'midnight', 'orchestra', 'wolves',
                                 'machine', 'harbour', 'silver'])[:word] || '%'
  AND date >= now()
ORDER BY date, id
LIMIT 20;
