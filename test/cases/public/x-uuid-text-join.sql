-- topic: a search table has the keys of several models as text, and the model's key is uuid
-- source: https://github.com/etianen/django-watson/pull/303
-- expected: cause join_type or cast on ledger (id); the primary key is cast in every row: cast the
--   text instead
-- remedy: rewrite: select l.id, l.amount from ledger l join searchentry s on l.id =
--   s.object_id::uuid where s.content_type = 3 and s.title = 'title 77'
-- before: Seq Scan on ledger
-- after: ledger_pkey
-- measured: cost 461.33 to 16.62, rows 20001 to 2
create table ledger (id uuid primary key, amount int);
insert into ledger select md5(i::text)::uuid, i from generate_series(1, 20000) i;
create table searchentry (content_type int, object_id text, title text);
insert into searchentry select 3, md5(i::text)::uuid::text, 'title ' || i from generate_series(1, 20000) i;
create index on searchentry (title);
analyze ledger, searchentry;
-- query:
select l.id, l.amount from ledger l join searchentry s on l.id::text = s.object_id
where s.content_type = 3 and s.title = 'title 77';
