-- topic: a list of text values is compared with a citext column
-- source: https://github.com/prisma/orm/issues/21749
-- expected: cause value_type or cast on account (public_address); citext = text compares as text,
--   which casts the column; cast the values to citext
-- remedy: rewrite: select id from account where public_address = any
--   ('{0xaa77,0xaa78}'::citext[])
-- before: Seq Scan on account
-- after: account_public_address_key
-- measured: cost 538.00 to 15.95, rows 30000 to 2
create extension if not exists citext;
create table account (id int primary key, public_address citext not null unique);
insert into account select i, '0xaa' || i from generate_series(1, 30000) i;
analyze account;
-- query:
select id from account where public_address = any ('{0xaa77,0xaa78}'::text[]);
