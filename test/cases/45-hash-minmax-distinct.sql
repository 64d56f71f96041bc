-- Hash index, DISTINCT, max()
-- source: wiki.postgresql.org "Loose indexscan"; openillumi "SELECT DISTINCT slow"; runebook
--   hash/ordering pages
-- expected: hash index only for =; DISTINCT of few values reads all rows (no skip scan before
--   18): recursive CTE; count(*) reads all; ORDER BY needs btree
create table pv (id serial primary key, site int not null, url text, ts timestamptz);
insert into pv (site, url, ts) select i % 7, md5(i::text), timestamptz '2024-01-01' + i * interval '1 s' from generate_series(1, 200000) i;
create index pv_url on pv using hash (url); create index pv_site on pv (site, ts);
vacuum analyze pv;
select cases.expect($$select * from pv where url > 'ff' and url < 'ff1'$$, 'operator_class', also => '{no_index}', index => 'pv_url', remedy => 'statement');
select cases.expect($$select * from pv where url > 'ff' and url < 'ff1'$$, 'operator_class', expected_index => 'pv_url', also => '{no_index}', index => 'pv_url', remedy => 'statement');
select cases.expect($$select * from pv order by url limit 5$$, 'sort_order', expected_index => 'pv_url', also => '{no_index}', index => 'pv_url', remedy => 'statement');
select cases.expect($$select distinct site from pv$$, 'distinct');
select cases.expect($$select max(ts) from pv$$, 'min_max', remedy => 'statement');
