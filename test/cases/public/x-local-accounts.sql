-- topic: the posts of local accounts, those few without a domain
-- source: https://github.com/mastodon/mastodon/issues/20496
-- expected: cause no_index on accounts (domain); few rows are null, and no index finds them
-- remedy: create index accounts_local on accounts (domain) where domain is null
-- before: Seq Scan on accounts
-- after: accounts_local
-- measured: cost 947.10 to 406.55, rows 40044 to 84
create table accounts (id int primary key, username text not null, domain text);
insert into accounts select i, 'user ' || i, case when i % 1000 > 0 then 'host' || i % 500 end from generate_series(1, 40000) i;
create table account_stats (account_id int primary key, statuses_count int);
insert into account_stats select i, i % 50 from generate_series(1, 40000) i;
analyze accounts, account_stats;
-- query:
select sum(s.statuses_count) from accounts a join account_stats s on s.account_id = a.id where a.domain is null;
