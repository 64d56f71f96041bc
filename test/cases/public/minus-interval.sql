-- topic: recent changes: NOW() - created_at <= '1 hour'
-- source: https://github.com/flanksource/config-db/issues/1052
-- expected: cause arithmetic on config_change (created_at); compare the column itself
-- remedy: rewrite: select * from config_change where created_at >= now() - interval '1 hour'
-- changes result: when the interval has days or months: a difference has 24 hours in every day
-- before: Seq Scan on config_change
-- after: config_change_created
-- measured: cost 1391.00 to 9.36, rows 50000 to 60
create table config_change (id int primary key, created_at timestamptz not null, fingerprint text);
insert into config_change
select i, now() - i * interval '1 minute', md5(i::text) from generate_series(1, 50000) i;
create index config_change_created on config_change (created_at);
analyze config_change;
-- query:
select * from config_change where now() - created_at <= interval '1 hour';
