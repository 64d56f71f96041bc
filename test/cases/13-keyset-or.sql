-- Keyset pagination with OR (Camunda, Temporal)
-- source: GitHub camunda/camunda #56138; temporalio/temporal #11709; ddnexus/pagy PR #862;
--   hummingbot-api PR #234
-- expected: (a > x or (a = x and b > y)) is only a filter on the ordered index; write (a, b) >
--   (x, y)
create table hist (node_id bigint, txn_id bigint, payload text, primary key (node_id, txn_id));
insert into hist select i / 4, i % 4, 'p' || i from generate_series(1, 200000) i;
vacuum analyze hist;
select cases.expect($$select * from hist where node_id > 40000 or (node_id = 40000 and txn_id > 2) order by node_id, txn_id limit 10$$, 'keyset_or', expected_index => 'hist_pkey', index => 'hist_pkey', rewritten => 'select * from hist where (node_id, txn_id) > (40000, 2) order by node_id, txn_id limit 10');
select cases.expect($$select * from hist where node_id > $1 or (node_id = $1 and txn_id > $2) order by node_id, txn_id limit 10$$, 'keyset_or', generic => true, index => 'hist_pkey');
select cases.expect($$select * from hist where (node_id, txn_id) > (40000, 2) order by node_id, txn_id limit 10$$, NULL);
-- pages offset
select cases.expect($$select * from hist order by node_id, txn_id offset 100000 limit 10$$, 'offset');
