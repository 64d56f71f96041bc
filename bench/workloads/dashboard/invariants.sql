-- What must be true of the dashboard's tables after a load: rows (name, ok, detail).
--
-- This run's scans are those whose IDs begin with run_token plus the stage, from 1 on. They are
-- compared with the log, and the notifications with them, only when the log is complete. Stages
-- from 900 on are the steps of --notify-ceiling, which are not logged.
--
-- A function of somebody else's in the search path that matches the arguments exactly would be
-- called instead of one that takes any type, so calls of those name their schema.
CREATE TEMP TABLE scanned ON COMMIT DROP AS
SELECT id, ticket_id, event_id, result,
       ('x' || left(replace(id::text, '-', ''), 16))::bit(64)::bigint - :run_token::bigint AS stage
FROM scan_logs
WHERE id >= (lpad(to_hex(:run_token::bigint + 1), 16, '0') || repeat('0', 16))::uuid
  AND id <= (lpad(to_hex(:run_token::bigint + 1023), 16, '0') || repeat('f', 16))::uuid;

WITH logged AS (
    SELECT coalesce(pg_catalog.sum(c.succeeded), 0::numeric)::bigint AS transactions
    FROM :perfkit.perfkit_runs r
         CROSS JOIN :perfkit.perfkit_run_counts(:run_id::bigint) c
    WHERE r.run_id = :run_id AND r.scenarios[c.scenario] = 'scan_ticket'
), in_table AS (
    SELECT count(*) AS scans FROM scanned WHERE stage < 900
), ticket AS (
    SELECT s.ticket_id, t.status, count(*) FILTER (WHERE s.result = 'admitted') AS admissions
    FROM (SELECT DISTINCT ticket_id FROM scanned) AS o
         JOIN scan_logs s ON s.ticket_id = o.ticket_id
         LEFT JOIN tickets t ON t.id = o.ticket_id
    GROUP BY s.ticket_id, t.status
), by_listener AS (
    -- How many notifications each listener received in all stages.
    SELECT n.position, sum(n.received::bigint) AS received
    FROM :perfkit.perfkit_runs r
         CROSS JOIN LATERAL pg_catalog.jsonb_array_elements(r.notifications -> 'stages') AS stage
         CROSS JOIN LATERAL pg_catalog.jsonb_array_elements_text(stage -> 'by_listener')
             WITH ORDINALITY AS n (received, position)
    WHERE r.run_id = :run_id
    GROUP BY n.position
)
SELECT 'every scan in the log is in the table once, and nothing else is' AS name, transactions = scans AS ok,
       pg_catalog.format('%s scans%s', scans, CASE WHEN transactions <> scans THEN pg_catalog.format(', and %s in the log', transactions) END) AS detail
FROM logged, in_table
WHERE :complete
UNION ALL
SELECT 'every listener received every scan', bool_and(received = scans::numeric),
       CASE WHEN NOT bool_and(received = scans::numeric)
            THEN pg_catalog.format('%s scans, and %s to %s notifications', max(scans), min(received), max(received)) END
FROM by_listener, in_table
WHERE :complete
HAVING count(*) > 0
UNION ALL
SELECT 'every scan is of a ticket of its event', count(*) = 0,
       CASE WHEN count(*) > 0 THEN pg_catalog.format('%s are not', count(*)) END
FROM scan_logs s
     LEFT JOIN tickets t ON t.id = s.ticket_id AND t.event_id = s.event_id
WHERE t.id IS NULL
UNION ALL
SELECT 'every ticket is admitted once, and is scanned then', count(*) = 0,
       CASE WHEN count(*) > 0 THEN pg_catalog.format('%s tickets are not', count(*)) END
FROM ticket
WHERE admissions > 1 OR (admissions = 1) <> (status = 'scanned');
