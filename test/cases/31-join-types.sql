-- Join on id::text = varchar (Django generic relations)
-- source: GitHub django-guardian #366 (object_pk varchar vs integer pk); doctrine-extensions PR
--   #871; etianen/django-watson PR #169
-- expected: join on id::text = object_pk: neither side's plain index fits; cast the varchar
--   side (object_pk::int) or expression index ((id::text))
create table project (id serial primary key, pname text); insert into project (pname) select 'p' || i from generate_series(1, 60000) i;
create table perm (id serial primary key, object_pk varchar(255), user_id int);
insert into perm (object_pk, user_id) select i::text, i % 3000 from generate_series(1, 60000) i;
create index perm_user on perm (user_id); create index perm_obj on perm (object_pk);
analyze;
select cases.expect('select p.* from project p join perm m on m.object_pk = p.id::text where m.user_id = 7', 'join_type', min_rows => 1000, also => '{no_index}', index => 'project_pkey', rewritten => 'select p.* from project p join perm m on m.object_pk::int = p.id where m.user_id = 7');
select cases.expect('select p.* from project p join perm m on m.object_pk = p.id::text where m.user_id = 7', 'join_type', expected_index => 'project_pkey', min_rows => 1000, index => 'project_pkey', also => '{no_index}');
select cases.expect('select p.* from project p join perm m on m.object_pk::int = p.id where m.user_id = 7', NULL, expected_index => 'project_pkey');
-- integer joined with numeric
create table num (k numeric, v int); insert into num select i, i from generate_series(1, 20) i; analyze num;
select cases.expect('select * from num n join project p on p.id = n.k', 'join_type', expected_index => 'project_pkey', min_rows => 1000, index => 'project_pkey', also => '{no_index}', rewritten => 'select * from num n join project p on p.id = n.k::int');
select cases.expect('select * from num n join project p on p.id = n.k::int', NULL, expected_index => 'project_pkey', min_rows => 1000);
