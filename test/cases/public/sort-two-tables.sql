-- topic: ORDER BY a column of the joined table first
-- source: https://stackoverflow.com/questions/9888096
-- expected: cause sort_tables on site (domain), product (ordering); no index has columns of two
--   tables. Here one site is chosen by its key, so that its domain can leave the ORDER BY.
-- remedy: rewrite: select p.id, s.domain from product p join site s on s.id = p.site_id where
--   p.site_id = 1 order by p.ordering, p.id limit 10
-- before: Sort Key: s.domain, p.ordering
-- after: Limit.*Index[^\n]*Scan using product_site_ordering(?!.*Sort)
-- measured: cost 976.81 to 1.88, rows 10020 to 30
create table site (id int primary key, domain text not null);
insert into site select i, 'd' || i || '.example' from generate_series(1, 20) i;
create table product (id int primary key, site_id int not null references site, ordering int not null, name text);
insert into product select i, i % 4 + 1, (i * 7919) % 5003, 'product ' || i from generate_series(1, 40000) i;
create index product_site_ordering on product (site_id, ordering, id);
vacuum analyze site, product;
-- query:
select p.id, s.domain from product p join site s on s.id = p.site_id
where p.site_id = 1 order by s.domain, p.ordering, p.id limit 10;
