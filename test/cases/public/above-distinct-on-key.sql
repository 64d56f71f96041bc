-- topic: DISTINCT ON (email) in a subquery, then id = 123
-- source: https://www.mejorcodigo.com/p/128514.html (a copy of a Stack Overflow question)
-- expected: cause above_distinct on member (id); the row with that id may not be the one that
--   DISTINCT ON keeps, so that the condition stays outside
-- remedy: rewrite: select id from member where id = 123
-- changes result: when the email is not unique. (The source has a unique index on it.)
-- before: Subquery Scan on t.*Filter: \(t.id = 123\).*(Sort|Index Scan using member_email)
-- after: Index Only Scan using member_pkey
-- measured: cost 3014.72 to 8.31, rows 40000 to 1
create table member (id int primary key, email text not null);
insert into member select i, 'm' || i || '@example.com' from generate_series(1, 40000) i;
create unique index member_email on member (email);
analyze member;
-- query:
select id from (select distinct on (email) id from member) t where id = 123;
