-- View with full join and COALESCE of varchar
-- source: dba.stackexchange 297483 (cited by laminlabs/lamindb #235): COALESCE prevents the use
--   of an index on a varchar but not on a text column
-- expected: view = full join with coalesce(m.ident, e.ident); with text the planner derives the
--   join-column conditions, with varchar (relabel) it does not; change the type to text, or
--   filter both sides
create table measured (id int, ts timestamp, ident varchar, v int);
create table estimated (id int, ts timestamp, ident varchar, v int);
insert into measured select i, timestamp '2020-01-01' + i * interval '1 s', left(md5(i::text), 3), i % 10 from generate_series(1, 100000) i;
insert into estimated select i, timestamp '2020-01-01' + i * interval '1 s', left(md5((i+7)::text), 3), i % 10 from generate_series(1, 100000) i;
create index measured_i on measured (ident); create index estimated_i on estimated (ident);
create view combined as select coalesce(m.ts, e.ts) as ts, coalesce(m.ident, e.ident) as ident, m.v as mv, e.v as ev from measured m full join estimated e on m.ident = e.ident and m.ts = e.ts;
analyze;
select cases.expect($$select * from combined where ident = 'abc'$$, 'above_outer_join');
select cases.expect($$select * from combined where ident = 'abc'$$, 'above_outer_join', expected_index => 'measured_i');
create table measured_t as select id, ts, ident::text, v from measured; create table estimated_t as select id, ts, ident::text, v from estimated;
create index measured_t_i on measured_t (ident); create index estimated_t_i on estimated_t (ident);
create view combined_t as select coalesce(m.ts, e.ts) as ts, coalesce(m.ident, e.ident) as ident, m.v as mv, e.v as ev from measured_t m full join estimated_t e on m.ident = e.ident and m.ts = e.ts;
analyze;
select cases.expect($$select * from combined_t where ident = 'abc'$$, NULL);
