-- What people write today: comparable events from one INSERT ... SELECT over generate_series,
-- indexes in place. Same tables, same lengths of payloads in the same shares, as many tenants and
-- streams, sequence numbers without gaps; but all streams have 17 events, take turns, and nothing
-- is reproducible.
INSERT INTO domain_events (event_id, stream_id, aggregate_id, aggregate_type, expected_version, sequence_number, tenant_id, event_type, payload,
                           metadata, timestamp_utc)
SELECT gen_random_uuid(),
       type || '-' || aggregate,
       aggregate,
       type,
       sequence - 1,
       sequence,
       'tenant-' || lpad(CASE WHEN stream % 10 < 8 THEN 1 + stream % 2 ELSE 3 + stream % 8 END::text, 4, '0'),
       type || (CASE WHEN sequence = 0 THEN '{Created}' ELSE '{Changed,Moved,Checked,Paid,Sent,Noted}' END::text[])[CASE WHEN sequence = 0 THEN 1 ELSE 1 + i % 6 END],
       CASE WHEN nitems = 0
           THEN jsonb_build_object('number', upper(substr(hash, 1, 8)), 'total', i % 100000 / 100.0, 'city', words[1 + i % 1000],
                                   'description', array_to_string(words[1 + i % 900 : 5 + i % 900 + i % 45], ' '))
           ELSE jsonb_build_object('number', upper(substr(hash, 1, 8)), 'total', i % 100000 / 100.0, 'city', words[1 + i % 1000],
                                   'description', array_to_string(words[1 + i % 900 : 30 + i % 900 + i % 60], ' '),
                                   'items', (SELECT jsonb_agg(jsonb_build_object(
                                                        'sku', upper(substr(hash, 1 + k % 8, 9)), 'name', words[1 + (i + k) % 30] || ' ' || words[1 + k],
                                                        'price', (i + k) % 1000 / 10.0, 'quantity', k % 9, 'available', '2025-01-01'::date + k))
                                             FROM generate_series(1, nitems) AS k))
       END,
       jsonb_build_object('userId', 'user-' || substr(hash, 1, 8), 'correlationId', gen_random_uuid(), 'causationId', gen_random_uuid()),
       now() - interval '180 days' + i * interval '180 days' / :rows
FROM (SELECT i, stream, sequence, words, md5(i::text) AS hash, md5(stream::text)::uuid::text AS aggregate,
             ('{Order,User,Product,Invoice,Subscription}'::text[])[1 + stream % 5] AS type,
             CASE WHEN i % 20 < 14 THEN 0 WHEN i % 20 < 19 THEN 7 + (i / 20 % 20) ELSE 45 + (i / 20 % 25) END::int AS nitems
      FROM (SELECT i, (i - 1) % greatest(:rows / 17, 1) AS stream, (i - 1) / greatest(:rows / 17, 1) AS sequence
            FROM generate_series(1::bigint, :rows) AS i) AS event,
           (SELECT array_agg(word) AS words
            FROM (SELECT substr(md5(n::text), 1, 2 + n % 9) AS word FROM generate_series(1, 1000) AS n) AS w) AS vocabulary) AS event;
