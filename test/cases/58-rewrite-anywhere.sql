-- A condition is the same wherever it is written: in a view, a CTE, a join, an UPDATE, a partition.
-- https://stackoverflow.com/questions/22730314 (a numeric parameter for a bigint column, from a
--   driver)
-- Expected: value_type with the condition as the index serves it, planned in the query as it is.
create table item58 (id bigint primary key, code char(12), owner int);
insert into item58 select i, i::text, i % 5000 from generate_series(1, 30000) i;
create index item58_code on item58 (code);
create index item58_owner on item58 (owner);
create table owner58 (id int primary key, name text);
insert into owner58 select i, i::text from generate_series(0, 4999) i;
analyze item58;
analyze owner58;
create view coded58 as select id as item, code as label, owner from item58;
select cases.expect($$select * from coded58 where item = 5::numeric$$, 'value_type', index => 'item58_pkey', remedy => 'condition', written => 'item = 5::numeric',
    rewritten => 'select * from coded58 where item = 5');
select cases.expect($$update item58 set owner = 1 where id = 5::numeric$$, 'value_type', index => 'item58_pkey', remedy => 'condition', written => 'id = 5::numeric');
select cases.expect($$select * from item58 where code = '77'::text$$, 'value_type', index => 'item58_code', remedy => 'condition', written => $$code = '77'::text$$);
select cases.expect($$select * from item58 where id in (5::numeric, 7)$$, 'value_type', index => 'item58_pkey', remedy => 'condition', written => 'id in (5::numeric, 7)');
