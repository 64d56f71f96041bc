-- topic: seek pagination with COALESCE around the date
-- source: https://github.com/fecgov/openFEC/issues/6646
-- expected: cause sort_expression or function on schedule_a (receipt_date, sub_id); COALESCE on the
--   index's column: leave it out
-- remedy: rewrite: select * from schedule_a where (receipt_date, sub_id) < ('2024-06-03', 402)
--   order by receipt_date desc, sub_id desc limit 20
-- changes result: when a receipt_date is null: such rows are left out, and come first in the order
-- before: Sort Key: \(COALESCE\(receipt_date
-- after: (?!.*Sort).*Index Scan Backward using schedule_a_receipt
-- measured: cost 1209.84 to 2.29, rows 40000 to 20
create table schedule_a (sub_id bigint primary key, receipt_date date, amount numeric);
insert into schedule_a select i, date '2024-01-01' + i % 400, i from generate_series(1, 40000) i;
create index schedule_a_receipt on schedule_a (receipt_date, sub_id);
analyze schedule_a;
-- query:
select * from schedule_a
where (coalesce(receipt_date, '9999-12-31'), sub_id) < ('2024-06-03', 402)
order by coalesce(receipt_date, '9999-12-31') desc, sub_id desc limit 20;
