-- topic: retries first: ORDER BY status = 'retry', priority
-- source: https://github.com/bitmagnet-io/bitmagnet/issues/390
-- expected: cause sort_expression on queue_job (status = 'retry'); the order begins with an
--   expression that no index has
-- remedy: create index on queue_job (queue, (status = 'retry'), priority, run_after, id)
-- before: Sort Key: \(\(status = 'retry'
-- after: (?!.*Sort).*Index Scan using queue_job_queue_expr_priority_run_after_id_idx
-- measured: cost 1308.81 to 0.50, rows 40000 to 1
create table queue_job (id int primary key, queue text not null, status text not null, priority int not null,
	run_after timestamptz not null);
insert into queue_job
select i, 'process_torrent', case i % 10 when 0 then 'processed' when 1 then 'retry' else 'pending' end,
	i % 5, timestamptz '2025-02-01' + i * interval '1 second'
from generate_series(1, 40000) i;
create index queue_job_queue on queue_job (queue, priority, run_after);
analyze queue_job;
-- query:
select * from queue_job
where queue = 'process_torrent' and status in ('pending', 'retry') and run_after <= '2025-03-01'
order by status = 'retry', priority, run_after, id limit 1;
