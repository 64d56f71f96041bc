-- topic: 100,000 test rows that all have the same status
-- source: https://github.com/rust-lang/rustc-perf/pull/2163
-- expected: nothing; all rows match, so that no index on status helps (large_share)
-- remedy: none
-- before: Seq Scan on benchmark_request
-- measured: cost 993.00, rows 50000
create table benchmark_request (id int primary key, tag text, status text not null);
insert into benchmark_request
select i, 'tag' || i, 'waiting_for_parent' from generate_series(1, 50000) i;
create index benchmark_request_status on benchmark_request (status);
analyze benchmark_request;
-- query:
select * from benchmark_request where status = 'waiting_for_parent';
