-- topic: NOT IN with a subquery that is too large for a hash table in work_mem
-- source: https://dba.stackexchange.com/questions/295443
-- expected: cause not_in on texts (id); the list is searched for each row: NOT EXISTS
-- remedy: rewrite: select id from texts where not exists (select from details where
--   details.doc_id = texts.id)
-- before: SubPlan.*Materialize
-- after: Anti Join
-- run: no
-- measured: cost 1162478828.00 to 18218.86
create table texts (id bigint primary key);
create table details (doc_id bigint);
insert into texts select generate_series(1, 300000);
insert into details select generate_series(11, 300000);
create index on details (doc_id);
analyze texts, details;
-- query:
select id from texts where id not in (select doc_id from details);
