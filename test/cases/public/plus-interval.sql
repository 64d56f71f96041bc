-- topic: jobs to be archived: completed_on + interval < now()
-- source: https://github.com/timgit/pg-boss/issues/126
-- expected: cause arithmetic on job (completed_on); subtract the interval from now() instead
-- remedy: rewrite: select id from job where completed_on < now() - interval '30 days'
-- changes result: around a change of daylight saving time and, with months, at the end of a month
-- before: Seq Scan on job
-- after: job_completed_on
-- measured: cost 1179.00 to 10.08, rows 50000 to 104
create table job (id int primary key, name text, completed_on timestamptz);
insert into job
select i, 'job ' || i % 10, case when i % 3 > 0 then now() - i * interval '52 seconds' end
from generate_series(1, 50000) i;
create index job_completed_on on job (completed_on);
analyze job;
-- query:
select id from job where completed_on + interval '30 days' < now();
