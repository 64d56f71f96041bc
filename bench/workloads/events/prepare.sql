-- Variables for the scripts, one row (name, value) each: the cursor after page 499 or, in a table
-- with fewer pages, the cursor before the last page. pgbench's variables are numbers or words that
-- are not quoted, so a time is given in seconds since 1970, and a UUID as two 64-bit integers.
WITH page_499 AS (
    SELECT greatest(least(499 * 20, (SELECT count(*) FROM events) - 20), 1) AS events
), last_event AS (
    SELECT date, replace(id::text, '-', '') AS digits
    FROM events
    ORDER BY date, id
    LIMIT 1 OFFSET (SELECT events - 1 FROM page_499)
)
SELECT v.name, v.value
FROM (SELECT 1) AS always
     LEFT JOIN last_event ON true
     CROSS JOIN LATERAL (VALUES ('page_500_epoch', coalesce(extract(epoch FROM date), 0)::text),
                                ('page_500_id_high', coalesce(('x' || left(digits, 16))::bit(64)::bigint, 0)::text),
                                ('page_500_id_low', coalesce(('x' || right(digits, 16))::bit(64)::bigint, 0)::text)) AS v (name, value);
