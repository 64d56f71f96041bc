-- topic: an ORM extracts with #>> what the trigram index extracts with ->>
-- source: https://github.com/prisma/orm/issues/23023
-- expected: cause function on licence (transaction_data); the index has another expression, though
--   with the same value
-- remedy: rewrite: select id from licence where transaction_data ->> 'orderId' ilike '%a77b%'
-- before: Seq Scan on licence
-- after: licence_order
-- measured: cost 467.00 to 27.39, rows 20000 to 3
create extension if not exists pg_trgm;
create table licence (id int primary key, transaction_data jsonb);
insert into licence select i, jsonb_build_object('orderId', 'order a' || i || 'b') from generate_series(1, 20000) i;
create index licence_order on licence using gin ((transaction_data ->> 'orderId') gin_trgm_ops);
analyze licence;
-- query:
select id from licence where (transaction_data #>> '{orderId}') ilike '%a77b%';
