-- topic: DELETE of one row of a table that refers to itself
-- source: https://github.com/betagouv/zam/pull/658
-- expected: cause foreign_key on amendment (parent_id); the constraint's trigger scans the table
--   for children of each deleted row: index the referencing column
-- remedy: create index on amendment (parent_id)
-- before: Index Scan using amendment_pkey
-- after: Index Scan using amendment_pkey
-- measured: cost 8.49 to 8.49, rows 299910 to 10
create table amendment (id int primary key, parent_id int references amendment on delete set null, body text);
insert into amendment select i, case when i % 50 = 0 then i - 1 end, 'text' from generate_series(1, 30000) i;
analyze amendment;
-- query:
delete from amendment where id between 1001 and 1010;
