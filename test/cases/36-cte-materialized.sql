-- CTE MATERIALIZED or used twice; KNN with a CTE (pgvector)
-- source: GitHub pgMustard #48; uwdata/mosaic PR #695; PostgREST PR #1473; pgvector/pgvector
--   #781 (index not used with cte)
-- expected: a MATERIALIZED cte (or one used twice) is a fence, outer condition not pushed in:
--   NOT MATERIALIZED / inline. KNN: order by <-> a column of a joined cte cannot use the index;
--   use a scalar subquery
create table x36 (id int primary key, val text, p point);
insert into x36 select i, md5(i::text), point(i % 1000, i / 1000) from generate_series(1, 100000) i;
create index x36_val on x36 (val); create index x36_p on x36 using gist (p);
analyze x36;
select cases.expect($$with a as materialized (select * from x36) select * from a where id = 4999$$, 'above_cte');
select cases.expect($$with a as materialized (select * from x36) select * from a where id = 4999$$, 'above_cte', expected_index => 'x36_pkey');
select cases.expect($$with a as (select * from x36) select * from a where id = 4999$$, NULL, expected_index => 'x36_pkey');
select cases.expect($$with a as (select * from x36) select * from a a1 join a a2 using (id) where a1.id = 4999$$, 'above_cte', expected_index => 'x36_pkey', index => 'x36_pkey');
select cases.expect($$with vars as (select p as q from x36 where id = 7) select x.id from x36 x, vars order by x.p <-> vars.q limit 10$$, 'sort_tables');
select cases.expect($$select id from x36 order by p <-> (select p from x36 where id = 7) limit 10$$, NULL, expected_index => 'x36_p');
