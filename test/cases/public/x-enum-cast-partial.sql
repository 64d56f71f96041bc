-- topic: an ORM casts the parameter from text to the enum, and the index is partial on that column
-- source: https://github.com/prisma/orm/issues/25807
-- expected: cause partial_predicate on subscription (status); the cast from text to an enum is only
--   stable, so that the value is not known when the predicate is to be proven
-- remedy: rewrite: select id from subscription where account_id = 'account 77' and status =
--   'ACTIVE'
-- before: Seq Scan on subscription
-- after: subscription_account
-- measured: cost 792.00 to 8.30, rows 30000 to 1
create type subscription_status as enum ('INCOMPLETE', 'ACTIVE', 'PAST_DUE', 'CANCELED');
create table subscription (id int primary key, account_id varchar not null, status subscription_status not null);
insert into subscription
select i, 'account ' || i % 10000, (case when i <= 10000 then 'ACTIVE' else 'CANCELED' end)::subscription_status
from generate_series(1, 30000) i;
create unique index subscription_account on subscription (account_id) where status <> 'CANCELED';
analyze subscription;
-- query:
select id from subscription where account_id = 'account 77' and status = cast('ACTIVE'::text as subscription_status);
