-- CAST(timestamptz AS date) (Metabase)
-- source: GitHub metabase/metabase #21133 and #15275, #26655
-- expected: CAST(ts AS date) on a timestamptz column is not indexable (not even as an
--   expression, not immutable); use a range
create table expense (id int, user_id int, performed timestamptz not null, amount int);
insert into expense select i, i % 500, timestamptz '2022-01-01' + i * interval '3 minutes', i from generate_series(1, 200000) i;
create index expense_performed on expense (performed);
analyze expense;
select cases.expect($$select * from expense where cast(performed as date) = cast(timestamptz '2022-02-02' as date)$$, 'not_immutable', index => 'expense_performed', rewritten => $$select * from expense where performed >= date '2022-02-02' and performed < date '2022-02-02' + 1$$);
select cases.expect($$select * from expense where cast(performed as date) between timestamptz '2022-02-01' and timestamptz '2022-02-03'$$, 'not_immutable', expected_index => 'expense_performed', index => 'expense_performed');
select cases.expect($$select * from expense where cast(performed as date) = current_date$$, 'not_immutable', expected_index => 'expense_performed', index => 'expense_performed');
select cases.expect($$select * from expense where performed >= date '2022-02-02' and performed < date '2022-02-02' + 1$$, NULL, expected_index => 'expense_performed');
drop index expense_performed;
select cases.expect($$select * from expense where cast(performed as date) = date '2022-02-02'$$, 'not_immutable');
create index expense_user_performed on expense (user_id, performed);
select cases.expect($$select * from expense where user_id = 7 and cast(performed as date) between '2022-02-01' and '2022-02-03'$$, 'not_immutable', index => 'expense_user_performed');
