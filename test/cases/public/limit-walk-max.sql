-- topic: max(id) of one department walks the primary key
-- source: https://dba.stackexchange.com/questions/269531
-- expected: cause ordered_walk on employee (department), employee_pkey; min and max are planned as
--   ORDER BY and LIMIT 1, and the department's rows are all old: an index on (department, id). (The
--   source has that index, and the planner prefers the primary key by a hair all the same: with
--   half of the rows in one department. Here the department is small enough.)
-- remedy: create index on employee (department, id)
-- before: Index Scan Backward using employee_pkey.*Filter
-- after: employee_department_id_idx
-- measured: cost 1.06 to 0.33, rows 57001 to 0
create table employee (id int primary key, department int not null, details text);
insert into employee select i, case when i <= 3000 then 7 else 100 + i % 900 end, 'd' from generate_series(1, 60000) i;
create index employee_department on employee (department);
vacuum analyze employee;
-- query:
select max(id) from employee where department = 7;
