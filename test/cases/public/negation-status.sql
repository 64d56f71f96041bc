-- topic: open pull requests by status <> 'closed'
-- source: https://github.com/rust-lang/bors/pull/246
-- expected: cause negation on pull_request (status); use equality instead of inequality
-- remedy: rewrite: select id from pull_request where status in ('open', 'draft')
-- changes result: when another status exists, and never for null
-- before: Seq Scan on pull_request
-- after: pull_request_status
-- measured: cost 755.00 to 24.13, rows 40000 to 160
create table pull_request (id int primary key, status text not null, title text);
insert into pull_request
select i, case i % 500 when 0 then 'open' when 1 then 'draft' else 'closed' end, 'title ' || i
from generate_series(1, 40000) i;
create index pull_request_status on pull_request (status);
analyze pull_request;
-- query:
select id from pull_request where status <> 'closed';
