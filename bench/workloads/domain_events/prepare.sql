-- Variables for the scripts, one row (name, value) each, and two small tables that the scripts look
-- into, since pgbench's variables are numbers and an event store's keys are text.
--
--     perfkit_bench_targets   by kind and number: tenants, the busiest first; streams by length,
--                             from the store as it is; and streams to append to, new in each
--                             run, so that the others keep their length
--     perfkit_bench_payloads  payloads as an application sends them: JSON as text, with the lengths
--                             of those in the store
--
-- Targets are looked up in samples and in the snapshots, never by reading the whole store. The
-- tables remain, and are filled again by the next run.
--
-- Arguments have the types that the server's own functions and operators take, so that none of
-- somebody else's in the search path matches better.

-- After a large load, do what autovacuum would do in the middle of the run: until then, there are
-- no index-only scans. (Through a pooler, this file is one transaction, which cannot VACUUM.)
SELECT relallvisible < relpages / 2 AND NOT :pooled AS unsettled FROM pg_class WHERE oid = 'domain_events'::regclass
\gset
\if :unsettled
VACUUM domain_events;
VACUUM aggregate_snapshots;
\endif

\if :pooled
\else
BEGIN;
\endif

-- Made from the store's columns, for their types and collations.
CREATE UNLOGGED TABLE IF NOT EXISTS perfkit_bench_targets AS
SELECT ''::text AS kind, 0 AS number, tenant_id, aggregate_id, aggregate_type FROM domain_events WITH NO DATA;
CREATE UNIQUE INDEX IF NOT EXISTS perfkit_bench_targets_key ON perfkit_bench_targets (kind, number);
CREATE UNLOGGED TABLE IF NOT EXISTS perfkit_bench_payloads AS
SELECT 0 AS number, event_type, payload::text AS payload FROM domain_events WITH NO DATA;
CREATE UNIQUE INDEX IF NOT EXISTS perfkit_bench_payloads_key ON perfkit_bench_payloads (number);
COMMENT ON TABLE perfkit_bench_targets IS 'What the scripts of bench/run domain_events look for; filled again by each run.';
COMMENT ON TABLE perfkit_bench_payloads IS 'What the scripts of bench/run domain_events append; filled again by each run.';
DELETE FROM perfkit_bench_targets;
DELETE FROM perfkit_bench_payloads;

-- About 20,000 events, from pages all over the table.
SELECT least(100, 2000000::double precision / greatest(reltuples, 1)::double precision) AS percent
FROM pg_class WHERE oid = 'domain_events'::regclass
\gset
CREATE TEMP TABLE sampled_event AS
SELECT global_sequence_id, tenant_id, aggregate_id, aggregate_type, sequence_number, event_type, payload
FROM domain_events TABLESAMPLE SYSTEM (:percent) REPEATABLE (42);
-- The sample of a small table that has grown since ANALYZE may be empty.
INSERT INTO sampled_event
SELECT global_sequence_id, tenant_id, aggregate_id, aggregate_type, sequence_number, event_type, payload
FROM (SELECT * FROM domain_events ORDER BY global_sequence_id LIMIT 20000) AS first
WHERE NOT EXISTS (SELECT FROM sampled_event);

INSERT INTO perfkit_bench_payloads
SELECT row_number() OVER (ORDER BY global_sequence_id) - 1, event_type, payload::text
FROM (SELECT * FROM sampled_event ORDER BY hashint8(global_sequence_id) LIMIT 1000) AS chosen;

-- All tenants, by one index lookup each; the busiest in the sample first.
INSERT INTO perfkit_bench_targets
WITH RECURSIVE tenant AS (
    (SELECT tenant_id FROM domain_events ORDER BY tenant_id LIMIT 1)
    UNION ALL
    SELECT (SELECT e.tenant_id FROM domain_events e WHERE e.tenant_id > t.tenant_id ORDER BY e.tenant_id LIMIT 1)
    FROM tenant t
    WHERE t.tenant_id IS NOT NULL
)
SELECT 'tenant', row_number() OVER (ORDER BY s.events DESC NULLS LAST, t.tenant_id), t.tenant_id
FROM tenant t
     LEFT JOIN (SELECT tenant_id, count(*) AS events FROM sampled_event GROUP BY tenant_id) s USING (tenant_id)
WHERE t.tenant_id IS NOT NULL;

-- Streams and their lengths: those that start in the sample, and those with a snapshot.
CREATE TEMP TABLE known_stream AS
SELECT s.tenant_id, s.aggregate_id, s.aggregate_type, e.length
FROM (SELECT tenant_id, aggregate_id, aggregate_type FROM sampled_event WHERE sequence_number = 0
      UNION
      SELECT tenant_id, aggregate_id, aggregate_type FROM aggregate_snapshots
      WHERE last_sequence_number >= 99 AND (last_sequence_number < 200 OR last_sequence_number BETWEEN 800 AND 1100)) AS s
     CROSS JOIN LATERAL (SELECT max(sequence_number) + 1 AS length FROM domain_events
                         WHERE tenant_id = s.tenant_id AND aggregate_id = s.aggregate_id) AS e
WHERE e.length > 0;

-- Of each kind, those within its bounds; if there are none, the one that comes nearest.
INSERT INTO perfkit_bench_targets
SELECT kind, number, tenant_id, aggregate_id, aggregate_type
FROM (SELECT k.kind, s.*, count(*) FILTER (WHERE s.length BETWEEN k.low AND k.high) OVER kind AS fitting,
             row_number() OVER (PARTITION BY k.kind ORDER BY s.length BETWEEN k.low AND k.high DESC,
                                         CASE WHEN s.length NOT BETWEEN k.low AND k.high THEN abs(s.length - k.low) END,
                                         hashtext(s.aggregate_id), s.tenant_id) AS number
      FROM (VALUES ('short', 1, 20), ('hundred', 90, 120), ('thousand', 900, 1100)) AS k (kind, low, high)
           CROSS JOIN known_stream s
      WINDOW kind AS (PARTITION BY k.kind)) AS candidate
WHERE number <= least(greatest(fitting, 1), 1000);

-- Long streams that have some events after their latest snapshot.
INSERT INTO perfkit_bench_targets
SELECT 'snapshot', row_number() OVER (ORDER BY hashtext(aggregate_id)), tenant_id, aggregate_id, aggregate_type
FROM (SELECT * FROM known_stream
      ORDER BY length >= 800 DESC, length % 100::bigint BETWEEN 20 AND 80 DESC, length DESC
      LIMIT greatest(1, least(100, (SELECT count(*) FROM known_stream
                                    WHERE length >= 800 AND length % 100::bigint BETWEEN 20 AND 80)))) AS s;

-- Streams to append to: most belong to a busy tenant; a few are contended; some belong to the
-- busiest tenant, and some to the others.
INSERT INTO perfkit_bench_targets
SELECT k.kind, i, t.tenant_id, gen_random_uuid()::text, 'Order'
FROM (SELECT count(*) AS tenants FROM perfkit_bench_targets WHERE kind = 'tenant') AS store
     CROSS JOIN (VALUES ('append', 10000), ('contended', 5), ('noisy', 1000), ('quiet', 1000)) AS k (kind, streams)
     CROSS JOIN LATERAL generate_series(1, k.streams) AS i
     JOIN perfkit_bench_targets t
       ON t.kind = 'tenant'
          AND t.number = CASE k.kind
                             WHEN 'noisy' THEN 1
                             WHEN 'quiet' THEN 1 + (CASE WHEN store.tenants > 1 THEN 1 + i::bigint % (store.tenants - 1) ELSE 0 END)
                             ELSE 1 + CASE WHEN i % 5 < 4 THEN i::bigint % ((store.tenants + 4) / 5) ELSE i::bigint % store.tenants END END;

INSERT INTO perfkit_bench_targets
SELECT 'quiet_hundred', row_number() OVER (ORDER BY number), tenant_id, aggregate_id, aggregate_type
FROM perfkit_bench_targets t
WHERE kind = 'hundred'
  AND (tenant_id <> (SELECT tenant_id FROM perfkit_bench_targets WHERE kind = 'tenant' AND number = 1)
       OR NOT EXISTS (SELECT FROM perfkit_bench_targets o
                      WHERE o.kind = 'hundred'
                        AND o.tenant_id <> (SELECT tenant_id FROM perfkit_bench_targets WHERE kind = 'tenant' AND number = 1)));

-- Processors, one per client: those that keep up start at the end of the store, the others at its
-- start.
INSERT INTO tracking_tokens AS t (processor_name, segment, token_position, updated_at)
SELECT p.processor_name, i, p.position, clock_timestamp()
FROM (VALUES ('perfkit-track', (SELECT greatest(0, max(global_sequence_id) - 1000) FROM domain_events)),
             ('perfkit-catch-up', 0)) AS p (processor_name, position)
     CROSS JOIN generate_series(0, :clients - 1) AS i
WHERE p.position IS NOT NULL
ON CONFLICT (processor_name, segment) DO UPDATE
SET token_position = excluded.token_position, updated_at = excluded.updated_at;

DROP TABLE sampled_event, known_stream;
\if :pooled
\else
COMMIT;
\endif
ANALYZE perfkit_bench_targets;
ANALYZE perfkit_bench_payloads;

-- Event ids of this run begin with this number plus the stage's.
SELECT 'run_token', (('x' || right(replace(gen_random_uuid()::text, '-', ''), 15))::bit(60)::bigint & ~1023::bigint)::text
UNION ALL
SELECT CASE WHEN kind = 'tenant' THEN 'tenants' ELSE kind || '_streams' END, count(*)::text
FROM perfkit_bench_targets GROUP BY kind
UNION ALL
SELECT 'payloads', count(*)::text FROM perfkit_bench_payloads
UNION ALL
SELECT v.name, v.value::text
FROM (SELECT coalesce(min(global_sequence_id), 1) AS first, coalesce(max(global_sequence_id), 1) AS last FROM domain_events) AS e,
     LATERAL (VALUES ('first_position', first), ('last_position', last)) AS v (name, value);
