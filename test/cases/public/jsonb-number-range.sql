-- topic: a range of a number inside jsonb, with a GIN index on the document
-- source: https://github.com/antonputra/tutorials/pull/362
-- expected: cause function or operator_class on product ((data->>'price')::numeric); GIN knows no
--   range of an extracted number: a B-tree on the expression
-- remedy: create index on product (((data->>'price')::numeric))
-- remedy: analyze product
-- before: Seq Scan on product
-- after: product_numeric_idx
-- measured: cost 1210.00 to 8.74, rows 30000 to 23
create table product (id int primary key, data jsonb not null);
insert into product select i, jsonb_build_object('price', i % 30000, 'name', 'n' || i) from generate_series(1, 30000) i;
create index product_data on product using gin (data jsonb_path_ops);
analyze product;
-- query:
select id from product where (data->>'price')::numeric between 100 and 120;
