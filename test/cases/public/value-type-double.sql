-- topic: the driver sends double precision for a numeric column
-- source: https://github.com/pgjdbc/pgjdbc/issues/3284
-- expected: cause value_type on invoice (amount); the column is cast to double precision in every
--   row: bind numeric
-- remedy: rewrite: select id from invoice where amount between 41.5 and 42.5
-- changes result: when a stored value has more digits than double precision keeps
-- before: Seq Scan on invoice.*\(amount\)::double precision
-- after: invoice_amount
-- measured: cost 1319.00 to 8.37, rows 50000 to 4
create table invoice (id varchar(25) primary key, amount numeric, contract_id varchar(25));
insert into invoice select 'i' || i, (i % 50000) * 0.37, 'c' || i % 500 from generate_series(1, 50000) i;
create index invoice_amount on invoice (amount);
analyze invoice;
-- query:
select id from invoice where amount between '41.5'::double precision and '42.5'::double precision;
