-- topic: what is public, or what the user is a member of
-- source: https://www.mail-archive.com/pgsql-hackers@lists.postgresql.org/msg06943.html
-- expected: cause or_subquery on project (is_public, id); either half has its index, the OR of both
--   reads the table: UNION ALL of disjoint halves
-- remedy: rewrite: select id, name from project where is_public union all select id, name from
--   project where not is_public and id in (select project_id from member where user_id = 77)
-- changes result: when is_public is null
-- before: Seq Scan on project.*SubPlan
-- after: Append.*project_public.*member_user
-- measured: cost 783.36 to 88.11, rows 40006 to 34
create table project (id int primary key, name text, is_public boolean not null);
insert into project select i, 'project ' || i, i % 2000 = 0 from generate_series(1, 40000) i;
create index project_public on project (id) where is_public;
create table member (project_id int, user_id int);
insert into member select i % 40000 + 1, i % 9000 from generate_series(1, 50000) i;
create index member_user on member (user_id);
analyze project, member;
-- query:
select id, name from project
where is_public or id in (select project_id from member where user_id = 77);
