-- topic: bulk deletion of runs, two of three referencing tables lack an index
-- source: https://github.com/triggerdotdev/trigger.dev/issues/2105
-- expected: cause foreign_key on run_tag (run_id), run_event (run_id); the triggers scan these
--   tables for each deleted row; run_step has its index
-- remedy: create index on run_tag (run_id)
-- remedy: create index on run_event (run_id)
-- before: Index Scan using task_run_pkey
-- after: Index Scan using task_run_pkey
-- measured: cost 8.30 to 8.30, rows 40005 to 13
create table task_run (id int primary key, name text);
insert into task_run select i, 'run ' || i from generate_series(1, 5000) i;
create table run_tag (run_id int references task_run on delete cascade, tag text);
insert into run_tag select i % 5000 + 1, 'tag' from generate_series(1, 20000) i;
create table run_event (run_id int references task_run on delete cascade, event text);
insert into run_event select i % 5000 + 1, 'event' from generate_series(1, 20000) i;
create table run_step (run_id int references task_run on delete cascade, step text);
insert into run_step select i % 5000 + 1, 'step' from generate_series(1, 20000) i;
create index run_step_run on run_step (run_id);
analyze task_run, run_tag, run_event, run_step;
-- query:
delete from task_run where id = 77;
