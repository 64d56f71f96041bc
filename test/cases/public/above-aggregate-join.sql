-- topic: order totals from a subquery with GROUP BY, joined to the orders of one shop
-- source: https://newbe.dev/does-postgres-optimize-this-join-with-subquery (dba.stackexchange)
-- expected: cause above_aggregate on item (order_id); the join's condition does not enter the
--   aggregate, so that all items are grouped: LATERAL, or repeat the condition inside
-- remedy: rewrite: select po.id, t.total from purchase_order po left join lateral (select
--   sum(quantity) as total from item where order_id = po.id) t on true where po.shop_id = 195
-- before: HashAggregate.*Seq Scan on item
-- after: item_order
-- measured: cost 1277.12 to 560.23, rows 60010 to 160
create table purchase_order (id int primary key, shop_id int not null);
insert into purchase_order select i, i % 400 from generate_series(1, 4000) i;
create index purchase_order_shop on purchase_order (shop_id);
create table item (order_id int not null, quantity int not null);
insert into item select i % 4000 + 1, i % 9 from generate_series(1, 60000) i;
create index item_order on item (order_id);
analyze purchase_order, item;
-- query:
select po.id, g.total from purchase_order po
left join (select order_id, sum(quantity) as total from item group by order_id) g on g.order_id = po.id
where po.shop_id = 195;
