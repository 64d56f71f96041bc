-- topic: live jobs: status = ANY($1), a partial index of the live statuses
-- source: https://github.com/tuist/tuist/pull/12031
-- expected: cause partial_predicate on workflow_job (job_id) where status in (...); = ANY with a
--   parameter is not proven in a generic plan: write the statuses as constants
-- remedy: rewrite: select job_id from workflow_job where status in ('queued', 'claimed')
-- parameters: array['queued', 'claimed']
-- before: Seq Scan on workflow_job
-- after: workflow_job_live
-- measured: cost 1313.00 to 13.56, rows 40000 to 80
create table workflow_job (job_id int primary key, status text not null, log text);
insert into workflow_job
select i, case when i % 1000 = 0 then 'queued' when i % 1000 = 1 then 'claimed' else 'completed' end,
	repeat('log ', 10)
from generate_series(1, 40000) i;
create index workflow_job_live on workflow_job (job_id) where status in ('queued', 'claimed', 'running');
analyze workflow_job;
-- query:
select job_id from workflow_job where status = any ($1::text[]);
