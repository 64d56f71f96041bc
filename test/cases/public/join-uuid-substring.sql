-- topic: a join casts the uuid key to text to compare it with a part of a key
-- source: https://github.com/raphaelmansuy/edgequake/issues/362
-- expected: cause join_type on document (id); cast the text to uuid instead of the key to text
-- remedy: rewrite: select d.title from kv join document d on d.id = substring(kv.key from 5)::uuid
--   where kv.batch = 7
-- changes result: when a key's part is no uuid (error, not a row without partner)
-- before: Seq Scan on document
-- after: Index Scan using document_pkey
-- measured: cost 1023.59 to 91.62, rows 40010 to 20
create table document (id uuid primary key, title text);
insert into document select md5(i::text)::uuid, 'title ' || i from generate_series(1, 40000) i;
create table kv (key text primary key, batch int);
insert into kv select 'doc:' || md5(i::text)::uuid, i / 10 from generate_series(1, 40000) i;
create index kv_batch on kv (batch);
analyze document, kv;
-- query:
select d.title from kv join document d on d.id::text = substring(kv.key from 5) where kv.batch = 7;
