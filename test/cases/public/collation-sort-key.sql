-- topic: a cursor within a partition, compared with COLLATE "C"
-- source: https://github.com/ExtendDB/extenddb/issues/358
-- expected: cause collation on item (sk); the index's second column has the natural language's
--   collation, so that only pk is an index condition and the rest a filter: an index with COLLATE
--   "C"
-- remedy: create index on item (pk, sk collate "C")
-- before: Filter: [^\n]*sk > 's00009900'
-- after: Index Cond: [^\n]*pk = 'hot'[^\n]*sk > 's00009900'
-- measured: cost 773.52 to 2.10, rows 10000 to 20
create table item (pk text not null, sk text collate "en-x-icu" not null, data text, primary key (pk, sk));
insert into item
select case when i <= 10000 then 'hot' else 'p' || i end, 's' || to_char(i, 'FM00000000'), 'd'
from generate_series(1, 30000) i;
analyze item;
-- query:
select * from item where pk = 'hot' and sk > 's00009900' collate "C" order by sk collate "C" limit 20;
