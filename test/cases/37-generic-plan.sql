-- Generic plan of a skewed column (pgx, asyncpg)
-- source: GitHub jackc/pgx #1158; MagicStack/asyncpg #76; porsager/postgres #41
-- expected: generic plan chosen after 5 executions assumes an average value; the rare value
--   would use the index: plan_cache_mode = force_custom_plan (or partial index with the
--   constant)
create table task (id serial primary key, state text, pad text);
insert into task (state, pad) select case when n % 1000 = 0 then 'todo' else (array['done', 'failed'])[(n * 7919) % 2 + 1] end, repeat('p', 10) from generate_series(1, 200000) n;
create index task_state on task (state);
analyze task;
set max_parallel_workers_per_gather = 0;
select cases.expect($$select * from task where state = 'todo'$$, NULL, expected_index => 'task_state');
select cases.expect($$select * from task where state in ($1, $2)$$, 'unknown_value', expected_index => 'task_state', generic => true);
select cases.expect($$select * from task where state in ($1, $2)$$, 'unknown_value', generic => true);
