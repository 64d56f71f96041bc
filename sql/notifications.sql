-- Notifications: how long they took to arrive, as the listeners of a load run counted them.

CREATE FUNCTION perfkit_run_delivery(run_id bigint)
RETURNS TABLE (
    stage smallint,
    latency_us bigint,
    deliveries bigint,
    cumulative bigint,
    total bigint,
    listeners integer)
LANGUAGE sql STABLE PARALLEL RESTRICTED
BEGIN ATOMIC
    WITH stage AS (
        SELECT (s.counts ->> 'stage'::text)::smallint AS stage, s.counts,
               pg_catalog.min((s.counts ->> 'stage'::text)::smallint) OVER ()
               < pg_catalog.max((s.counts ->> 'stage'::text)::smallint) OVER () AS several
        FROM perfkit_run(perfkit_run_delivery.run_id) r
             CROSS JOIN LATERAL pg_catalog.jsonb_array_elements(r.notifications -> 'stages'::text) AS s (counts)
    ), grouped AS (
        SELECT CASE WHEN s.several THEN s.stage END AS stage, (l.pair ->> 0)::bigint AS latency_us,
               pg_catalog.sum((l.pair ->> 1)::bigint)::bigint AS deliveries,
               pg_catalog.max((s.counts ->> 'listeners'::text)::integer) AS listeners
        FROM stage s
             CROSS JOIN LATERAL pg_catalog.jsonb_array_elements(s.counts -> 'latencies'::text) AS l (pair)
        GROUP BY 1, 2
        UNION ALL
        SELECT NULL::smallint, (l.pair ->> 0)::bigint, pg_catalog.sum((l.pair ->> 1)::bigint)::bigint,
               pg_catalog.max((s.counts ->> 'listeners'::text)::integer)
        FROM stage s
             CROSS JOIN LATERAL pg_catalog.jsonb_array_elements(s.counts -> 'latencies'::text) AS l (pair)
        WHERE s.several
        GROUP BY 2
    )
    SELECT g.stage, g.latency_us, g.deliveries,
           pg_catalog.sum(g.deliveries) OVER (PARTITION BY g.stage ORDER BY g.latency_us)::bigint,
           pg_catalog.sum(g.deliveries) OVER (PARTITION BY g.stage)::bigint,
           pg_catalog.max(g.listeners) OVER (PARTITION BY g.stage)
    FROM grouped g
    ORDER BY g.stage, g.latency_us;
END;

COMMENT ON FUNCTION perfkit_run_delivery(bigint) IS
'Distribution of the time that notifications took, by stage and for all stages (stage NULL, last).
One row per latency that occurred, from the statement that sent the notification, its commit
included, to its arrival at a listener, in microseconds: exact below 1024, and above at most 0.2 %
too long. A notification has as many deliveries as there are listeners. A run of one stage has only
rows with stage NULL; a run without listeners has none.
Errors: 42704 no such run';

CREATE FUNCTION perfkit_run_notifications(run_id bigint)
RETURNS TABLE (
    stage smallint,
    listeners integer,
    sent bigint,
    received bigint,
    lost bigint,
    duplicates bigint,
    out_of_order bigint,
    p50_ms double precision,
    p95_ms double precision,
    p99_ms double precision,
    max_ms double precision,
    clock_uncertainty_ms double precision)
LANGUAGE sql STABLE PARALLEL RESTRICTED
BEGIN ATOMIC
    WITH stage AS (
        SELECT (s.counts ->> 'stage'::text)::smallint AS stage, s.counts,
               pg_catalog.min((s.counts ->> 'stage'::text)::smallint) OVER ()
               < pg_catalog.max((s.counts ->> 'stage'::text)::smallint) OVER () AS several
        FROM perfkit_run(perfkit_run_notifications.run_id) r
             CROSS JOIN LATERAL pg_catalog.jsonb_array_elements(r.notifications -> 'stages'::text) AS s (counts)
    ), place AS (
        SELECT s.stage, s.counts FROM stage s WHERE s.several
        UNION ALL
        SELECT NULL::smallint, s.counts FROM stage s
    ), counted AS (
        SELECT p.stage, pg_catalog.max((p.counts ->> 'listeners'::text)::integer) AS listeners,
               pg_catalog.sum((p.counts ->> 'sent'::text)::bigint)::bigint AS sent,
               pg_catalog.sum((p.counts ->> 'received'::text)::bigint)::bigint AS received,
               pg_catalog.sum((p.counts ->> 'lost'::text)::bigint)::bigint AS lost,
               pg_catalog.sum((p.counts ->> 'duplicates'::text)::bigint)::bigint AS duplicates,
               pg_catalog.sum((p.counts ->> 'out_of_order'::text)::bigint)::bigint AS out_of_order,
               pg_catalog.max((p.counts ->> 'max_us'::text)::bigint) AS max_us,
               pg_catalog.max((p.counts ->> 'clock_uncertainty_us'::text)::bigint) AS clock_us
        FROM place p
        GROUP BY p.stage
    ), quantile AS (
        SELECT d.stage,
               pg_catalog.min(d.latency_us) FILTER (WHERE d.cumulative::numeric >= 0.50 * d.total::numeric) AS p50_us,
               pg_catalog.min(d.latency_us) FILTER (WHERE d.cumulative::numeric >= 0.95 * d.total::numeric) AS p95_us,
               pg_catalog.min(d.latency_us) FILTER (WHERE d.cumulative::numeric >= 0.99 * d.total::numeric) AS p99_us
        FROM perfkit_run_delivery(perfkit_run_notifications.run_id) d
        GROUP BY d.stage
    )
    SELECT c.stage, c.listeners, c.sent, c.received, c.lost, c.duplicates, c.out_of_order,
           q.p50_us::double precision / 1000::double precision, q.p95_us::double precision / 1000::double precision,
           q.p99_us::double precision / 1000::double precision,
           CASE WHEN c.received > 0 THEN c.max_us::double precision / 1000::double precision END,
           c.clock_us::double precision / 1000::double precision
    FROM counted c
         LEFT JOIN quantile q ON q.stage IS NOT DISTINCT FROM c.stage
    ORDER BY c.stage;
END;

COMMENT ON FUNCTION perfkit_run_notifications(bigint) IS
'What the listeners of a run received, by stage and for all stages together (stage NULL, last).
A run of one stage has only a row with stage NULL; a run without listeners has none.
sent: notifications that at least one listener can tell of. received, lost, duplicates,
out_of_order: deliveries, of which each notification has one for each listener. p50_ms to max_ms:
from the statement that sent a notification, its commit included, to its arrival. The server
stamps the one and the listeners the other, so that times may be wrong by clock_uncertainty_ms,
half of the shortest round trip in which the clocks were compared.
Errors: 42704 no such run';
