-- topic: the first row at or after a block: ORDER BY id LIMIT 1, with a parameter
-- source: https://github.com/IntersectMBO/cardano-db-sync/pull/2084
-- expected: cause ordered_walk or unknown_value on tx (block_id), tx_pkey; a third of the rows is
--   assumed for the unknown block, so that a match seems near: a custom plan, or an order that the
--   primary key lacks. (The source's rewrite as min(id) is planned the same way here.)
-- remedy: rewrite: select id from tx where block_id >= 59990 order by id limit 1
-- parameters: 59990
-- before: Index Scan using tx_pkey.*Filter
-- after: tx_block
-- measured: cost 0.40 to 8.54, rows 59990 to 12
create table tx (id int primary key, block_id int not null, hash text);
insert into tx select i, i, md5(i::text) from generate_series(1, 60000) i;
create index tx_block on tx (block_id);
analyze tx;
-- query:
select id from tx where block_id >= $1 order by id limit 1;
