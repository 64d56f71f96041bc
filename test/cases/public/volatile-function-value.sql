-- topic: the value comes from the caller's own function
-- source: https://taourl.com/read-2677208.html (a copy of a Stack Overflow question)
-- expected: cause volatile_value on ledger (account); a function is VOLATILE unless declared
--   otherwise, and is called for every row: declare it STABLE
-- remedy: alter function current_account() stable
-- before: Seq Scan on ledger
-- after: ledger_account
-- measured: cost 8038.00 to 26.71, rows 30000 to 6
create table ledger (id int primary key, account int not null, amount numeric);
insert into ledger select i, i % 5000, i from generate_series(1, 30000) i;
create index ledger_account on ledger (account);
create function current_account() returns int language plpgsql
as 'begin return coalesce(current_setting(''app.account'', true), ''42'')::int; end';
analyze ledger;
-- query:
select amount from ledger where account = current_account();
