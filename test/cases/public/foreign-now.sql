-- topic: a foreign table is filtered by now() - interval
-- source: https://www.svix.com/blog/fdw-pitfalls
-- expected: cause not_shipped on message (created_at); now() is not immutable, so all rows come
--   over the wire: give the value as a parameter, for instance from a subselect
-- remedy: rewrite: select id from message where created_at > (select now() - interval '1 day')
-- explain: verbose
-- run: no
-- before: Filter: .*now\(\).*Remote SQL: SELECT id, created_at FROM public.message_r\n
-- after: Remote SQL: [^\n]*WHERE \(\(created_at > \$1
-- measured: cost 219.69 to 166.08
create extension postgres_fdw;
create table message_r (id int primary key, created_at timestamptz);
create server loop foreign data wrapper postgres_fdw;
create user mapping for current_user server loop;
create foreign table message (id int, created_at timestamptz) server loop options (table_name 'message_r');
-- query:
select id from message where created_at > now() - interval '1 day';
