-- topic: case-insensitive order of a list
-- source: https://github.com/fguillot/picoDb/pull/11
-- expected: cause sort_expression on project_list (lower(name)); the index on name does not have
--   the order of lower(name)
-- remedy: create index on project_list (lower(name))
-- before: Sort Key: \(lower\(name\)\)
-- after: Index Scan using project_list_lower_idx
-- measured: cost 1471.64 to 2.41, rows 30000 to 25
create table project_list (id int primary key, name text not null);
insert into project_list select i, initcap(md5(i::text)) from generate_series(1, 30000) i;
create index project_list_name on project_list (name);
analyze project_list;
-- query:
select * from project_list order by lower(name) limit 25;
