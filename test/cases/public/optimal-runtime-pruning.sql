-- topic: partitions by day and current_date: are they pruned?
-- source: https://github.com/postgrespro/pg_pathman/issues/94
-- expected: nothing; current_date is stable, so that partitions are removed when execution starts
--   ("Subplans Removed"), which the source's server could not do
-- remedy: none
-- before: Subplans Removed: [789]
-- measured: cost 470.07, rows 6000
create table access (device int, statis_date date not null) partition by range (statis_date);
do $$
begin
	for d in 0..9 loop
		execute format('create table access_%s partition of access for values from (%L) to (%L)',
			d, current_date - 9 + d, current_date - 8 + d);
	end loop;
end
$$;
insert into access select i % 100, current_date - i % 10 from generate_series(1, 20000) i;
analyze access;
-- query:
select count(*) from access where statis_date > current_date - 2;
