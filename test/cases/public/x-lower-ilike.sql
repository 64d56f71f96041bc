-- topic: LOWER(field) ILIKE, with a trigram index on the field
-- source: https://github.com/railsadminteam/rails_admin/pull/2401
-- expected: cause function on player (name); ILIKE ignores case by itself, and lower() keeps the
--   index from being used
-- remedy: rewrite: select id from player where name ilike '%ayer 777%'
-- before: Seq Scan on player
-- after: player_name
-- measured: cost 507.00 to 59.45, rows 20000 to 19
create extension if not exists pg_trgm;
create table player (id int primary key, name text not null);
insert into player select i, 'Player ' || i || ' of ' || md5(i::text) from generate_series(1, 20000) i;
create index player_name on player using gin (name gin_trgm_ops);
analyze player;
-- query:
select id from player where lower(name) ilike '%ayer 777%';
