-- topic: rows are deleted 20 at a time, and two foreign keys have no index
-- source: https://readflow.org/article/141883/
-- expected: cause foreign_key on reply (message_id), receipt (message_id); for each deleted row,
--   both tables are scanned
-- remedy: create index on reply (message_id)
-- remedy: create index on receipt (message_id)
-- before: Delete on message
-- after: Delete on message
-- measured: cost 92.87 to 92.87, rows 805022 to 5022
create table message (id int primary key, sent timestamp not null);
insert into message select i, timestamp '2020-01-01' + i * interval '1 minute' from generate_series(1, 5000) i;
create index on message (sent);
create table reply (id int primary key, message_id int references message);
insert into reply select i, 1000 + i % 4000 from generate_series(1, 20000) i;
create table receipt (id int primary key, message_id int references message);
insert into receipt select i, 1000 + i % 4000 from generate_series(1, 20000) i;
analyze message, reply, receipt;
-- query:
delete from message where id in (select id from message where sent < '2020-01-02' order by sent limit 20);
