-- RLS with volatile function (Supabase)
-- source: Supabase RLS performance guide; GitHub supabase-community/svelte-kanban #25, Helicone
--   PR #5705
-- expected: policy calls a function per row; if volatile no index can be used; wrap in (select
--   f()), declare stable; index user_id
create role app12;
create table boards (id serial primary key, user_id uuid, title text);
insert into boards (user_id, title) select md5((i % 5000)::text)::uuid, 't' || i from generate_series(1, 100000) i;
create index boards_user on boards (user_id);
analyze boards;
create function uid() returns uuid language sql volatile as $$select nullif(current_setting('app.uid', true), '')::uuid$$;
create function uid_s() returns uuid language plpgsql stable as $$begin return nullif(current_setting('app.uid', true), '')::uuid; end$$;
create function uid_v() returns uuid language plpgsql as $$begin return nullif(current_setting('app.uid', true), '')::uuid; end$$;
alter table boards enable row level security;
create policy p on boards using (uid_v() = user_id);
grant select on boards to app12;
set role app12;
set app.uid = 'cfcd2084-95d5-65ef-66e7-dff9f98764da';
select cases.expect('select * from boards', 'volatile_value');
select cases.expect('select * from boards', 'volatile_value', expected_index => 'boards_user');
reset role;
alter policy p on boards using ((select uid_v()) = user_id);
set role app12;
select cases.expect('select * from boards', NULL, expected_index => 'boards_user');
reset role;
alter policy p on boards using (uid_s() = user_id);
set role app12;
select cases.expect('select * from boards', NULL, expected_index => 'boards_user');
reset role;
drop index boards_user;
set role app12;
select cases.expect('select * from boards', 'no_index');
reset role;
drop owned by app12; drop role app12;
