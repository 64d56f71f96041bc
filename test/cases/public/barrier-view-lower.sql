-- topic: a query becomes slow when its view is a security barrier
-- source: https://errorhandle.ai/why-is-my-query-so-much-slower-with-a-security-barrier-view-even-without-row-level-policy (about a Stack Overflow question)
-- expected: cause security_barrier on person (lower(name)); lower() and its comparison may not be
--   evaluated before the view's own condition: give up the barrier where nothing has to be
--   protected
-- remedy: alter view visible_person reset (security_barrier)
-- before: Subquery Scan on visible_person.*Seq Scan on person
-- after: person_lower_idx
-- measured: cost 896.00 to 8.30, rows 30000 to 1
create table person (id int primary key, name text not null, hidden boolean not null);
insert into person select i, 'Person ' || i, i % 10 = 0 from generate_series(1, 30000) i;
create index on person (lower(name));
create view visible_person with (security_barrier) as select id, name from person where not hidden;
analyze person;
-- query:
select * from visible_person where lower(name) = 'person 777';
