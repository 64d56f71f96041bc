-- topic: the admin's user search: LIKE '%query%'
-- source: https://github.com/MTG/freesound/issues/656
-- expected: cause leading_wildcard on auth_user (email); a B-tree cannot find the middle of a
--   string: a trigram index, or a search for the whole address
-- remedy: create extension pg_trgm
-- remedy: create index on auth_user using gin (email gin_trgm_ops)
-- before: Seq Scan on auth_user
-- after: Bitmap Index Scan on auth_user_email_idx
-- measured: cost 457.00 to 67.45, rows 20000 to 2
create table auth_user (id int primary key, email text collate "C" not null);
insert into auth_user select i, 'forum' || i || '@' || md5(i::text) || '.example' from generate_series(1, 20000) i;
create index auth_user_email_btree on auth_user (email);
analyze auth_user;
-- query:
select id from auth_user where email like '%forum7777@%';
