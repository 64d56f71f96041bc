-- topic: the network block that contains an address, with first and last address in two columns
-- source: https://dbafix.com/slow-query-in-postgresql-selecting-a-single-row-from-between-a-range-defined-in-two-columns (dba.stackexchange)
-- expected: cause range_of_columns on block (ip_from, ip_to); either index finds half of the table,
--   since the planner does not know that blocks do not overlap: GiST on a range, or ORDER BY and
--   LIMIT
-- remedy: create index on block using gist (int8range(ip_from, ip_to, '[]'))
-- remedy: rewrite: select city from block where int8range(ip_from, ip_to, '[]') @> 25386295::bigint
-- before: (Seq Scan on block|Index Scan using block_to).*Filter
-- after: block_int8range_idx
-- measured: cost 951.81 to 366.06, rows 24615 to 1
create table block (ip_from bigint not null, ip_to bigint not null, city text, primary key (ip_from, ip_to));
insert into block select i * 1000::bigint, i * 1000::bigint + 999, 'city ' || i from generate_series(1, 50000) i;
create index block_to on block (ip_to);
analyze block;
-- query:
select city from block where 25386295 between ip_from and ip_to;
