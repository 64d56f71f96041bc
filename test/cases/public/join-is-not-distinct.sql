-- topic: a join that treats nulls as equal
-- source: https://github.com/tomjaguarpaw/haskell-opaleye/issues/23
-- expected: cause not_distinct_from on target (ref); IS NOT DISTINCT FROM is neither an index
--   condition nor a hash clause, so that all pairs are compared
-- remedy: rewrite: select s.id, t.id from source s join target t on t.ref = s.ref
-- changes result: when ref is null on both sides
-- before: Nested Loop.*Join Filter: \(NOT \(t.ref IS DISTINCT FROM s.ref
-- after: (Hash Cond|Merge Cond|Index Cond)
-- measured: cost 22578.75 to 32.78, rows 5300 to 602
create table source (id int primary key, ref int);
insert into source select i, i from generate_series(1, 300) i;
create table target (id int primary key, ref int);
insert into target select i, i from generate_series(1, 5000) i;
create index target_ref on target (ref);
analyze source, target;
-- query:
select s.id, t.id from source s join target t on t.ref is not distinct from s.ref;
