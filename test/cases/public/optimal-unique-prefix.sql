-- topic: is a second index needed next to the unique one?
-- source: https://github.com/rust-lang/bors/pull/246
-- expected: nothing; the unique index on (repository, number) leads to few rows, and the filter on
--   the rest costs nothing
-- remedy: none
-- before: pull_request_repository_number
-- measured: cost 17.57, rows 4
create table pull_request (id int primary key, repository text not null, number int not null,
	base_branch text not null, status text not null);
insert into pull_request
select i, 'repository' || i / 4, i, 'master', case i % 3 when 0 then 'open' when 1 then 'draft' else 'closed' end
from generate_series(1, 30000) i;
create unique index pull_request_repository_number on pull_request (repository, number);
analyze pull_request;
-- query:
select id from pull_request
where repository = 'repository77' and base_branch = 'master' and status in ('open', 'draft');
