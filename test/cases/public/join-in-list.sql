-- topic: a self join: x = 290 reaches both sides, x IN (1, 2) only one
-- source: https://postgrespro.com/list/id/36af4bed0807120105l5545d6e3s27428f1f2841c0f6@mail.gmail.com
-- expected: cause range_not_carried on nav n2 (scheme_code); IN is no equivalence: repeat it
-- remedy: rewrite: select n1.price, n2.price from nav n1 join nav n2 on n1.scheme_code =
--   n2.scheme_code where n1.scheme_code in (1, 2) and n2.scheme_code in (1, 2)
-- before: Seq Scan on nav n2
-- after: (?!.*Seq Scan).*Scan on nav n2|(?!.*Seq Scan).*nav_scheme[^\n]* on nav n2
-- measured: cost 2010.20 to 573.47, rows 45304 to 604
create table nav (scheme_code int not null, day date, price numeric);
insert into nav select i % 300, date '2008-01-01' + i / 300, i from generate_series(1, 45000) i;
create index nav_scheme on nav (scheme_code);
analyze nav;
-- query:
select n1.price, n2.price from nav n1 join nav n2 on n1.scheme_code = n2.scheme_code
where n1.scheme_code in (1, 2);
