-- topic: the next dump is claimed with ctid IN (SELECT ctid ... LIMIT 1)
-- source: https://github.com/rtcstats/rtcstats/issues/318
-- expected: cause no_index on dump (created_at) where not yet processed; the table occurs twice in
--   the statement: the inner scan lacks an index, the outer one is by ctid and is fine
-- remedy: create index on dump (created_at) where blob_url is not null and processing_start is null
-- before: Sort Key.*Seq Scan on dump dump_1
-- after: Index Scan using dump_created_at_idx.*Tid Scan
-- measured: cost 546.55 to 4.26, rows 30000 to 1
create table dump (id int primary key, created_at timestamp not null, blob_url text, processing_start timestamp);
insert into dump
select i, timestamp '2026-01-01' + i * interval '1 minute', 'url' || i,
	case when i % 100 > 0 then timestamp '2026-07-01' end
from generate_series(1, 30000) i;
analyze dump;
-- query:
update dump set processing_start = now() where ctid in
	(select ctid from dump where blob_url is not null and processing_start is null order by created_at limit 1)
returning id, blob_url;
