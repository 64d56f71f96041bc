-- The next 20 events at a venue.
\set venue random(1, 13)
SELECT id, name, artist, venue, date, "time", genre, price, ticket_sources
FROM events
WHERE venue = (ARRAY['Debaser Strand', 'Fasching', 'Slaktkyrkan', 'Berns', 'Nalen', 'Cirkus', 'Kollektivet Livet',
                     'Kagelbanan', 'Annexet', 'Avicii Arena', 'Rival', 'Hus 7', 'Hovet'])[:venue]
  AND date >= now()
ORDER BY date, id
LIMIT 20;
