-- Index-only scan of f(x); visibility map
-- source: pgsql-general, Danny Shemesh / Tom Lane 3435275.1659620316@sss.pgh.pa.us; pgsql-
--   hackers msg54538; dba.SE 257624
-- expected: an index on f(x) gives no index-only scan of f(x) unless x itself is in the index:
--   INCLUDE (x); after bulk load VACUUM sets the visibility map
create table logs (id serial primary key, j jsonb);
insert into logs (j) select jsonb_build_object('k', 'v' || i % 2000, 'pad', repeat('p', 200)) from generate_series(1, 60000) i;
create index logs_k on logs ((j->>'k'));
vacuum analyze logs;
-- visibility map not set: index only scan fetches the heap all the same
create table vm (a int primary key, b text); insert into vm select i, repeat('b', 300) from generate_series(1, 60000) i; analyze vm;
select cases.expect('select a from vm where a between 1 and 2000', 'heap_fetches', index => 'vm_pkey');
vacuum vm;
select cases.expect('select a from vm where a between 1 and 2000', NULL);
