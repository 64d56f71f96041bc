-- What must be true of the store after a load, no matter who wrote to it and how the writers ended:
-- rows (name, ok, detail).
--
-- The first two read the whole store. The others look at what this run appended: its event IDs
-- begin with run_token plus the stage, and each batch has a correlation ID of its own. The store is
-- compared with the log only when the log is complete: clients that were killed took their part of
-- it with them.
--
-- A function of somebody else's in the search path that matches the arguments exactly would be
-- called instead of one that takes any type, so calls of those name their schema.
CREATE TEMP TABLE appended ON COMMIT DROP AS
SELECT event_id, tenant_id, aggregate_id, expected_version, sequence_number, metadata->>'scenario' AS scenario,
       metadata->>'correlationId' AS batch
FROM domain_events
WHERE event_id >= (lpad(to_hex(:run_token::bigint + 1), 16, '0') || repeat('0', 16))::uuid
  AND event_id <= (lpad(to_hex(:run_token::bigint + 1023), 16, '0') || repeat('f', 16))::uuid;

CREATE TEMP TABLE batch ON COMMIT DROP AS
SELECT a.scenario, a.batch, coalesce(s.events, 1) AS wanted, count(*) AS events,
       pg_catalog.count(DISTINCT (a.tenant_id, a.aggregate_id)) AS streams,
       max(a.sequence_number) - min(a.sequence_number) + 1 AS versions, bool_and(a.expected_version = a.sequence_number - 1) AS as_expected
FROM appended a
     LEFT JOIN (VALUES ('append_10', 10), ('append_100', 100), ('noisy_append', 100)) AS s (scenario, events) USING (scenario)
GROUP BY a.scenario, a.batch, s.events;

WITH place AS (
    -- Collation C, because it sorts fastest.
    SELECT sequence_number,
           pg_catalog.lag(sequence_number, 1, -1::bigint) OVER (PARTITION BY tenant_id COLLATE "C", aggregate_id COLLATE "C"
                                                     ORDER BY sequence_number) AS previous
    FROM domain_events
), store AS (
    SELECT count(*) AS events, count(*) FILTER (WHERE sequence_number > previous + 1) AS gaps,
           count(*) FILTER (WHERE sequence_number <= previous) AS twins
    FROM place
), logged AS (
    SELECT coalesce(l.scenario, b.scenario) AS scenario, coalesce(l.transactions, 0) AS transactions,
           coalesce(b.batches, 0) AS batches
    FROM (SELECT s.scenario, coalesce(pg_catalog.sum(c.succeeded), 0::numeric)::bigint AS transactions
          FROM :perfkit.perfkit_runs r
               CROSS JOIN LATERAL pg_catalog.unnest(r.scenarios) WITH ORDINALITY AS s (scenario, position)
               LEFT JOIN :perfkit.perfkit_run_counts(:run_id::bigint) c ON c.scenario = s.position
          WHERE r.run_id = :run_id AND s.scenario ~ 'append'
          GROUP BY s.scenario) AS l
         FULL JOIN (SELECT scenario, count(*) AS batches FROM batch GROUP BY scenario) AS b USING (scenario)
)
SELECT 'sequence numbers are contiguous from 0 in every stream' AS name, gaps = 0 AS ok,
       pg_catalog.format('%s events%s', events, CASE WHEN gaps > 0 THEN pg_catalog.format(', and %s gaps', gaps) END) AS detail
FROM store
UNION ALL
SELECT 'versions are unique in every stream', twins = 0,
       CASE WHEN twins > 0 THEN pg_catalog.format('%s events have a version that another one of their stream has', twins) END
FROM store
UNION ALL
SELECT 'every batch appended is whole, in one stream, at the versions it expected', count(*) = 0,
       CASE WHEN count(*) > 0 THEN pg_catalog.format('%s batches are not, such as %s of scenario %s with %s of %s events',
                                                     count(*), min(batch), min(scenario), min(events), min(wanted)) END
FROM batch
WHERE events <> wanted OR streams <> 1 OR versions <> events OR NOT as_expected
UNION ALL
SELECT 'every append in the log is in the store once, and nothing else is', coalesce(bool_and(transactions = batches), true),
       coalesce(string_agg(CASE WHEN transactions = batches THEN pg_catalog.format('%s %s', batches, scenario)
                                ELSE pg_catalog.format('%s in the log and %s in the store of %s', transactions, batches,
                                                       scenario) END, ', '
                           ORDER BY transactions = batches, scenario), 'no scenario of this run appends')
FROM logged
WHERE :complete
HAVING :complete
UNION ALL
SELECT 'no processor''s token is beyond the end of the store', count(*) = 0,
       CASE WHEN count(*) > 0 THEN pg_catalog.format('%s tokens are, such as that of %s', count(*), min(processor_name)) END
FROM tracking_tokens
WHERE token_position > (SELECT coalesce(max(global_sequence_id), 0) FROM domain_events);
