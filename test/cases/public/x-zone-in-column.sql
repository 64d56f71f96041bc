-- topic: local times are converted with each row's own time zone
-- source: https://www.leaks.io/paste/SFuEaqKG
-- expected: cause function on t (datetime, zone); an index on the local time is of no use: one on
--   the expression, which is immutable
-- remedy: create index t_utc on t ((datetime at time zone zone))
-- remedy: analyze t
-- before: Seq Scan on t
-- after: t_utc
-- measured: cost 1368.00 to 8.41, rows 50000 to 6
set timezone = 'UTC';
create table t (id int primary key, datetime timestamp not null, zone varchar not null default 'Europe/Berlin');
insert into t (id, datetime) select i, timestamp '2018-01-01' + i * interval '10 minutes' from generate_series(1, 50000) i;
create index on t (datetime, id);
analyze t;
-- query:
select id from t where datetime at time zone zone >= '2018-11-02 09:00+00' and datetime at time zone zone < '2018-11-02 10:00+00';
