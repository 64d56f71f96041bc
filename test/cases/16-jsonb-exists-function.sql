-- Function instead of operator (jsonb_exists)
-- source: dba.stackexchange (mirror programmatic.solutions 6824qy): operator uses index but
--   underlying function does not (JDBC and '?')
-- expected: indexes are matched by operators, not by functions: use the operator (??, or
--   OPERATOR via custom operator)
create table things (id serial primary key, d jsonb);
insert into things (d) select jsonb_build_object('name', 'n' || i) from generate_series(1, 100000) i;
create index things_name on things using gin ((d->'name'));
analyze things;
select cases.expect($$select d from things where d->'name' ? 'n5'$$, NULL, expected_index => 'things_name');
select cases.expect($$select d from things where jsonb_exists(d->'name', 'n5')$$, 'function_not_operator', index => 'things_name', remedy => 'condition', written => $$jsonb_exists(d->'name', 'n5')$$);
select cases.expect($$select d from things where jsonb_exists(d->'name', 'n5')$$, 'function_not_operator', expected_index => 'things_name', index => 'things_name');
select cases.expect($$select d from things where texteq(d->>'name', 'n5')$$, 'function_not_operator', also => '{no_index}');
