-- topic: a search over the columns of two joined tables
-- source: https://github.com/mikro-orm/mikro-orm/pull/7214
-- expected: cause or_two_tables on book (title), author (name); the OR is only a filter of the
--   join: a branch for each table, combined with UNION
-- remedy: rewrite: select b.id, b.title from book b where b.id in (select id from book where title
--   = 'title 777' union all select b2.id from book b2 join author a on a.id = b2.author_id where
--   a.name = 'author 77')
-- before: (?=.*Seq Scan on book).*OR
-- after: book_title.*author_name
-- measured: cost 900.50 to 123.91, rows 45004 to 23
create table author (id int primary key, name text not null);
insert into author select i, 'author ' || i from generate_series(1, 5000) i;
create index author_name on author (name);
create table book (id int primary key, author_id int not null references author, title text not null);
insert into book select i, i % 5000 + 1, 'title ' || i from generate_series(1, 40000) i;
create index book_title on book (title);
create index book_author on book (author_id);
analyze author, book;
-- query:
select b.id, b.title from book b join author a on a.id = b.author_id
where b.title = 'title 777' or a.name = 'author 77';
