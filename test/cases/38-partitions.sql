-- Function on the partition key
-- source: oleg.is "partition pruning mistakes"; codemia.io "Partition pruning";
--   timescale/timescaledb #185; cube-js/cube #5179
-- expected: function/cast on the partition key prevents pruning: all partitions are read; use a
--   range on the key; timestamptz against timestamp prunes only at run time
create table lg (id bigint, event_time timestamp not null, level text) partition by range (event_time);
do $$begin for m in 1..12 loop execute format('create table lg_%s partition of lg for values from (%L) to (%L)', m, make_date(2023, m, 1), make_date(2023, m, 1) + interval '1 month'); end loop; end$$;
insert into lg select i, timestamp '2023-01-01' + i * interval '5 minutes', case when i % 500 = 0 then 'error' else 'info' end from generate_series(1, 100000) i;
create index lg_time on lg (event_time);
analyze lg;
select cases.expect($$select * from lg where extract(month from event_time) = 4 and extract(year from event_time) = 2023 and level = 'error'$$, 'partition_key', also => '{no_index,not_immutable,function,cast}');
select cases.expect($$select * from lg where event_time::date = '2023-04-05'$$, 'partition_key', also => '{no_index,cast}');
select cases.expect($$select * from lg where event_time::date = '2023-04-05'$$, 'partition_key', expected_index => 'lg_time', also => '{no_index,cast}');
select cases.expect($$select * from lg where event_time >= '2023-04-05' and event_time < '2023-04-06'$$, NULL, expected_index => 'lg_time');
select cases.expect($$select * from lg where event_time >= timestamptz '2023-04-05' and event_time < timestamptz '2023-04-06'$$, NULL, expected_index => 'lg_time');
select cases.expect($$select * from lg where to_char(event_time, 'YYYY-MM') = '2023-04'$$, 'partition_key', also => '{not_immutable}');
-- index missing on one partition only
create table pk (id int, v text) partition by range (id); create table pk_1 partition of pk for values from (0) to (50000); create table pk_2 partition of pk for values from (50000) to (100000);
insert into pk select i, 'v' || i from generate_series(1, 99999) i; create index on pk_1 (v); analyze pk;
select cases.expect($$select * from pk where v = 'v77'$$, 'no_index', remedy => 'statement');
select cases.expect($$select * from pk where id = 77$$, 'no_index', remedy => 'statement');
