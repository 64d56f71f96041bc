-- Integer literal beyond bigint (psycopg)
-- source: psycopg/psycopg #1134 (and the article it cites)
-- expected: an integer literal beyond bigint is numeric, so the integer column is cast and the
--   pk is not used; check the range / cast
create table acct (id bigint primary key, v text);
insert into acct select i, 'v' || i from generate_series(1, 100000) i;
analyze acct;
select cases.expect('select * from acct where id = 9223372036854775808', 'no_such_value');
select cases.expect('select * from acct where id in (1, 2, 9223372036854775808)', 'no_such_value');
