-- topic: a timestamp inside jsonb, by to_timestamp(text, format)
-- source: https://github.com/dbazhenov/github-stat/issues/28
-- expected: cause not_immutable on pull (to_timestamp(...)); it depends on TimeZone and cannot be
--   indexed: compare the ISO text, which is indexed
-- remedy: rewrite: select id from pull where data->>'created_at' >= to_char(timestamptz '2024-12-19
--   00:00Z' at time zone 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS"Z"')
-- changes result: when texts have another form, or with another TimeZone (to_timestamp takes local
--   time)
-- before: Seq Scan on pull
-- after: pull_created
-- measured: cost 806.00 to 19.17, rows 30000 to 100
set timezone = 'UTC';
create table pull (id int primary key, data jsonb not null);
insert into pull
select i, jsonb_build_object('created_at', to_char(timestamp '2024-01-01' + i * interval '17 minutes',
	'YYYY-MM-DD"T"HH24:MI:SS"Z"'))
from generate_series(1, 30000) i;
create index pull_created on pull ((data->>'created_at'));
analyze pull;
-- query:
select id from pull
where to_timestamp(data->>'created_at', 'YYYY-MM-DD"T"HH24:MI:SS"Z"') >= timestamptz '2024-12-19 00:00Z';
