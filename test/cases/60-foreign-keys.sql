-- Triggers of foreign keys: which statements fire them, and how far
-- source: own
-- expected: DELETE, UPDATE of the key, MERGE and ON CONFLICT fire them, also by cascading and
--   through partitions; an UPDATE of anything else, or to the value that is there, does not
create table p60 (a int, b int, name text, primary key (a, b));
create table child60 (id int generated always as identity primary key, a bigint, b int, foreign key (a, b) references p60 on update cascade on delete cascade);
insert into p60 select i, i, 'n' from generate_series(1, 10000) i;
insert into child60 (a, b) select i, i from generate_series(1, 10000) i;
create table grandchild60 (child int references child60 on delete set null, y text);
insert into grandchild60 select i, 'y' from generate_series(1, 10000) i;
create table tiny60 (a int, b int, foreign key (a, b) references p60);
insert into tiny60 values (1, 1);
create table pp60 (id int primary key, v int) partition by range (id);
create table pp60a partition of pp60 for values from (0) to (5000);
create table pp60b partition of pp60 for values from (5000) to (100000);
insert into pp60 select i, i from generate_series(1, 10000) i;
create table cc60 (pid int references pp60, d int) partition by hash (d);
create table cc60a partition of cc60 for values with (modulus 2, remainder 0);
create table cc60b partition of cc60 for values with (modulus 2, remainder 1);
insert into cc60 select i, i from generate_series(1, 10000) i;
analyze;
select cases.expect('delete from p60 where a = 5 and b = 5', 'foreign_key', remedy => 'statements');
select cases.expect('update p60 set a = a + 1 where a = 5 and b = 5', 'foreign_key', remedy => 'statement');
select cases.expect('merge into p60 using (values (5)) v(i) on a = i and b = 5 when matched then delete', 'foreign_key');
select cases.expect('insert into p60 values (1, 1) on conflict (a, b) do update set b = 99', 'foreign_key');
select cases.expect('update p60 set a = 5, name = $$x$$ where a = 5 and b = 5', NULL);
select cases.expect('update p60 set name = $$x$$ where a = 5 and b = 5', NULL);
select cases.expect('delete from p60 where a = 5 and b = 5', NULL, min_rows => 100000);
select cases.expect('delete from pp60 where id = 5', 'foreign_key', remedy => 'statement');
select cases.expect('delete from pp60a where id = 5', 'foreign_key', remedy => 'statement');
select cases.expect('with d as (delete from pp60 where id = 5 returning id) select * from d', 'foreign_key', remedy => 'statement');
create index on child60 (b);
create index on grandchild60 (child) where child is not null;
select cases.expect('delete from p60 where a = 5 and b = 5', NULL);
alter table pp60 disable trigger all;
select cases.expect('delete from pp60 where id = 5', NULL);
