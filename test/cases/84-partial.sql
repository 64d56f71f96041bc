-- Predicates of partial indexes: parameters, lists, negations, and what is not mentioned
-- source: tuist/tuist PR #12031, rails/rails #22566, dba.stackexchange.com 246421; our own siblings
-- expected: the index that the query is about, and what keeps its predicate from being proven
create table p84 (id int primary key, a int, st text not null, del timestamptz, flag boolean not null, amt numeric);
insert into p84 select i, i, case when i % 100 = 0 then 'open' else 'done' end, case when i % 3 > 0 then now() end, i % 1000 = 0, i from generate_series(1, 50000) i;
create index p84_open on p84 (a) where st = 'open';
create index p84_flag on p84 (a) where flag;
create index p84_del on p84 (a) where del is null;
create index p84_amt on p84 (amt) where amt > 49000;
create index p84_id on p84 (id) where st in ('open', 'new');
vacuum analyze p84;
select cases.expect('select amt from p84 where a = 7', 'partial_predicate', remedy => 'statement');
select cases.expect('select amt from p84 where a = 7 and st = $1', 'partial_predicate', generic => true, index => 'p84_open');
select cases.expect('select amt from p84 where a = 7 and flag = $1', 'partial_predicate', generic => true, index => 'p84_flag');
select cases.expect('select amt from p84 where amt = $1', 'partial_predicate', generic => true, index => 'p84_amt');
select cases.expect('select amt from p84 where st = any($1::text[])', 'partial_predicate', generic => true, index => 'p84_id');
select cases.expect($$select amt from p84 where a = 7 and st <> 'done'$$, 'partial_predicate', index => 'p84_open', remedy => 'statement');
-- (From 19 on, the planner knows that it is the same for a column that is not null.)
select cases.expect($$select amt from p84 where a = 7 and flag is not false$$, 'partial_predicate', index => 'p84_flag', rewritten => 'select amt from p84 where a = 7 and flag')
where current_setting('server_version_num')::int < 190000;
select cases.expect($$select amt from p84 where a = 7 and coalesce(del, 'infinity') = 'infinity'$$, 'partial_predicate', index => 'p84_del', rewritten => 'select amt from p84 where a = 7 and del is null');
select cases.expect($$select amt from p84 where a = 7 and lower(st) = 'open'$$, 'partial_predicate', index => 'p84_open', remedy => 'statement');
-- other rows than the index has: it is not to be mentioned
drop index p84_flag, p84_del;
select cases.expect($$select amt from p84 where a = 7 and st = 'done'$$, 'no_index', remedy => 'statement');
select cases.expect('select amt from p84 where amt = 7', 'no_index', remedy => 'statement');
select cases.expect('select amt from p84 where amt in (select 50)', 'no_index', also => '{partial_predicate}');
-- without the predicate, the index does not serve the column alone, either
select cases.expect('select amt from p84 where amt + 1 = 8', 'no_index', remedy => 'statement');
-- all of a long list satisfies the predicate
select cases.expect('select amt from p84 where amt in (' || string_agg(i::text, ',') || ')', 'partial_predicate', index => 'p84_amt', rewritten => 'select amt from p84 where amt > 49000 and amt in (' || string_agg(i::text, ',') || ')')
from generate_series(49500, 49620) i;
select cases.expect('select amt from p84 where amt in (1, ' || string_agg(i::text, ',') || ')', 'partial_predicate', index => 'p84_amt', remedy => 'statement')
from generate_series(49500, 49620) i;
-- the planner takes the two conditions for independent, which ANALYZE does not change; statistics
-- are tried on half of the pages, and the rows in question lie in one or two
select cases.expect('select amt from p84 where amt > 49000 and amt in (' || string_agg(i::text, ',') || ')', NULL)
from generate_series(0, 7) k, generate_series(49100 + 100 * k, 49160 + 100 * k) i group by k;
