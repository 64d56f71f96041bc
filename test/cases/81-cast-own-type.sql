-- Casts under which the column itself can be compared
-- source: GitHub MinBZK/regelrecht PR #1015 (enum), jakob/Postico #184 (uuid), critiquebrainz PR
--   #473 (uuid or login); our own siblings
-- expected: compare the column, where the value is one of its type, and index the cast where it
--   need not be
create type state81 as enum ('new', 'run', 'end');
create table job81 (id int primary key, u uuid not null, s state81 not null, b bigint, small smallint, d date, n numeric, login text, code varchar(20));
insert into job81 select i, md5(i::text)::uuid, case when i % 2000 = 0 then 'run' else 'end' end::state81, i, i % 30000, date '2000-01-01' + i % 9000, i * 0.5, 'login' || i, i::text
from generate_series(1, 40000) i;
create index job81_u on job81 (u); create index job81_s on job81 (s); create index job81_b on job81 (b); create index job81_small on job81 (small);
create index job81_d on job81 (d); create index job81_n on job81 (n); create unique index job81_login on job81 (login); create index job81_code on job81 (code);
analyze job81;
select cases.expect($$select id from job81 where s::text = 'run'$$, 'cast', index => 'job81_s', remedy => 'condition', written => $$s::text = 'run'$$);
select cases.expect($$select id from job81 where s::text in ('run', 'new')$$, 'cast', index => 'job81_s', remedy => 'condition', written => $$s::text in ('run', 'new')$$);
select cases.expect($$select id from job81 where s::text = 'none'$$, 'cast', index => 'job81_s');
select cases.expect($$select id from job81 where s::varchar = $1$$, 'cast', generic => true, index => 'job81_s');
select cases.expect($$select id from job81 where u::text = 'c4ca4238-a0b9-2382-0dcc-509a6f75849b'$$, 'cast', index => 'job81_u', remedy => 'condition', written => $$u::text = 'c4ca4238-a0b9-2382-0dcc-509a6f75849b'$$);
select cases.expect($$select id from job81 where u::text like 'c4ca42%'$$, 'cast', index => 'job81_u', remedy => 'statement');
select cases.expect($$select id from job81 where u::text = $1 or login = $1$$, 'cast', generic => true, index => 'job81_u', remedy => 'statement');
select cases.expect($$select id from job81 where u::text = 'login7' or login = 'login7'$$, 'cast', index => 'job81_u', remedy => 'statement');
select cases.expect($$select id from job81 where b::int = 7$$, 'cast', index => 'job81_b', remedy => 'condition', written => 'b::int = 7');
select cases.expect($$select id from job81 where b::numeric = 7$$, 'cast', index => 'job81_b', remedy => 'condition', written => 'b::numeric = 7');
select cases.expect($$select id from job81 where b::numeric = 7.5$$, 'no_such_value', index => 'job81_b');
select cases.expect($$select id from job81 where small::int = 70000$$, 'cast', index => 'job81_small', remedy => 'condition', written => 'small::int = 70000');
select cases.expect($$select id from job81 where d::timestamp >= '2024-08-01'$$, 'cast', index => 'job81_d', remedy => 'condition', written => $$d::timestamp >= '2024-08-01'$$);
select cases.expect($$select id from job81 where d::text = '2001-02-03'$$, 'cast', index => 'job81_d', remedy => 'condition', written => $$d::text = '2001-02-03'$$);
select cases.expect($$select id from job81 where d::text like '2001-02-%'$$, 'not_immutable', index => 'job81_d');
-- the same number has several texts, and is the whole number of several others
select cases.expect($$select id from job81 where n::text = '7.5'$$, 'cast', index => 'job81_n', remedy => 'statement');
select cases.expect($$select id from job81 where n::int = 7$$, 'cast', index => 'job81_n', remedy => 'statement');
select cases.expect($$select id from job81 where code::int = 7$$, 'cast', index => 'job81_code', remedy => 'statement');
select cases.expect($$select id from job81 where s::text <> 'end'$$, 'negation');
update job81 set n = n where id < 3;
select cases.expect($$update job81 set n = 0 where b::text = '7'$$, 'cast', index => 'job81_b', remedy => 'condition', written => $$b::text = '7'$$);
create view view81 as select id, s::text as state from job81;
select cases.expect($$select id from view81 where state = 'run'$$, 'cast', index => 'job81_s', rewritten => $$select id from job81 where s = 'run'$$);
