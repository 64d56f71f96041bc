-- topic: the value is a field of what a function returns, which nobody declared stable
-- source: https://github.com/michelp/pgsodium/issues/108
-- expected: cause volatile_value on citizen (id); the function is volatile by default, and is
--   called for each row
-- remedy: alter function get_key_by_name(text) stable
-- before: Seq Scan on citizen
-- after: citizen_pkey
-- measured: cost 5377.00 to 8.55, rows 1560000 to 155
create table valid_key (id int primary key, name text unique);
insert into valid_key select i, 'key ' || i from generate_series(1, 100) i;
create function get_key_by_name(text) returns valid_key language plpgsql as
$$ declare k valid_key; begin select * into k from valid_key where name = $1; return k; end $$;
create table citizen (id int primary key, name text);
insert into citizen select i, 'citizen ' || i from generate_series(1, 20000) i;
analyze valid_key, citizen;
-- query:
select * from citizen where id = (get_key_by_name('key 77')).id;
