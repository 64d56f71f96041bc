-- NOT IN (subquery) (Ansible, Odoo)
-- source: GitHub ansible/django-ansible-base PR #1094; odoo/odoo #211586, #53590; pgsql-bugs #18851
-- expected: NOT IN (subquery) cannot be an anti join; beyond work_mem a per-row SubPlan over
--   Materialize: NOT EXISTS, or more work_mem
create table org (id serial primary key, name text); create table res (object_id int, ctype int);
insert into org (name) select 'o' || i from generate_series(1, 60000) i;
insert into res select i, 19 from generate_series(1, 59990) i;
create index res_o on res (object_id);
analyze;
select cases.expect($$select * from org where id not in (select object_id from res where ctype = 19)$$, 'not_in', also => '{large_share,no_index}');
set work_mem = '64kB';
select cases.expect($$select * from org where id not in (select object_id from res where ctype = 19)$$, 'not_in', expected_index => 'res_o', also => '{large_share,no_index,other_index,unrelated_index}');
reset work_mem;
