-- topic: one parameter is either a user's uuid or a login
-- source: https://github.com/metabrainz/critiquebrainz/pull/473
-- expected: cause cast on reviewer (id::text); the cast keeps the primary key from being used, and
--   an index on the cast serves, since the text may not be a uuid
-- remedy: create index on reviewer ((id::text))
-- before: Seq Scan on reviewer
-- after: BitmapOr.*reviewer_id_idx
-- measured: cost 821.00 to 226.52, rows 30000 to 1
create table reviewer (id uuid primary key, login text not null, joined date);
insert into reviewer
select md5(i::text)::uuid, 'login' || i, date '2020-01-01' + i % 1000 from generate_series(1, 30000) i;
create unique index reviewer_login on reviewer (login);
analyze reviewer;
-- query:
select * from reviewer where id::text = 'login77' or login = 'login77';
