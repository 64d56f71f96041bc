-- DELETE of a parent, FK without index
-- source: GitHub sourcegraph PR #49804; hackers-pub/hackerspub #258; pgMustard #72; ory/hydra #1653
-- expected: DELETE of a parent is slow because of the FK trigger's scan of the child: index the
--   referencing column
create table parent (id int primary key, finished timestamptz);
create table child (id serial primary key, parent_id int references parent on delete cascade, note text);
insert into parent select i, timestamptz '2023-01-01' + i * interval '1 minute' from generate_series(1, 5000) i;
insert into child (parent_id, note) select i % 4999 + 1, 'n' from generate_series(1, 200000) i;
analyze;
select cases.expect('delete from parent where id = 17', 'foreign_key', remedy => 'statement');
select cases.expect('delete from parent where id between 17 and 19', 'foreign_key', remedy => 'statement');
create index child_parent on child (parent_id);
select cases.expect('delete from parent where id between 17 and 19', NULL);
