-- topic: an extension's operator is not sent to the foreign server
-- source: https://www.freecodecamp.org/news/fdw-pushdown
-- expected: cause not_shipped on place (name); only built-in functions and operators are sent, and
--   immutable ones of the extensions that the server's option extensions names
-- remedy: alter server loop options (add extensions 'citext')
-- explain: verbose
-- run: no
-- before: Filter: [^\n]*citext.*Remote SQL: SELECT id, name FROM public.place_r\n
-- after: Remote SQL: [^\n]*WHERE \(\(name OPERATOR
-- measured: cost 205.06 to 146.86
create extension postgres_fdw;
create extension citext;
create table place_r (id int primary key, name citext);
create server loop foreign data wrapper postgres_fdw;
create user mapping for current_user server loop;
create foreign table place (id int, name citext) server loop options (table_name 'place_r');
-- query:
select id from place where name = 'Amsterdam';
