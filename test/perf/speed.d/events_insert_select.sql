-- What people write today: comparable rows from one INSERT ... SELECT over generate_series, indexes
-- in place. Same tables, same lengths, same number of artists, venues, genres and times; nothing
-- reproducible about it.
INSERT INTO events
SELECT gen_random_uuid(),
       artist || CASE WHEN random() < 0.5 THEN ' Live in Stockholm' ELSE format(' %s Tour', extract(year FROM starts)) END,
       artist,
       (ARRAY['Debaser Strand', 'Fasching', 'Slaktkyrkan', 'Berns', 'Nalen', 'Cirkus', 'Kollektivet Livet', 'Kagelbanan',
              'Annexet', 'Avicii Arena', 'Rival', 'Hus 7', 'Hovet'])[1 + floor(13 * power(random(), 1.5))],
       starts,
       to_char(starts, 'HH24:MI'),
       (ARRAY['rock', 'metal', 'electronic', 'jazz', 'pop', 'hip-hop', 'indie', 'folk', 'punk', 'blues', 'classical'])[1 + hash % 11],
       (ARRAY['["ticketmaster"]', '["axs", "dice"]', '["dice", "ticketmaster", "axs"]', '["venue-direct", "axs"]'])
           [1 + floor(4 * random())]::jsonb,
       CASE WHEN random() >= 0.2 THEN 150 + 5 * floor(101 * random())::int END,
       gen_random_uuid(),
       (ARRAY['ticketmaster', 'axs', 'dice', 'venue-direct'])[1 + floor(4 * random())],
       now() - random() * interval '120 days',
       now() - random() * interval '10 days'
FROM (SELECT artists[1 + i % 500] AS artist, abs(hashint8(i % 500)) AS hash,
             date_trunc('day', now()) + floor(365 * random()) * interval '1 day'
                 + interval '18 hours' + floor(11 * random()) * interval '30 minutes' AS starts
      FROM generate_series(1, :rows) AS i,
           (SELECT array_agg(DISTINCT artist) AS artists FROM perfkit_generate_events(1000)) AS pool) AS concert;
