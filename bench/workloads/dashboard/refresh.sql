-- What a dashboard asks for again and again: two counts, sent at once.
\set event random_zipfian(1, :events, 1.1)
\startpipeline
SELECT count(*) FROM tickets
WHERE event_id = (SELECT event_id FROM perfkit_bench_dashboard_events WHERE number = :event::int);
SELECT count(*) FROM scan_logs
WHERE event_id = (SELECT event_id FROM perfkit_bench_dashboard_events WHERE number = :event::int);
\endpipeline
\set owed 2
