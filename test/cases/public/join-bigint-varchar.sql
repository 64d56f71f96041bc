-- topic: an old table has the user's number as varchar
-- source: https://documentation.bantool.net/optimization/postgresql/data-type-mismatch.html
-- expected: cause cast on legacy_action (user_id::bigint); the index holds strings, the join
--   compares numbers: change the column's type, or index the cast
-- remedy: create index on legacy_action ((user_id::bigint))
-- before: Seq Scan on legacy_action
-- after: legacy_action_user_id_idx1
-- measured: cost 1506.81 to 445.65, rows 60001 to 13
create table app_user (id bigint primary key, name text);
insert into app_user select i, 'user ' || i from generate_series(1, 5000) i;
create table legacy_action (user_id varchar(255), action text, at timestamp);
insert into legacy_action
select (i % 5000 + 1)::text, 'action ' || i, timestamp '2020-01-01' + i * interval '1 minute'
from generate_series(1, 60000) i;
create index on legacy_action (user_id);
analyze app_user, legacy_action;
-- query:
select u.name, a.action, a.at
from app_user u join legacy_action a on u.id = a.user_id::bigint
where u.id = 987 order by a.at desc limit 10;
