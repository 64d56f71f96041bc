-- Conditions that postgres_fdw does not send, and why
-- source: own
-- expected: functions that are not immutable, extensions that the server is not known to have,
--   functions and types of one's own, COALESCE and the like, other collations
create extension postgres_fdw;
create extension citext;
create extension if not exists pg_trgm;
create table r62 (id int primary key, at timestamptz, name text, email citext, active boolean, mood text);
create server loop62 foreign data wrapper postgres_fdw options (extensions 'pg_trgm');
create user mapping for current_user server loop62;
create type mood62 as enum ('glad', 'sad');
create function own62(text) returns text language sql immutable parallel safe as $$ select reverse($1) || 'x' $$;
alter function own62(text) set search_path = pg_catalog;
create foreign table f62 (id int, at timestamptz, name text, email citext, active boolean, mood mood62) server loop62 options (table_name 'r62');
create foreign table g62 (id int, at timestamptz, name text, email citext, active boolean, mood mood62) server loop62 options (table_name 'r62');
select cases.expect($$select id from f62 where at > now() - interval '1 day'$$, 'not_shipped', remedy => 'condition', written => $$at > now() - interval '1 day'$$);
select cases.expect($$select id from f62 where at > current_timestamp$$, 'not_shipped', remedy => 'condition', written => 'at > current_timestamp');
select cases.expect($$select id from f62 where id > random() * 10$$, 'not_shipped');
select cases.expect($$select id from f62 where at::date = date '2024-01-05'$$, 'not_shipped');
select cases.expect($$select id from f62 where email = 'a@b'$$, 'not_shipped', remedy => 'statement');
select cases.expect($$update f62 set name = 'x' where email = 'a@b'$$, 'not_shipped', remedy => 'statement');
select cases.expect($$select f62.id from f62 join g62 using (id) where f62.email = 'a@b'$$, 'not_shipped', remedy => 'statement');
select cases.expect($$select id from f62 where name % 'abc'$$, 'not_shipped');
select cases.expect($$select id from f62 where own62(name) = 'x'$$, 'not_shipped');
select cases.expect($$select id from f62 where mood = 'sad'$$, 'not_shipped');
select cases.expect($$select id from f62 where coalesce(name, '') = ''$$, 'not_shipped', rewritten => $$select id from f62 where name is null or name = ''$$);
select cases.expect($$select id from f62 where active is true$$, 'not_shipped', rewritten => 'select id from f62 where active');
select cases.expect($$select id from f62 where name > 'x' collate "C"$$, 'not_shipped', rewritten => $$select id from f62 where name > 'x'$$);
select cases.expect($$select id from f62 where id in (1, 2) and name like 'a%' and at > '2024-01-01'$$, NULL);
